import type { JsonObject } from "@fairlead/base";
import type { ObjectMeta } from "../object/types.ts";
import { labelKeyFaults } from "../selector/syntax.ts";
import { eachOf, named, oneOf, mustBeOneOf, requiredName, structOf, structsOf, textOf, textsOf } from "./access.ts";
import { at, child, duplicate, forbidden, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { admissionFault, compileAdmission, type AdmissionScope } from "../crd/cel/admission.ts";
import { ERROR, type CelType } from "../crd/cel/types.ts";
import { validateSelector } from "./metadata.ts";
import { dns1035Label, dns1123Subdomain, pathSegment } from "./names.ts";
import { validateMatchConditions, validateRuleWithOperations } from "./webhooks.ts";

/** A ValidatingAdmissionPolicy. Its expressions are compiled with objects of any shape, as their kinds may change. */
export function validateAdmissionPolicy(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const errors: FieldError[] = mustBeOneOf(spec, "failurePolicy", "spec", ["Fail", "Ignore"]);
  const kind = structOf(spec, "paramKind");
  if (kind) errors.push(...paramKindFaults(kind, "spec.paramKind"));
  const constraints = structOf(spec, "matchConstraints");
  if (!constraints) errors.push(required("spec.matchConstraints"));
  else {
    errors.push(...matchFaults(constraints, "spec.matchConstraints"));
    if (structsOf(constraints, "resourceRules").length === 0) {
      errors.push(required("spec.matchConstraints.resourceRules"));
    }
  }
  const plain: AdmissionScope = { hasParams: kind !== undefined, hasAuthorizer: true };
  errors.push(...validateMatchConditions(spec ?? {}, "spec", plain));
  const { scope, faults } = variablesOf(spec, plain);
  errors.push(...faults);
  if (structsOf(spec, "validations").length === 0 && structsOf(spec, "auditAnnotations").length === 0) {
    const text = "validations or auditAnnotations must contain at least one item";
    return [...errors, required("spec.validations", text), required("spec.auditAnnotations", text)];
  }
  const name = (object["metadata"] as ObjectMeta).name ?? "";
  return [
    ...errors,
    ...eachOf(spec, "validations", "spec", (validation, path) => validationFaults(validation, path, scope)),
    ...auditFaults(spec, name, scope),
  ];
}

function paramKindFaults(kind: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const inner = child(path, "apiVersion");
  const apiVersion = textOf(kind, "apiVersion");
  const slash = apiVersion.indexOf("/");
  const [group, version] = slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  if (apiVersion === "") errors.push(required(inner));
  else if (version.includes("/")) {
    errors.push(invalid(inner, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  } else {
    const groupFaults = group === "" ? [] : dns1123Subdomain(group);
    if (groupFaults.length > 0) errors.push(invalid(inner, group, groupFaults.join(",")));
    const versionFaults = dns1035Label(version);
    if (version === "") errors.push(invalid(inner, apiVersion, "version must be specified"));
    else if (versionFaults.length > 0) errors.push(invalid(inner, version, versionFaults.join(",")));
  }
  const name = textOf(kind, "kind");
  const faults = dns1035Label(name.toLowerCase());
  if (name === "") errors.push(required(child(path, "kind")));
  else if (faults.length > 0) {
    const text = `may have mixed case, but should otherwise match: ${faults.join(",")}`;
    errors.push(invalid(child(path, "kind"), name, text));
  }
  return errors;
}

function matchFaults(match: JsonObject, path: string): FieldError[] {
  const errors = mustBeOneOf(match, "matchPolicy", path, ["Equivalent", "Exact"]);
  for (const name of ["namespaceSelector", "objectSelector"]) {
    const selector = structOf(match, name);
    errors.push(...(selector ? validateSelector(selector, child(path, name)) : [required(child(path, name))]));
  }
  return [
    ...errors,
    ...eachOf(match, "resourceRules", path, namedRuleFaults),
    ...eachOf(match, "excludeResourceRules", path, namedRuleFaults),
  ];
}

function namedRuleFaults(rule: JsonObject, path: string): FieldError[] {
  const names = textsOf(rule, "resourceNames");
  const errors = names.flatMap((name, index) => {
    const inner = at(child(path, "resourceNames"), index);
    return [...named(name, inner, pathSegment), ...(names.indexOf(name) < index ? [duplicate(inner, name)] : [])];
  });
  return [...errors, ...validateRuleWithOperations(rule, path)];
}

/** Variables in order: each may use those before it. One that does not compile makes no further fault where it is used. */
function variablesOf(
  spec: JsonObject | undefined,
  plain: AdmissionScope,
): { readonly scope: AdmissionScope; readonly faults: FieldError[] } {
  const types = new Map<string, CelType>();
  const faults = eachOf(spec, "variables", "spec", (variable, path) => {
    const errors: FieldError[] = [];
    const name = textOf(variable, "name");
    if (name.trim() === "") errors.push(required(child(path, "name"), "name is not specified"));
    else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name)) {
      errors.push(invalid(child(path, "name"), name, "must be a valid CEL identifier"));
    }
    const expression = textOf(variable, "expression");
    if (expression.trim() === "") {
      errors.push(required(child(path, "expression"), "expression is not specified"));
      return errors;
    }
    const { type, fault } = compileAdmission(expression, { ...plain, variables: types });
    if (fault !== undefined)
      errors.push(invalid(child(path, "expression"), expression, `compilation failed: ${fault}`));
    types.set(name, fault === undefined ? type : ERROR);
    return errors;
  });
  return { scope: types.size > 0 ? { ...plain, variables: types } : plain, faults };
}

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];

function validationFaults(validation: JsonObject, path: string, scope: AdmissionScope): FieldError[] {
  const errors: FieldError[] = [];
  const [expression, message, messageExpression] = ["expression", "message", "messageExpression"].map((name) =>
    textOf(validation, name),
  ) as [string, string, string];
  if (expression.trim() === "") errors.push(required(child(path, "expression"), "expression is not specified"));
  else errors.push(...expressionFaults(expression, child(path, "expression"), scope, ["bool"]));
  if (messageExpression.trim() !== "") {
    const unauthorized = { ...scope, hasAuthorizer: false };
    errors.push(...expressionFaults(messageExpression, child(path, "messageExpression"), unauthorized, ["string"]));
  }
  for (const [name, value] of [
    ["messageExpression", messageExpression],
    ["message", message],
  ] as const) {
    if (value !== "" && value.trim() === "") {
      errors.push(invalid(child(path, name), value, "must be non-empty if specified"));
    }
  }
  if (/[\n\r]/.test(message.trim())) {
    errors.push(invalid(child(path, "message"), message, "must not contain line breaks"));
  }
  const { reason } = validation;
  if (typeof reason === "string" && !REASONS.includes(reason)) {
    errors.push(notSupported(child(path, "reason"), reason, REASONS));
  }
  return errors;
}

function expressionFaults(text: string, path: string, scope: AdmissionScope, wanted: readonly string[]): FieldError[] {
  const fault = admissionFault(text, scope, wanted);
  return fault === undefined ? [] : [invalid(path, text, fault)];
}

function auditFaults(spec: JsonObject | undefined, policy: string, scope: AdmissionScope): FieldError[] {
  const seen = new Set<string>();
  return eachOf(spec, "auditAnnotations", "spec", (annotation, path) => {
    const key = textOf(annotation, "key");
    const inner = child(path, "key");
    const errors =
      policy === ""
        ? [invalid(inner, key, "requires metadata.name be non-empty")]
        : labelKeyFaults(`${policy}/${key}`).map((fault) => invalid(inner, `${policy}/${key}`, fault));
    const expression = textOf(annotation, "valueExpression");
    const place = child(path, "valueExpression");
    if (expression.trim() === "") errors.push(required(place, "valueExpression is not specified"));
    else errors.push(...expressionFaults(expression, place, scope, ["string", "null_type"]));
    if (seen.has(key)) errors.push(duplicate(inner, key));
    seen.add(key);
    return errors;
  });
}

const ACTIONS = ["Audit", "Deny", "Warn"];

export function validateAdmissionPolicyBinding(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const errors = requiredName(spec, "policyName", "spec", dns1123Subdomain);
  const ref = structOf(spec, "paramRef");
  if (ref) errors.push(...paramRefFaults(ref, "spec.paramRef"));
  const match = structOf(spec, "matchResources");
  if (match) errors.push(...matchFaults(match, "spec.matchResources"));
  const actions = textsOf(spec, "validationActions");
  const path = "spec.validationActions";
  for (const [index, action] of actions.entries()) {
    if (!ACTIONS.includes(action)) errors.push(notSupported(at(path, index), action, ACTIONS));
    if (actions.indexOf(action) < index) errors.push(duplicate(at(path, index), action));
  }
  if (actions.includes("Deny") && actions.includes("Warn")) {
    const text =
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
    errors.push(invalid(path, actions, text));
  }
  if (actions.length === 0) errors.push(required(path, "at least one validation action is required"));
  return errors;
}

function paramRefFaults(ref: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const name = textOf(ref, "name");
  const selector = structOf(ref, "selector");
  const exclusive = "name and selector are mutually exclusive";
  if (name !== "") errors.push(...named(name, child(path, "name"), pathSegment));
  if (name !== "" && selector) errors.push(forbidden(child(path, "name"), exclusive));
  if (selector) errors.push(...validateSelector(selector, child(path, "selector")));
  if (name !== "" && selector) errors.push(forbidden(child(path, "selector"), exclusive));
  if (name === "" && !selector) errors.push(required(path, "one of name or selector must be specified"));
  return [...errors, ...oneOf(ref, "parameterNotFoundAction", path, ["Deny", "Allow"])];
}
