import type { KubeObject } from "@fairlead/apimachinery";
import { keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { ObjectStore } from "../engine/store.ts";
import type { World } from "../engine/world.ts";
import { type Autoscaler, decideAutoscaler } from "./decide.ts";

/** Kinds that can be scaled here. */
const TARGETS = ["Deployment", "StatefulSet", "ReplicaSet"] as const;

export function autoscalers(world: World): Loop {
  const scalers = world.store<Autoscaler>(KINDS.autoscaler);
  const targets: readonly ObjectStore<KubeObject>[] = [
    world.store(KINDS.deployment),
    world.store(KINDS.statefulSet),
    world.store(KINDS.replicaSet),
  ];
  const loop = createLoop(world, {
    component: "horizontal-pod-autoscaler",
    manager: MANAGERS.controllers,
    settleMs: 50,
    decide(key) {
      const scaler = scalers.get(key);
      if (!scaler) return undefined;
      const { kind = "", name = "" } = scaler.spec?.scaleTargetRef ?? {};
      // What is of another kind has a controller of its own, which this is not to disturb.
      const index = TARGETS.findIndex((candidate) => candidate === kind);
      if (index < 0) return undefined;
      const target = targets[index]?.get(`${scaler.metadata.namespace}/${name}`);
      return decideAutoscaler({ scaler, target, nowMs: world.clock.now() });
    },
  });
  scalers.subscribe((scaler, _, isGone) => {
    if (!isGone) loop.add(keyOf(scaler));
  });
  for (const store of targets) {
    store.subscribe((target) => {
      for (const scaler of scalers.inNamespace(target.metadata.namespace)) {
        const { kind, name } = scaler.spec?.scaleTargetRef ?? {};
        if (kind === target.kind && name === target.metadata.name) loop.add(keyOf(scaler));
      }
    });
  }
  return loop;
}
