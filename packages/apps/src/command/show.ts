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
