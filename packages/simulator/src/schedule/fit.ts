import { compareQuantity, addQuantity, parseQuantity, type Quantity, quantityOf } from "@fairlead/apimachinery";
import type { KubeObject } from "@fairlead/apimachinery";
import type { Container, NodeSelectorRequirement, NodeSelectorTerm, Pod, Toleration } from "../api/types.ts";

export interface Node extends KubeObject {
  spec?: { unschedulable?: boolean; taints?: Array<{ key: string; value?: string; effect: string }> };
  status?: { allocatable?: Record<string, string> };
}

/** A node with what is taken on it already. */
export interface NodeLoad {
  readonly node: Node;
  readonly pods: number;
  readonly used: ReadonlyMap<string, Quantity>;
}

/** Why a pod does not fit a node, in the scheduler's words; empty when it does. */
export function misfits(pod: Pod, { node, pods, used }: NodeLoad): string[] {
  if (!matchesNode(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  if (node.spec?.unschedulable === true && !toleratesUnschedulable(pod)) return ["node(s) were unschedulable"];
  const taint = node.spec?.taints?.find(
    ({ key, value = "", effect }) =>
      effect !== "PreferNoSchedule" && !tolerates(pod.spec.tolerations, { key, value, effect }),
  );
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`];
  return shortages(pod, node, pods, used);
}

/** What a pod asks for: the sum over its containers, or the largest init container where that is more. */
export function requestsOf(pod: Pod): Map<string, Quantity> {
  const sum = new Map<string, Quantity>();
  for (const container of pod.spec.containers) {
    for (const [name, quantity] of requests(container)) {
      const known = sum.get(name);
      sum.set(name, known ? addQuantity(known, quantity) : quantity);
    }
  }
  for (const container of pod.spec.initContainers ?? []) {
    for (const [name, quantity] of requests(container)) {
      const known = sum.get(name);
      if (!known || compareQuantity(known, quantity) < 0) sum.set(name, quantity);
    }
  }
  return sum;
}

function requests({ resources }: Container): Array<[string, Quantity]> {
  // A limit without a request is a request, also where no server filled it in.
  const asked = { ...resources?.limits, ...resources?.requests };
  return Object.entries(asked).flatMap(([name, value]): Array<[string, Quantity]> => {
    try {
      return [[name, parseQuantity(value)]];
    } catch {
      return [];
    }
  });
}

const ZERO = quantityOf(0, "DecimalSI");

function shortages(pod: Pod, node: Node, pods: number, used: ReadonlyMap<string, Quantity>): string[] {
  const allocatable = node.status?.allocatable ?? {};
  const short: string[] = [];
  if (pods + 1 > Number(allocatable["pods"] ?? "110")) short.push("Too many pods");
  for (const [name, asked] of requestsOf(pod)) {
    if (asked.unscaled === 0n) continue;
    const room = parseQuantity(allocatable[name] ?? "0");
    if (compareQuantity(addQuantity(used.get(name) ?? ZERO, asked), room) > 0) short.push(`Insufficient ${name}`);
  }
  return short;
}

function matchesNode({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return selected && (terms === undefined || terms.some((term) => matchesTerm(term, node)));
}

function matchesTerm(term: NodeSelectorTerm, { metadata }: Node): boolean {
  const labels = metadata.labels ?? {};
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((requirement) => holds(requirement, labels[requirement.key])) &&
    fields.every((requirement) => holds(requirement, requirement.key === "metadata.name" ? metadata.name : undefined))
  );
}

function holds({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function toleratesUnschedulable({ spec }: Pod): boolean {
  return tolerates(spec.tolerations, { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" });
}

function tolerates(
  tolerations: readonly Toleration[] | undefined,
  taint: { key: string; value: string; effect: string },
): boolean {
  return (tolerations ?? []).some(({ key, operator = "Equal", value = "", effect }) => {
    if (effect !== undefined && effect !== "" && effect !== taint.effect) return false;
    if (key === undefined || key === "") return operator === "Exists";
    return key === taint.key && (operator === "Exists" || value === taint.value);
  });
}

/** Whether a pod may run on a node at all, whatever is taken on it: what DaemonSets ask. */
export function mayRunOn(pod: Pod, node: Node): boolean {
  return misfits(pod, { node, pods: -1, used: new Map() }).every((reason) => reason.startsWith("Insufficient"));
}
