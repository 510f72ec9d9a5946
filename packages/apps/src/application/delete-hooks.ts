import type { KubeObject } from "@fairlead/apimachinery";
import type { Engine } from "../apps/engine.ts";
import { LIMITS } from "../limits.ts";
import { FINALIZERS } from "../names.ts";
import type { DesiredObject } from "../sync/desired.ts";
import { patientResolve } from "./late.ts";
import { compareApplication, type Comparison } from "./observe.ts";
import { writerFor } from "./identity.ts";
import { newOperation } from "./new-operation.ts";
import { operate } from "./operate.ts";
import { parseApplication } from "./parse.ts";
import type { ActiveOperation, AppState } from "./state.ts";
import { findTarget } from "./target.ts";
import { timeMs } from "./times.ts";

export type DeletionHooks =
  | { readonly kind: "done"; readonly message: string; readonly wakeAt?: undefined }
  | { readonly kind: "waiting" | "failed"; readonly message: string; readonly wakeAt?: number | undefined };

type DeletionPhase = "PreDelete" | "PostDelete";

const FINALIZER = { PreDelete: FINALIZERS.preDelete, PostDelete: FINALIZERS.postDelete } as const;
const NOTHING: DeletionHooks = { kind: "done", message: "" };

/** Finalizers an application needs so that its PreDelete and PostDelete hooks get their turn, as Argo CD adds them. */
export function missingFinalizers(object: KubeObject, desired: readonly DesiredObject[]): string[] {
  if (object.metadata.deletionTimestamp) return [];
  const present = object.metadata.finalizers ?? [];
  return (["PreDelete", "PostDelete"] as const)
    .filter((phase) => desired.some(({ hook }) => hook.phases.includes(phase)))
    .map((phase) => FINALIZER[phase])
    .filter((finalizer) => !present.includes(finalizer));
}

/**
 * Runs the hooks of one deletion phase as far as they go. They are marked with the time of the deletion, so a restart finds them.
 * A hook that fails keeps the application: deleting it anyway would hide what was not cleaned up.
 */
export async function runDeletionHooks(
  engine: Engine,
  object: KubeObject,
  state: AppState,
  phase: DeletionPhase,
  signal: AbortSignal,
): Promise<DeletionHooks> {
  if (!object.metadata.finalizers?.includes(FINALIZER[phase])) return NOTHING;
  const active = operationFor(engine, object, state, phase);
  if (active.phase === "Succeeded") return NOTHING;
  const found = findTarget(engine, object, parseApplication(object));
  if (!found.ok) return { kind: "failed", message: hookFailure(phase, found.conditions[0]?.message ?? "") };
  const { target } = found;
  let failure: string | undefined;
  const compare = async (): Promise<Comparison | undefined> => {
    const result = await compareApplication(engine, target, state, undefined, patientResolve(engine, state));
    if (result.ok) return result.comparison;
    failure = result.kind === "source" ? result.conditions[0]?.message : undefined;
    return undefined;
  };
  const writer = writerFor(engine, target.app, target.project, target.cluster);
  const execution = { engine, target, state, active, signal, isDryRun: false, writer, only: phase };
  const progressed = await operate(execution, compare, async () => undefined);
  if (failure !== undefined) {
    return { kind: "failed", message: hookFailure(phase, failure), wakeAt: engine.clock.now() + LIMITS.againMaxMs };
  }
  if (progressed.kind === "waiting") return { kind: "waiting", message: progressed.message, wakeAt: progressed.wakeAt };
  if (progressed.kind === "blocked") return { kind: "waiting", message: waitsFor(state) };
  active.phase = progressed.phase;
  return progressed.phase === "Succeeded"
    ? NOTHING
    : { kind: "failed", message: hookFailure(phase, progressed.message) };
}

function waitsFor({ late }: AppState): string {
  return late ? `waiting for ${late.repoURL} to answer` : "waiting for the cluster";
}

function hookFailure(phase: DeletionPhase, message: string): string {
  return `${phase} hooks did not succeed: ${message}. Remove the finalizer ${FINALIZER[phase]} to delete the application without them`;
}

function operationFor(engine: Engine, object: KubeObject, state: AppState, phase: DeletionPhase): ActiveOperation {
  const known = state.deletion.get(phase);
  if (known) return known;
  const startedAt = timeMs(object.metadata.deletionTimestamp) ?? engine.clock.now();
  const why = { why: "deletion", isHeal: false, isRequested: false };
  const active = newOperation({ sync: {} }, startedAt, engine.clock.now(), why);
  active.id = `${active.id}#${phase}`;
  state.deletion.set(phase, active);
  return active;
}
