import { controllerOf, type KubeObject } from "@fairlead/apimachinery";
import { jsonEqual } from "@fairlead/base";
import { KINDS } from "../api/kinds.ts";
import type { World } from "../engine/world.ts";

/** Owners above owners are followed no further than this; a circle of owners is somebody's mistake. */
const OWNERS_MAX = 5;

/** Where annotations about a pod may stand: itself, what owns it, its namespace, nearest first. */
export function holdersOf(world: World, pod: KubeObject): KubeObject[] {
  const owners: KubeObject[] = [];
  for (let owner = ownerOf(world, pod); owner && owners.length < OWNERS_MAX; owner = ownerOf(world, owner)) {
    owners.push(owner);
  }
  // A Deployment hands its annotations down and never takes them back, so its own word is the one that counts.
  const holders = [pod, ...owners.filter(({ kind }, index) => kind !== "ReplicaSet" || index === owners.length - 1)];
  const namespace = world.storeOf("Namespace")?.get(pod.metadata.namespace ?? "");
  return namespace ? [...holders, namespace] : holders;
}

/** The controller of an object, if it is of a kind we watch. */
export function ownerOf(world: World, object: KubeObject): KubeObject | undefined {
  const reference = controllerOf(object);
  if (!reference) return undefined;
  const owner = world.storeOf(reference.kind)?.get(`${object.metadata.namespace}/${reference.name}`);
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}

const PREFIX = "simulator.fairlead.dev/";
const HOLDING = [
  KINDS.replicaSet,
  KINDS.deployment,
  KINDS.statefulSet,
  KINDS.daemonSet,
  KINDS.job,
  KINDS.cronJob,
  KINDS.namespace,
] as const;

/** Calls back with a namespace when an annotation about its pods changed on something above them. */
export function onBehaviourChange(world: World, changed: (namespace: string) => void): void {
  for (const kind of HOLDING) {
    world.store<KubeObject>(kind).subscribe((object, old, isGone) => {
      if (isGone || !old || jsonEqual(ours(object), ours(old))) return;
      changed(object.metadata.namespace ?? object.metadata.name ?? "");
    });
  }
}

function ours({ metadata }: KubeObject): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => name.startsWith(PREFIX)));
}
