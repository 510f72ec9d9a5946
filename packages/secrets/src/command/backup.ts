import { resolve } from "node:path";
import type { KubeObject } from "@fairlead/apimachinery";
import { problemError } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import { readBackup, restored, writeBackup, type BackedUpKey } from "../sealed/backup/file.ts";
import { findRecord, recordBackup } from "../sealed/backup/record.ts";
import { byAge, KEY_ACTIVE, KEY_LABEL, readKeySecret, type SealingKey } from "../sealed/key-secret.ts";
import { encryptedForAge } from "../sops/keys/age.ts";
import { onCluster, withCluster, type ClusterFlags } from "./cluster.ts";
import { EXIT_DONE, EXIT_FAILED, writeWhole, type CommandIo } from "./io.ts";
import { readKeyText } from "./key-files.ts";
import { collect, parseArguments, program, tellingFaults } from "./program.ts";

const SECRET = { apiVersion: "v1", kind: "Secret" } as const;

/** A key of the cluster, with whether it is used to unseal. */
interface ClusterKey extends SealingKey {
  readonly secret: KubeObject;
  readonly isActive: boolean;
}

interface Keys {
  /** Newest first. */
  readonly keys: readonly ClusterKey[];
  /** Secrets with the label that hold no key, and why. */
  readonly faults: readonly string[];
}

/** One key Secret may lack the label: the peer's oldest, which has a name of its own. */
async function clusterKeys(client: KubeClient, namespace: string, signal: AbortSignal): Promise<Keys> {
  const { items } = await client.list(SECRET, { namespace, labelSelector: KEY_LABEL, signal });
  const legacy = await client.find(SECRET, LEGACY_NAME, namespace, { signal });
  const keys: ClusterKey[] = [];
  const faults: string[] = [];
  const all = legacy === undefined || items.some(({ metadata }) => metadata.name === LEGACY_NAME) ? [] : [legacy];
  for (const secret of [...items, ...all]) {
    const read = readKeySecret(secret);
    const label = secret.metadata.labels?.[KEY_LABEL] ?? KEY_ACTIVE;
    if ("fault" in read) faults.push(`Secret ${secret.metadata.name ?? ""}: ${read.fault}`);
    else keys.push({ ...read, secret, isActive: label === KEY_ACTIVE });
  }
  return { keys: keys.sort(byAge), faults };
}

const LEGACY_NAME = "sealed-secrets-key";

interface BackupFlags extends ClusterFlags {
  readonly output?: string;
  readonly age?: string[];
  readonly record: boolean;
}

/**
 * `fairlead secrets backup`: every sealing key, retired ones too, as `kubectl get secret -l … -o yaml` prints them; and a note in the
 * cluster of which keys are in a backup now.
 */
export async function backupCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = withCluster(
    program("secrets backup", "Writes a backup of the keys that SealedSecrets are sealed with.", io),
  )
    .option("-o, --output <file>", "write here instead of to standard output")
    .option("--age <recipient>", "encrypt for this age recipient or SSH key; may be given several times", collect)
    .option("--no-record", "do not note in the cluster that the keys are backed up");
  const exit = parseArguments(command, args);
  if (exit !== undefined) return exit;
  const flags = command.opts<BackupFlags>();
  return tellingFaults(io, () =>
    onCluster(flags, io, async (client, signal) => {
      const namespace = flags.controllerNamespace;
      const { keys, faults } = await clusterKeys(client, namespace, signal);
      for (const fault of faults) io.stderr.write(`warning: ${fault}: not in the backup\n`);
      if (keys.length === 0) throw noKeys(namespace);
      const plain = writeBackup(keys.map(({ secret }) => secret));
      const text = flags.age === undefined ? plain : await encryptedForAge(plain, flags.age);
      if (flags.age === undefined)
        io.stderr.write("warning: the backup is not encrypted: whoever has it opens every SealedSecret (see --age)\n");
      if (flags.output === undefined) io.stdout.write(text);
      else writeWhole(resolve(io.cwd, flags.output), text);
      const ids = keys.map(({ id }) => id);
      if (flags.record) await recordBackup(client, namespace, ids, timeNow());
      io.stderr.write(`${count(keys.length, "key")} backed up, the newest ${keys[0]?.name ?? ""}\n`);
      return EXIT_DONE;
    }),
  );
}

interface RestoreFlags extends ClusterFlags {
  readonly identity?: string[];
  readonly dryRun?: boolean;
  readonly record: boolean;
}

/** `fairlead secrets restore FILE`: the keys of a backup into the cluster. What is there stays; a running controller takes them up at once. */
export async function restoreCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = withCluster(program("secrets restore", "Puts the sealing keys of a backup into the cluster.", io))
    .argument("[file]", "the backup; standard input unless given")
    .option("--identity <file>", "age identities that open an encrypted backup, besides those sops finds", collect)
    .option("--dry-run", "only tell what would be done")
    .option("--no-record", "do not note in the cluster that the keys are backed up");
  const exit = parseArguments(command, args);
  if (exit !== undefined) return exit;
  const flags = command.opts<RestoreFlags>();
  return tellingFaults(io, async () => {
    const [file = "-"] = command.args;
    // Read whole before anything is written: a bad key in it must not leave half of them restored.
    const wanted = readBackup(await readKeyText(file, io, flags.identity), file === "-" ? undefined : file);
    return onCluster(flags, io, async (client, signal) => {
      const namespace = flags.controllerNamespace;
      const { keys } = await clusterKeys(client, namespace, signal);
      const there = new Map(keys.map((key) => [key.id, key]));
      for (const key of wanted)
        io.stdout.write(`${await restoreOne(client, key, there.get(key.id), namespace, flags)}\n`);
      if (flags.record && !flags.dryRun) {
        const ids = wanted.map(({ id }) => id);
        await recordBackup(client, namespace, ids, timeNow());
      }
      return EXIT_DONE;
    });
  });
}

async function restoreOne(
  client: KubeClient,
  key: BackedUpKey,
  existing: ClusterKey | undefined,
  namespace: string,
  { dryRun = false }: RestoreFlags,
): Promise<string> {
  if (existing !== undefined) return `secret/${existing.name} unchanged${existing.isActive ? "" : " (retired)"}`;
  const taken = key.name === "" ? undefined : await client.find(SECRET, key.name, namespace);
  const name = taken === undefined && key.name !== "" ? key.name : undefined;
  const made = dryRun ? restored(key, namespace, name) : await client.create(restored(key, namespace, name));
  const renamed = name === undefined && key.name !== "" ? ` (${key.name} in the backup, a name another key has)` : "";
  return `secret/${made.metadata.name ?? key.name} restored${renamed}${dryRun ? " (dry run)" : ""}`;
}

interface StatusFlags extends ClusterFlags {
  readonly backup?: string;
  readonly identity?: string[];
  readonly record?: boolean;
  readonly output?: string;
}

/** `fairlead secrets status`: the sealing keys, and whether the newest is in a backup; exit code 1 when it is not. */
export async function statusCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = withCluster(
    program("secrets status", "Lists the sealing keys, and tells whether the newest is in a backup.", io),
  )
    .option("--backup <file>", "look into this backup instead of at what the cluster has noted")
    .option("--identity <file>", "age identities that open an encrypted backup, besides those sops finds", collect)
    .option("--record", "with --backup: note in the cluster which keys are in it")
    .option("-o, --output <format>", "json, or a table");
  const exit = parseArguments(command, args);
  if (exit !== undefined) return exit;
  const flags = command.opts<StatusFlags>();
  return tellingFaults(io, async () => {
    if (flags.output !== undefined && flags.output !== "json")
      throw problemError("SecretsUsage", `unsupported output format: ${flags.output}`, { hint: "json" });
    const backup =
      flags.backup === undefined
        ? undefined
        : readBackup(await readKeyText(flags.backup, io, flags.identity), flags.backup);
    return onCluster(flags, io, async (client, signal) => {
      const namespace = flags.controllerNamespace;
      const { keys, faults } = await clusterKeys(client, namespace, signal);
      const inBackup = new Set(backup?.map(({ id }) => id) ?? (await findRecord(client, namespace)).keys());
      if (flags.record && backup !== undefined) await recordBackup(client, namespace, [...inBackup], timeNow());
      for (const fault of faults) io.stderr.write(`warning: ${fault}\n`);
      if (keys.length === 0) throw noKeys(namespace);
      return tellStatus(keys, inBackup, flags, io);
    });
  });
}

function tellStatus(
  keys: readonly ClusterKey[],
  inBackup: ReadonlySet<string>,
  { output, backup }: StatusFlags,
  io: CommandIo,
): number {
  const newest = keys.find(({ isActive }) => isActive);
  const rows = keys.map((key) => ({
    name: key.name,
    key: key.id,
    state: key === newest ? "newest" : key.isActive ? "active" : "retired",
    notBefore: new Date(key.notBefore).toISOString(),
    notAfter: new Date(key.notAfter).toISOString(),
    isBackedUp: inBackup.has(key.id),
  }));
  const isBackedUp = newest !== undefined && inBackup.has(newest.id);
  if (output === "json") {
    io.stdout.write(`${JSON.stringify({ newestIsBackedUp: isBackedUp, keys: rows }, undefined, 2)}\n`);
  } else {
    const cells = [
      ["NAME", "KEY", "STATE", "SINCE", "IN BACKUP"],
      ...rows.map((row) => [row.name, row.key.slice(0, 16), row.state, row.notBefore, row.isBackedUp ? "yes" : "no"]),
    ];
    io.stdout.write(tableOf(cells));
  }
  if (isBackedUp) return EXIT_DONE;
  const where = backup === undefined ? "in no backup that is known here" : `not in ${backup}`;
  io.stderr.write(`warning: the newest key, ${newest?.name ?? "none"}, is ${where}: run fairlead secrets backup\n`);
  return EXIT_FAILED;
}

function tableOf(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  const lines = cells.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

function noKeys(namespace: string): Error {
  return problemError("InvalidKey", `there is no sealing key in namespace ${namespace}`, {
    hint: "--controller-namespace names another",
  });
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function timeNow(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
