import { controllerReference } from "@fairlead/apimachinery";
import { isAvailable, isFinished, isReady, isTerminating, nextAvailableAt } from "../api/pods.ts";
import type { ControllerRevision, DaemonSet, Pod, Toleration } from "../api/types.ts";
import { scaledValue } from "../deployment/arithmetic.ts";
import { type Action, type Decision, statusAction } from "../engine/action.ts";
import { count, deletePod } from "../replicaset/decide.ts";
import { planRevision, truncation } from "../revision/revisions.ts";
import { mayRunOn, type Node } from "../schedule/fit.ts";

export interface DaemonSetFacts {
  readonly set: DaemonSet;
  /** The pods it controls. */
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly revisions: readonly ControllerRevision[];
  readonly nowMs: number;
}

const HASH_LABEL = "controller-revision-hash";
const GENERATION_LABEL = "pod-template-generation";

/** Daemons stay on nodes in trouble, being there to look after them. */
const TOLERATIONS: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];
const HOST_NETWORK_TOLERATION: Toleration = {
  key: "node.kubernetes.io/network-unavailable",
  operator: "Exists",
  effect: "NoSchedule",
};

/** One pod on each node that may have one, renewed node by node. */
export function decideDaemonSet(facts: DaemonSetFacts): Decision {
  const { set, pods, nodes, revisions, nowMs } = facts;
  if (set.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const plan = planRevision(set, set.spec.template, revisions, HASH_LABEL);
  const hash = plan.update.metadata.labels?.[HASH_LABEL] ?? "";
  const sample = daemonPod(set, "", hash);
  const wanted = new Set(nodes.filter((node) => mayRunOn(sample, node)).map(({ metadata }) => metadata.name ?? ""));
  const byNode = groupByNode(pods);
  const inUse = new Set([plan.update.metadata.name ?? "", ...usedRevisions(revisions, pods)]);
  return {
    actions: [
      ...plan.actions,
      ...placement(set, wanted, byNode, hash),
      ...renewal(facts, wanted, byNode, hash),
      ...truncation(revisions, inUse, set.spec.revisionHistoryLimit ?? 10),
      ...statusAction(set, statusOf(facts, wanted, byNode, hash)),
    ],
    wakeAtMs: nextAvailableAt(pods, set.spec.minReadySeconds ?? 0, nowMs),
  };
}

function placement(
  set: DaemonSet,
  wanted: ReadonlySet<string>,
  byNode: ReadonlyMap<string, Pod[]>,
  hash: string,
): Action[] {
  const actions: Action[] = [];
  for (const node of wanted) {
    const there = byNode.get(node) ?? [];
    if (there.length === 0) actions.push(creation(set, node, hash));
    for (const pod of there.filter((item) => isFinished(item) && !isTerminating(item))) {
      const { namespace, name } = pod.metadata;
      const message = `Found failed daemon pod ${namespace}/${name} on node ${node}, will try to kill it`;
      actions.push(
        { do: "event", about: set, type: "Warning", reason: "FailedDaemonPod", message },
        deletePod(set, pod),
      );
    }
    // Two of a kind on one node can only be a race; the older one stays.
    const alive = there.filter((item) => !isFinished(item) && !isTerminating(item));
    for (const pod of alive.slice(1)) actions.push(deletePod(set, pod));
  }
  for (const [node, there] of byNode) {
    if (node === "" || wanted.has(node)) continue;
    actions.push(...there.filter((pod) => !isTerminating(pod)).map((pod) => deletePod(set, pod)));
  }
  return actions;
}

/** Old pods go as far as nodes may be without one; those that do not serve anyway go at once. */
function renewal(
  { set, nowMs }: DaemonSetFacts,
  wanted: ReadonlySet<string>,
  byNode: ReadonlyMap<string, Pod[]>,
  hash: string,
): Action[] {
  const { type = "RollingUpdate", rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type !== "RollingUpdate") return [];
  const may = Math.max(1, scaledValue(rollingUpdate?.maxUnavailable ?? 1, wanted.size, "up"));
  const minReady = set.spec.minReadySeconds ?? 0;
  const serves = (pod: Pod | undefined): boolean =>
    pod !== undefined && !isTerminating(pod) && isAvailable(pod, minReady, nowMs);
  const first = (node: string): Pod | undefined => byNode.get(node)?.find((pod) => !isFinished(pod));
  let missing = [...wanted].filter((node) => !serves(first(node))).length;
  const actions: Action[] = [];
  for (const node of wanted) {
    const pod = first(node);
    if (!pod || isTerminating(pod) || pod.metadata.labels?.[HASH_LABEL] === hash) continue;
    if (serves(pod) && missing >= may) continue;
    if (serves(pod)) missing++;
    actions.push(deletePod(set, pod));
  }
  return actions;
}

function creation(set: DaemonSet, node: string, hash: string): Action {
  return {
    do: "create",
    object: daemonPod(set, node, hash),
    created: { about: set, type: "Normal", reason: "SuccessfulCreate", message: "Created pod: {name}" },
    failed: { about: set, type: "Warning", reason: "FailedCreate", message: "Error creating: {error}" },
  };
}

/** The pod for a node: the scheduler puts it there, since nothing else matches. Without a node: a sample to ask with. */
function daemonPod(set: DaemonSet, node: string, hash: string): Pod {
  const { template } = set.spec;
  const { namespace } = set.metadata;
  const tolerations = [
    ...(template.spec.tolerations ?? []),
    ...TOLERATIONS,
    ...(template.spec.hostNetwork === true ? [HOST_NETWORK_TOLERATION] : []),
  ];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${set.metadata.name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...template.metadata?.labels,
        [HASH_LABEL]: hash,
        [GENERATION_LABEL]: String(set.metadata.generation ?? 1),
      },
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      ...template.spec,
      tolerations: uniqueTolerations(tolerations),
      ...(node === "" ? {} : { affinity: affinityTo(node, template.spec.affinity) }),
    },
  };
}

function affinityTo(node: string, affinity: Pod["spec"]["affinity"]): NonNullable<Pod["spec"]["affinity"]> {
  const field = { key: "metadata.name", operator: "In", values: [node] };
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}];
  const nodeSelectorTerms = terms.map((term) => ({ ...term, matchFields: [field] }));
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
    },
  };
}

function uniqueTolerations(tolerations: readonly Toleration[]): Toleration[] {
  const byKey = new Map(tolerations.map((toleration) => [JSON.stringify(toleration), toleration]));
  return [...byKey.values()];
}

/** The node a pod is on, or is meant for while the scheduler has not got to it. */
function nodeOf(pod: Pod): string {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const fields = terms.flatMap(({ matchFields = [] }) => matchFields);
  return fields.find(({ key }) => key === "metadata.name")?.values?.[0] ?? "";
}

function groupByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  const sorted = [...pods].sort((a, b) =>
    (a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? -1 : 1,
  );
  for (const pod of sorted) byNode.set(nodeOf(pod), [...(byNode.get(nodeOf(pod)) ?? []), pod]);
  return byNode;
}

function usedRevisions(revisions: readonly ControllerRevision[], pods: readonly Pod[]): string[] {
  const hashes = new Set(pods.map(({ metadata }) => metadata.labels?.[HASH_LABEL]));
  return revisions
    .filter(({ metadata }) => hashes.has(metadata.labels?.[HASH_LABEL]))
    .map(({ metadata }) => metadata.name ?? "");
}

function statusOf(
  { set, nowMs }: DaemonSetFacts,
  wanted: ReadonlySet<string>,
  byNode: ReadonlyMap<string, Pod[]>,
  hash: string,
): Record<string, number> {
  const first = [...wanted].flatMap((node) =>
    (byNode.get(node) ?? []).filter((pod) => !isTerminating(pod)).slice(0, 1),
  );
  const available = first.filter((pod) => isReady(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs));
  const stray = [...byNode].filter(([node, there]) => node !== "" && !wanted.has(node) && there.length > 0);
  return {
    currentNumberScheduled: first.length,
    numberMisscheduled: stray.length,
    desiredNumberScheduled: wanted.size,
    numberReady: first.filter(isReady).length,
    observedGeneration: set.metadata.generation ?? 1,
    ...count("updatedNumberScheduled", first.filter((pod) => pod.metadata.labels?.[HASH_LABEL] === hash).length),
    ...count("numberAvailable", available.length),
    ...count("numberUnavailable", wanted.size - available.length),
  };
}
