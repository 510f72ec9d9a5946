import { createInterface } from "node:readline/promises";
import { resolve } from "node:path";
import { dataKeyOf, wrapDataKey } from "../../sops/file.ts";
import { compareGroups, type GroupDifference } from "../../sops/groups.ts";
import { readMetadata, writeMetadata } from "../../sops/metadata.ts";
import { storeOf } from "../../sops/stores/index.ts";
import { EXIT_DONE, type CommandIo } from "../io.ts";
import { program } from "../program.ts";
import { findConfig, ruleOf } from "./config.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { readText, writeText } from "./files.ts";
import { formatsOf, type FormatFlags } from "./flags.ts";
import { localKeys } from "./keys.ts";
import { parseFlags, requireFile, type SopsCall } from "./session.ts";

/** `fairlead sops updatekeys`: the data key wrapped for the keys .sops.yaml names now. The values keep their ciphertexts. */
export async function updateKeys(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops updatekeys", "Brings the master keys of files in line with .sops.yaml.", call.io)
    .argument("[files...]")
    .option("-y, --yes", "change without asking")
    .option("--input-type <type>", "yaml, json, dotenv, ini or binary; else by the file's name");
  const parsed = parseFlags<FormatFlags & { readonly yes?: boolean }>(command, args);
  if (typeof parsed === "number") return parsed;
  const found = await findConfig(call.config, call.io, call.now);
  if (found === undefined) throw new SopsFailure(EXIT.generic, "config file not found");
  requireFile(parsed.args[0]);
  for (const file of parsed.args) await updateFile(file, parsed.flags, call, found);
  return EXIT_DONE;
}

async function updateFile(
  file: string,
  flags: FormatFlags & { readonly yes?: boolean },
  call: SopsCall,
  found: NonNullable<Awaited<ReturnType<typeof findConfig>>>,
): Promise<void> {
  const { io } = call;
  const full = resolve(io.cwd, file);
  const log = (line: string): void => io.stderr.write(`${line}\n`);
  log(`Syncing keys for file ${full}`);
  const store = storeOf(formatsOf(flags, file).input, found.config.stores);
  const text = await readText(file, io);
  const { branches, metadata: part } = await failing(() => store.readSealed(text));
  if (part === undefined) throw new SopsFailure(EXIT.generic, "sops metadata not found");
  const metadata = await failing(() => readMetadata(part));
  const rule = await ruleOf(found, file, io);
  if (rule === undefined) throw new SopsFailure(EXIT.generic, "error loading config: no creation rules found");
  const differences = compareGroups(metadata.keyGroups, rule.keyGroups);
  const threshold = rule.shamirThreshold;
  const isSame = differences.every(({ added, removed }) => added.length === 0 && removed.length === 0);
  if (isSame && (threshold === 0 || threshold === metadata.shamirThreshold))
    return log(`File ${full} already up to date`);
  io.stdout.write(`The following changes will be made to the file's groups:\n${differences.map(printGroup).join("")}`);
  if (!flags.yes && !(await isWanted(io))) return log(`File ${full} left unchanged`);
  const keys = await failing(() => localKeys(io));
  const dataKey = await failing(() => dataKeyOf(metadata, keys, undefined), EXIT.noDataKey);
  const asked = { ...metadata, keyGroups: rule.keyGroups, shamirThreshold: threshold };
  const wrapped = await failing(() => wrapDataKey(dataKey, asked, keys));
  await writeText(file, store.writeSealed(branches, writeMetadata(wrapped)), io);
  log(`File ${full} synced with new keys`);
}

function printGroup({ kept, added, removed }: GroupDifference, index: number): string {
  const lines = [
    ...kept.map((name) => `    ${name}`),
    ...added.map((name) => `+++ ${name}`),
    ...removed.map((name) => `--- ${name}`),
  ];
  return `Group ${index + 1}\n${lines.map((line) => `${line}\n`).join("")}`;
}

/** @throws SopsFailure when there is nobody to answer */
async function isWanted(io: CommandIo): Promise<boolean> {
  io.stdout.write("Is this okay? (y/n):");
  const lines = createInterface({ input: io.stdin, terminal: false });
  try {
    for await (const line of lines) {
      if (/^y(?:es)?$/i.test(line.trim())) return true;
      if (/^n(?:o)?$/i.test(line.trim())) return false;
      io.stdout.write("Is this okay? (y/n):");
    }
  } finally {
    lines.close();
  }
  throw new SopsFailure(EXIT.generic, "EOF");
}
