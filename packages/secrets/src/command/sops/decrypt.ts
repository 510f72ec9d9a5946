import { isSopsText } from "../../sops/file.ts";
import { parseTreePath, valueAt } from "../../sops/path.ts";
import { formatOf, storeOf } from "../../sops/stores/index.ts";
import { Branch } from "../../sops/tree.ts";
import { EXIT_DONE } from "../io.ts";
import { program } from "../program.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { print, readText } from "./files.ts";
import { formatsOf, withFormats, withReading, type FormatFlags, type ReadingFlags } from "./flags.ts";
import {
  checkTarget,
  openText,
  parseFlags,
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
  const parsed = parseFlags<Flags>(withReading(withFormats(command)), args);
  if (typeof parsed === "number") return parsed;
  const { flags } = parsed;
  const [file] = parsed.args;
  checkTarget(flags, file);
  const text = await readText(file, call.io);
  const formats = formatsOf(flags, flags.filenameOverride ?? file ?? "");
  const stores = storesOf(formats, await storeSettings(call));
  const { branches } = await openText(text, stores.input, call, flags);
  const { extract } = flags;
  const plain = await failing(
    () => (extract === undefined ? stores.output.write(branches) : extractFrom(branches, extract, stores.output)),
    EXIT.dump,
    "Error dumping file: ",
  );
  await writeTarget(plain, flags, file, call.io);
  return EXIT_DONE;
}

async function extractFrom(
  branches: readonly Branch[],
  extract: string,
  store: { writeValue(value: never): string },
): Promise<string> {
  const path = await failing(() => parseTreePath(extract), EXIT.treePath, "error parsing --extract path: ");
  const value = await failing(
    () => valueAt(branches[0] ?? new Branch([]), path),
    EXIT.generic,
    "error truncating tree: ",
  );
  return typeof value === "string" ? value : store.writeValue(value as never);
}

/** `fairlead sops filestatus` */
export async function fileStatus(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops filestatus", "Tells whether a file is encrypted.", call.io)
    .argument("[file]")
    .option("--input-type <type>", "yaml, json, dotenv, ini or binary; else by the file's name");
  const parsed = parseFlags<FormatFlags>(command, args);
  if (typeof parsed === "number") return parsed;
  const file = requireFile(parsed.args[0]);
  const text = await readText(file, call.io).catch((error: unknown) => {
    if (!(error instanceof SopsFailure)) throw error;
    throw new SopsFailure(EXIT.generic, `cannot check file status: ${error.message}`);
  });
  const store = storeOf(formatsOf(parsed.flags, file).input);
  call.io.stdout.write(`${JSON.stringify({ encrypted: isSopsText(text, store) })}\n`);
  return EXIT_DONE;
}

/**
 * `fairlead sops textconv`: for Git's diffs. A file that is not encrypted, or not for us, is shown as it is: a diff must not fail.
 */
export async function textConv(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops textconv", "Prints a file decrypted, or as it is: diff.sops.textconv of Git.", call.io)
    .argument("[file]")
    .option("--input-type <type>", "yaml, json, dotenv, ini or binary; else by the file's name");
  const parsed = parseFlags<FormatFlags>(command, args);
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
