import { createTwoFilesPatch } from "diff";
import { jsonEqual, ProblemError } from "@fairlead/base";
import { describeRef, gvkOf, ownerTree, refKey, type KubeObject, type ObjectRef } from "@fairlead/apimachinery";
import { ApiError, type KubeClient } from "@fairlead/kube";
import { encodeYaml } from "@fairlead/yaml";
import { parseApplication } from "../application/parse.ts";
import type { AloneAnswer } from "../application/render-alone.ts";
import type { ApplicationStatus, ResourceStatus } from "../application/types.ts";
import { compileIgnoreRules } from "../compare/ignore.ts";
import { JqWorker } from "../compare/jq.ts";
import { readSettings } from "../settings/parse.ts";
import { FIELD_MANAGER } from "../names.ts";
import { Mask } from "../secrecy/mask.ts";
import { commandClock, renderFor, type RenderForRequest } from "./destination.ts";
import { table } from "./output.ts";

/** Kinds that workloads make; what an application's own objects own is looked for among them. */
const CHILD_KINDS = [
  { apiVersion: "apps/v1", kind: "ReplicaSet" },
  { apiVersion: "apps/v1", kind: "ControllerRevision" },
  { apiVersion: "batch/v1", kind: "Job" },
  { apiVersion: "v1", kind: "Pod" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
  { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
] as const;

export function resourcesOf(object: KubeObject): readonly ResourceStatus[] {
  return ((object["status"] ?? {}) as ApplicationStatus).resources ?? [];
}

/** The application's objects as they are in the cluster; those that are not there are left out. */
export async function liveObjects(destination: KubeClient, object: KubeObject): Promise<KubeObject[]> {
  const found = await Promise.all(
    resourcesOf(object).map(({ group, version, kind, name, namespace }) =>
      findOrNone(destination, { apiVersion: group ? `${group}/${version}` : version, kind }, name, namespace),
    ),
  );
  return found.flatMap((one) => one ?? []);
}

/**
 * Live objects as they may be shown. What of them is secret is known from the application's sources, which are rendered for it; a
 * command that has no way to sources opens no encrypted files either.
 */
export async function shownLive(
  live: readonly KubeObject[],
  { hub, client, object, request }: ShownFor,
): Promise<KubeObject[]> {
  if (request.openSources === undefined) return live.map((one) => new Mask().of(one));
  const { objects, redactor } = await renderFor(hub, client, object, request);
  const mask = new Mask(redactor);
  const wanted = new Map(objects.map((one) => [refKey(refOf(one)), one]));
  return live.map((one) => mask.pair(one, wanted.get(refKey(refOf(one))))[0]);
}

interface ShownFor {
  readonly hub: KubeClient;
  readonly client: KubeClient;
  /** The application. */
  readonly object: KubeObject;
  readonly request: RenderForRequest;
}

/** Undefined, too, for a kind the cluster does not serve. */
async function findOrNone(
  client: KubeClient,
  kind: { readonly apiVersion: string; readonly kind: string },
  name: string,
  namespace: string | undefined,
): Promise<KubeObject | undefined> {
  try {
    return await client.find(kind, name, namespace);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/** The objects and everything they own, deeper ones after and indented below. */
export async function objectTree(
  destination: KubeClient,
  object: KubeObject,
): Promise<{ object: KubeObject; depth: number }[]> {
  const own = await liveObjects(destination, object);
  const namespaces = new Set(own.flatMap(({ metadata }) => metadata.namespace ?? []));
  const lists = await Promise.all(
    [...namespaces].flatMap((namespace) =>
      CHILD_KINDS.map((kind) => destination.list(kind, { namespace }).catch(() => ({ items: [] }))),
    ),
  );
  const keyOf = ({ apiVersion, kind, metadata }: KubeObject): string =>
    `${apiVersion} ${kind} ${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
  const all = new Map([...own, ...lists.flatMap(({ items }) => items)].map((one) => [keyOf(one), one]));
  const tree = ownerTree([...all.values()]);
  const lines: { object: KubeObject; depth: number }[] = [];
  const seen = new Set<string>();
  const visit = (one: KubeObject, depth: number): void => {
    if (seen.has(keyOf(one))) return;
    seen.add(keyOf(one));
    lines.push({ object: one, depth });
    for (const child of tree.childrenOf(one)) visit(child, depth + 1);
  };
  for (const one of own) {
    const known = all.get(keyOf(one)) ?? one;
    const isBelowAnother = tree.ownersOf(known).some((owner) => own.some((other) => keyOf(other) === keyOf(owner)));
    if (!isBelowAnother) visit(known, 0);
  }
  return lines;
}

export function treeText(object: KubeObject, lines: readonly { object: KubeObject; depth: number }[]): string {
  const status = new Map(
    resourcesOf(object).map((entry) => [`${entry.kind} ${entry.namespace ?? ""}/${entry.name}`, entry] as const),
  );
  const rows = lines.map(({ object: one, depth }) => {
    const { name = "", namespace = "" } = one.metadata;
    const entry = status.get(`${one.kind} ${namespace}/${name}`);
    const indent = depth === 0 ? "" : `${"  ".repeat(depth - 1)}└─ `;
    return [`${indent}${one.kind}/${name}`, namespace, entry?.status ?? "", entry?.health?.status ?? podPhase(one)];
  });
  const gone = resourcesOf(object).filter(
    (entry) => !lines.some(({ object: one }) => one.kind === entry.kind && one.metadata.name === entry.name),
  );
  const missing = gone.map((entry) => [
    `${entry.kind}/${entry.name}`,
    entry.namespace ?? "",
    entry.status ?? "",
    entry.health?.status ?? "Missing",
  ]);
  return table(["kind/name", "namespace", "status", "health"], [...rows, ...missing]);
}

function podPhase(object: KubeObject): string {
  const { phase } = (object["status"] ?? {}) as { phase?: string };
  return object.kind === "Pod" && typeof phase === "string" ? phase : "";
}

interface Difference {
  readonly ref: ObjectRef;
  readonly text: string;
}

/**
 * What a sync would change: asked of the cluster by dry run, so that defaults and webhooks are no difference. ignoreDifferences
 * count. In place of secret values stand keyed fingerprints.
 */
export async function differences(
  hub: KubeClient,
  destination: KubeClient,
  object: KubeObject,
  { objects: desired, redactor }: Pick<AloneAnswer, "objects" | "redactor">,
  controlNamespace: string,
): Promise<Difference[]> {
  const { application: app } = parseApplication(object);
  const { settings } = await readSettings(hub, controlNamespace);
  const jq = new JqWorker(commandClock);
  const mask = new Mask(redactor);
  const who = describeRef({ kind: "Application", ...app.metadata });
  const rules = compileIgnoreRules(app.spec.ignoreDifferences, settings, who, jq);
  try {
    const pairs = await Promise.all(desired.map((one) => pairOf(destination, one)));
    const prepared = pairs.flatMap(({ ref, before, after }) => [
      { ref, object: after },
      ...(before ? [{ ref, object: before }] : []),
    ]);
    const broken = await rules.prepare(prepared);
    if (broken.length > 0) throw new ProblemError(broken);
    const wanted = new Set(desired.map((one) => refKey(refOf(one))));
    const changed = pairs.flatMap(({ ref, before, after }) => {
      const { strip } = rules.for(ref);
      const from = before && (strip(before) as KubeObject);
      const to = before ? (strip(after) as KubeObject) : after;
      return from !== undefined && jsonEqual(from, to) ? [] : [{ ref, text: patchText(...mask.pair(from, to)) }];
    });
    const pruned = resourcesOf(object).filter(({ requiresPruning }) => requiresPruning === true);
    const gone = await Promise.all(pruned.map((entry) => prunedText(destination, entry, wanted, mask)));
    return [...changed, ...gone.flatMap((one) => one ?? [])];
  } finally {
    await jq.close();
  }
}

export function refOf(object: KubeObject): ObjectRef {
  const { group, kind } = gvkOf(object);
  return { group, kind, name: object.metadata.name ?? "", namespace: object.metadata.namespace };
}

async function pairOf(
  client: KubeClient,
  desired: KubeObject,
): Promise<{ ref: ObjectRef; before: KubeObject | undefined; after: KubeObject }> {
  const ref = refOf(desired);
  const live = await findOrNone(client, desired, ref.name, ref.namespace);
  // There is no namespace, or no definition, to try it in yet; it would be created.
  if (!live) return { ref, before: undefined, after: desired };
  try {
    const after = await client.apply(desired, { fieldManager: FIELD_MANAGER, force: true, dryRun: true });
    return { ref, before: comparable(live), after: comparable(after) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status?.code !== 422) throw error;
    // What cannot be changed in place is a difference all the same.
    return { ref, before: comparable(live), after: desired };
  }
}

function comparable(object: KubeObject): KubeObject {
  const {
    managedFields: _managed,
    resourceVersion: _version,
    generation: _generation,
    uid: _uid,
    creationTimestamp: _created,
    ...metadata
  } = object.metadata;
  const { status: _status, ...rest } = object;
  return { ...rest, apiVersion: object.apiVersion, kind: object.kind, metadata };
}

async function prunedText(
  client: KubeClient,
  entry: ResourceStatus,
  wanted: ReadonlySet<string>,
  mask: Mask,
): Promise<Difference | undefined> {
  const { group = "", version, kind, name, namespace } = entry;
  const ref = { group, kind, name, namespace };
  if (wanted.has(refKey(ref))) return undefined;
  const live = await findOrNone(client, { apiVersion: group ? `${group}/${version}` : version, kind }, name, namespace);
  return live && { ref, text: patchText(mask.of(comparable(live)), undefined) };
}

/** As Argo CD heads it, with a unified diff below. */
function patchText(from: KubeObject | undefined, to: KubeObject | undefined): string {
  const object = (from ?? to) as KubeObject;
  const { group, kind, namespace, name } = refOf(object);
  const head = `===== ${group}/${kind} ${namespace ?? ""}/${name} ======\n`;
  const text = (one: KubeObject | undefined): string => (one ? encodeYaml(one) : "");
  return `${head}${createTwoFilesPatch("live", "target", text(from), text(to), "", "", { context: 3 }).replace(/^=+\n/, "")}`;
}
