import { isJsonObject, ProblemError, type JsonObject, type Problem } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import { decodeYaml } from "@fairlead/yaml";
import type { IgnoreDifferences } from "../application/types.ts";
import { globMatches } from "../glob.ts";
import { parsePlugins } from "../plugin/parse.ts";
import type { Plugin } from "../plugin/types.ts";
import { Reader } from "../reader.ts";
import { DEFAULT_TRACKING, type Tracking } from "../sync/tracking.ts";

/** What an installation sets for all applications, from Argo CD's ConfigMaps (facts/argocd.md §1.4–1.6). */
export interface Settings {
  readonly tracking: Tracking;
  /** System-wide rules; they come before an application's own. */
  readonly ignoreDifferences: readonly IgnoreDifferences[];
  /** Kinds that are never managed. */
  readonly isExcluded: (kind: { readonly group: string; readonly kind: string }, server: string) => boolean;
  /** `controller.resource.health.persist`; ours is on unless it says false. */
  readonly persistResourceHealth: boolean;
  /** Config management plugins that may run; none unless they are switched on. */
  readonly plugins: readonly Plugin[];
}

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;

export const DEFAULT_SETTINGS: Settings = {
  tracking: DEFAULT_TRACKING,
  ignoreDifferences: [],
  isExcluded: () => false,
  persistResourceHealth: true,
  plugins: [],
};

/** Reads `argocd-cm` and `argocd-cmd-params-cm`; both may be absent. A setting that cannot be used is reported and left at its default. */
export async function readSettings(
  hub: KubeClient,
  namespace: string,
): Promise<{ settings: Settings; problems: readonly Problem[] }> {
  const [cm, params] = await Promise.all([
    hub.find(CONFIG_MAP, "argocd-cm", namespace),
    hub.find(CONFIG_MAP, "argocd-cmd-params-cm", namespace),
  ]);
  return parseSettings(cm, params);
}

export function parseSettings(
  cm: KubeObject | undefined,
  params: KubeObject | undefined,
): { settings: Settings; problems: readonly Problem[] } {
  const reader = new Reader("InvalidSettings", "ConfigMap argocd-cm");
  const data = dataOf(cm);
  const settings: Settings = {
    tracking: trackingOf(data, reader),
    ignoreDifferences: [...data].flatMap(([key, text]) => ignoreRules(key, text, reader)),
    isExcluded: exclusionsOf(data, reader),
    persistResourceHealth: dataOf(params).get("controller.resource.health.persist") !== "false",
    plugins: pluginsOf(data, dataOf(params).get("plugins.enabled") === "true", reader),
  };
  return { settings, problems: reader.problems };
}

function dataOf(object: KubeObject | undefined): ReadonlyMap<string, string> {
  const data = isJsonObject(object?.["data"]) ? (object["data"] as JsonObject) : {};
  return new Map(
    Object.entries(data).flatMap(([key, value]) => (typeof value === "string" ? [[key, value] as const] : [])),
  );
}

const METHODS: readonly Tracking["method"][] = ["annotation", "annotation+label", "label"];

function trackingOf(data: ReadonlyMap<string, string>, reader: Reader): Tracking {
  const method = data.get("application.resourceTrackingMethod") || "annotation";
  const known = METHODS.find((entry) => entry === method);
  if (!known) {
    reader.fault(
      "data.application.resourceTrackingMethod",
      `${JSON.stringify(method)} is none of ${METHODS.join(", ")}`,
    );
  }
  const labelKey = data.get("application.instanceLabelKey") || DEFAULT_TRACKING.labelKey;
  return { method: known ?? "annotation", labelKey };
}

/** Commands of the repository's choosing run on this machine, so both the list and the switch are needed. */
function pluginsOf(data: ReadonlyMap<string, string>, isOn: boolean, reader: Reader): readonly Plugin[] {
  const text = data.get("configManagementPlugins");
  if (!text) return [];
  const plugins = parsePlugins(
    yamlOf("data.configManagementPlugins", text, reader),
    "data.configManagementPlugins",
    reader,
  );
  return isOn ? plugins : [];
}

const IGNORE_PREFIX = "resource.customizations.ignoreDifferences.";

/** `resource.customizations.ignoreDifferences.apps_Deployment` or `…all`. */
function ignoreRules(key: string, text: string, reader: Reader): IgnoreDifferences[] {
  if (!key.startsWith(IGNORE_PREFIX)) return [];
  const value = yamlOf(`data.${key}`, text, reader);
  if (!isJsonObject(value)) return [];
  const name = key.slice(IGNORE_PREFIX.length);
  const cut = name.indexOf("_");
  const rule = value as JsonObject;
  const path = `data.${key}`;
  return [
    {
      group: name === "all" ? "*" : cut < 0 ? "" : name.slice(0, cut),
      kind: name === "all" ? "*" : name.slice(cut + 1),
      jsonPointers: reader.strings(rule, "jsonPointers", path),
      jqPathExpressions: reader.strings(rule, "jqPathExpressions", path),
      managedFieldsManagers: reader.strings(rule, "managedFieldsManagers", path),
    },
  ];
}

interface Filter {
  readonly apiGroups: readonly string[];
  readonly kinds: readonly string[];
  readonly clusters: readonly string[];
}

/** An exclusion beats an inclusion; with inclusions only what they name is managed. */
function exclusionsOf(data: ReadonlyMap<string, string>, reader: Reader): Settings["isExcluded"] {
  const exclusions = filters("resource.exclusions", data, reader);
  const inclusions = filters("resource.inclusions", data, reader);
  if (exclusions.length === 0 && inclusions.length === 0) return () => false;
  return ({ group, kind }, server) => {
    const matches = (filter: Filter): boolean =>
      anyGlob(filter.apiGroups, group) && anyGlob(filter.kinds, kind) && anyGlob(filter.clusters, server);
    return exclusions.some(matches) || (inclusions.length > 0 && !inclusions.some(matches));
  };
}

function anyGlob(globs: readonly string[], text: string): boolean {
  return globs.length === 0 || globs.some((glob) => globMatches(glob, text));
}

function filters(key: string, data: ReadonlyMap<string, string>, reader: Reader): Filter[] {
  const text = data.get(key);
  if (!text) return [];
  const value = yamlOf(`data.${key}`, text, reader);
  return reader.objects({ list: value as never }, "list", `data.${key}`).map(({ value: entry, path }) => ({
    apiGroups: reader.strings(entry, "apiGroups", path),
    kinds: reader.strings(entry, "kinds", path),
    clusters: reader.strings(entry, "clusters", path),
  }));
}

function yamlOf(path: string, text: string, reader: Reader): unknown {
  try {
    return decodeYaml(text);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    reader.fault(path, `is not YAML: ${error.problems[0]?.message ?? ""}`);
    return undefined;
  }
}
