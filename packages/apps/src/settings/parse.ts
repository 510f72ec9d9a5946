import { isJsonObject, type JsonObject, type Problem } from "@fairlead/base";
import { luaSettings, type KubeObject, type LuaCheck } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import { decodeYaml } from "@fairlead/yaml";
import type { IgnoreDifferences } from "../application/types.ts";
import { globMatches } from "../glob.ts";
import { parsePlugins } from "../plugin/parse.ts";
import type { Plugin } from "../plugin/types.ts";
import { LIMITS } from "../limits.ts";
import { Reader } from "../reader.ts";
import { compareOptions, rulesOf, updateRules, yamlOf, type CompareOptions } from "./rules.ts";
import { DEFAULT_TRACKING, type Tracking } from "../sync/tracking.ts";

/** What an installation sets for all applications, from Argo CD's ConfigMaps (facts/argocd.md §1.4–1.6). */
export interface Settings extends CompareOptions {
  readonly tracking: Tracking;
  /** System-wide rules; they come before an application's own. */
  readonly ignoreDifferences: readonly IgnoreDifferences[];
  /** Changes of an object that touch nothing but these fields are no reason to look at its application. */
  readonly ignoreUpdates: readonly IgnoreDifferences[];
  /** Whether syncs act as the project's destinationServiceAccounts. */
  readonly impersonates: boolean;
  /** Checks of health in Lua, from `resource.customizations`. */
  readonly healthChecks: readonly LuaCheck[];
  /** Armoured public keys by name, for signature checks. */
  readonly gpgKeys: ReadonlyMap<string, string>;
  /** How often repositories are looked at when nobody tells us that they moved. 0: never. */
  readonly pollMs: number;
  readonly pollJitterMs: number;
  /** Longest body of a webhook. */
  readonly webhookBytesMax: number;
  /** Kinds that are never managed. */
  readonly isExcluded: (kind: { readonly group: string; readonly kind: string }, server: string) => boolean;
  /** `controller.resource.health.persist`; ours is on unless it says false. */
  readonly persistResourceHealth: boolean;
  /** Config management plugins that may run; none unless they are switched on. */
  readonly plugins: readonly Plugin[];
  /** Flags of `kustomize build` by the version an application asks for; under "" those for all others. */
  readonly kustomizeBuildOptions: ReadonlyMap<string, string>;
  /** Secrets that hold keys for encrypted files, by project; under "" that for all others. */
  readonly sopsSecrets: ReadonlyMap<string, string>;
}

export const CONFIG_MAP_KIND = { apiVersion: "v1", kind: "ConfigMap" } as const;

export const DEFAULT_SETTINGS: Settings = {
  tracking: DEFAULT_TRACKING,
  ignoreDifferences: [],
  ignoreUpdates: [],
  ignoresAggregatedRoles: false,
  comparesStatus: "never",
  impersonates: false,
  healthChecks: [],
  gpgKeys: new Map(),
  pollMs: LIMITS.pollMs,
  pollJitterMs: LIMITS.pollJitterMs,
  webhookBytesMax: LIMITS.webhookBytesMax,
  isExcluded: isAlwaysExcluded,
  persistResourceHealth: true,
  plugins: [],
  kustomizeBuildOptions: new Map(),
  sopsSecrets: new Map(),
};

/** Reads `argocd-cm` and `argocd-cmd-params-cm`; both may be absent. A setting that cannot be used is reported and left at its default. */
export async function readSettings(
  hub: KubeClient,
  namespace: string,
): Promise<{ settings: Settings; problems: readonly Problem[] }> {
  const found = await Promise.all(SETTINGS_MAPS.map((name) => hub.find(CONFIG_MAP_KIND, name, namespace)));
  return parseSettings(...found);
}

/** In the order in which parseSettings takes them. */
export const SETTINGS_MAPS = ["argocd-cm", "argocd-cmd-params-cm", "argocd-gpg-keys-cm"] as const;

export function parseSettings(
  cm?: KubeObject,
  params?: KubeObject,
  keys?: KubeObject,
): { settings: Settings; problems: readonly Problem[] } {
  const reader = new Reader("InvalidSettings", "ConfigMap argocd-cm");
  const data = dataOf(cm);
  const settings: Settings = {
    tracking: trackingOf(data, reader),
    ignoreDifferences: rulesOf("ignoreDifferences", data, reader),
    ignoreUpdates: updateRules(data, reader),
    ...compareOptions(data, reader),
    impersonates: data.get("application.sync.impersonation.enabled") === "true",
    healthChecks: healthChecksOf(data, reader),
    gpgKeys: dataOf(keys),
    pollMs: durationOf("timeout.reconciliation", data, reader) ?? LIMITS.pollMs,
    pollJitterMs: durationOf("timeout.reconciliation.jitter", data, reader) ?? LIMITS.pollJitterMs,
    webhookBytesMax: megabytesOf("webhook.maxPayloadSizeMB", data, reader) ?? LIMITS.webhookBytesMax,
    isExcluded: exclusionsOf(data, reader),
    persistResourceHealth: dataOf(params).get("controller.resource.health.persist") !== "false",
    plugins: pluginsOf(data, dataOf(params).get("plugins.enabled") === "true", reader),
    kustomizeBuildOptions: valuesBelow("kustomize.buildOptions", data),
    sopsSecrets: valuesBelow("sops.secret", data),
  };
  return { settings, problems: reader.problems };
}

function dataOf(object: KubeObject | undefined): ReadonlyMap<string, string> {
  const data = isJsonObject(object?.["data"]) ? (object["data"] as JsonObject) : {};
  return new Map(
    Object.entries(data).flatMap(([key, value]) => (typeof value === "string" ? [[key, value] as const] : [])),
  );
}

/** Of `key` and `key.NAME`, by NAME; the key's own under "". */
function valuesBelow(key: string, data: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...data].flatMap(([name, value]) => {
      if (name === key) return [["", value] as const];
      return name.startsWith(`${key}.`) ? [[name.slice(key.length + 1), value] as const] : [];
    }),
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
  const installationId = data.get("installationID") || undefined;
  return { method: known ?? "annotation", labelKey, ...(installationId ? { installationId } : {}) };
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

function healthChecksOf(data: ReadonlyMap<string, string>, reader: Reader): readonly LuaCheck[] {
  const { checks, problems } = luaSettings(Object.fromEntries(data), (text) => decodeYaml(text));
  reader.problems.push(...problems);
  return checks;
}

function durationOf(key: string, data: ReadonlyMap<string, string>, reader: Reader): number | undefined {
  return reader.duration({ [key]: data.get(key) ?? null }, key, "data");
}

function megabytesOf(key: string, data: ReadonlyMap<string, string>, reader: Reader): number | undefined {
  const text = data.get(key);
  if (!text) return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text) * 1024 * 1024;
  reader.fault(`data.${key}`, `must be a whole number of megabytes, not ${JSON.stringify(text)}`);
  return undefined;
}

interface Filter {
  readonly apiGroups: readonly string[];
  readonly kinds: readonly string[];
  readonly clusters: readonly string[];
}

/** Kinds that come and go by themselves and that no installation of Argo CD manages (facts/argocd.md §1.6). */
function isAlwaysExcluded({ group, kind }: { readonly group: string; readonly kind: string }): boolean {
  if (group === "events.k8s.io" || group === "metrics.k8s.io") return true;
  return (group === "" && kind === "Event") || (group === "coordination.k8s.io" && kind === "Lease");
}

/** An exclusion beats an inclusion; with inclusions only what they name is managed. */
function exclusionsOf(data: ReadonlyMap<string, string>, reader: Reader): Settings["isExcluded"] {
  const exclusions = filters("resource.exclusions", data, reader);
  const inclusions = filters("resource.inclusions", data, reader);
  if (exclusions.length === 0 && inclusions.length === 0) return isAlwaysExcluded;
  return ({ group, kind }, server) => {
    if (isAlwaysExcluded({ group, kind })) return true;
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
