import type { KubeObject } from "@fairlead/apimachinery";
import { stepOf } from "./rolling.ts";
import { RESOURCES_FINALIZER, type ApplicationSetSpec, type ApplicationsSync } from "./types.ts";

/** What to do about a set that is being deleted, or that must be kept from being deleted without us. */
export interface DeletionPlan {
  /** Applications that shall outlive the set: their owner reference goes. */
  readonly release: readonly KubeObject[];
  readonly remove: readonly KubeObject[];
  /** True once the set itself may go. */
  readonly isDone: boolean;
}

/** Whether a set needs our finalizer: when more is to be done at its end than the garbage collector does. */
export function needsFinalizer(spec: ApplicationSetSpec, policy: ApplicationsSync): boolean {
  return spec.isDeletionOrderReversed || keepsApplications(policy);
}

function keepsApplications(policy: ApplicationsSync): boolean {
  return policy === "create-only" || policy === "create-update";
}

/**
 * The end of a set: a policy that never deletes leaves its Applications alone, a reversed order deletes the last step first and waits
 * until it is gone, Applications no step selects coming last.
 */
export function planDeletion(
  spec: ApplicationSetSpec,
  policy: ApplicationsSync,
  owned: readonly KubeObject[],
): DeletionPlan {
  if (keepsApplications(policy)) return { release: owned, remove: [], isDone: owned.length === 0 };
  if (!spec.isDeletionOrderReversed || owned.length === 0) return { release: [], remove: [], isDone: true };
  const steps = spec.rollingSteps ?? [];
  const rank = (application: KubeObject): number => stepOf(steps, application.metadata.labels);
  const last = Math.max(...owned.map(rank));
  const remove = owned.filter(
    (application) => rank(application) === last && application.metadata.deletionTimestamp === undefined,
  );
  return { release: [], remove, isDone: false };
}

export function withFinalizer(finalizers: readonly string[] | undefined, isWanted: boolean): string[] {
  const others = (finalizers ?? []).filter((name) => name !== RESOURCES_FINALIZER);
  return isWanted ? [...others, RESOURCES_FINALIZER] : others;
}
