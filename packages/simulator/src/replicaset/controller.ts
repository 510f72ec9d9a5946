import { controllerOf, type KubeObject } from "@fairlead/apimachinery";
import { keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import type { Pod, ReplicaSet } from "../api/types.ts";
import { isActive } from "../api/pods.ts";
import { claimActions } from "../engine/claiming.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { ObjectStore } from "../engine/store.ts";
import type { World } from "../engine/world.ts";
import { decideReplicaSet } from "./decide.ts";
import { ReadyCounts } from "./ready-counts.ts";

const SETTLE_MS = 25;
const SETTLE_MS_MAX = 500;

export function replicaSets(world: World): Loop {
  const sets = world.store<ReplicaSet>(KINDS.replicaSet);
  const pods = world.store<Pod>(KINDS.pod);
  /** What the server last said when pods of a set could not be created, by the set's uid. */
  const failures = new Map<string, string>();
  const ready = new ReadyCounts(pods);
  const decide = (key: string): ReturnType<typeof decideReplicaSet> | undefined => {
    const set = sets.get(key);
    if (!set) return undefined;
    const { uid = "", namespace } = set.metadata;
    const owned = pods.ownedBy(uid);
    const claims = claimActions(set, set.spec.selector, owned, pods.unowned(namespace).filter(isActive));
    if (claims.length > 0) return { actions: claims };
    const failure = failures.get(uid);
    failures.delete(uid);
    return decideReplicaSet({ set, pods: owned, nowMs: world.clock.now(), failure });
  };
  const loop = createLoop(world, {
    component: "replicaset-controller",
    manager: MANAGERS.controllers,
    settleMs,
    decide,
    decideFailed(key, error) {
      const set = sets.get(key);
      if (!set) return undefined;
      failures.set(set.metadata.uid ?? "", error.message);
      // The status alone: trying to create again in the same breath would fail the same way.
      const decision = decide(key);
      return decision && { actions: decision.actions.filter((action) => action.do === "patch") };
    },
  });

  /**
   * What was asked for and what has come about are looked at at once. On the way there every look goes over all pods, so a set is
   * looked at now and then, one of thousands less often.
   */
  function settleMs(key: string): number {
    const set = sets.get(key);
    if (!set) return 0;
    const wanted = set.spec.replicas ?? 1;
    const isNews = set.metadata.generation !== set.status?.observedGeneration;
    const isUntold = ready.of(set.metadata.uid) === wanted && (set.status?.readyReplicas ?? 0) !== wanted;
    if (isNews || isUntold) return 0;
    return Math.min(SETTLE_MS_MAX, SETTLE_MS + wanted / 50);
  }

  sets.subscribe((set, _, isGone) => {
    if (!isGone) loop.add(keyOf(set));
    else failures.delete(set.metadata.uid ?? "");
  });
  pods.subscribe((pod, old, isGone) => {
    addOwner(loop, pod, "ReplicaSet");
    // One that was let go is missed by the set that had it.
    if (old && controllerOf(old)?.uid !== controllerOf(pod)?.uid) addOwner(loop, old, "ReplicaSet");
    if (!isGone && !controllerOf(pod)) addMatching(loop, sets, pod);
  });
  return loop;
}

/** Wakes whoever may want an object that nothing controls. */
export function addMatching<T extends KubeObject>(loop: Loop, owners: ObjectStore<T>, { metadata }: KubeObject): void {
  for (const owner of owners.inNamespace(metadata.namespace)) {
    const selector = (owner["spec"] as { selector?: { matchLabels?: Record<string, string> } } | undefined)?.selector;
    const labels = Object.entries(selector?.matchLabels ?? {});
    if (labels.every(([key, value]) => metadata.labels?.[key] === value)) loop.add(keyOf(owner));
  }
}

/** Wakes the controller of an object, if it is of that kind. */
export function addOwner(loop: Loop, object: KubeObject, kind: string): void {
  const owner = controllerOf(object);
  if (owner?.kind === kind) loop.add(`${object.metadata.namespace}/${owner.name}`);
}
