import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { EXTERNAL_LIMITS } from "../limits.ts";

export type State = "Synced" | "SyncedError" | "Deleted" | "Missing";

/** Of a Secret, or of another kind of target. */
export function reasonOf(state: State, isManifest: boolean): string {
  return `${isManifest ? "Resource" : "Secret"}${state}`;
}

/** Messages and reasons that dashboards look for (facts/secrets.md §1D). */
export const MESSAGES = {
  synced: "secret synced",
  retained: "secret retained due to DeletionPolicy=Retain",
  deleted: "secret deleted due to DeletionPolicy=Delete",
  missing: "secret will not be created due to CreationPolicy=Merge",
  noData: "could not get secret data from provider",
  notUpdated: "could not update secret",
  missingResource: "resource will not be created due to CreationPolicy=Merge",
  notFilled: "could not apply template to manifest",
  refusedManifest: "invalid generic target",
  immutable: "could not update secret, target is immutable",
} as const;

export interface Condition extends JsonObject {
  type: string;
  status: "True" | "False";
  reason: string;
  message: string;
  lastTransitionTime: string;
}

/** The conditions with this one set; its time changes only with its status. The same again gives the very same list. */
export function withCondition(
  object: KubeObject,
  type: string,
  isTrue: boolean,
  reason: string,
  message: string,
  nowMs: number,
): Condition[] {
  const status = isJsonObject(object["status"]) ? object["status"] : {};
  const before = Array.isArray(status["conditions"]) ? (status["conditions"] as unknown as Condition[]) : [];
  const known = before.find((condition) => condition.type === type);
  const state = isTrue ? "True" : "False";
  const text = message.slice(0, EXTERNAL_LIMITS.messageCharacters);
  const lastTransitionTime = known?.status === state ? known.lastTransitionTime : timeText(nowMs);
  const condition: Condition = { type, status: state, reason, message: text, lastTransitionTime };
  return [...before.filter((other) => other.type !== type), condition];
}

/** RFC 3339 in seconds, as metav1.Time. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
