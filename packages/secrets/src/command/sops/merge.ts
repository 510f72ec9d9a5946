import { createHash, timingSafeEqual } from "node:crypto";
import { newDataKey, wrapDataKey, type OpenFile } from "../../sops/file.ts";
import { nameOfKey } from "../../sops/keys/parse.ts";
import { mergeDocuments } from "../../sops/merge.ts";
import type { KeyGroup, Metadata } from "../../sops/metadata.ts";
import { RULE_FIELDS } from "../../sops/rules.ts";
import { ValueCipher } from "../../sops/value.ts";
import { EXIT_DONE } from "../io.ts";
import { program } from "../program.ts";
import { resealed } from "./change.ts";
import { parseFlags } from "./arguments.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { readText, writeText } from "./files.ts";
import { formatsOf, type FormatFlags } from "./flags.ts";
import { localKeys } from "./keys.ts";
import { openText, requireFile, storeSettings, storesOf, type SopsCall } from "./session.ts";

/**
 * `fairlead sops merge %O %A %B %P`: Git's merge driver. Decrypts the three versions, merges them, and encrypts the result into %A
 * with a MAC of its own. Where both sides changed the same value %A stays ours, whole and valid, and the exit code says conflict.
 */
export async function merge(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops merge", "Merges two versions of an encrypted file: merge.sops.driver of Git.", call.io)
    .argument("[base]", "%O")
    .argument("[ours]", "%A: the result goes here")
    .argument("[theirs]", "%B")
    .argument("[path]", "%P: the name to go by for formats")
    .option("--input-type <type>", "yaml, json, dotenv, ini or binary; else by the file's name");
  const parsed = parseFlags<FormatFlags>(command, args, call);
  if (typeof parsed === "number") return parsed;
  const [base, ours, theirs, path] = parsed.args.map((file) => requireFile(file));
  if (base === undefined || ours === undefined || theirs === undefined) {
    throw new SopsFailure(EXIT.noFile, "Error: three files are needed: %O %A %B");
  }
  const { input: store } = storesOf(formatsOf(parsed.flags, path ?? ours), await storeSettings(call), call);
  const [was, mine, other] = await Promise.all(
    [base, ours, theirs].map(async (file) => openText(await readText(file, call.io), store, call, {})),
  );
  if (!was || !mine || !other) throw new SopsFailure(EXIT.generic, "the three versions cannot be read");
  const { branches, conflicts } = mergeDocuments(was.branches, mine.branches, other.branches);
  const { metadata, faults } = mergeMetadata(was.metadata, mine.metadata, other.metadata);
  for (const conflict of conflicts)
    call.io.stderr.write(`CONFLICT in ${path ?? ours}: both sides changed ${conflict.join(".")}\n`);
  for (const fault of faults) call.io.stderr.write(`CONFLICT in ${path ?? ours}: both sides changed ${fault}\n`);
  if (conflicts.length + faults.length > 0) return EXIT.generic;
  await writeText(
    ours,
    await resealed(await rekeyed({ was, mine, other }, branches, metadata, call), store, call),
    call.io,
  );
  return EXIT_DONE;
}

/** A side that made a new data key did it so that someone cannot read on: the merge must not go back to the old one. */
async function rekeyed(
  { was, mine, other }: Readonly<Record<"was" | "mine" | "other", OpenFile>>,
  branches: OpenFile["branches"],
  metadata: Metadata,
  { io }: SopsCall,
): Promise<OpenFile> {
  const keys = await failing(() => localKeys(io));
  const hasNew = (side: OpenFile): boolean => !isSameKey(was.dataKey, side.dataKey);
  if (hasNew(mine) && hasNew(other) && !isSameKey(mine.dataKey, other.dataKey)) {
    const fresh = await failing(() => newDataKey(metadata, keys));
    return { branches, ...fresh, cipher: new ValueCipher(fresh.dataKey) };
  }
  const { dataKey, cipher } = hasNew(other) ? other : mine;
  return { branches, dataKey, cipher, metadata: await failing(() => wrapDataKey(dataKey, metadata, keys)) };
}

function isSameKey(a: Uint8Array, b: Uint8Array): boolean {
  const digest = (key: Uint8Array): Buffer => createHash("sha256").update(key).digest();
  return timingSafeEqual(digest(a), digest(b));
}

const RULES = [...RULE_FIELDS.map(([, field]) => field), "macOnlyEncrypted", "shamirThreshold"] as const;

function mergeMetadata(was: Metadata, mine: Metadata, other: Metadata): { metadata: Metadata; faults: string[] } {
  const faults: string[] = [];
  const rules: Partial<Record<(typeof RULES)[number], Metadata[(typeof RULES)[number]]>> = {};
  for (const name of RULES) {
    const value = mine[name] === was[name] ? other[name] : mine[name];
    if (mine[name] !== was[name] && other[name] !== was[name] && mine[name] !== other[name])
      faults.push(`the rule ${name}`);
    if (value !== undefined) rules[name] = value;
  }
  const { keyGroups } = was;
  const isRegrouped = mine.keyGroups.length !== keyGroups.length || other.keyGroups.length !== keyGroups.length;
  if (isRegrouped && mine.keyGroups.length !== other.keyGroups.length) faults.push("the groups of keys");
  const groups = mine.keyGroups.map((group, index) =>
    mergeGroup(keyGroups[index] ?? [], group, other.keyGroups[index] ?? []),
  );
  const { lastModified, mac, version } = mine;
  const shamirThreshold = typeof rules.shamirThreshold === "number" ? rules.shamirThreshold : 0;
  return {
    metadata: { ...(rules as Partial<Metadata>), shamirThreshold, keyGroups: groups, lastModified, mac, version },
    faults,
  };
}

function mergeGroup(was: KeyGroup, mine: KeyGroup, other: KeyGroup): KeyGroup {
  const names = (group: KeyGroup): Set<string> => new Set(group.map(nameOfKey));
  const [before, own, theirs] = [names(was), names(mine), names(other)];
  const kept = mine.filter((key) => theirs.has(nameOfKey(key)) || !before.has(nameOfKey(key)));
  const added = other.filter((key) => !own.has(nameOfKey(key)) && !before.has(nameOfKey(key)));
  return [...kept, ...added];
}
