import { createInterface } from "node:readline/promises";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { dataKeyOf, wrapDataKey } from "../../sops/file.ts";
import { compareGroups, type GroupDifference } from "../../sops/groups.ts";
import { readMetadata, writeMetadata } from "../../sops/metadata.ts";
import { storeOf } from "../../sops/stores/index.ts";
import { EXIT_DONE, type CommandIo } from "../io.ts";
import { program } from "../program.ts";
import { requireConfig, ruleOf, type FoundConfig } from "./config.ts";
import { parseFlags } from "./arguments.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { readText, reasonOf, writeText } from "./files.ts";
import { formatsOf, type FormatFlags } from "./flags.ts";
import { localKeys } from "./keys.ts";
import { requireFile, type SopsCall } from "./session.ts";

/** `fairlead sops updatekeys`: the data key wrapped for the keys .sops.yaml names now. The values keep their ciphertexts. */
export async function updateKeys(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops updatekeys", "Brings the master keys of files in line with .sops.yaml.", call.io)
    .argument("[files...]")
    .option("-y, --yes", "change without asking")
    .option("--input-type <type>", "yaml, json, dotenv, ini or binary; else by the file's name");
  const parsed = parseFlags<FormatFlags & { readonly yes?: boolean }>(command, args, call);
  if (typeof parsed === "number") return parsed;
  const found = await requireConfig(call);
  requireFile(parsed.args[0]);
  const [only, ...others] = parsed.args;
  if (only !== undefined && others.length === 0) {
    await updateFile(only, parsed.flags, call, found);
    return EXIT_DONE;
  }
  let failed = 0;
  for (const file of parsed.args) {
    try {
      await updateFile(file, parsed.flags, call, found);
    } catch (error) {
      if (!(error instanceof SopsFailure)) throw error;
      call.io.stderr.write(`${error.message}\n`);
      failed += 1;
    }
  }
  if (failed > 0) throw new SopsFailure(EXIT.generic, `failed updating ${failed} key(s)`);
  return EXIT_DONE;
}

/** @throws SopsFailure in the words of sops, which asks the file system first here */
async function assertFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    const [, why] = reasonOf((error as NodeJS.ErrnoException).code);
    throw new SopsFailure(EXIT.generic, `stat ${path}: ${why}`);
  });
  if (found.isDirectory()) throw new SopsFailure(EXIT.generic, "can't operate on a directory");
}

async function updateFile(
  file: string,
  flags: FormatFlags & { readonly yes?: boolean },
  call: SopsCall,
  found: FoundConfig,
): Promise<void> {
  const { io } = call;
  const full = resolve(io.cwd, file);
  await assertFile(full);
  const log = (line: string): void => io.stderr.write(`${line}\n`);
  log(`Syncing keys for file ${full}`);
  const store = storeOf(formatsOf(flags, file).input, found.config.stores);
  const text = await readText(file, io);
  const { branches, metadata: part } = await failing(() => store.readSealed(text));
  if (part === undefined) throw new SopsFailure(EXIT.generic, "sops metadata not found");
  const metadata = await failing(() => readMetadata(part));
  const rule = await ruleOf(found, file, io);
  if (rule === undefined)
    throw new SopsFailure(EXIT.generic, `The config file ${found.path} does not contain any creation rule`);
  const differences = compareGroups(metadata.keyGroups, rule.keyGroups);
  // The rule's threshold is for new files, as in sops: one that exists keeps its own, as far as there are groups for it.
  const asked = Number(call.globals.values["shamirSecretSharingThreshold"] ?? 0) || metadata.shamirThreshold;
  const threshold = Math.min(asked, rule.keyGroups.length);
  const isSame = differences.every(({ added, removed }) => added.length === 0 && removed.length === 0);
  if (isSame && threshold === metadata.shamirThreshold) return log(`File ${full} already up to date`);
  const lines = [printThreshold(metadata.shamirThreshold, threshold), ...differences.map(printGroup)];
  io.stdout.write(`The following changes will be made to the file's groups:\n${lines.join("")}`);
  if (!flags.yes && !(await isWanted(io))) return log(`File ${full} left unchanged`);
  const keys = await failing(() => localKeys(io));
  const dataKey = await failing(() => dataKeyOf(metadata, keys, undefined), EXIT.noDataKey);
  const wanted = { ...metadata, keyGroups: rule.keyGroups, shamirThreshold: threshold };
  const wrapped = await failing(() => wrapDataKey(dataKey, wanted, keys));
  await writeText(file, store.writeSealed(branches, writeMetadata(wrapped)), io);
  log(`File ${full} synced with new keys`);
}

function printThreshold(before: number, after: number): string {
  if (before === after) return before > 0 ? `shamir_threshold: ${before}\n` : "";
  const [added, removed] = [after, before].map((number, index) =>
    number > 0 ? `${index === 0 ? "+++" : "---"} shamir_threshold: ${number}\n` : "",
  );
  return `${added}${removed}`;
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
