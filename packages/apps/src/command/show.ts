import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { parseApplication } from "../application/parse.ts";
import type { Application } from "../application/types.ts";
import { table } from "./output.ts";

const HISTORY_REVISION_CHARS = 12;

export function listTable(objects: readonly KubeObject[], isWide: boolean): string {
  const header = [
    "name",
    "cluster",
    "namespace",
    "project",
    "sync status",
    "health status",
    ...(isWide ? ["revision", "repository", "path"] : []),
  ];
  return table(
    header,
    objects.map((object) => listRow(parseApplication(object).application, isWide)),
  );
}

function listRow(app: Application, isWide: boolean): string[] {
  const { spec, status, metadata } = app;
  const [source] = spec.sources;
  const wide = [revisionOf(app), source?.repoURL ?? "", source?.path ?? source?.chart ?? ""];
  return [
    `${metadata.namespace}/${metadata.name}`,
    spec.destination.name ?? spec.destination.server ?? "in-cluster",
    spec.destination.namespace ?? "",
    spec.project,
    status.sync?.status ?? "Unknown",
    status.health?.status ?? "Unknown",
    ...(isWide ? wide : []),
  ];
}

function revisionOf({ status }: Application): string {
  return status.sync?.revision ?? status.sync?.revisions?.join(",") ?? "";
}

/** One application for a person: what it is, how it is, what is wrong, and its objects. */
export function describeApplication(object: KubeObject): string {
  const { application: app } = parseApplication(object);
  const { spec, status } = app;
  const lines: [string, string][] = [
    ["Name", `${app.metadata.namespace}/${app.metadata.name}`],
    ["Project", spec.project],
    [
      "Destination",
      `${spec.destination.name ?? spec.destination.server ?? "in-cluster"} namespace ${spec.destination.namespace ?? "-"}`,
    ],
    ...spec.sources.map((source): [string, string] => [
      "Source",
      `${source.repoURL} ${source.path ?? source.chart ?? (source.ref ? `(ref ${source.ref})` : "")} at ${source.targetRevision || "HEAD"}`,
    ]),
    ["Automated", automation(app)],
    ["Sync status", `${status.sync?.status ?? "Unknown"}${revisionOf(app) ? ` to ${revisionOf(app)}` : ""}`],
    ["Health status", status.health?.status ?? "Unknown"],
    ...operationLines(app),
    ...(status.conditions ?? []).map(({ type, message }): [string, string] => [type, message]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  const head = lines.map(([name, value]) => `${`${name}:`.padEnd(width)}${value}\n`).join("");
  return `${head}\n${resourceTable(app)}`;
}

function automation({ spec }: Application): string {
  if (!spec.automated) return "no";
  const more = Object.entries(spec.automated).flatMap(([name, isOn]) => (isOn ? [name] : []));
  return more.length > 0 ? `yes (${more.join(", ")})` : "yes";
}

function operationLines({ status }: Application): [string, string][] {
  const state = status.operationState;
  if (!state) return [];
  const who = state.operation.initiatedBy?.automated ? "automated" : (state.operation.initiatedBy?.username ?? "");
  const when = state.finishedAt ?? state.startedAt;
  return [
    ["Last operation", `${state.phase} ${when}${who ? ` (${who})` : ""}${state.message ? `: ${state.message}` : ""}`],
  ];
}

export function resourceTable({ status }: Application): string {
  const rows = (status.resources ?? []).map((entry) => [
    entry.group ?? "",
    entry.kind,
    entry.namespace ?? "",
    entry.name,
    entry.status ?? (entry.hook ? "Hook" : ""),
    entry.health?.status ?? "",
    entry.requiresPruning ? "to be pruned" : (entry.health?.message ?? ""),
  ]);
  return table(["group", "kind", "namespace", "name", "status", "health", "message"], rows);
}

export function historyTable({ status }: Application): string {
  const rows = (status.history ?? []).map((entry) => [
    String(entry.id),
    entry.deployedAt,
    (entry.revision ?? entry.revisions?.join(",") ?? "").slice(0, HISTORY_REVISION_CHARS),
    entry.initiatedBy?.automated ? "automated" : (entry.initiatedBy?.username ?? ""),
  ]);
  return table(["id", "deployed at", "revision", "initiated by"], rows);
}

/** What the running or last operation did, object by object. */
export function operationText(object: KubeObject): string {
  const state = parseApplication(object).application.status.operationState;
  if (!state) return "\nNo operation yet\n";
  const rows = (state.syncResult?.resources ?? []).map((entry) => [
    entry.syncPhase ?? "",
    entry.group,
    entry.kind,
    entry.namespace,
    entry.name,
    entry.hookType ? (entry.hookPhase ?? "") : (entry.status ?? ""),
    entry.hookType ?? "",
    entry.message ?? "",
  ]);
  const header = ["phase", "group", "kind", "namespace", "name", "status", "hook", "message"];
  return `\nOperation: ${state.phase}, started ${state.startedAt}, ended ${state.finishedAt ?? "-"}\n${table(header, rows)}`;
}

/** Parameters that an Application lays over its sources. */
export function parametersText(object: KubeObject): string {
  const { sources } = parseApplication(object).application.spec;
  const rows = sources.flatMap(({ helm, kustomize, plugin, directory }, index) =>
    Object.entries({ helm, kustomize, plugin, directory }).flatMap(([tool, options]) =>
      options === undefined ? [] : parameterRows(String(index + 1), tool, options),
    ),
  );
  return `\n${table(["source", "tool", "name", "value"], rows)}`;
}

/** One row a parameter that has a name, one for any other option. */
function parameterRows(source: string, tool: string, options: JsonObject): string[][] {
  return Object.entries(options).flatMap(([option, value]) => {
    const named = option === "parameters" && Array.isArray(value) ? value.filter((entry) => isJsonObject(entry)) : [];
    if (named.length > 0) return named.map((entry) => [source, tool, plain(entry["name"]), plain(entry["value"])]);
    return [[source, tool, option, plain(value)]];
  });
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
