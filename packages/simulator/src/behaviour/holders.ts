import { controllerOf, type KubeObject } from "@fairlead/apimachinery";
import type { World } from "../engine/world.ts";

/** Owners above owners are followed no further than this; a circle of owners is somebody's mistake. */
const OWNERS_MAX = 5;

/** Where annotations about a pod may stand: itself, what owns it, its namespace, nearest first. */
export function holdersOf(world: World, pod: KubeObject): KubeObject[] {
  const holders = [pod];
  let current: KubeObject | undefined = pod;
  while (current && holders.length <= OWNERS_MAX) {
    const owner = ownerOf(world, current);
    if (owner) holders.push(owner);
    current = owner;
  }
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
