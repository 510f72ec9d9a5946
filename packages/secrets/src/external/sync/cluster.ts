import type { KubeObject } from "@fairlead/apimachinery";
import { labelSelectorFromObject, matchesLabels } from "@fairlead/apimachinery";
import { isJsonObject, jsonEqual, ProblemError, problemsOf, type Clock, type JsonObject } from "@fairlead/base";
import {
  done,
  failed,
  isNotFound,
  type EventRecorder,
  type Informer,
  type KubeClient,
  type Outcome,
} from "@fairlead/kube";
import type { Metrics } from "../metrics.ts";
import { Fields, problemSink } from "../model/fields.ts";
import { CLUSTER_EXTERNAL_SECRET, CLUSTER_PUSH_SECRET, EXTERNAL_SECRET, PUSH_SECRET } from "../model/names.ts";
import { parseExternalSecretSpec } from "../model/parse.ts";
import type { Observed } from "../observe.ts";
import { parsePushSpec } from "../push/parse.ts";
import { withCondition } from "./status.ts";

export interface ClusterDeps {
  readonly hub: KubeClient;
  readonly clock: Clock;
  readonly observed: Observed;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
}

/** A kind that places objects of another kind in namespaces. */
export interface ClusterKind {
  readonly kind: { readonly apiVersion: string; readonly kind: string };
  readonly child: { readonly apiVersion: string; readonly kind: string };
  /** Names of the fields: `externalSecret` gives externalSecretSpec, externalSecretName, externalSecretMetadata. */
  readonly prefix: string;
  readonly metric: string;
  readonly children: (observed: Observed) => Informer;
  readonly check: (spec: Fields, name: string) => void;
  readonly reasons: { readonly ready: string; readonly failed: string };
}

export const EXTERNAL_SECRETS: ClusterKind = {
  kind: CLUSTER_EXTERNAL_SECRET,
  child: EXTERNAL_SECRET,
  prefix: "externalSecret",
  metric: "clusterexternalsecret",
  children: ({ externalSecrets }) => externalSecrets,
  check: (spec, name) => void parseExternalSecretSpec(spec, name),
  reasons: { ready: "ClusterExternalSecretSynced", failed: "NamespacesFailed" },
};

export const PUSH_SECRETS: ClusterKind = {
  kind: CLUSTER_PUSH_SECRET,
  child: PUSH_SECRET,
  prefix: "pushSecret",
  metric: "clusterpushsecret",
  children: ({ pushSecrets }) => pushSecrets,
  check: (spec) => void parsePushSpec(spec),
  reasons: { ready: "Synced", failed: "Errored" },
};

interface Placement {
  readonly name: string;
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
  readonly spec: unknown;
  readonly namespaces: readonly string[];
}

/** One child in each namespace that the object selects; where it no longer does, they go. */
export async function reconcileCluster(
  object: KubeObject,
  clusterKind: ClusterKind,
  deps: ClusterDeps,
): Promise<Outcome> {
  if (object.metadata.deletionTimestamp !== undefined) return done();
  const { problems, report } = problemSink(
    "InvalidExternalSecret",
    `${clusterKind.kind.kind} ${object.metadata.name ?? ""}`,
  );
  const placement = parsePlacement(object, clusterKind, deps.observed.namespaces.list(), report);
  if (problems.length > 0) {
    await writeStatus(object, clusterKind, deps, placement, [
      { namespace: "", reason: new ProblemError(problems).message },
    ]);
    return done();
  }
  const faults: { namespace: string; reason: string }[] = [];
  for (const namespace of placement.namespaces) {
    const fault = await place(object, clusterKind, placement, namespace, deps);
    if (fault !== undefined) faults.push({ namespace, reason: fault });
  }
  for (const child of clusterKind.children(deps.observed).list()) {
    const { namespace = "", name = "" } = child.metadata;
    const isWanted = placement.namespaces.includes(namespace) && name === placement.name;
    if (isOwned(child, object) && !isWanted) await ignoreGone(deps.hub.delete(clusterKind.child, name, namespace));
  }
  await writeStatus(object, clusterKind, deps, placement, faults);
  return faults.length > 0 ? failed(new Error(faults[0]?.reason ?? "")) : done();
}

function parsePlacement(
  object: KubeObject,
  { prefix, check }: ClusterKind,
  namespaces: readonly KubeObject[],
  report: (path: string, message: string) => void,
): Placement {
  const spec = new Fields(object["spec"], "spec", report);
  const name = spec.text(`${prefix}Name`) || (object.metadata.name ?? "");
  check(spec.child(`${prefix}Spec`), name);
  const metadata = spec.child(`${prefix}Metadata`);
  const selectors = [
    spec.raw("namespaceSelector"),
    ...(Array.isArray(spec.raw("namespaceSelectors")) ? (spec.raw("namespaceSelectors") as unknown[]) : []),
  ];
  const listed = spec.texts("namespaces");
  const selected = namespaces.filter((namespace) => {
    const labels = namespace.metadata.labels ?? {};
    if (namespace.metadata.deletionTimestamp !== undefined) return false;
    if (listed.includes(namespace.metadata.name ?? "")) return true;
    return selectors.some((selector) => {
      try {
        return selector !== undefined && matchesLabels(labelSelectorFromObject(selector), labels);
      } catch (error) {
        report("spec.namespaceSelectors", problemsOf(error)[0]?.message ?? "is not a selector");
        return false;
      }
    });
  });
  return {
    name,
    metadata: { labels: metadata.textMap("labels"), annotations: metadata.textMap("annotations") },
    spec: spec.raw(`${prefix}Spec`),
    namespaces: selected.map((namespace) => namespace.metadata.name ?? "").sort(),
  };
}

/** What went wrong, or nothing. */
async function place(
  owner: KubeObject,
  { kind, child, children }: ClusterKind,
  placement: Placement,
  namespace: string,
  { hub, observed }: ClusterDeps,
): Promise<string | undefined> {
  const { name } = placement;
  const existing = children(observed).get(`${namespace}/${name}`);
  if (existing !== undefined && !isOwned(existing, owner))
    return `${child.kind === "PushSecret" ? "push" : "external"} secret already exists in namespace`;
  const { name: ownerName = "", uid = "" } = owner.metadata;
  const wanted = {
    ...child,
    metadata: {
      name,
      namespace,
      ...placement.metadata,
      ownerReferences: [{ ...kind, name: ownerName, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: placement.spec,
  } as unknown as KubeObject;
  try {
    await hub.apply(wanted, { fieldManager: "external-secrets", force: true });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isOwned(child: KubeObject, owner: KubeObject): boolean {
  return (child.metadata.ownerReferences ?? []).some(
    ({ uid, controller }) => controller === true && uid === owner.metadata.uid,
  );
}

async function writeStatus(
  object: KubeObject,
  { kind, prefix, metric, reasons }: ClusterKind,
  { hub, clock, events, metrics }: ClusterDeps,
  placement: Placement,
  faults: readonly { namespace: string; reason: string }[],
): Promise<void> {
  const failedNames = faults.map(({ namespace }) => namespace);
  const message = faults.length === 0 ? "" : `one or more namespaces failed: ${faults[0]?.reason ?? ""}`;
  const isReady = faults.length === 0;
  const reason = isReady ? reasons.ready : reasons.failed;
  metrics.condition(metric, object, isReady);
  const status: JsonObject = {
    [`${prefix}Name`]: placement.name,
    failedNamespaces: faults.map((fault) => ({ ...fault })),
    provisionedNamespaces: placement.namespaces.filter((name) => !failedNames.includes(name)),
    conditions: withCondition(object, "Ready", isReady, reason, message, clock.now()),
  };
  const before = isJsonObject(object["status"]) ? object["status"] : {};
  if (jsonEqual(before, status)) return;
  const ref = { ...kind, name: object.metadata.name ?? "" };
  await ignoreGone(hub.patch(ref, { type: "merge", body: { status } }, { subresource: "status" }));
  if (!isReady) events.event(object, { type: "Warning", reason, message });
}

async function ignoreGone(action: Promise<unknown>): Promise<void> {
  await action.catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}
