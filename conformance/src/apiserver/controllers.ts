import { canonicalJson } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { Difference } from "../suite.ts";
import type { Cluster } from "./cluster.ts";
import { ROLLOUT_WORKLOADS } from "./rollout-workloads.ts";
import { WORKLOAD_KINDS, WORKLOADS, type WorkloadStep } from "./workloads.ts";

/** Run side by side, each in a namespace of its own. */
const RUNS: Readonly<Record<string, readonly WorkloadStep[]>> = { workloads: WORKLOADS, rollouts: ROLLOUT_WORKLOADS };
/** Nothing written for this long: everything has come to rest. */
const QUIET_MS = 1_000;
const SETTLED_WITHIN_MS = 120_000;
const POLL_MS = 100;
const DIFFERENCES_SHOWN = 12;

/** The same workloads under the simulator and under kube-controller-manager, and what differs in what became of them. */
export async function compareControllers(
  simulated: Cluster,
  managed: Cluster,
  say: (line: string) => void,
): Promise<{ same: number; different: Difference[] }> {
  const runAll = async (cluster: Cluster): Promise<Map<string, unknown>> => {
    const found = Object.entries(RUNS).map(([namespace, steps]) => runWorkloads(cluster, namespace, steps));
    return new Map((await Promise.all(found)).flatMap((one) => [...one]));
  };
  const [ours, theirs] = await Promise.all([runAll(simulated), runAll(managed)]);
  say(`controllers: ${theirs.size} objects, states and events`);
  const different: Difference[] = [];
  let same = 0;
  for (const key of [...new Set([...ours.keys(), ...theirs.keys()])].toSorted()) {
    const lines: string[] = [];
    compareValues(ours.get(key), theirs.get(key), "", lines);
    if (lines.length === 0) same++;
    else different.push({ name: `controllers: ${key}`, detail: lines.slice(0, DIFFERENCES_SHOWN).join("\n") });
  }
  return { same, different };
}

async function runWorkloads(
  cluster: Cluster,
  namespace: string,
  steps: readonly WorkloadStep[],
): Promise<Map<string, unknown>> {
  await cluster.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const found = new Map<string, unknown>();
  for (const step of steps) {
    await carryOut(cluster, namespace, step);
    await settled(cluster, namespace, step);
    // Events are told once, at the end: they only become more.
    for (const [key, value] of await collect(cluster, namespace, "objects")) found.set(`${step.name}: ${key}`, value);
  }
  for (const [key, value] of await collect(cluster, namespace, "events")) found.set(`${namespace}: ${key}`, value);
  return found;
}

async function carryOut({ client }: Cluster, namespace: string, step: WorkloadStep): Promise<void> {
  for (const object of (step.create ?? []) as KubeObject[])
    await client.create({ ...object, metadata: { ...object.metadata, namespace } });
  if (step.patch) {
    const { apiVersion, kind, name, with: patch } = step.patch;
    await client.patch({ apiVersion, kind, name, namespace }, { type: "merge", body: patch });
  }
  if (step.remove) {
    const { apiVersion, kind, name, propagation } = step.remove;
    await client.delete({ apiVersion, kind }, name, namespace, { propagationPolicy: propagation });
  }
}

/** Waits until what the step waits for is so and no object of the namespace has changed for a while. */
async function settled(cluster: Cluster, namespace: string, { until }: WorkloadStep): Promise<void> {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  let last = "";
  let since = Date.now();
  let isSo = until === undefined;
  while (Date.now() < deadline) {
    const versions: string[] = [];
    for (const [apiVersion, kind] of WORKLOAD_KINDS) {
      const { items } = await cluster.client.list({ apiVersion, kind }, { namespace });
      versions.push(...items.map(({ metadata }) => metadata.resourceVersion ?? ""));
      if (kind === until?.kind) isSo ||= items.some((item) => item.metadata.name === until.name && until.holds(item));
    }
    const now = versions.join();
    if (now !== last) {
      last = now;
      since = Date.now();
    } else if (isSo && Date.now() - since >= QUIET_MS) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function collect(cluster: Cluster, namespace: string, what: "objects" | "events"): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const [apiVersion, kind] of WORKLOAD_KINDS) {
    if ((kind === "Event") !== (what === "events")) continue;
    const { items } = await cluster.client.list({ apiVersion, kind }, { namespace });
    if (kind === "Event") {
      const told = items.filter((event) => !/Metric|FailedGetScale/.test(String(event["reason"])));
      for (const [about, lines] of Map.groupBy(told, eventSubject)) {
        found.set(`events of ${about}`, [...new Set(lines.map(eventLine))].toSorted());
      }
      continue;
    }
    const texts = items.map((item) => canonicalJson(normal(withoutCounts(item))));
    // Objects with made-up names are told apart by what they are.
    for (const [name, same] of Map.groupBy(
      items.map((item, index) => [plain(item.metadata.name ?? ""), texts[index] ?? ""] as const),
      ([key]) => key,
    ))
      found.set(
        `${kind} ${name}`,
        same
          .map(([, text]) => text)
          .toSorted()
          .map((text) => JSON.parse(text) as unknown),
      );
  }
  return found;
}

/** The simulator counts a Job's pods without holding them back for it, see its README. */
const JOB_TRACKING = "batch.kubernetes.io/job-tracking";

/** A slice's generation says in how many writes it was filled; an autoscaler of the simulator has metrics, the manager's has none. */
function withoutCounts(object: KubeObject): KubeObject {
  if (object.kind === "HorizontalPodAutoscaler") {
    const { currentReplicas, desiredReplicas } = (object["status"] ?? {}) as Record<string, number>;
    return { ...object, status: { currentReplicas: currentReplicas ?? 0, desiredReplicas: desiredReplicas ?? 0 } };
  }
  if (object.kind === "Pod" && object.metadata.finalizers?.includes(JOB_TRACKING) === true) {
    const { finalizers: _finalizers, ...metadata } = object.metadata;
    return { ...object, metadata };
  }
  if (object.kind !== "EndpointSlice") return object;
  const { generation: _generation, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function eventSubject(event: KubeObject): string {
  const { kind, name } = event["involvedObject"] as { kind: string; name: string };
  return `${kind} ${plain(name)}`;
}

function eventLine(event: KubeObject): string {
  const { type, reason, message, source, action } = event as unknown as Record<string, unknown>;
  const component = (source as { component?: string } | undefined)?.component ?? "";
  return plainText(`${String(type)} ${String(reason)} ${component} ${String(action ?? "")}: ${String(message)}`);
}

/** Names without what is made up: hashes of templates, five characters of a generated name. */
function plain(name: string): string {
  return plainText(name);
}

function plainText(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID")
    .replace(/\b([a-z]+(?:-\d+)?)-[bcdf-hj-np-tv-xz2456789]{6,10}-[bcdf-hj-np-tv-xz2456789]{5}\b/g, "$1-HASH-NAME")
    .replace(/\b([a-z]+)-[bcdf-hj-np-tv-xz2456789]{6,10}\b/g, "$1-HASH")
    .replace(/\b([a-z]+(?:-\d+)?)-[bcdf-hj-np-tv-xz2456789]{5}\b/g, "$1-NAME")
    .replace(/\b10\.\d+\.\d+\.\d+\b/g, "ADDRESS")
    .replace(/\b(?:\d+(?:\.\d+)?(?:ms|s|m|h))+\b/g, "TIME");
}

const TIMES = /Timestamp$|[tT]ime$|At$/;
const OWN = new Set([
  "uid",
  "resourceVersion",
  "managedFields",
  "containerID",
  // When something behind the endpoints changed: a time, and absent where nothing did.
  "endpoints.kubernetes.io/last-change-trigger-time",
]);
const HASHES = new Set(["pod-template-hash", "controller-revision-hash", "controller.kubernetes.io/hash"]);

function normal(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item));
    if (key === "conditions" || key === "endpoints" || key === "ownerReferences" || key === "addresses")
      return items
        .map((item) => canonicalJson(item))
        .toSorted()
        .map((text) => JSON.parse(text) as unknown);
    return items;
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !OWN.has(name))
        .map(([name, item]) => [plainText(name), normal(item, name)] as const)
        .filter(([name, item]) => name !== "annotations" || JSON.stringify(item) !== "{}"),
    );
  }
  if (typeof value !== "string") return value;
  if (TIMES.test(key) || /^\d{4}-\d\d-\d\dT/.test(value)) return "TIME";
  if (key === "ca.crt") return "CA";
  if (HASHES.has(key)) return "HASH";
  return plainText(value);
}

function compareValues(ours: unknown, theirs: unknown, path: string, found: string[]): void {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  const isPair = typeof ours === "object" && typeof theirs === "object" && ours !== null && theirs !== null;
  if (!isPair) {
    found.push(`${path}: simulator ${shown(ours)}, kube-controller-manager ${shown(theirs)}`);
    return;
  }
  const left = ours as Record<string, unknown>;
  const right = theirs as Record<string, unknown>;
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)]))
    compareValues(left[name], right[name], `${path}.${name}`, found);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 240);
}
