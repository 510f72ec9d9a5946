import { labelSelectorFromObject, matchesLabels, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { Store } from "../storage/store.ts";
import type { AdmissionRequest } from "./types.ts";

/** Whether rules of a webhook or policy are about this request (apiserver's predicates/rules). */
export function matchesRules(rules: readonly JsonObject[], request: AdmissionRequest): boolean {
  return rules.some((rule) => matchesRule(rule, request));
}

function matchesRule(rule: JsonObject, request: AdmissionRequest): boolean {
  const { resource, subresource, operation } = request;
  const scope = rule["scope"] ?? "*";
  const isScope = scope === "*" || (scope === "Namespaced") === resource.namespaced;
  const has = (field: string, value: string): boolean => {
    const values = textsIn(rule[field]);
    return values.includes("*") || values.includes(value);
  };
  const names = textsIn(rule["resourceNames"]);
  return (
    isScope &&
    has("operations", operation) &&
    has("apiGroups", resource.group) &&
    has("apiVersions", resource.version) &&
    textsIn(rule["resources"]).some((wanted) => matchesResource(wanted, resource.plural, subresource)) &&
    (names.length === 0 || names.includes(request.name))
  );
}

/** `*` are all resources without subresources, `x/*` all subresources, a `*` with a slash everything. */
function matchesResource(wanted: string, plural: string, subresource: string): boolean {
  const [resource = "", sub = ""] = wanted.split("/");
  if (wanted === "*/*") return true;
  if (resource !== "*" && resource !== plural) return false;
  return sub === "*" ? subresource !== "" || wanted.startsWith("*/") : sub === subresource;
}

/** Whether the namespace's labels are selected; cluster-scoped objects always are, namespaces by their own labels. */
export function matchesNamespace(selector: Json | undefined, request: AdmissionRequest, store: Store): boolean {
  if (!isJsonObject(selector) || Object.keys(selector).length === 0) return true;
  const { resource } = request;
  const parsed = labelSelectorFromObject(selector);
  if (resource.group === "" && resource.kind === "Namespace") {
    return matchesLabels(parsed, (request.object ?? request.oldObject)?.metadata.labels);
  }
  if (!resource.namespaced) return true;
  const namespace = store.getForWrite({ resource: "/namespaces", namespace: "", name: request.namespace });
  return matchesLabels(parsed, namespace?.labels);
}

/** Whether the new or the old object is selected. */
export function matchesObject(selector: Json | undefined, request: AdmissionRequest): boolean {
  if (!isJsonObject(selector) || Object.keys(selector).length === 0) return true;
  const parsed = labelSelectorFromObject(selector);
  const isSelected = (object: KubeObject | undefined): boolean =>
    object !== undefined && matchesLabels(parsed, object.metadata.labels);
  return isSelected(request.object) || isSelected(request.oldObject);
}

/** Configurations of admission are not subject to it: a broken one could never be mended. */
export function isExempt(request: AdmissionRequest): boolean {
  return request.context.isInternal === true || request.resource.group === "admissionregistration.k8s.io";
}

export function textsIn(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
