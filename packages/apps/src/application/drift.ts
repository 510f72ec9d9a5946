import { describeRef, type KubeObject, type ObjectRef } from "@fairlead/apimachinery";
import type { Redactor } from "@fairlead/render";
import type { Engine } from "../apps/engine.ts";
import { appLabels } from "../apps/metrics.ts";
import { describeDrift, type DriftField } from "../drift/attribute.ts";
import type { ResourceComparison } from "../compare/compare.ts";
import { ANNOTATIONS } from "../names.ts";
import { isFromStore, isSecretKind } from "../secrecy/kinds.ts";
import type { Comparison } from "./observe.ts";
import type { Target } from "./target.ts";
import type { OperationOutcome } from "./operation.ts";
import type { AppState } from "./state.ts";
import type { ConditionFact } from "./types.ts";

/** Whether drift of this application is corrected or only reported. */
function heals(target: Target): boolean {
  const isAudit = target.object.metadata.annotations?.[ANNOTATIONS.driftPolicy] === "audit";
  return target.app.spec.automated?.selfHeal === true && !isAudit;
}

function drifted(comparison: Comparison): ResourceComparison[] {
  return comparison.resources.filter(({ drift, sharedWith }) => drift !== undefined && sharedWith === undefined);
}

function sentence({ ref, drift, live }: ResourceComparison, redactor: Redactor): string {
  return drift ? `${describeRef(ref)}: ${describeDrift(drift, { hides: hiding(ref, live?.object, redactor) })}` : "";
}

/** Which fields are nobody's business, not even in an event. */
function hiding(ref: ObjectRef, live: KubeObject | undefined, redactor: Redactor): (field: DriftField) => boolean {
  if (isSecretKind(ref) || (live && isFromStore(live))) return () => true;
  if (redactor.isEmpty) return () => false;
  const isSecret = (value: unknown): boolean => value !== undefined && redactor.isIn(JSON.stringify(value));
  // What somebody wrote in the place of a secret is taken for one.
  return ({ before, after }) => isSecret(before) || isSecret(after);
}

/** Tells each drift once: in the log, as an event of the engine, and as a Kubernetes Event on the application. */
export function reportDrift(engine: Engine, target: Target, state: AppState, comparison: Comparison): void {
  const now = engine.clock.now();
  const present = new Set<string>();
  for (const resource of drifted(comparison)) {
    present.add(resource.key);
    const message = sentence(resource, state.redactor);
    if (state.told.get(resource.key)?.message === message) continue;
    state.told.set(resource.key, { message, at: now });
    const willHeal = heals(target);
    const hides = hiding(resource.ref, resource.live?.object, state.redactor);
    const fields = (resource.drift?.fields ?? []).filter((field) => !hides(field));
    engine.metrics.drifted(appLabels(target.object, target.cluster.server), resource.drift?.fields[0]?.manager ?? "");
    engine.logger.info("drift", { app: state.key, drift: message, heals: willHeal });
    engine.emit({
      type: "drift",
      app: state.key,
      at: now,
      object: describeRef(resource.ref),
      message,
      fields,
      heals: willHeal,
    });
    engine.tell(target.object, "Warning", "DriftDetected", `${message}${willHeal ? "; it is being corrected" : ""}`);
  }
  if (state.active) return;
  for (const key of state.told.keys()) if (!present.has(key)) state.told.delete(key);
}

/** Drift that stays, because nobody asked for it to be corrected, as a condition. Argo CD has none; ours names who did it. */
export function driftCondition(target: Target, comparison: Comparison, redactor: Redactor): ConditionFact[] {
  if (heals(target)) return [];
  const all = drifted(comparison).map((resource) => sentence(resource, redactor));
  if (all.length === 0) return [];
  const shown = all.slice(0, 10).join("; ");
  return [{ type: "DriftDetected", message: all.length > 10 ? `${shown}; and ${all.length - 10} more` : shown }];
}

export function reportHealed(
  engine: Engine,
  _target: Target,
  state: AppState,
  comparison: Comparison,
  _outcome: OperationOutcome,
): void {
  const still = new Set(drifted(comparison).map(({ key }) => key));
  const now = engine.clock.now();
  for (const [key, { at }] of state.told) {
    if (still.has(key)) continue;
    state.told.delete(key);
    const resource = comparison.resources.find((entry) => entry.key === key);
    const object = resource ? describeRef(resource.ref) : key;
    engine.metrics.healed(now - at);
    engine.logger.info("drift healed", { app: state.key, object, durationMs: now - at });
    engine.emit({ type: "healed", app: state.key, at: now, object, durationMs: now - at });
  }
}
