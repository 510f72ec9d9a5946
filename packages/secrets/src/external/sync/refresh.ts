import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";
import { EXTERNAL_LIMITS } from "../limits.ts";
import { ANNOTATION_DATA_HASH, LABEL_MANAGED } from "../model/names.ts";
import type { ExternalSecretSpec } from "../model/types.ts";
import { dataHash, metadataHash, ownerHash } from "../values/hash.ts";
import { isRefreshAllowed } from "./windows.ts";

const MINUTE_MS = 60_000;

export interface SyncState {
  /** Milliseconds; undefined before the first sync. */
  readonly refreshedAt: number | undefined;
  readonly syncedVersion: string;
}

export function syncStateOf(object: KubeObject): SyncState {
  const status = isJsonObject(object["status"]) ? object["status"] : {};
  const time = Date.parse(String(status["refreshTime"] ?? ""));
  const version = status["syncedResourceVersion"];
  return {
    refreshedAt: Number.isNaN(time) || time === 0 ? undefined : time,
    syncedVersion: typeof version === "string" ? version : "",
  };
}

/** What was asked for, in one text: the generation, and labels and annotations, any change of which forces a refresh. */
export function versionOf({ metadata }: KubeObject): string {
  return `${metadata.generation ?? 0}-${metadataHash(metadata.labels, metadata.annotations)}`;
}

/** Whether values are to be read now (facts/secrets.md §1D); the state of the target is isTargetValid's. */
export function isDue(object: KubeObject, spec: ExternalSecretSpec, nowMs: number): boolean {
  const { refreshedAt, syncedVersion } = syncStateOf(object);
  if (refreshedAt === undefined || syncedVersion === "") return true;
  if (spec.refreshPolicy === "CreatedOnce") return false;
  if (syncedVersion !== versionOf(object)) return true;
  if (spec.refreshPolicy === "OnChange" || spec.refreshIntervalMs === 0) return false;
  // A time in the future is another clock's: refreshing now mends it.
  const isOver = refreshedAt > nowMs + 1000 || refreshedAt + spec.refreshIntervalMs <= nowMs;
  return isOver && isRefreshAllowed(spec.syncWindows, nowMs);
}

/** Milliseconds to the next refresh by time; undefined: none. */
export function nextRefreshMs(object: KubeObject, spec: ExternalSecretSpec, nowMs: number): number | undefined {
  if (spec.refreshPolicy !== "Periodic" || spec.refreshIntervalMs === 0) return undefined;
  const afterMs = nextPeriodMs(object, spec.refreshIntervalMs, syncStateOf(object).refreshedAt, nowMs);
  // Windows open and close by the minute; a refresh that may not be yet is looked at again then.
  return spec.syncWindows === undefined ? afterMs : Math.max(afterMs, MINUTE_MS * (0.5 + spread(object)));
}

/** Milliseconds to the end of an interval, later by the object's place within the jitter. */
export function nextPeriodMs(
  object: KubeObject,
  intervalMs: number,
  refreshedAt: number | undefined,
  nowMs: number,
): number {
  const { jitterShare, jitterMaxMs } = EXTERNAL_LIMITS;
  const jitter = spread(object) * Math.min(jitterMaxMs, intervalMs * jitterShare);
  return Math.max(0, (refreshedAt ?? nowMs) + intervalMs - nowMs) + jitter;
}

/** 0 ≤ x < 1, the same for one object always: its place among those of its age. */
export function spread({ metadata }: KubeObject): number {
  const hash = ownerHash(metadata.namespace ?? "", metadata.name ?? "");
  return Number.parseInt(hash.slice(0, 8), 16) / 0x1_0000_0000;
}

/** Whether the target is as it was written. An Orphan is left to whoever edits it. */
export function isTargetValid(target: KubeObject | undefined, spec: ExternalSecretSpec): boolean {
  const { creationPolicy } = spec.target;
  if (creationPolicy === "Orphan" || creationPolicy === "None") return true;
  if (target === undefined || target.metadata.labels?.[LABEL_MANAGED] !== "true") return false;
  const data = isJsonObject(target["data"]) ? (target["data"] as Record<string, string>) : {};
  return target.metadata.annotations?.[ANNOTATION_DATA_HASH] === dataHash(data);
}
