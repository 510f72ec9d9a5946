import { isJsonObject, problemsOf, type Json } from "@fairlead/base";
import { labelSelectorFromObject, type KubeObject, type LabelSelector } from "@fairlead/apimachinery";
import { IN_CLUSTER, type Row } from "../application-set/types.ts";
import { printScalar } from "../template/flatten.ts";
import { configData, secretData } from "./secrets.ts";
import { isEmptySelectorObject } from "./selector.ts";
import { ask, fail, withValues, type Leaf } from "./scope.ts";

/** Clusters another controller decided on, in the status of a resource of any kind (facts/argocd.md §1.11). */
export function decisionRows(leaf: Leaf): Row[] {
  const { controlNamespace } = leaf.scope.settings;
  const mapName = leaf.fields.required("configMapRef");
  if (mapName === "") return [];
  const configMap = leaf.scope.facts.objects.configMap(controlNamespace, mapName);
  if (!configMap) {
    fail(leaf, `there is no ConfigMap ${controlNamespace}/${mapName}`);
    return [];
  }
  const wanted = readSelection(leaf);
  const read = readConfig(leaf, configMap);
  if (!wanted || !read) return [];
  const { name, selector } = wanted;
  const query = { apiVersion: read.apiVersion, plural: read.plural, namespace: controlNamespace, name, selector };
  const key = JSON.stringify(["resources", query]);
  const resources = ask<"resources">(leaf, { kind: "resources", key, query });
  if (resources === undefined) return [];
  if (resources.length === 0) {
    const what = name === undefined ? "with these labels" : `with the name ${JSON.stringify(name)}`;
    fail(leaf, `there is no ${read.plural} ${what} in ${controlNamespace}`);
    return [];
  }
  const decisions = resources.flatMap((resource) => decisionsOf(leaf, resource, read.listKey));
  return decisions.flatMap((decision) => rowOf(leaf, decision, read.matchKey));
}

function readSelection(leaf: Leaf): { name: string | undefined; selector: LabelSelector | undefined } | undefined {
  const name = leaf.fields.text("name") || undefined;
  const labels = leaf.fields.object["labelSelector"];
  const hasLabels = !isEmptySelectorObject(labels);
  if ((name !== undefined) === hasLabels) {
    fail(
      leaf,
      name === undefined ? "has neither a name nor a labelSelector" : "has both a name and a labelSelector",
      "give one of them",
    );
    return undefined;
  }
  if (!hasLabels) return { name, selector: undefined };
  try {
    return { name, selector: labelSelectorFromObject(labels) };
  } catch (error) {
    leaf.scope.faults.take(`${leaf.path}.labelSelector`, problemsOf(error));
    return undefined;
  }
}

function readConfig(
  leaf: Leaf,
  configMap: KubeObject,
): { apiVersion: string; plural: string; listKey: string; matchKey: string } | undefined {
  const apiVersion = configData(configMap, "apiVersion") ?? "";
  const plural = configData(configMap, "kind") ?? "";
  const matchKey = configData(configMap, "matchKey") ?? "";
  const at = `ConfigMap ${configMap.metadata.name ?? ""}`;
  if (!/^[^/]+\/[^/]+$/.test(apiVersion))
    fail(leaf, `${at}: data.apiVersion is ${JSON.stringify(apiVersion)}, not group/version`);
  if (plural === "") fail(leaf, `${at}: data.kind is missing`, "the plural, as placementdecisions");
  if (matchKey === "")
    fail(leaf, `${at}: data.matchKey is missing`, "the field of a decision that is the cluster's name");
  if (!/^[^/]+\/[^/]+$/.test(apiVersion) || plural === "" || matchKey === "") return undefined;
  return { apiVersion, plural, matchKey, listKey: configData(configMap, "statusListKey") || "clusters" };
}

/** Of one resource; none while it has no status yet. */
function decisionsOf(leaf: Leaf, resource: KubeObject, listKey: string): Json[] {
  const status = resource["status"];
  const list = isJsonObject(status) ? status[listKey] : undefined;
  if (list === undefined || list === null) return [];
  if (Array.isArray(list)) return list;
  fail(leaf, `status.${listKey} of ${resource.kind} ${resource.metadata.name ?? ""} is not a list`);
  return [];
}

function rowOf(leaf: Leaf, decision: Json, matchKey: string): Row[] {
  const value = isJsonObject(decision) ? decision[matchKey] : undefined;
  const name = value === undefined || value === null || typeof value === "object" ? "" : printScalar(value);
  const cluster = name === "" ? undefined : clusterNamed(leaf, name);
  if (!isJsonObject(decision) || cluster === undefined) {
    const what = name === "" ? `has no ${matchKey}` : `names ${JSON.stringify(name)}, and no cluster has that name`;
    leaf.scope.faults.warn("GeneratorFailed", leaf.path, `a decision ${what}; it is left out`);
    return [];
  }
  const row: Record<string, Json> = { ...cluster };
  for (const [key, item] of Object.entries(decision)) {
    if (item !== undefined)
      row[key] = typeof item === "object" && item !== null ? JSON.stringify(item) : printScalar(item);
  }
  return [withValues(leaf, row)];
}

function clusterNamed(leaf: Leaf, name: string): { name: string; server: string } | undefined {
  const secrets = leaf.scope.facts.objects.clusterSecrets();
  const found = secrets.find((secret) => secretData(secret, "name") === name);
  if (found) return { name, server: secretData(found, "server") ?? "" };
  return name === IN_CLUSTER.name ? { ...IN_CLUSTER } : undefined;
}
