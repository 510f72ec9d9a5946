import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, jsonEqual } from "@fairlead/base";
import { keyOf } from "@fairlead/kube";
import { findCondition } from "../api/conditions.ts";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import { isTerminating } from "../api/pods.ts";
import { timeOf } from "../api/time.ts";
import type { Pod } from "../api/types.ts";
import { behaviourOf } from "../behaviour/annotations.ts";
import { holdersOf, onBehaviourChange, ownerOf } from "../behaviour/holders.ts";
import type { Decision } from "../engine/action.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import { SIMULATOR_LIMITS } from "../limits.ts";
import { NODE_LABEL } from "../node/nodes.ts";
import { imagesOf } from "../schedule/controller.ts";
import { AddressPool } from "./addresses.ts";
import { decidePod } from "./decide.ts";
import type { PodPlan } from "./timeline.ts";

/** What the kubelets remember of a pod; the API's times are too coarse for delays below a second. */
interface Memory {
  readonly sinceMs: number;
  readonly ip: string;
  leavingSinceMs: number | undefined;
}

/** The kubelets of all simulated nodes in one. */
export function kubelet(world: World): Loop {
  const pods = world.store<Pod>(KINDS.pod);
  const nodes = world.store<KubeObject>(KINDS.node);
  const memories = new Map<string, Memory>();
  const addresses = new AddressPool();
  const loop = createLoop(world, {
    component: "kubelet",
    manager: MANAGERS.kubelet,
    workers: SIMULATOR_LIMITS.writesAtOnceMax,
    settleMs: 0,
    decide(key) {
      const pod = pods.get(key);
      const node = pod?.spec.nodeName === undefined ? undefined : nodes.get(pod.spec.nodeName);
      if (!pod || !node || node.metadata.labels?.[NODE_LABEL] !== "true") return undefined;
      // One moment for all of it: what is told when something is first seen would else be lost to a millisecond between.
      const nowMs = world.clock.now();
      return decide(world, pod, node, memoryOf(pod, nowMs), nowMs);
    },
  });

  function memoryOf(pod: Pod, nowMs: number): Memory {
    const { uid = "" } = pod.metadata;
    let memory = memories.get(uid);
    if (!memory) {
      const known = pod.status?.podIP;
      if (known) addresses.take(known);
      const sinceMs = world.placedAtMs.get(uid) ?? sinceOf(pod, nowMs);
      world.placedAtMs.delete(uid);
      memory = { sinceMs, ip: known ?? addresses.give(), leavingSinceMs: undefined };
      memories.set(uid, memory);
    }
    if (isTerminating(pod)) memory.leavingSinceMs ??= nowMs;
    return memory;
  }

  pods.subscribe((pod, old, isGone) => {
    const { uid = "" } = pod.metadata;
    const memory = memories.get(uid);
    if (isGone && memory) {
      memories.delete(uid);
      addresses.free(memory.ip);
    }
    if (!isGone && pod.status?.podIP && !memory) addresses.take(pod.status.podIP);
    if (!isGone && pod.spec.nodeName && (!old || mattersToKubelet(pod, old))) loop.add(keyOf(pod));
  });
  onBehaviourChange(world, (namespace) => {
    for (const pod of pods.inNamespace(namespace)) if (pod.spec.nodeName) loop.add(keyOf(pod));
  });
  return loop;
}

/** Its own writes to the status come back as changes too, one for each pod, and are nothing new to it. */
function mattersToKubelet(pod: Pod, old: Pod): boolean {
  return (
    pod.spec.nodeName !== old.spec.nodeName ||
    pod.metadata.generation !== old.metadata.generation ||
    pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
    !jsonEqual(pod.metadata.annotations, old.metadata.annotations)
  );
}

function decide(world: World, pod: Pod, node: KubeObject, memory: Memory, nowMs: number): Decision {
  const hostIp = addressOf(node);
  return decidePod({
    pod,
    plan: planOf(world, pod),
    sinceMs: memory.sinceMs,
    leavingSinceMs: memory.leavingSinceMs,
    nowMs,
    podIp: pod.spec.hostNetwork === true ? hostIp : memory.ip,
    hostIp,
    stopMs: world.settings.stopMs,
  });
}

function planOf(world: World, pod: Pod): PodPlan {
  const policy = pod.spec.restartPolicy;
  const failed = ownerOf(world, pod)?.["status"];
  return {
    behaviour: behaviourOf(holdersOf(world, pod), imagesOf(pod), world.settings),
    restartPolicy: policy === "Never" || policy === "OnFailure" ? policy : "Always",
    hasReadinessProbe: pod.spec.containers.some(({ readinessProbe }) => readinessProbe !== undefined),
    failuresBefore: isJsonObject(failed) && typeof failed["failed"] === "number" ? failed["failed"] : 0,
  };
}

/** A pod that was started before this process: its own times say since when, if only to the second. */
function sinceOf(pod: Pod, nowMs: number): number {
  if ((pod.status?.containerStatuses ?? []).length === 0) return nowMs;
  const scheduled = findCondition(pod.status?.conditions, "PodScheduled")?.lastTransitionTime;
  return Math.min(nowMs, timeOf(pod.status?.startTime) ?? timeOf(scheduled) ?? nowMs);
}

function addressOf(node: KubeObject): string {
  const addresses: unknown = (node["status"] as { addresses?: unknown } | undefined)?.addresses;
  const first: unknown = Array.isArray(addresses) ? addresses[0] : undefined;
  return isJsonObject(first) && typeof first["address"] === "string" ? first["address"] : "127.0.0.1";
}
