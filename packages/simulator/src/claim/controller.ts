import type { KubeObject } from "@fairlead/apimachinery";
import { isAlreadyExists, keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import { isFinished } from "../api/pods.ts";
import type { Claim, Pod } from "../api/types.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import { decideClaim, decideVolume, defaultClass, isDefaultClass, type StorageClass, type Volume } from "./decide.ts";

/** Claims and volumes, each in a loop of its own. */
export function volumes(world: World): Loop[] {
  const claims = world.store<Claim>(KINDS.claim);
  const volumeStore = world.store<Volume>(KINDS.volume);
  const classes = world.store<StorageClass>(KINDS.storageClass);
  const pods = world.store<Pod>(KINDS.pod);
  const identity = { component: "persistentvolume-controller", manager: MANAGERS.controllers };
  const claimLoop = createLoop(world, {
    ...identity,
    decide(key) {
      const claim = claims.get(key);
      if (!claim) return undefined;
      const users = pods
        .inNamespace(claim.metadata.namespace)
        .filter((pod) => !isFinished(pod) && claimsOf(pod).includes(claim.metadata.name ?? ""));
      return decideClaim({ claim, classes: [...classes.all()], volumes: [...volumeStore.all()], users });
    },
  });
  const volumeLoop = createLoop(world, {
    ...identity,
    decide(key) {
      const volume = volumeStore.get(key);
      const reference = volume?.spec?.claimRef;
      return volume && decideVolume(volume, reference && claims.get(`${reference.namespace}/${reference.name}`));
    },
  });
  claims.subscribe((claim, _, isGone) => {
    if (!isGone) claimLoop.add(keyOf(claim));
    for (const volume of volumeStore.all()) {
      if (volume.spec?.claimRef?.uid === claim.metadata.uid) volumeLoop.add(keyOf(volume));
    }
  });
  volumeStore.subscribe((volume, _, isGone) => {
    if (!isGone) volumeLoop.add(keyOf(volume));
    const reference = volume.spec?.claimRef;
    if (reference) claimLoop.add(`${reference.namespace}/${reference.name}`);
    else for (const claim of claims.all()) if (claim.status?.phase !== "Bound") claimLoop.add(keyOf(claim));
  });
  classes.subscribe(() => {
    for (const claim of claims.all()) if (claim.status?.phase !== "Bound") claimLoop.add(keyOf(claim));
  });
  pods.subscribe((pod, old, isGone) => {
    if (old && !isGone && isFinished(pod) === isFinished(old)) return;
    for (const name of claimsOf(pod)) claimLoop.add(`${pod.metadata.namespace}/${name}`);
  });
  return [claimLoop, volumeLoop];
}

/** The claims a pod names, its own ephemeral ones included. */
function claimsOf(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [persistentVolumeClaim.claimName];
    return ephemeral ? [`${pod.metadata.name}-${name}`] : [];
  });
}

/** Makes the default class where there is none, so that claims need no setting up. */
export async function ensureStorageClass(world: World): Promise<void> {
  const classes = world.store<StorageClass>(KINDS.storageClass);
  if ([...classes.all()].some(isDefaultClass)) return;
  try {
    classes.learn(
      (await world.client.create(defaultClass() as KubeObject, { fieldManager: MANAGERS.controllers })) as StorageClass,
    );
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
