import type { KubeObject, OwnerReference } from "@fairlead/apimachinery";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { ObjectStore } from "../engine/store.ts";
import type { World } from "../engine/world.ts";
import { decideGarbage } from "./decide.ts";

/** Kinds that own or are owned here. Others are not watched, so what they own is left alone. */
const OWNING = [
  KINDS.deployment,
  KINDS.replicaSet,
  KINDS.statefulSet,
  KINDS.daemonSet,
  KINDS.controllerRevision,
  KINDS.job,
  KINDS.cronJob,
  KINDS.pod,
  KINDS.service,
  KINDS.endpointSlice,
  KINDS.claim,
] as const;

/** The garbage collector for the kinds of the simulator. Keys are `Kind namespace/name`. */
export function garbage(world: World): Loop {
  const stores = new Map<string, ObjectStore<KubeObject>>(OWNING.map((kind) => [kind.kind, world.store(kind)]));
  /** Owner's uid → keys of what names it. */
  const dependents = new Map<string, Set<string>>();
  const find = (key: string): KubeObject | undefined => {
    const [kind = "", name = ""] = key.split(" ");
    return stores.get(kind)?.get(name);
  };
  const hasOwner = ({ kind, name, uid }: OwnerReference, namespace: string | undefined): boolean | undefined => {
    const store = stores.get(kind);
    return store && store.get(`${namespace}/${name}`)?.metadata.uid === uid;
  };
  const loop = createLoop(world, {
    component: "garbage-collector",
    manager: MANAGERS.controllers,
    settleMs: 20,
    decide(key) {
      const object = find(key);
      if (!object) return undefined;
      const owned = [...(dependents.get(object.metadata.uid ?? "") ?? [])].flatMap((item) => find(item) ?? []);
      const of = (reference: OwnerReference): boolean | undefined => hasOwner(reference, object.metadata.namespace);
      return { actions: decideGarbage({ object, dependents: owned, hasOwner: of }) };
    },
  });
  for (const [kind, store] of stores) {
    store.subscribe((object, _, isGone) => {
      const key = `${kind} ${object.metadata.namespace}/${object.metadata.name}`;
      const { uid = "", ownerReferences = [], deletionTimestamp } = object.metadata;
      for (const owner of ownerReferences) {
        const known = dependents.get(owner.uid) ?? new Set<string>();
        if (isGone) known.delete(key);
        else known.add(key);
        if (known.size > 0) dependents.set(owner.uid, known);
        else dependents.delete(owner.uid);
        // A foreground deletion above waits for this one.
        if (isGone) loop.add(`${owner.kind} ${object.metadata.namespace}/${owner.name}`);
      }
      if (isGone) for (const item of dependents.get(uid) ?? []) loop.add(item);
      else if (ownerReferences.length > 0 || deletionTimestamp !== undefined) loop.add(key);
    });
  }
  return loop;
}
