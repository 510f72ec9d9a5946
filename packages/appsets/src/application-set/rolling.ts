import { isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { ApplicationSetSpec, GeneratedApplication, MatchExpression, RollingStep } from "./types.ts";

export type RolloutState = "Waiting" | "Pending" | "Progressing" | "Healthy";

/** One Application's place in a rollout: an entry of status.applicationStatus. */
export interface RolloutEntry extends JsonObject {
  application: string;
  status: RolloutState;
  message: string;
  /** From 1; "-1" for an Application that no step selects, which is never synced. */
  step: string;
  targetRevisions: string[];
  lastTransitionTime: string;
}

export interface RolloutFacts {
  readonly steps: readonly RollingStep[];
  readonly wanted: readonly GeneratedApplication[];
  readonly live: ReadonlyMap<string, KubeObject>;
  readonly before: readonly RolloutEntry[];
  /** RFC 3339 with seconds. */
  readonly now: string;
}

export interface Rollout {
  readonly entries: readonly RolloutEntry[];
  /** Applications whose sync starts now. */
  readonly sync: ReadonlySet<string>;
  /** The step at work; undefined once every selected Application is healthy. */
  readonly step: string | undefined;
}

/**
 * One turn of a RollingSync: Applications go through Waiting, Pending, Progressing and Healthy, step by step, in each step so many at
 * a time. A status counts only once it was compared with the spec that is there now: Synced and Healthy of a spec that was just
 * replaced would let the next step begin too early (argo-cd#29410).
 */
export function rollOut(facts: RolloutFacts): Rollout {
  const known = new Map(facts.before.map((entry) => [entry.application, entry]));
  const entries = facts.wanted.map((application) => {
    const name = application.metadata.name ?? "";
    const step = stepOf(facts.steps, application.metadata.labels);
    return advance(known.get(name), name, step, application, facts.live.get(name), facts.now);
  });
  const open = entries.filter((entry) => entry.step !== "-1" && entry.status !== "Healthy");
  const step = open.reduce<number | undefined>(
    (first, entry) => Math.min(first ?? Number(entry.step), Number(entry.step)),
    undefined,
  );
  if (step === undefined) return { entries, sync: new Set(), step: undefined };
  const ofStep = entries.filter((entry) => entry.step === String(step));
  const busy = ofStep.filter((entry) => entry.status === "Pending" || entry.status === "Progressing").length;
  const waiting = ofStep.filter((entry) => entry.status === "Waiting" && facts.live.has(entry.application));
  const free = Math.max(0, updatesAtOnce(facts.steps[step - 1]?.maxUpdate, ofStep.length) - busy);
  const started = new Set(waiting.slice(0, free).map((entry) => entry.application));
  return {
    entries: entries.map((entry) =>
      started.has(entry.application)
        ? moved(entry, "Pending", "Application moved to Pending, its sync was asked for", facts.now)
        : entry,
    ),
    sync: started,
    step: String(step),
  };
}

/** A percentage is rounded down, but is at least one unless it is none at all. */
function updatesAtOnce(maxUpdate: number | string | undefined, count: number): number {
  if (maxUpdate === undefined) return count;
  const text = String(maxUpdate);
  if (!text.endsWith("%")) return Number(text);
  const percent = Number(text.slice(0, -1));
  return percent === 0 ? 0 : Math.max(1, Math.floor((count * percent) / 100));
}

/** From 1; -1 when no step selects these labels. */
export function stepOf(steps: readonly RollingStep[], labels: Readonly<Record<string, string>> | undefined): number {
  const index = steps.findIndex((step) => step.matchExpressions.every((expression) => matches(expression, labels)));
  return index < 0 ? -1 : index + 1;
}

function matches(
  { key, operator, values }: MatchExpression,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
  const isIn = value !== undefined && values.includes(value);
  return operator === "In" ? isIn : !isIn;
}

function advance(
  before: RolloutEntry | undefined,
  name: string,
  step: number,
  wanted: GeneratedApplication,
  live: KubeObject | undefined,
  now: string,
): RolloutEntry {
  const revisions = revisionsOf(live);
  const start: RolloutEntry = before
    ? { ...before, step: String(step) }
    : {
        application: name,
        status: "Waiting",
        message: "Application is new to the rollout",
        step: String(step),
        targetRevisions: revisions,
        lastTransitionTime: now,
      };
  if (!live) return start.status === "Waiting" ? start : moved(start, "Waiting", "Application is to be created", now);
  const isCurrent = isObserved(live, wanted);
  const status = statusOf(live);
  const hasNewRevision = isCurrent && revisions.length > 0 && !jsonEqual(start.targetRevisions, revisions);
  let entry = start;
  if (!isCurrent && entry.status === "Healthy") entry = moved(entry, "Waiting", "Application has a new spec", now);
  if (hasNewRevision) {
    const isWaiting = entry.status === "Healthy" || entry.status === "Waiting";
    entry = isWaiting ? moved(entry, "Waiting", "Application has new revisions", now) : entry;
    entry = { ...entry, targetRevisions: revisions };
  }
  if (!isCurrent) return entry;
  const isSynced = status.sync === "Synced";
  const isHealthy = isSynced && status.health === "Healthy" && !status.isRunning;
  if (entry.status === "Waiting" && isSynced && !status.isRunning) {
    return isHealthy
      ? moved(entry, "Healthy", "Application is synced and healthy", now)
      : moved(entry, "Progressing", "Application is synced", now);
  }
  if (entry.status === "Healthy" && status.sync === "OutOfSync")
    return moved(entry, "Waiting", "Application is out of sync", now);
  if (entry.status === "Pending" && hasStarted(status, entry))
    entry = moved(entry, "Progressing", "Application's sync has started", now);
  if (entry.status === "Progressing" && isHealthy) return moved(entry, "Healthy", "Application became healthy", now);
  return entry;
}

function moved(entry: RolloutEntry, status: RolloutState, message: string, now: string): RolloutEntry {
  return entry.status === status ? entry : { ...entry, status, message, lastTransitionTime: now };
}

function hasStarted(status: LiveStatus, entry: RolloutEntry): boolean {
  return status.startedAt !== undefined && Date.parse(status.startedAt) >= Date.parse(entry.lastTransitionTime);
}

interface LiveStatus {
  readonly sync: string;
  readonly health: string;
  readonly startedAt: string | undefined;
  readonly isRunning: boolean;
}

function statusOf(live: KubeObject): LiveStatus {
  const status = objectAt(live, "status");
  const operation = objectAt(status, "operationState");
  return {
    sync: textAt(objectAt(status, "sync"), "status"),
    health: textAt(objectAt(status, "health"), "status"),
    startedAt: textAt(operation, "startedAt") || undefined,
    isRunning: live["operation"] !== undefined || textAt(operation, "phase") === "Running",
  };
}

function revisionsOf(live: KubeObject | undefined): string[] {
  const sync = live ? objectAt(objectAt(live, "status"), "sync") : {};
  const { revisions, revision } = sync;
  if (Array.isArray(revisions) && revisions.length > 0) return revisions.map(String);
  return typeof revision === "string" && revision !== "" ? [revision] : [];
}

/** Whether the live status speaks of the spec that is wanted: it was compared with this source and this destination. */
function isObserved(live: KubeObject, wanted: GeneratedApplication): boolean {
  const spec = objectAt(live, "spec");
  const aim = objectAt(wanted, "spec");
  const compared = objectAt(objectAt(objectAt(live, "status"), "sync"), "comparedTo");
  const isWritten = ["source", "sources", "destination"].every((name) => jsonEqual(spec[name], aim[name]));
  if (!isWritten || Object.keys(compared).length === 0) return false;
  const sources = Array.isArray(spec["sources"]) && spec["sources"].length > 0 ? "sources" : "source";
  return covers(compared[sources], spec[sources]) && covers(compared["destination"], spec["destination"]);
}

/** Everything of the spec that says something stands in what was compared; empty fields may be left out there. */
function covers(compared: Json | undefined, spec: Json | undefined): boolean {
  if (isEmptyValue(spec)) return true;
  if (Array.isArray(spec))
    return (
      Array.isArray(compared) &&
      compared.length === spec.length &&
      spec.every((item, index) => covers(compared[index], item))
    );
  if (!isJsonObject(spec)) return jsonEqual(compared, spec);
  return isJsonObject(compared) && Object.entries(spec).every(([key, value]) => covers(compared[key], value));
}

function isEmptyValue(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** In a rollout Applications are synced by the set alone: without automation, and with an operation when it is their turn. */
export function inRollout(
  application: GeneratedApplication,
  spec: ApplicationSetSpec,
  rollout: Rollout,
): GeneratedApplication {
  if (spec.rollingSteps === undefined) return application;
  const own = objectAt(application, "spec");
  const policy = objectAt(own, "syncPolicy");
  const { automated, ...rest } = policy;
  const without: GeneratedApplication = {
    ...application,
    spec: own["syncPolicy"] === undefined ? own : { ...own, syncPolicy: rest },
  };
  if (!rollout.sync.has(application.metadata.name ?? "")) return without;
  const prune = isJsonObject(automated) && automated["prune"] === true;
  const sync: JsonObject = {
    ...(prune ? { prune } : {}),
    ...(Array.isArray(rest["syncOptions"]) ? { syncOptions: rest["syncOptions"] } : {}),
  };
  const retry = isJsonObject(rest["retry"]) ? rest["retry"] : { limit: 5 };
  const info = [{ name: "Reason", value: "ApplicationSet RollingSync triggered a sync of this Application resource" }];
  return {
    ...without,
    operation: { sync, retry, info, initiatedBy: { username: "applicationset-controller", automated: true } },
  };
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

function textAt(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === "string" ? value : "";
}
