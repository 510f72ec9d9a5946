import { createTwoFilesPatch } from "diff";
import { describeRef, type KubeObject, refKey, refOf } from "@fairlead/apimachinery";
import { explainProblem, isJsonObject, jsonEqual, problemError, ProblemError } from "@fairlead/base";
import { encodeYaml } from "@fairlead/yaml";
import { inParallel, CONCURRENCY, withoutBookkeeping } from "../apply/run.ts";
import { predictApply, type Prediction } from "../apply/predict.ts";
import type { KubeClient } from "../client/types.ts";
import { readObjectLists, readObjects, withNamespaces } from "./input.ts";
import { type CommandIo, EXIT_DONE, EXIT_NOT_ALL, EXIT_USAGE } from "./io.ts";
import { type OutputFlags, withOutputFlag } from "./output.ts";
import { collect, parseArguments, program } from "./arguments.ts";
import { type ClusterFlags, withClient, withClusterFlags } from "./program.ts";

interface Flags extends ClusterFlags, OutputFlags {
  readonly filename?: string[];
  readonly desired?: string[];
  readonly live?: string[];
  readonly schema?: string[];
  readonly recursive?: boolean;
  readonly fieldManager: string;
}

interface Compared extends Prediction {
  readonly desired: KubeObject;
}

/**
 * `fairlead diff --desired FILE --live FILE`: what an apply would change, without a cluster; `fairlead diff -f FILE`: the same
 * asked of the cluster by dry run. Exit code 0: nothing, 1: something, 2: it could not be told.
 */
export async function diffCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = program("diff", "Shows what an apply would change.", io)
    .option("--desired <file>", "manifests to apply (without a cluster)", collect)
    .option("--live <file>", "objects as they are in the cluster", collect)
    .option("--schema <file>", "CustomResourceDefinitions of the kinds that are not built in", collect)
    .option("-f, --filename <file>", "manifests to compare with the cluster", collect)
    .option("-R, --recursive", "read folders with all that is below them")
    .option("--field-manager <name>", "who would apply", "fairlead");
  const exit = parseArguments(withOutputFlag(withClusterFlags(command)), args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  const { filename, desired, live } = flags;
  const isLocal = desired !== undefined && live !== undefined && filename === undefined;
  if (!isLocal && (filename === undefined || desired !== undefined || live !== undefined)) {
    const hint = "give --desired FILE --live FILE, or -f FILE for the cluster's own answer";
    throw problemError("ArgumentInvalid", "it is not clear what to compare", { hint });
  }
  try {
    if (isLocal) return report(await compareFiles(desired, live, flags, io), flags, io);
    const objects = await readObjects(filename ?? [], io, flags.recursive);
    return await withClient(flags, io, async (client) =>
      report(await compareInCluster(client, objects, flags), flags, io),
    );
  } catch (error) {
    // 1 means "differs" here, so that whatever goes wrong must be told apart from it.
    if (!(error instanceof Error)) throw error;
    const problems =
      error instanceof ProblemError ? error.problems.map((each) => explainProblem(each)) : [error.message];
    io.stderr.write(problems.map((each) => `fairlead: ${each}\n`).join(""));
    return EXIT_USAGE;
  }
}

async function compareFiles(
  desired: readonly string[],
  live: readonly string[],
  flags: Flags,
  io: CommandIo,
): Promise<Compared[]> {
  const lists = [desired, live, flags.schema ?? []];
  const [wanted = [], there = [], crds = []] = await readObjectLists(lists, io, flags.recursive);
  const byRef = new Map(there.map((object) => [refKey(refOf(object)), object]));
  const manager = flags.fieldManager;
  return wanted.map((object) => {
    const found = byRef.get(refKey(refOf(object))) ?? onlyNamesake(object, there);
    const at = found?.metadata.namespace;
    const placed =
      at === undefined || object.metadata.namespace
        ? object
        : { ...object, metadata: { ...object.metadata, namespace: at } };
    return { desired: placed, ...predictApply(placed, found, { crds, manager, now: Date.now() }) };
  });
}

/** A manifest may leave its namespace to whoever applies it; then the one live object of its kind and name is meant. */
function onlyNamesake(object: KubeObject, there: readonly KubeObject[]): KubeObject | undefined {
  if (object.metadata.namespace) return undefined;
  const { group, kind, name } = refOf(object);
  const same = there.filter((each) => {
    const ref = refOf(each);
    return ref.group === group && ref.kind === kind && ref.name === name;
  });
  return same.length === 1 ? same[0] : undefined;
}

async function compareInCluster(client: KubeClient, objects: readonly KubeObject[], flags: Flags): Promise<Compared[]> {
  const placed = await withNamespaces(client, objects);
  return inParallel(placed, CONCURRENCY, async (desired) => {
    const { name = "", namespace } = desired.metadata;
    const before = await client.find(desired, name, namespace);
    const after = await client.apply(desired, { fieldManager: flags.fieldManager, force: true, dryRun: true });
    return { desired, before: before && withoutBookkeeping(before), after: withoutBookkeeping(after) };
  });
}

function report(compared: readonly Compared[], flags: OutputFlags, io: CommandIo): number {
  let isDifferent = false;
  for (const { desired, before, after } of compared) {
    const isSame = before !== undefined && jsonEqual(before, after);
    if (!isSame) isDifferent = true;
    const action = before === undefined ? "created" : isSame ? "unchanged" : "configured";
    const patch = isSame ? "" : patchOf(desired, before, after);
    if (flags.output === "json") io.stdout.write(`${JSON.stringify({ ...refOf(desired), action, diff: patch })}\n`);
    else io.stdout.write(patch);
  }
  return isDifferent ? EXIT_NOT_ALL : EXIT_DONE;
}

function patchOf(desired: KubeObject, before: KubeObject | undefined, after: KubeObject): string {
  const name = describeRef(refOf(desired));
  const [masked, maskedAfter] = maskSecrets(before, after);
  const old = masked === undefined ? "" : encodeYaml(masked);
  return createTwoFilesPatch(`live ${name}`, `desired ${name}`, old, encodeYaml(maskedAfter), "", "", { context: 3 });
}

/** Of a Secret only whether a value changes is shown, never the value. */
function maskSecrets(before: KubeObject | undefined, after: KubeObject): [KubeObject | undefined, KubeObject] {
  if (after.kind !== "Secret" || after.apiVersion !== "v1") return [before, after];
  const mask = (object: KubeObject, other: KubeObject | undefined, word: string): KubeObject => {
    const masked = { ...object };
    for (const field of ["data", "stringData"]) {
      const values = object[field];
      const others = other?.[field];
      if (!isJsonObject(values)) continue;
      masked[field] = Object.fromEntries(
        Object.entries(values).map(([key, value]) => {
          const isSame = isJsonObject(others) && others[key] === value;
          return [key, isSame ? "***" : `*** (${word})`];
        }),
      );
    }
    return masked;
  };
  return [before && mask(before, after, "before"), mask(after, before, "after")];
}
