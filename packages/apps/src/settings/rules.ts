import { isJsonObject, ProblemError, type JsonObject } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import type { IgnoreDifferences } from "../application/types.ts";
import { Reader } from "../reader.ts";

type Data = ReadonlyMap<string, string>;
type RuleKey = "ignoreDifferences" | "ignoreResourceUpdates";

/** `resource.customizations.<rule>.apps_Deployment` or `….all`, and the older map under `resource.customizations`. */
export function rulesOf(rule: RuleKey, data: Data, reader: Reader): IgnoreDifferences[] {
  const prefix = `resource.customizations.${rule}.`;
  const found = [...data].flatMap(([key, text]) => {
    if (!key.startsWith(prefix)) return [];
    const value = yamlOf(`data.${key}`, text, reader);
    const name = key.slice(prefix.length);
    const cut = name.indexOf("_");
    const group = name === "all" ? "*" : cut < 0 ? "" : name.slice(0, cut);
    const kind = name === "all" ? "*" : name.slice(cut + 1);
    return isJsonObject(value) ? [ruleOf(value as JsonObject, group, kind, `data.${key}`, reader)] : [];
  });
  return [...found, ...wholeRules(rule, data, reader)];
}

function ruleOf(value: JsonObject, group: string, kind: string, path: string, reader: Reader): IgnoreDifferences {
  return {
    group,
    kind,
    jsonPointers: reader.strings(value, "jsonPointers", path),
    jqPathExpressions: reader.strings(value, "jqPathExpressions", path),
    managedFieldsManagers: reader.strings(value, "managedFieldsManagers", path),
  };
}

/** `resource.customizations` as one map from `group/Kind` (`Kind` for the core group, `*` for all) to settings. */
function wholeRules(rule: RuleKey, data: Data, reader: Reader): IgnoreDifferences[] {
  const value = yamlOf("data.resource.customizations", data.get("resource.customizations"), reader);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, settings]) => {
    const own = isJsonObject(settings) ? settings[rule] : undefined;
    const path = `data.resource.customizations ${name} ${rule}`;
    const parsed = typeof own === "string" ? yamlOf(path, own, reader) : own;
    if (!isJsonObject(parsed)) return [];
    const cut = name.lastIndexOf("/");
    const group = name === "*" ? "*" : cut < 0 ? "" : name.slice(0, cut);
    return [ruleOf(parsed as JsonObject, group, name.slice(cut + 1), path, reader)];
  });
}

/** Rules for watch events: on unless switched off, with the rules for differences on top unless that is switched off. */
export function updateRules(data: Data, reader: Reader): IgnoreDifferences[] {
  if (data.get("resource.ignoreResourceUpdatesEnabled") === "false") return [];
  const quiet = new Reader("InvalidSettings", "");
  const options = yamlOf("data.resource.compareoptions", data.get("resource.compareoptions"), quiet);
  const takesDifferences = !isJsonObject(options) || options["ignoreDifferencesOnResourceUpdates"] !== false;
  const differences = takesDifferences ? rulesOf("ignoreDifferences", data, quiet) : [];
  return [...rulesOf("ignoreResourceUpdates", data, reader), ...differences];
}

export interface CompareOptions {
  /** Rules that a controller gathers from other ClusterRoles are its own business. */
  readonly ignoresAggregatedRoles: boolean;
  /** Whether status in Git is compared and sent: never, for every kind but CustomResourceDefinition, or always. */
  readonly comparesStatus: "never" | "all but definitions" | "always";
}

const STATUS_FIELD = new Map<string, CompareOptions["comparesStatus"]>([
  ["all", "never"],
  ["crd", "all but definitions"],
  ["none", "always"],
  ["off", "always"],
  ["false", "always"],
]);

/** `resource.compareoptions` */
export function compareOptions(data: Data, reader: Reader): CompareOptions {
  const path = "data.resource.compareoptions";
  const value = yamlOf(path, data.get("resource.compareoptions"), reader);
  const options = isJsonObject(value) ? (value as JsonObject) : {};
  const text = String(options["ignoreResourceStatusField"] ?? "all");
  const status = STATUS_FIELD.get(text);
  if (!status) reader.fault(`${path}.ignoreResourceStatusField`, `${JSON.stringify(text)} is none of all, crd, none`);
  return {
    ignoresAggregatedRoles: reader.boolean(options, "ignoreAggregatedRoles", path) ?? false,
    comparesStatus: status ?? "never",
  };
}

/** A setting's text as YAML; undefined when there is none or it cannot be read, which is reported. */
export function yamlOf(path: string, text: string | undefined, reader: Reader): unknown {
  if (!text) return undefined;
  try {
    return decodeYaml(text);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    reader.fault(path, `is not YAML: ${error.problems[0]?.message ?? ""}`);
    return undefined;
  }
}
