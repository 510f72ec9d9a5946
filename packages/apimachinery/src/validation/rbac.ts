import { jsonEqual, type JsonObject } from "@fairlead/base";
import { child, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { eachOf, named, structOf, structsOf, textOf, textsOf } from "./access.ts";
import { validateSelector } from "./metadata.ts";
import { dns1123Subdomain, pathSegment } from "./names.ts";

const GROUP = "rbac.authorization.k8s.io";

function policyRule(rule: JsonObject, path: string, isNamespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const urls = textsOf(rule, "nonResourceURLs");
  const [groups, resources, names] = ["apiGroups", "resources", "resourceNames"].map((name) => textsOf(rule, name)) as [
    string[],
    string[],
    string[],
  ];
  if (textsOf(rule, "verbs").length === 0) {
    errors.push(required(child(path, "verbs"), "verbs must contain at least one value"));
  }
  if (urls.length > 0) {
    const inner = child(path, "nonResourceURLs");
    if (isNamespaced) errors.push(invalid(inner, urls, "namespaced rules cannot apply to non-resource URLs"));
    if (groups.length + resources.length + names.length > 0) {
      errors.push(invalid(inner, urls, "rules cannot apply to both regular resources and non-resource URLs"));
    }
    return errors;
  }
  if (groups.length === 0) {
    errors.push(required(child(path, "apiGroups"), "resource rules must supply at least one api group"));
  }
  if (resources.length === 0) {
    errors.push(required(child(path, "resources"), "resource rules must supply at least one resource"));
  }
  return errors;
}

export function validateRole(role: JsonObject): FieldError[] {
  return eachOf(role, "rules", "", (rule, path) => policyRule(rule, path, true));
}

export function validateClusterRole(role: JsonObject): FieldError[] {
  const errors = eachOf(role, "rules", "", (rule, path) => policyRule(rule, path, false));
  const aggregation = structOf(role, "aggregationRule");
  if (!aggregation) return errors;
  if (structsOf(aggregation, "clusterRoleSelectors").length === 0) {
    const text = "at least one clusterRoleSelector required if aggregationRule is non-nil";
    errors.push(required("aggregationRule.clusterRoleSelectors", text));
  }
  return [...errors, ...eachOf(aggregation, "clusterRoleSelectors", "aggregationRule", aggregationSelector)];
}

/** An unreadable selector is told of twice, the second time without its value. */
function aggregationSelector(selector: JsonObject, path: string): FieldError[] {
  const errors = validateSelector(selector, path);
  return errors.length === 0 ? errors : [...errors, invalid(path, null, "invalid label selector.")];
}

function binding(object: JsonObject, kinds: readonly string[], isNamespaced: boolean): FieldError[] {
  const ref = structOf(object, "roleRef");
  const [group, kind, name] = ["apiGroup", "kind", "name"].map((key) => textOf(ref, key)) as [string, string, string];
  const errors: FieldError[] = [];
  if (group !== GROUP) errors.push(notSupported("roleRef.apiGroup", group, [GROUP]));
  if (!kinds.includes(kind)) errors.push(notSupported("roleRef.kind", kind, kinds));
  if (name === "") errors.push(required("roleRef.name"));
  else errors.push(...named(name, "roleRef.name", pathSegment));
  return [...errors, ...eachOf(object, "subjects", "", (item, path) => subject(item, path, isNamespaced))];
}

function subject(item: JsonObject, path: string, isNamespaced: boolean): FieldError[] {
  const [kind, name, group] = ["kind", "name", "apiGroup"].map((key) => textOf(item, key)) as [string, string, string];
  const errors = name === "" ? [required(child(path, "name"))] : [];
  if (kind === "ServiceAccount") {
    if (name !== "") errors.push(...named(name, child(path, "name"), dns1123Subdomain));
    if (group !== "") errors.push(notSupported(child(path, "apiGroup"), group, [""]));
    if (!isNamespaced && textOf(item, "namespace") === "") errors.push(required(child(path, "namespace")));
    return errors;
  }
  if (kind !== "User" && kind !== "Group") {
    return [...errors, notSupported(child(path, "kind"), kind, ["ServiceAccount", "User", "Group"])];
  }
  return group === GROUP ? errors : [...errors, notSupported(child(path, "apiGroup"), group, [GROUP])];
}

export function validateRoleBinding(object: JsonObject): FieldError[] {
  return binding(object, ["Role", "ClusterRole"], true);
}

export function validateClusterRoleBinding(object: JsonObject): FieldError[] {
  return binding(object, ["ClusterRole"], false);
}

function sameRole(object: JsonObject, before: JsonObject): FieldError[] {
  if (jsonEqual(object["roleRef"], before["roleRef"])) return [];
  const ref = structOf(object, "roleRef");
  const internal = { APIGroup: textOf(ref, "apiGroup"), Kind: textOf(ref, "kind"), Name: textOf(ref, "name") };
  return [invalid("roleRef", internal, "cannot change roleRef")];
}

export function validateRoleBindingUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  return [...validateRoleBinding(object), ...sameRole(object, before)];
}

export function validateClusterRoleBindingUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  return [...validateClusterRoleBinding(object), ...sameRole(object, before)];
}
