import type { JsonObject } from "@fairlead/base";
import { admissionFault, type AdmissionScope } from "../crd/cel/admission.ts";
import { eachOf, has, numberOf, oneOfIfSet, structOf, structsOf, textOf, textsOf } from "./access.ts";
import { at, child, duplicate, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { validateSelector } from "./metadata.ts";
import { dns1035Label, dns1123Subdomain, portNumber } from "./names.ts";
import { labelKeyFaults } from "../selector/syntax.ts";

/** A ValidatingWebhookConfiguration. */
export function validateValidatingWebhooks(object: JsonObject): FieldError[] {
  return webhooks(object, false);
}

export function validateMutatingWebhooks(object: JsonObject): FieldError[] {
  return webhooks(object, true);
}

function webhooks(object: JsonObject, isMutating: boolean): FieldError[] {
  const seen = new Set<string>();
  return eachOf(object, "webhooks", "", (hook, path) => {
    const errors = [...webhook(hook, path, isMutating), ...reviewVersions(hook, path)];
    const name = textOf(hook, "name");
    if (name !== "" && seen.has(name)) errors.push(duplicate(child(path, "name"), name));
    seen.add(name);
    return errors;
  });
}

function reviewVersions(hook: JsonObject, path: string): FieldError[] {
  const versions = textsOf(hook, "admissionReviewVersions");
  return validateReviewVersions(versions, child(path, "admissionReviewVersions"), "must specify one of v1, v1beta1");
}

const SIDE_EFFECTS = ["None", "NoneOnDryRun"];

function webhook(hook: JsonObject, path: string, isMutating: boolean): FieldError[] {
  const errors: FieldError[] = [...fullyQualified(textOf(hook, "name"), child(path, "name"))];
  errors.push(...eachOf(hook, "rules", path, validateRuleWithOperations));
  errors.push(...oneOfIfSet(hook, "failurePolicy", path, ["Fail", "Ignore"]));
  errors.push(...oneOfIfSet(hook, "matchPolicy", path, ["Equivalent", "Exact"]));
  const effects = hook["sideEffects"];
  const inner = child(path, "sideEffects");
  if (typeof effects !== "string") errors.push(required(inner, `must specify one of ${SIDE_EFFECTS.join(", ")}`));
  else if (!SIDE_EFFECTS.includes(effects)) errors.push(notSupported(inner, effects, SIDE_EFFECTS));
  const timeout = numberOf(hook, "timeoutSeconds");
  if (timeout !== undefined && (timeout > 30 || timeout < 1)) {
    const text = "the timeout value must be between 1 and 30 seconds";
    errors.push(invalid(child(path, "timeoutSeconds"), timeout, text));
  }
  for (const name of ["namespaceSelector", "objectSelector"]) {
    const selector = structOf(hook, name);
    if (selector) errors.push(...validateSelector(selector, child(path, name)));
  }
  if (isMutating) errors.push(...oneOfIfSet(hook, "reinvocationPolicy", path, ["IfNeeded", "Never"]));
  errors.push(...validateClientConfig(structOf(hook, "clientConfig") ?? {}, child(path, "clientConfig")));
  return [...errors, ...validateMatchConditions(hook, path)];
}

/** At least three labels. */
function fullyQualified(name: string, path: string): FieldError[] {
  if (name === "") return [required(path)];
  const faults = dns1123Subdomain(name);
  if (faults.length > 0) return [invalid(path, name, faults.join(","))];
  if (name.split(".").length < 3) {
    return [invalid(path, name, "should be a domain with at least three segments separated by dots")];
  }
  return [];
}

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

export function validateRuleWithOperations(rule: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const operations = textsOf(rule, "operations");
  const inner = child(path, "operations");
  if (operations.length === 0) errors.push(required(inner));
  if (operations.length > 1 && operations.includes("*")) {
    errors.push(invalid(inner, operations, "if '*' is present, must not specify other operations"));
  }
  for (const [index, operation] of operations.entries()) {
    if (!OPERATIONS.includes(operation)) errors.push(notSupported(at(inner, index), operation, OPERATIONS));
  }
  return [...errors, ...ruleFaults(rule, path)];
}

function ruleFaults(rule: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, what] of [
    ["apiGroups", "API groups"],
    ["apiVersions", "API versions"],
  ] as const) {
    const values = textsOf(rule, name);
    if (values.length === 0) errors.push(required(child(path, name)));
    if (values.length > 1 && values.includes("*")) {
      errors.push(invalid(child(path, name), values, `if '*' is present, must not specify other ${what}`));
    }
  }
  for (const [index, version] of textsOf(rule, "apiVersions").entries()) {
    if (version === "") errors.push(required(at(child(path, "apiVersions"), index)));
  }
  errors.push(...resourceFaults(textsOf(rule, "resources"), child(path, "resources")));
  errors.push(...scopeFaults(rule, path));
  return errors;
}

function scopeFaults(rule: JsonObject, path: string): FieldError[] {
  const { scope } = rule;
  const scopes = ["*", "Cluster", "Namespaced"];
  if (typeof scope !== "string" || scopes.includes(scope)) return [];
  return [notSupported(child(path, "scope"), scope, scopes)];
}

function resourceFaults(resources: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = resources.length === 0 ? [required(path)] : [];
  const allOfResource = new Set<string>();
  const allOfSubresource = new Set<string>();
  // Only the last plain resource counts, as in the server.
  let hasPlain = false;
  for (const [index, text] of resources.entries()) {
    if (text === "") {
      errors.push(required(at(path, index)));
      continue;
    }
    const slash = text.indexOf("/");
    if (slash < 0) {
      hasPlain = text !== "*";
      continue;
    }
    const [resource, subresource] = [text.slice(0, slash), text.slice(slash + 1)];
    const exclusive = (pattern: string): void =>
      void errors.push(invalid(at(path, index), text, `if '${pattern}' is present, must not specify ${text}`));
    if (allOfResource.has(resource)) exclusive(`${resource}/*`);
    if (allOfSubresource.has(subresource)) exclusive(`*/${subresource}`);
    if (subresource === "*") allOfResource.add(resource);
    if (resource === "*") allOfSubresource.add(subresource);
  }
  if (resources.length > 1 && resources.includes("*/*")) {
    errors.push(invalid(path, [...resources], "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes("*") && hasPlain) {
    const text = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(path, [...resources], text));
  }
  return errors;
}

export function validateReviewVersions(versions: readonly string[], path: string, whenNone: string): FieldError[] {
  if (versions.length === 0) return [required(path, whenNone)];
  const errors: FieldError[] = [];
  for (const [index, version] of versions.entries()) {
    if (versions.indexOf(version) < index) errors.push(invalid(at(path, index), version, "duplicate version"));
    else for (const fault of dns1035Label(version)) errors.push(invalid(at(path, index), version, fault));
  }
  if (!versions.includes("v1") && !versions.includes("v1beta1")) {
    errors.push(invalid(path, [...versions], "must include at least one of v1, v1beta1"));
  }
  return errors;
}

/** Where a webhook listens. */
export function validateClientConfig(config: JsonObject, path: string): FieldError[] {
  const service = structOf(config, "service");
  if (has(config, "url") === (service !== undefined)) {
    return [required(path, "exactly one of url or service is required")];
  }
  return service
    ? serviceFaults(service, child(path, "service"))
    : urlFaults(textOf(config, "url"), child(path, "url"));
}

const FORM = "; desired format: https://host[/path]";

function urlFaults(text: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?[^?#]*(\?[^#]*)?(#.*)?$/.exec(text);
  const [, scheme = "", authority = "", query = "", fragment = ""] = match ?? [];
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (scheme.toLowerCase() !== "https") {
    errors.push(invalid(path, scheme.toLowerCase(), `'https' is the only allowed URL scheme${FORM}`));
  }
  if (host === "") errors.push(invalid(path, "", `host must be specified${FORM}`));
  if (authority.includes("@")) {
    const user = authority.slice(0, authority.lastIndexOf("@"));
    errors.push(invalid(path, user, "user information is not permitted in the URL"));
  }
  if (fragment.length > 1) errors.push(invalid(path, fragment.slice(1), "fragments are not permitted in the URL"));
  if (query.length > 1) errors.push(invalid(path, query.slice(1), "query parameters are not permitted in the URL"));
  return errors;
}

function serviceFaults(service: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  // The server hands name and namespace over in the wrong order, so each is missed under the other's name.
  if (textOf(service, "namespace") === "") errors.push(required(child(path, "name")));
  if (textOf(service, "name") === "") errors.push(required(child(path, "namespace")));
  const port = numberOf(service, "port") ?? 0;
  const faults = portNumber(port);
  if (faults.length > 0) errors.push(invalid(child(path, "port"), port, `port is not valid: ${faults.join(", ")}`));
  const { path: url } = service;
  if (typeof url === "string") errors.push(...pathFaults(url, child(path, "path")));
  return errors;
}

function pathFaults(url: string, path: string): FieldError[] {
  if (url === "" || url === "/") return [];
  if (url === "//") return [invalid(path, url, "segment[0] may not be empty")];
  const errors: FieldError[] = url.startsWith("/") ? [] : [invalid(path, url, "must start with a '/'")];
  for (const [index, step] of url.slice(1).replace(/\/$/, "").split("/").entries()) {
    if (step === "") errors.push(invalid(path, url, `segment[${index}] may not be empty`));
    else for (const fault of dns1123Subdomain(step)) errors.push(invalid(path, url, `segment[${index}]: ${fault}`));
  }
  return errors;
}

/** Conditions in CEL that narrow what a webhook or policy is asked about. */
/** Conditions are named once each and compile to bool. */
export function validateMatchConditions(
  owner: JsonObject,
  path: string,
  scope: AdmissionScope = { hasParams: false, hasAuthorizer: true },
): FieldError[] {
  const inner = child(path, "matchConditions");
  const seen = new Set<string>();
  return structsOf(owner, "matchConditions").flatMap((condition, index) => {
    const errors: FieldError[] = [];
    const name = textOf(condition, "name");
    const expression = textOf(condition, "expression");
    if (expression.trim() === "") errors.push(required(child(at(inner, index), "expression")));
    else {
      const fault = admissionFault(expression, scope, ["bool"]);
      if (fault !== undefined) errors.push(invalid(child(at(inner, index), "expression"), expression, fault));
    }
    if (name === "") errors.push(required(child(at(inner, index), "name")));
    else {
      for (const fault of labelKeyFaults(name)) errors.push(invalid(child(at(inner, index), "name"), name, fault));
      if (seen.has(name)) errors.push(duplicate(child(at(inner, index), "name"), name));
      seen.add(name);
    }
    return errors;
  });
}
