import { Option } from "commander";
import { healthOf, type KubeObject } from "@fairlead/apimachinery";
import { applyObjects } from "../apply/apply.ts";
import type { ChangeSet } from "../apply/types.ts";
import { untilHealthy, waitFor } from "../apply/wait.ts";
import type { KubeClient } from "../client/types.ts";
import { readObjects, withNamespaces } from "./input.ts";
import { type CommandIo, EXIT_NOT_ALL } from "./io.ts";
import { entryPrinter, exitCodeOf, type OutputFlags, withOutputFlag } from "./output.ts";
import { collect, parseArguments, program } from "./arguments.ts";
import { type ClusterFlags, durationMs, withClient, withClusterFlags } from "./program.ts";

interface Flags extends ClusterFlags, OutputFlags {
  readonly filename: string[];
  readonly recursive?: boolean;
  readonly fieldManager: string;
  readonly forceConflicts?: boolean;
  readonly dryRun?: boolean;
  readonly validate: "strict" | "warn" | "ignore";
  readonly recreate?: boolean;
  readonly takeOver?: string[];
  readonly wait?: boolean;
  readonly timeout: string;
}

const VALIDATION = { strict: "Strict", warn: "Warn", ignore: "Ignore" } as const;

/** `fairlead apply -f FILE`: server-side apply in the right order, with a line for each object. */
export async function applyCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = program("apply", "Applies manifests by server-side apply, each after what it needs.", io)
    .requiredOption("-f, --filename <file>", "file, folder or - (may be repeated)", collect)
    .option("-R, --recursive", "read folders with all that is below them")
    .option("--field-manager <name>", "who the fields will belong to", "fairlead")
    .option("--force-conflicts", "take fields from other managers")
    .option("--dry-run", "ask the server what would happen, and change nothing")
    .addOption(
      new Option("--validate <how>", "unknown and duplicate fields").choices(Object.keys(VALIDATION)).default("strict"),
    )
    .option("--recreate", "delete and create anew what cannot be changed")
    .option("--take-over <managers>", "first make these managers' fields ours (kubectl-client-side-apply, …)", collect)
    .option("--wait", "wait until everything applied is healthy")
    .option("--timeout <duration>", "how long to wait", "5m");
  const exit = parseArguments(withOutputFlag(withClusterFlags(command)), args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  const timeoutMs = durationMs(flags.timeout);
  const objects = await readObjects(flags.filename, io, flags.recursive);
  return withClient(flags, io, async (client) => {
    const set = await applyObjects(client, await withNamespaces(client, objects), {
      fieldManager: flags.fieldManager,
      force: flags.forceConflicts,
      dryRun: flags.dryRun,
      fieldValidation: VALIDATION[flags.validate],
      recreate: flags.recreate ? "onImmutable" : "never",
      takeOver: flags.takeOver,
      signal: io.signal,
      onEntry: entryPrinter(io, flags, flags.dryRun ? " (dry run)" : ""),
    });
    if (!flags.wait || flags.dryRun) return exitCodeOf(set);
    const isReady = await waitUntilHealthy(client, set, timeoutMs, io);
    return set.hasFailed || !isReady ? EXIT_NOT_ALL : exitCodeOf(set);
  });
}

async function waitUntilHealthy(
  client: KubeClient,
  set: ChangeSet,
  timeoutMs: number,
  io: CommandIo,
): Promise<boolean> {
  const applied = set.entries.flatMap(({ object }) => (object === undefined ? [] : [targetOf(object)]));
  const waited = await waitFor(client, applied, { until: untilHealthy(healthOf), timeoutMs, signal: io.signal });
  for (const entry of waited.entries) {
    if (entry.action === "failed") io.stderr.write(`${entry.error?.message ?? "failed"}\n`);
  }
  return !waited.hasFailed && waited.counts.skipped === 0;
}

function targetOf({ apiVersion, kind, metadata }: KubeObject) {
  const { name = "", namespace } = metadata;
  return { apiVersion, kind, name, namespace };
}
