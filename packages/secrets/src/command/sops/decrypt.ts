import { readMetadata } from "../../sops/metadata.ts";
import { parseTreePath, valueAt, type TreePath } from "../../sops/path.ts";
import { formatOf, storeOf } from "../../sops/stores/index.ts";
import type { Store } from "../../sops/stores/types.ts";
import { Branch } from "../../sops/tree.ts";
import { EXIT_DONE } from "../io.ts";
import { program } from "../program.ts";
import { parseFlags, warnOfMore } from "./arguments.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { print, readText } from "./files.ts";
import { formatsOf, withFormats, withReading, type FormatFlags, type ReadingFlags } from "./flags.ts";
import {
  checkTarget,
  openText,
  requireFile,
  storeSettings,
  storesOf,
  writeTarget,
  type SopsCall,
  type Target,
} from "./session.ts";

type Flags = FormatFlags & ReadingFlags & Target & { readonly extract?: string };

/** `fairlead sops decrypt` */
export async function decrypt(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops decrypt", "Decrypts a file, and prints it unless told where to put it.", call.io)
    .argument("[file]", "standard input unless given")
    .option("-i, --in-place", "write back to the file")
    .option("--extract <path>", `print one value or part: '["key"][0]'`)
    .option("--output <file>", "write here")
    .option("--filename-override <name>", "the name to go by for formats");
  const parsed = parseFlags<Flags>(withReading(withFormats(command)), args, call);
  if (typeof parsed === "number") return parsed;
  const { flags } = parsed;
  const [file] = parsed.args;
  warnOfMore(parsed.args, call.io);
  checkTarget(flags, file);
  const text = await readText(file, call.io, "noFile");
  const formats = formatsOf(flags, flags.filenameOverride ?? file ?? "");
  const stores = storesOf(formats, await storeSettings(call), call);
  const path = await failing(() => parseTreePath(flags.extract ?? ""), EXIT.treePath, "error parsing --extract path: ");
  const { branches } = await openText(text, stores.input, call, flags);
  const plain = await (path.length > 0
    ? extractFrom(branches, path, stores.output)
    : failing(() => stores.output.write(branches), EXIT.dump, "Error dumping file: "));
  await writeTarget(plain, flags, file, call.io);
  return EXIT_DONE;
}

async function extractFrom(branches: readonly Branch[], path: TreePath, store: Store): Promise<string> {
  const [first = new Branch([]), ...others] = branches;
  const value = await failing(() => valueAt(first, path), EXIT.generic, "error truncating tree: ");
  if (typeof value === "string") return value;
  // A mapping takes the first document's place.
  if (value instanceof Branch) return failing(() => store.write([value, ...others]), EXIT.dump, "Error dumping file: ");
  return failing(() => store.writeValue(value), EXIT.dump, "Error dumping tree: ");
}

/** `fairlead sops filestatus` */
export async function fileStatus(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops filestatus", "Tells whether a file is encrypted.", call.io)
    .argument("[file]")
    .option("--input-type <type>", "yaml, json, dotenv, ini or binary; else by the file's name");
  const parsed = parseFlags<FormatFlags>(command, args, call);
  if (typeof parsed === "number") return parsed;
  const file = requireFile(parsed.args[0]);
  const store = storeOf(formatsOf(parsed.flags, file).input);
  const encrypted = await statusOf(file, store, call).catch((error: unknown) => {
    if (!(error instanceof SopsFailure)) throw error;
    throw new SopsFailure(EXIT.generic, `cannot check file status: cannot load encrypted file: ${error.message}`);
  });
  call.io.stdout.write(`${JSON.stringify({ encrypted })}\n`);
  return EXIT_DONE;
}

/** A file that cannot be read as what it is called has no status. @throws SopsFailure */
async function statusOf(file: string, store: Store, { io }: SopsCall): Promise<boolean> {
  const text = await readText(file, io, "given");
  return failing(() => {
    const { metadata } = store.readSealed(text);
    if (metadata === undefined) return false;
    const { mac, version } = readMetadata(metadata);
    return mac !== "" && version !== "";
  });
}

/**
 * `fairlead sops textconv`: for Git's diffs. A file that is not encrypted, or not for us, is shown as it is: a diff must not fail.
 */
export async function textConv(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops textconv", "Prints a file decrypted, or as it is: diff.sops.textconv of Git.", call.io)
    .argument("[file]")
    .option("--input-type <type>", "yaml, json, dotenv, ini or binary; else by the file's name");
  const parsed = parseFlags<FormatFlags>(command, args, call);
  if (typeof parsed === "number") return parsed;
  const file = requireFile(parsed.args[0]);
  const text = await readText(file, call.io);
  const store = storeOf(parsed.flags.inputType === undefined ? formatOf(file) : formatsOf(parsed.flags, file).input);
  try {
    print(store.write((await openText(text, store, call, {})).branches), call.io);
  } catch (error) {
    if (!(error instanceof SopsFailure)) throw error;
    print(text, call.io);
  }
  return EXIT_DONE;
}
