/** `fairlead sops rotate|set|unset`: changes to encrypted files without an editor. */
import { resolve } from "node:path";
import { problemsOf } from "@fairlead/base";
import { changedGroups } from "../../sops/groups.ts";
import { sealSopsFile, type OpenFile } from "../../sops/file.ts";
import { parseTreePath, valueAt, withoutValueAt, withValueAt, type TreePath } from "../../sops/path.ts";
import { storeOf } from "../../sops/stores/index.ts";
import { Branch, type TreeValue } from "../../sops/tree.ts";
import { EXIT_DONE } from "../io.ts";
import { program } from "../program.ts";
import { parseFlags, warnOfMore, type FlagValues } from "./arguments.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { isThere as isFileThere, readText, writeText } from "./files.ts";
import {
  changedKeys,
  isChangingKeys,
  formatsOf,
  withAddedAndRemoved,
  withFormats,
  withReading,
  type FormatFlags,
  type ReadingFlags,
} from "./flags.ts";
import { sealNew } from "./encrypt.ts";
import {
  assertNotEncrypted,
  checkTarget,
  openText,
  requireFile,
  storeSettings,
  storesOf,
  writeTarget,
  type SopsCall,
  type Target,
} from "./session.ts";

/** Flags are looked up by name: FlagValues. */
interface ChangeFlags extends FormatFlags, ReadingFlags {
  readonly idempotent?: boolean;
  readonly valueFile?: boolean;
  readonly valueStdin?: boolean;
  readonly shamirSecretSharingThreshold?: string;
}

export async function rotate(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program(
    "sops rotate",
    "Encrypts a file anew under a new data key; adds and takes away master keys.",
    call.io,
  )
    .argument("[file]")
    .option("-i, --in-place", "write back to the file")
    .option("--output <file>", "write here")
    .option("--filename-override <name>", "the name to go by for formats");
  const parsed = parseFlags<FlagValues & FormatFlags & ReadingFlags & Target>(
    withAddedAndRemoved(withReading(withFormats(command))),
    args,
    call,
  );
  if (typeof parsed === "number") return parsed;
  const { flags } = parsed;
  const file = requireFile(parsed.args[0]);
  warnOfMore(parsed.args, call.io);
  checkTarget(flags, file);
  if (isChangingKeys(flags) && !(await isFileThere(resolve(call.io.cwd, file)))) {
    const what = `cannot add or remove keys on non-existent file ${JSON.stringify(resolve(call.io.cwd, file))}`;
    throw new SopsFailure(EXIT.noFileToChange, `Error: ${what}, use the \`edit\` subcommand instead.`);
  }
  const stores = storesOf(formatsOf(flags, flags.filenameOverride ?? file), await storeSettings(call), call);
  const text = await readText(file, call.io);
  const open = await openText(text, stores.input, call, flags);
  const [added, removed] = await failing(() => [
    changedKeys("add", { ...flags }, call.now),
    changedKeys("rm", { ...flags }, call.now),
  ]);
  const keyGroups = changedGroups(open.metadata.keyGroups, added ?? [], removed ?? []);
  const sealed = await sealNew(open.branches, { ...open.metadata, keyGroups }, stores.output, call);
  await writeTarget(sealed.text, flags, file, call.io);
  return EXIT_DONE;
}

export async function set(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops set", "Sets a value or part of an encrypted file.", call.io)
    .argument("[file]")
    .argument("[index]", `'["key"][0]'`)
    .argument("[value]", "JSON")
    .option("--value-file", "the value argument is a file that has the value")
    .option("--value-stdin", "read the value from standard input")
    .option("--idempotent", "do nothing if the value is there already");
  const parsed = parseFlags<ChangeFlags>(withChanges(command), args, call);
  if (typeof parsed === "number") return parsed;
  const { flags } = parsed;
  const [file, index, given] = parsed.args;
  if (flags.valueFile && flags.valueStdin) {
    throw new SopsFailure(EXIT.generic, "Error: cannot use both --value-file and --value-stdin");
  }
  const wanted = flags.valueStdin ? 2 : 3;
  if (file === undefined || index === undefined || parsed.args.length !== wanted) {
    const what = `no file specified, or index and value are missing. Need precisely ${wanted} positional arguments.`;
    throw new SopsFailure(EXIT.noFile, `Error: ${what}`);
  }
  const path = await failing(() => parseTreePath(index), EXIT.invalidSet, "Invalid set index format: ");
  const value = parseValue(await givenValue(flags, given, call));
  if (path.length === 0) throw new SopsFailure(EXIT.invalidSet, "Invalid set index format: it names nothing");
  return change(file, flags, call, (branch) => {
    if (flags.idempotent && isThere(branch, path, value)) return branch;
    return withValueAt(branch, path, value);
  });
}

/** @throws SopsFailure */
async function givenValue(flags: ChangeFlags, given: string | undefined, { io }: SopsCall): Promise<string> {
  if (flags.valueStdin) return readText(undefined, io);
  if (!flags.valueFile) return given ?? "";
  return readText(given, io, "given").catch((error: unknown) => {
    if (!(error instanceof SopsFailure)) throw error;
    throw new SopsFailure(EXIT.generic, error.message.replace("Error reading file: ", ""));
  });
}

export async function unset(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops unset", "Takes a value or part out of an encrypted file.", call.io)
    .argument("[file]")
    .argument("[index]", `'["key"][0]'`)
    .option("--idempotent", "do nothing if it is not there");
  const parsed = parseFlags<ChangeFlags>(withChanges(command), args, call);
  if (typeof parsed === "number") return parsed;
  const [file, index] = parsed.args;
  if (file === undefined || index === undefined || parsed.args.length !== 2) {
    throw new SopsFailure(EXIT.noFile, "Error: no file specified, or index is missing");
  }
  const path = await failing(() => parseTreePath(index), EXIT.invalidSet, "Invalid unset index format: ");
  return change(file, parsed.flags, call, (branch) => {
    try {
      return withoutValueAt(branch, path);
    } catch (error) {
      if (parsed.flags.idempotent && problemsOf(error).every(({ code }) => code === "NotAtPath")) return branch;
      throw error;
    }
  });
}

function withChanges(command: ReturnType<typeof program>): ReturnType<typeof program> {
  return withReading(withFormats(command)).option(
    "--shamir-secret-sharing-threshold <number>",
    "how many groups are needed to open the file",
  );
}

async function change(
  file: string,
  flags: ChangeFlags,
  call: SopsCall,
  edit: (first: Branch) => TreeValue,
): Promise<number> {
  const stores = storesOf(formatsOf(flags, file), await storeSettings(call), call);
  const open = await openText(await readText(file, call.io), stores.input, call, flags);
  const [first = new Branch([]), ...others] = open.branches;
  const changed = await failing(() => edit(first));
  if (changed === first) return EXIT_DONE;
  if (!(changed instanceof Branch)) throw new SopsFailure(EXIT.invalidSet, "a document has to be a mapping");
  assertNotEncrypted([changed], formatsOf(flags, file).output);
  await writeText(file, await resealed({ ...open, branches: [changed, ...others] }, stores.output, call), call.io);
  return EXIT_DONE;
}

/** The file with changed documents, under the data key it has. @throws SopsFailure */
export async function resealed(open: OpenFile, store: ReturnType<typeof storeOf>, { now }: SopsCall): Promise<string> {
  return failing(() => sealSopsFile(open, store, Date.parse(now)), EXIT.dump, "Could not marshal tree: ");
}

/** A mapping keeps its order and its integers; a number alone is a float, as in sops. */
function parseValue(text: string): TreeValue {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    value = undefined;
  }
  // Go's reader takes no number that 64 bits do not hold.
  if (value === undefined || value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
    throw new SopsFailure(EXIT.invalidSet, "Value for --set is not valid JSON");
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (Array.isArray(value)) throw new SopsFailure(EXIT.invalidSet, "Invalid --set value format");
  return storeOf("json").read(text)[0] ?? null;
}

/** Whether something, or just `value`, is at the path. */
function isThere(branch: Branch, path: TreePath, value?: TreeValue): boolean {
  try {
    const found = valueAt(branch, path);
    const printed = (each: TreeValue): string => storeOf("json").writeValue(each);
    return value === undefined || printed(found) === printed(value);
  } catch {
    return false;
  }
}
