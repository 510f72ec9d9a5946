import type { JsonObject } from "@fairlead/base";
import {
  ANY_MAP,
  BOOL,
  GoMap,
  GoPointer,
  GoSlice,
  GoStruct,
  int,
  pointerTo,
  sliceOf,
  STRING,
  STRING_MAP,
  STRING_SLICE,
  type GoField,
  type GoType,
} from "@fairlead/gotemplate";
import type { Chart, ChartMetadata } from "../chart/types.ts";
import { isTable } from "../values/value.ts";
import { capabilitiesValue } from "./capabilities.ts";
import { filesValue } from "./files.ts";
import type { Capabilities, Release } from "./release.ts";

/** One chart's view of the world: what `.` is in its templates. `Template` is set for each of them. */
export interface Scope {
  readonly chart: Chart;
  /** `parent/charts/name` */
  readonly fullPath: string;
  readonly data: Record<string, unknown>;
}

export interface WorldOptions {
  readonly chart: Chart;
  readonly values: JsonObject;
  readonly release: Release;
  readonly capabilities: Capabilities;
  readonly compat: "v3" | "v4";
}

/** The scopes of a chart and all its dependencies, parents first. */
export function buildScopes(options: WorldOptions): Scope[] {
  const shared = {
    Release: releaseValue(options.release),
    Capabilities: capabilitiesValue(options.capabilities, options.compat),
  };
  const scopes: Scope[] = [];
  addScope(options, options.chart, undefined, options.values, shared, scopes);
  return scopes;
}

function addScope(
  options: WorldOptions,
  chart: Chart,
  parent: Scope | undefined,
  values: JsonObject,
  shared: object,
  scopes: Scope[],
): Record<string, unknown> {
  const { name } = chart.metadata;
  const subcharts: Record<string, unknown> = {};
  const data = {
    Chart: chartValue(chart.metadata, parent === undefined, options.compat),
    Files: filesValue(chart.files, options.compat),
    ...shared,
    Values: valuesValue(values, options.compat),
    Subcharts: subcharts,
  };
  const above = parent && parentPath(parent);
  const scope = { chart, fullPath: above === undefined ? name : `${above}/charts/${name}`, data };
  scopes.push(scope);
  for (const sub of chart.dependencies) {
    const own = values[sub.metadata.name];
    subcharts[sub.metadata.name] = addScope(options, sub, scope, isTable(own) ? own : {}, shared, scopes);
  }
  return data;
}

/** What subcharts' paths begin with. */
function parentPath({ chart, fullPath }: Scope): string {
  if (chart.pathName === undefined) return fullPath;
  return fullPath.slice(0, fullPath.length - chart.metadata.name.length) + chart.pathName;
}

/** `type Values map[string]any`: prints and reads as a map, and `typeOf` names it. */
export function valuesValue(values: JsonObject, compat: "v3" | "v4"): GoMap {
  const name = compat === "v3" ? "chartutil.Values" : "common.Values";
  return new GoMap({ ...ANY_MAP, name, underlying: ANY_MAP }, values);
}

function releaseValue(release: Release): Record<string, unknown> {
  return {
    Name: release.name,
    Namespace: release.namespace,
    IsUpgrade: release.isUpgrade,
    IsInstall: release.isInstall,
    Revision: int(release.revision),
    Service: "Helm",
  };
}

const optional = (name: string, type: GoType, json: string): GoField => ({ name, type, json, omitEmpty: true });
const MAINTAINER: GoType = struct("chart.Maintainer", [
  optional("Name", STRING, "name"),
  optional("Email", STRING, "email"),
  optional("URL", STRING, "url"),
]);
const DEPENDENCY: GoType = struct("chart.Dependency", [
  { name: "Name", type: STRING, json: "name" },
  optional("Version", STRING, "version"),
  { name: "Repository", type: STRING, json: "repository" },
  optional("Condition", STRING, "condition"),
  optional("Tags", STRING_SLICE, "tags"),
  optional("Enabled", BOOL, "enabled"),
  optional("Alias", STRING, "alias"),
]);
const METADATA_FIELDS: readonly GoField[] = [
  optional("Name", STRING, "name"),
  optional("Home", STRING, "home"),
  optional("Sources", STRING_SLICE, "sources"),
  optional("Version", STRING, "version"),
  optional("Description", STRING, "description"),
  optional("Keywords", STRING_SLICE, "keywords"),
  optional("Maintainers", sliceOf(pointerTo(MAINTAINER)), "maintainers"),
  optional("Icon", STRING, "icon"),
  optional("APIVersion", STRING, "apiVersion"),
  optional("Condition", STRING, "condition"),
  optional("Tags", STRING, "tags"),
  optional("AppVersion", STRING, "appVersion"),
  optional("Deprecated", BOOL, "deprecated"),
  optional("Annotations", STRING_MAP, "annotations"),
  optional("KubeVersion", STRING, "kubeVersion"),
  optional("Dependencies", sliceOf(pointerTo(DEPENDENCY)), "dependencies"),
  optional("Type", STRING, "type"),
];
const METADATA = struct("struct { chart.Metadata; IsRoot bool }", [...METADATA_FIELDS, { name: "IsRoot", type: BOOL }]);

function struct(name: string, fields: readonly GoField[]): GoType {
  return { kind: "struct", name, fields };
}

/** Helm 3 hands templates a struct, Helm 4 a map of the same names. */
function chartValue(metadata: ChartMetadata, isRoot: boolean, compat: "v3" | "v4"): unknown {
  const fields: Record<string, unknown> = {
    Name: metadata.name,
    Home: metadata.home ?? "",
    Sources: stringSlice(metadata.sources),
    Version: metadata.version,
    Description: metadata.description ?? "",
    Keywords: stringSlice(metadata.keywords),
    Maintainers: pointers(
      MAINTAINER,
      (metadata.maintainers ?? []).map(({ name = "", email = "", url = "" }) => ({
        Name: name,
        Email: email,
        URL: url,
      })),
    ),
    Icon: metadata.icon ?? "",
    APIVersion: metadata.apiVersion,
    Condition: metadata.condition ?? "",
    Tags: metadata.tags ?? "",
    AppVersion: metadata.appVersion ?? "",
    Deprecated: metadata.deprecated ?? false,
    Annotations: new GoMap(STRING_MAP, metadata.annotations ? { ...metadata.annotations } : null),
    KubeVersion: metadata.kubeVersion ?? "",
    Dependencies: pointers(DEPENDENCY, (metadata.dependencies ?? []).map(dependencyFields)),
    Type: metadata.type ?? "",
    IsRoot: isRoot,
  };
  return compat === "v3" ? new GoStruct(METADATA, fields) : mapFields(fields);
}

/** A nil list is an empty one in Helm 4's map. */
function mapFields(fields: Record<string, unknown>): Record<string, unknown> {
  const lists = Object.entries(fields).filter(([, value]) => value instanceof GoSlice && value.isNil);
  return {
    ...fields,
    ...Object.fromEntries(lists.map(([name, value]) => [name, new GoSlice((value as GoSlice).type, [])])),
  };
}

function dependencyFields(dependency: NonNullable<ChartMetadata["dependencies"]>[number]): Record<string, unknown> {
  return {
    Name: dependency.name,
    Version: dependency.version ?? "",
    Repository: dependency.repository ?? "",
    Condition: dependency.condition ?? "",
    Tags: stringSlice(dependency.tags),
    Enabled: dependency.enabled ?? false,
    Alias: dependency.alias ?? "",
  };
}

function stringSlice(items: readonly string[] | undefined): GoSlice {
  return new GoSlice(STRING_SLICE, items ? [...items] : null);
}

function pointers(type: GoType, items: readonly Record<string, unknown>[]): GoSlice {
  const pointer = pointerTo(type);
  const values = items.map((fields) => new GoPointer(pointer, new GoStruct(type, fields)));
  return new GoSlice(sliceOf(pointer), values.length > 0 ? values : null);
}
