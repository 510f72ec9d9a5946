import type { Condition } from "./types.ts";
import { timestamp } from "./time.ts";

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}

/**
 * Conditions with this one in place: unchanged when status and reason already are, else appended anew; lastTransitionTime stays
 * while the status does. That is how the workload controllers set theirs.
 */
export function withCondition(
  conditions: readonly Condition[],
  condition: { type: string; status: string; reason: string; message: string },
  nowMs: number,
  times: { readonly update: boolean },
): Condition[] {
  const known = findCondition(conditions, condition.type);
  if (known?.status === condition.status && known.reason === condition.reason) return [...conditions];
  const now = timestamp(nowMs);
  const since = known?.status === condition.status ? (known.lastTransitionTime ?? now) : now;
  const written = { ...condition, lastTransitionTime: since, ...(times.update ? { lastUpdateTime: now } : {}) };
  return [...withoutCondition(conditions, condition.type), written];
}

export function withoutCondition(conditions: readonly Condition[], type: string): Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}
