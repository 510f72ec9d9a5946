import { isJsonObject, type JsonObject, type Problem } from "@fairlead/base";
import { describeRef, type KubeObject } from "@fairlead/apimachinery";
import { Reader } from "../reader.ts";
import type { KindRule, Project, ProjectDestination, ProjectSpec, SyncWindow } from "./types.ts";
import { checkSchedule, isTimeZone } from "./windows.ts";

export interface ParsedProject {
  readonly project: Project;
  readonly problems: readonly Problem[];
}

/** An AppProject as typed values, with every fault. A faulty rule is left out, so a typo never permits more than was meant. */
export function parseProject(object: KubeObject): ParsedProject {
  const { name = "", namespace = "" } = object.metadata;
  const reader = new Reader("InvalidProject", describeRef({ kind: "AppProject", namespace, name }));
  const spec = isJsonObject(object["spec"]) ? (object["spec"] as JsonObject) : {};
  return { project: { name, namespace, spec: parseSpec(spec, reader) }, problems: reader.problems };
}

/** The project that exists in every installation until someone writes their own: everything is permitted. */
export function defaultProject(namespace: string): Project {
  const any = [{ group: "*", kind: "*" }];
  return {
    name: "default",
    namespace,
    spec: {
      sourceRepos: ["*"],
      sourceNamespaces: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: any,
      clusterResourceBlacklist: [],
      namespaceResourceWhitelist: undefined,
      namespaceResourceBlacklist: [],
      syncWindows: [],
      permitOnlyProjectScopedClusters: false,
      destinationServiceAccounts: [],
    },
  };
}

function parseSpec(spec: JsonObject, reader: Reader): ProjectSpec {
  const orphaned = reader.object(spec, "orphanedResources", "spec");
  return {
    description: reader.text(spec, "description", "spec"),
    sourceRepos: reader.strings(spec, "sourceRepos", "spec"),
    sourceNamespaces: reader.strings(spec, "sourceNamespaces", "spec"),
    destinations: reader
      .objects(spec, "destinations", "spec")
      .map(({ value, path }) => parseDestination(value, path, reader)),
    clusterResourceWhitelist: kindRules(spec, "clusterResourceWhitelist", reader),
    clusterResourceBlacklist: kindRules(spec, "clusterResourceBlacklist", reader),
    namespaceResourceWhitelist:
      spec["namespaceResourceWhitelist"] == null ? undefined : kindRules(spec, "namespaceResourceWhitelist", reader),
    namespaceResourceBlacklist: kindRules(spec, "namespaceResourceBlacklist", reader),
    syncWindows: reader
      .objects(spec, "syncWindows", "spec")
      .flatMap(({ value, path }) => parseWindow(value, path, reader) ?? []),
    orphanedResources: orphaned && {
      // Argo CD warns unless it is told not to.
      warn: reader.boolean(orphaned, "warn", "spec.orphanedResources") ?? true,
      ignore: reader.objects(orphaned, "ignore", "spec.orphanedResources").map(({ value, path }) => ({
        group: reader.string(value, "group", path) ?? "",
        kind: reader.text(value, "kind", path) ?? "*",
        name: reader.text(value, "name", path) ?? "*",
      })),
    },
    permitOnlyProjectScopedClusters: reader.boolean(spec, "permitOnlyProjectScopedClusters", "spec") ?? false,
    destinationServiceAccounts: reader.objects(spec, "destinationServiceAccounts", "spec").map(({ value, path }) => ({
      server: reader.text(value, "server", path) ?? "",
      namespace: reader.text(value, "namespace", path),
      defaultServiceAccount: reader.text(value, "defaultServiceAccount", path) ?? "",
    })),
  };
}

function parseDestination(value: JsonObject, path: string, reader: Reader): ProjectDestination {
  return {
    server: reader.text(value, "server", path),
    name: reader.text(value, "name", path),
    namespace: reader.text(value, "namespace", path),
  };
}

function kindRules(spec: JsonObject, key: string, reader: Reader): KindRule[] {
  return reader.objects(spec, key, "spec").map(({ value, path }) => ({
    group: reader.string(value, "group", path) ?? "",
    kind: reader.string(value, "kind", path) ?? "",
    name: reader.text(value, "name", path),
  }));
}

function parseWindow(value: JsonObject, path: string, reader: Reader): SyncWindow | undefined {
  const before = reader.problems.length;
  const kind = reader.text(value, "kind", path);
  if (kind !== "allow" && kind !== "deny") reader.fault(`${path}.kind`, `must be allow or deny, not ${String(kind)}`);
  const schedule = reader.text(value, "schedule", path) ?? "";
  const wrong = checkSchedule(schedule);
  if (wrong !== undefined) reader.fault(`${path}.schedule`, wrong, 'write five cron fields, e.g. "0 22 * * *"');
  const durationMs = reader.duration(value, "duration", path) ?? 0;
  if (durationMs <= 0) reader.fault(`${path}.duration`, "must be a time above zero, e.g. 1h");
  const timeZone = reader.text(value, "timeZone", path) ?? "UTC";
  // Argo CD reads an unknown zone as UTC without a word, which moves a freeze by hours: we refuse it.
  if (!isTimeZone(timeZone)) reader.fault(`${path}.timeZone`, `${JSON.stringify(timeZone)} is no IANA time zone`);
  if (reader.problems.length > before) return undefined;
  return {
    kind: kind === "deny" ? "deny" : "allow",
    schedule,
    durationMs,
    applications: reader.strings(value, "applications", path),
    namespaces: reader.strings(value, "namespaces", path),
    clusters: reader.strings(value, "clusters", path),
    andOperator: reader.boolean(value, "andOperator", path) ?? false,
    manualSync: reader.boolean(value, "manualSync", path) ?? false,
    syncOverrun: reader.boolean(value, "syncOverrun", path) ?? false,
    timeZone,
    description: reader.text(value, "description", path),
  };
}
