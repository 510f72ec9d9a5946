import { type KubeObject, parseLabelSelector, refKey, refOf } from "@fairlead/apimachinery";
import { problemError } from "@fairlead/base";
import { Option } from "commander";
import { findObjects } from "../apply/find.ts";
import { pruneObjects } from "../apply/prune.ts";
import { kindOf } from "../client/client.ts";
import type { KindRef } from "../client/refs.ts";
import type { KubeClient } from "../client/types.ts";
import { readObjects, withNamespaces } from "./input.ts";
import type { CommandIo } from "./io.ts";
import { entryPrinter, exitCodeOf, type OutputFlags, withOutputFlag } from "./output.ts";
import { collect, parseArguments, program } from "./arguments.ts";
import { type ClusterFlags, withClient, withClusterFlags } from "./program.ts";

interface Flags extends ClusterFlags, OutputFlags {
  readonly filename: string[];
  readonly recursive?: boolean;
  readonly selector: string;
  readonly kinds?: string[];
  readonly dryRun?: boolean;
  readonly cascade: keyof typeof CASCADES;
}

const CASCADES = { background: "Background", foreground: "Foreground", orphan: "Orphan" } as const;

/** Annotations by which Argo CD, Flux and we ourselves are told to keep an object that is no longer in the source. */
const KEPT_BY: readonly (readonly [key: string, isKept: (value: string) => boolean])[] = [
  ["argocd.argoproj.io/sync-options", (value) => value.split(",").some((each) => each.trim() === "Prune=false")],
  ["kustomize.toolkit.fluxcd.io/prune", (value) => value === "disabled"],
];

/** `fairlead prune -f FILE -l SELECTOR`: deletes what carries the label and is not, or no longer, in the files. */
export async function pruneCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = program("prune", "Deletes objects that match a selector and are not in the manifests.", io)
    .requiredOption("-f, --filename <file>", "what stays: file, folder or - (may be repeated)", collect)
    .requiredOption("-l, --selector <selector>", "label selector: only objects that match are looked at")
    .option("-R, --recursive", "read folders with all that is below them")
    .option("--kinds <kinds>", "look only at these: configmaps,deployments.apps,… (default: all)", collect)
    .option("--dry-run", "tell what would be deleted, and delete nothing")
    .addOption(
      new Option("--cascade <how>", "what becomes of dependents").choices(Object.keys(CASCADES)).default("background"),
    );
  const exit = parseArguments(withOutputFlag(withClusterFlags(command)), args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  const propagationPolicy = CASCADES[flags.cascade];
  if (flags.selector.trim() === "") throw usage("an empty selector", "a label, as -l app=shop: everything would match");
  parseLabelSelector(flags.selector);
  const objects = await readObjects(flags.filename, io, flags.recursive);
  return withClient(flags, io, async (client) => {
    const kept = new Set((await withNamespaces(client, objects)).map((object) => refKey(refOf(object))));
    const { selector: labelSelector, namespace } = flags;
    const kinds = flags.kinds && (await kindsNamed(client, flags.kinds));
    const found = await findObjects(client, { labelSelector, namespace, kinds, signal: io.signal });
    const doomed = found.filter((object) => !kept.has(refKey(refOf(object))) && !isMadeByAnother(object));
    const set = await pruneObjects(client, doomed.map(targetOf), {
      keep: reasonToKeep,
      dryRun: flags.dryRun,
      propagationPolicy,
      signal: io.signal,
      onEntry: entryPrinter(io, flags, flags.dryRun ? " (dry run)" : ""),
    });
    return exitCodeOf(set);
  });
}

/** What a controller made goes with its owner, and would only be made again. */
function isMadeByAnother(object: KubeObject): boolean {
  return (object.metadata.ownerReferences ?? []).length > 0;
}

function reasonToKeep(live: KubeObject): string | undefined {
  const annotations = live.metadata.annotations ?? {};
  const found = KEPT_BY.find(([key, isKept]) => annotations[key] !== undefined && isKept(annotations[key]));
  return found && `it is kept by its annotation ${found[0]}`;
}

async function kindsNamed(client: KubeClient, names: readonly string[]): Promise<KindRef[]> {
  return Promise.all(
    names.map(async (name) => {
      const resource = await client.discovery.findByName(name);
      if (resource === undefined) throw usage(`kind ${JSON.stringify(name)}`, "a kind the cluster serves");
      return kindOf(resource);
    }),
  );
}

function targetOf({ apiVersion, kind, metadata }: KubeObject) {
  const { name = "", namespace, uid } = metadata;
  return { apiVersion, kind, name, namespace, uid };
}

function usage(what: string, wanted: string): Error {
  return problemError("ArgumentInvalid", `${what} is not understood`, { hint: `give ${wanted}` });
}
