import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";

/** How far an Application has come; each stage includes the ones before it. */
export type Stage = "waiting" | "rendered" | "applied" | "healthy";

const STAGES: readonly Stage[] = ["waiting", "rendered", "applied", "healthy"];

/** What a person wants to know of one Application, taken from its status alone. */
export interface Row {
  readonly name: string;
  readonly destination: string;
  readonly stage: Stage;
  readonly sync: string;
  readonly health: string;
  readonly objects: number;
  /** Why it is not further: a condition, a failed operation, a health message. */
  readonly message: string | undefined;
  /** True when it waits for a person, not for time. */
  readonly isFailed: boolean;
}

/** @param clusterName turns a server URL into the name people know */
export function rowOf(application: KubeObject, clusterName: (server: string) => string): Row {
  const status = child(application, "status");
  const sync = text(child(status, "sync"), "status") ?? "Unknown";
  const health = text(child(status, "health"), "status") ?? "Unknown";
  const resources = Array.isArray(status["resources"]) ? status["resources"].length : 0;
  const condition = errorCondition(status);
  const operation = child(status, "operationState");
  const phase = text(operation, "phase");
  const isFailed = condition !== undefined || phase === "Failed" || phase === "Error" || health === "Degraded";
  const failure = condition ?? (isFailed ? text(operation, "message") : undefined);
  return {
    name: application.metadata.name ?? "",
    destination: destinationOf(application, clusterName),
    stage: stageOf(sync, health, phase),
    sync,
    health,
    objects: resources,
    message: failure ?? text(child(status, "health"), "message"),
    isFailed,
  };
}

function stageOf(sync: string, health: string, phase: string | undefined): Stage {
  if (sync === "Synced") return health === "Healthy" ? "healthy" : "applied";
  if (phase === "Succeeded") return "applied";
  return sync === "OutOfSync" ? "rendered" : "waiting";
}

function destinationOf(application: KubeObject, clusterName: (server: string) => string): string {
  const destination = child(child(application, "spec"), "destination");
  return text(destination, "name") ?? clusterName(text(destination, "server") ?? "");
}

function errorCondition(status: JsonObject): string | undefined {
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"].filter(isJsonObject) : [];
  const error = conditions.find((condition) => String(condition["type"]).endsWith("Error"));
  return error && text(error, "message");
}

function child(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}

function text(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export interface Counts {
  readonly total: number;
  readonly rendered: number;
  readonly applied: number;
  readonly healthy: number;
  readonly failed: number;
}

export function countRows(rows: readonly Row[]): Counts {
  const reached = (stage: Stage): number =>
    rows.filter((row) => STAGES.indexOf(row.stage) >= STAGES.indexOf(stage)).length;
  return {
    total: rows.length,
    rendered: reached("rendered"),
    applied: reached("applied"),
    healthy: reached("healthy"),
    failed: rows.filter((row) => row.isFailed).length,
  };
}

/**
 * Whether nothing more will follow: every Application is Synced and Healthy (so an app of apps has all its children), and every
 * ApplicationSet says that it has generated all of its own.
 */
export function isSettled(rows: readonly Row[], sets: readonly KubeObject[]): boolean {
  return rows.length > 0 && rows.every((row) => row.stage === "healthy") && sets.every(isUpToDate);
}

function isUpToDate(set: KubeObject): boolean {
  const conditions = child(set, "status")["conditions"];
  if (!Array.isArray(conditions)) return false;
  return conditions.some(
    (item) => isJsonObject(item) && item["type"] === "ResourcesUpToDate" && item["status"] === "True",
  );
}

/** What stands in the way, one sentence an Application or set, for a person who waited in vain. */
export function reasonsNotSettled(rows: readonly Row[], sets: readonly KubeObject[]): string[] {
  const waiting = rows.filter((row) => row.stage !== "healthy");
  return [
    ...(rows.length === 0 ? ["no Application is there yet"] : []),
    ...waiting.map((row) => `${row.name}: ${row.sync}, ${row.health}${row.message ? `: ${row.message}` : ""}`),
    ...sets.filter((set) => !isUpToDate(set)).map((set) => `ApplicationSet ${set.metadata.name}: ${setMessage(set)}`),
  ];
}

function setMessage(set: KubeObject): string {
  const conditions = child(set, "status")["conditions"];
  const failing = Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
  const error = failing.find((item) => item["type"] === "ErrorOccurred" && item["status"] === "True");
  return (error && text(error, "message")) ?? "has not generated its Applications yet";
}
