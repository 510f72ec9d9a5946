import { newDataKey, sealSopsFile, type OpenFile } from "../../sops/file.ts";
import type { Metadata } from "../../sops/metadata.ts";
import type { Store } from "../../sops/stores/types.ts";
import type { Branch } from "../../sops/tree.ts";
import { ValueCipher } from "../../sops/value.ts";
import { EXIT_DONE } from "../io.ts";
import { program } from "../program.ts";
import { parseFlags, warnOfMore } from "./arguments.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { readText } from "./files.ts";
import {
  formatsOf,
  withFormats,
  withKeys,
  withRules,
  type FormatFlags,
  type KeyFlags,
  type RuleFlags,
} from "./flags.ts";
import { localKeys } from "./keys.ts";
import {
  assertNotEncrypted,
  checkTarget,
  newMetadata,
  storeSettings,
  storesOf,
  writeTarget,
  type SopsCall,
  type Target,
} from "./session.ts";

type Flags = FormatFlags & KeyFlags & RuleFlags & Target;

/** `fairlead sops encrypt` */
export async function encrypt(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops encrypt", "Encrypts a file, and prints it unless told where to put it.", call.io)
    .argument("[file]", "standard input unless given")
    .option("-i, --in-place", "write back to the file")
    .option("--output <file>", "write here")
    .option("--filename-override <name>", "the name to go by for configuration and formats");
  const parsed = parseFlags<Flags>(withRules(withKeys(withFormats(command))), args, call);
  if (typeof parsed === "number") return parsed;
  const { flags } = parsed;
  const [file] = parsed.args;
  const name = flags.filenameOverride || file;
  if (file === undefined) checkTarget(flags, file);
  if (name === undefined)
    throw new SopsFailure(EXIT.conflict, "Error: must specify --filename-override when reading from stdin");
  warnOfMore(parsed.args, call.io);
  checkTarget(flags, file);
  const text = await readText(file, call.io, "noFile");
  const formats = formatsOf(flags, name);
  const stores = storesOf(formats, await storeSettings(call), call);
  const metadata = await newMetadata(flags, name, formats.input, call);
  const branches = await readPlain(text, stores.input);
  assertNotEncrypted(branches, formats.output);
  const sealed = await sealNew(branches, metadata, stores.output, call);
  await writeTarget(sealed.text, flags, file, call.io);
  return EXIT_DONE;
}

/** @throws SopsFailure read, invalidMetadata */
async function readPlain(text: string, store: Store): Promise<Branch[]> {
  const branches = await failing(() => store.read(text), EXIT.read, "Error unmarshalling file: ");
  if (branches.length > 0) return branches;
  // Only nothing at all is an empty file to sops; comments or spaces alone end its reader.
  if (text !== "") throw new SopsFailure(EXIT.read, "Error unmarshalling file: EOF");
  throw new SopsFailure(EXIT.invalidMetadata, "File cannot be completely empty, it must contain at least one document");
}

/** A new file under a new data key. @throws SopsFailure */
export async function sealNew(
  branches: readonly Branch[],
  asked: Metadata,
  store: Store,
  { io, now }: SopsCall,
): Promise<OpenFile & { text: string }> {
  const keys = await failing(() => localKeys(io));
  const { dataKey, metadata } = await failing(
    () => newDataKey(asked, keys),
    EXIT.generic,
    "Could not generate data key: ",
  );
  const open = { branches, metadata, dataKey, cipher: new ValueCipher(dataKey) };
  const text = await failing(() => sealSopsFile(open, store, Date.parse(now)), EXIT.dump, "Could not marshal tree: ");
  return { ...open, text };
}
