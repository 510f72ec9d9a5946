import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import { wrapDataKey, type OpenFile } from "../../sops/file.ts";
import { readMetadata, writeMetadata } from "../../sops/metadata.ts";
import { formatNamed, storeOf, type SopsFormat } from "../../sops/stores/index.ts";
import type { Store } from "../../sops/stores/types.ts";
import type { Branch } from "../../sops/tree.ts";
import { EXIT_DONE, type CommandIo } from "../io.ts";
import { program } from "../program.ts";
import { parseFlags, warnOfMore } from "./arguments.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { isThere, readText, writeText } from "./files.ts";
import {
  formatsOf,
  withFormats,
  withKeys,
  withReading,
  withRules,
  type FormatFlags,
  type KeyFlags,
  type ReadingFlags,
  type RuleFlags,
} from "./flags.ts";
import { localKeys } from "./keys.ts";
import { splitWords } from "../../sops/keys/cloud/words.ts";
import { resealed } from "./change.ts";
import { sealNew } from "./encrypt.ts";
import { newMetadata, openText, requireFile, storeSettings, storesOf, type SopsCall } from "./session.ts";

interface Flags extends FormatFlags, KeyFlags, RuleFlags, ReadingFlags {
  readonly showMasterKeys?: boolean;
}

/** `fairlead sops edit`: opens a file decrypted in an editor, and encrypts what was saved. A file that is not there is made. */
export async function edit(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops edit", "Edits an encrypted file, or makes a new one.", call.io)
    .argument("[file]")
    .option("-s, --show-master-keys", "show the metadata in the editor too");
  const parsed = parseFlags<Flags>(withRules(withKeys(withReading(withFormats(command)))), args, call);
  if (typeof parsed === "number") return parsed;
  const { flags } = parsed;
  const file = requireFile(parsed.args[0]);
  warnOfMore(parsed.args, call.io);
  const formats = formatsOf(flags, file);
  const stores = storesOf(formats, await storeSettings(call), call);
  if (await isThere(resolve(call.io.cwd, file))) return editFile(file, flags, stores, call);
  const metadata = await newMetadata(flags, file, formats.input, call);
  const example = exampleOf(formats.input, stores.output);
  const saved = await inEditor(file, example, (text) => parsePlain(text, stores.output), call.io);
  const sealed = await sealNew(saved, metadata, stores.output, call);
  await writeText(file, sealed.text, call.io);
  return EXIT_DONE;
}

async function editFile(
  file: string,
  flags: Flags,
  stores: { input: Store; output: Store },
  call: SopsCall,
): Promise<number> {
  const open = await openText(await readText(file, call.io), stores.input, call, flags);
  const { output } = stores;
  if (!flags.showMasterKeys) {
    const branches = await inEditor(file, output.write(open.branches), (text) => parsePlain(text, output), call.io);
    await writeText(file, await resealed({ ...open, branches }, output, call), call.io);
    return EXIT_DONE;
  }
  const shown = output.writeSealed(open.branches, writeMetadata(open.metadata));
  const edited = await inEditor(file, shown, (text) => parseWhole(text, open, output), call.io);
  const keys = await failing(() => localKeys(call.io));
  const metadata = await failing(() => wrapDataKey(open.dataKey, edited.metadata, keys));
  await writeText(file, await resealed({ ...edited, metadata }, output, call), call.io);
  return EXIT_DONE;
}

function parsePlain(text: string, store: Store): Branch[] {
  return store.read(text);
}

function parseWhole(text: string, open: OpenFile, store: Store): OpenFile {
  const { branches, metadata } = store.readSealed(text);
  return { ...open, branches, metadata: metadata === undefined ? open.metadata : readMetadata(metadata) };
}

/** Shows the text in the editor until what is saved can be read. @throws SopsFailure noEditor, notModified */
async function inEditor<T>(file: string, text: string, parse: (text: string) => T, io: CommandIo): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "fairlead-sops-"));
  const path = join(folder, basename(file));
  try {
    await writeFile(path, toBytes(text), { mode: 0o600 });
    for (;;) {
      await runEditor(path, io);
      const saved = fromBytes(await readFile(path));
      if (saved === text) throw new SopsFailure(EXIT.notModified, "File has not changed, exiting.");
      try {
        return await failing(() => parse(saved));
      } catch (error) {
        if (!(error instanceof SopsFailure)) throw error;
        io.stderr.write(`Could not load tree, probably due to invalid syntax: ${error.message}\n`);
        io.stderr.write("Press return to go back to the editor, or Ctrl+C to leave.\n");
        if (!(await hasAnswered(io))) throw error;
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function hasAnswered(io: CommandIo): Promise<boolean> {
  const lines = createInterface({ input: io.stdin, terminal: false });
  try {
    const next = await lines[Symbol.asyncIterator]().next();
    return next.done !== true;
  } finally {
    lines.close();
  }
}

const EDITORS = ["vim", "nano", "vi"];

async function runEditor(path: string, io: CommandIo): Promise<void> {
  const asked = io.env["SOPS_EDITOR"] || io.env["EDITOR"];
  for (const editor of asked ? [asked] : EDITORS) {
    const [program = "", ...args] = splitWords(editor);
    const outcome = await wait(program, [...args, path], io);
    if (outcome === 0) return;
    if (outcome !== undefined) throw new SopsFailure(EXIT.noEditor, `Could not run editor: exit status ${outcome}`);
    if (asked) throw new SopsFailure(EXIT.noEditor, `Could not run editor: ${program} is not there`);
  }
  throw new SopsFailure(
    EXIT.noEditor,
    `No editor available: sops attempts to use the editor of SOPS_EDITOR or EDITOR, then ${EDITORS.join(", ")}`,
  );
}

/** The exit code; undefined when there is no such program. */
function wait(program: string, args: readonly string[], io: CommandIo): Promise<number | undefined> {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: "inherit", cwd: io.cwd, env: { ...io.env } });
    child.on("error", () => done(undefined));
    child.on("close", (code) => done(code ?? EXIT.generic));
  });
}

const EXAMPLE_YAML = `hello: Welcome to SOPS! Edit this file as you please!
example_key: example_value
# Example comment
example_array:
    - example_value1
    - example_value2
example_number: 1234.56789
example_booleans:
    - true
    - false
`;
const EXAMPLE_FLAT = "# Example comment\nexample_key=example_value\n";
const EXAMPLES: Readonly<Record<SopsFormat, readonly [SopsFormat, string]>> = {
  yaml: ["yaml", EXAMPLE_YAML],
  json: ["yaml", EXAMPLE_YAML],
  dotenv: ["dotenv", EXAMPLE_FLAT],
  ini: ["ini", "[Welcome!]\n; This is an example file.\nhello = Welcome to SOPS! Edit this file as you please!\n"],
  binary: ["binary", "Welcome to SOPS! Edit this file as you please!"],
};

function exampleOf(format: SopsFormat, store: Store): string {
  const [from, text] = EXAMPLES[formatNamed(format) ?? "binary"];
  return store.write(storeOf(from).read(text));
}
