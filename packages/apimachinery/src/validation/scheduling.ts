import type { JsonObject } from "@fairlead/base";
import { labelKeyFaults, labelValueFaults } from "../selector/syntax.ts";
import { at, child, duplicate, forbidden, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { eachOf, named, numberOf, structOf, structsOf, textOf, textsOf } from "./access.ts";
import { validateSelector } from "./metadata.ts";
import { dns1123Label, dns1123Subdomain } from "./names.ts";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

export function validateTolerations(spec: JsonObject, path: string): FieldError[] {
  return eachOf(spec, "tolerations", path, toleration);
}

function toleration(item: JsonObject, path: string): FieldError[] {
  const [key, operator, value, effect] = ["key", "operator", "value", "effect"].map((name) => textOf(item, name)) as [
    string,
    string,
    string,
    string,
  ];
  const errors = key === "" ? [] : named(key, child(path, "key"), labelKeyFaults);
  if (key === "" && operator !== "Exists") {
    const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(child(path, "operator"), operator, text));
  }
  if (numberOf(item, "tolerationSeconds") !== undefined && effect !== "NoExecute") {
    errors.push(invalid(child(path, "effect"), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (operator === "" || operator === "Equal") {
    const faults = labelValueFaults(value);
    if (faults.length > 0) errors.push(invalid(child(path, "operator"), value, faults.join(";")));
  } else if (operator === "Exists") {
    if (value !== "")
      errors.push(invalid(child(path, "operator"), value, "value must be empty when `operator` is 'Exists'"));
  } else {
    const isComparison = operator === "Lt" || operator === "Gt";
    const supported = isComparison ? ["Equal", "Exists", "Lt", "Gt"] : ["Equal", "Exists"];
    errors.push(notSupported(child(path, "operator"), operator, supported));
  }
  if (effect !== "" && !EFFECTS.includes(effect)) errors.push(notSupported(child(path, "effect"), effect, EFFECTS));
  return errors;
}

export function validateAffinity(spec: JsonObject, path: string): FieldError[] {
  const affinity = structOf(spec, "affinity");
  if (!affinity) return [];
  const inner = child(path, "affinity");
  return [
    ...nodeAffinity(structOf(affinity, "nodeAffinity"), child(inner, "nodeAffinity")),
    ...podAffinity(structOf(affinity, "podAffinity"), child(inner, "podAffinity")),
    ...podAffinity(structOf(affinity, "podAntiAffinity"), child(inner, "podAntiAffinity")),
  ];
}

function nodeAffinity(affinity: JsonObject | undefined, path: string): FieldError[] {
  const selector = structOf(affinity, REQUIRED);
  const errors: FieldError[] = [];
  if (selector) {
    const inner = child(path, REQUIRED);
    if (structsOf(selector, "nodeSelectorTerms").length === 0) {
      errors.push(required(child(inner, "nodeSelectorTerms"), "must have at least one node selector term"));
    }
    errors.push(...eachOf(selector, "nodeSelectorTerms", inner, nodeSelectorTerm));
  }
  return [...errors, ...eachOf(affinity, PREFERRED, path, preferredTerm)];
}

function preferredTerm(term: JsonObject, path: string): FieldError[] {
  return [
    ...weight(term, path),
    ...nodeSelectorTerm(structOf(term, "preference") ?? {}, child(path, "preference"), true),
  ];
}

function weight(term: JsonObject, path: string): FieldError[] {
  const value = numberOf(term, "weight") ?? 0;
  return value > 0 && value <= 100 ? [] : [invalid(child(path, "weight"), value, "must be in the range 1-100")];
}

function nodeSelectorTerm(term: JsonObject, path: string, looseValues: unknown = false): FieldError[] {
  return [
    ...eachOf(term, "matchExpressions", path, (item, inner) => nodeRequirement(item, inner, looseValues === true)),
    ...eachOf(term, "matchFields", path, nodeField),
  ];
}

function nodeRequirement(item: JsonObject, path: string, looseValues: boolean): FieldError[] {
  const [operator, key, values] = [textOf(item, "operator"), textOf(item, "key"), textsOf(item, "values")];
  const inner = child(path, "values");
  const errors: FieldError[] = [];
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) errors.push(required(inner, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0) {
      errors.push(forbidden(inner, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
  } else if (operator === "Gt" || operator === "Lt") {
    if (values.length !== 1)
      errors.push(required(inner, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else errors.push(invalid(child(path, "operator"), operator, "not a valid selector operator"));
  errors.push(...named(key, child(path, "key"), labelKeyFaults));
  if (looseValues) return errors;
  return [...errors, ...values.flatMap((value, index) => named(value, at(inner, index), labelValueFaults))];
}

function nodeField(item: JsonObject, path: string): FieldError[] {
  const [operator, key, values] = [textOf(item, "operator"), textOf(item, "key"), textsOf(item, "values")];
  const errors: FieldError[] = [];
  if (operator === "In" || operator === "NotIn") {
    const text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    if (values.length !== 1) errors.push(required(child(path, "values"), text));
  } else errors.push(invalid(child(path, "operator"), operator, "not a valid selector operator"));
  if (key !== "metadata.name") return [...errors, invalid(child(path, "key"), key, "not a valid field selector key")];
  return [
    ...errors,
    ...values.flatMap((value, index) => named(value, at(child(path, "values"), index), dns1123Subdomain)),
  ];
}

function podAffinity(affinity: JsonObject | undefined, path: string): FieldError[] {
  return [
    ...eachOf(affinity, REQUIRED, path, podAffinityTerm),
    ...eachOf(affinity, PREFERRED, path, (item, inner) => [
      ...weight(item, inner),
      ...podAffinityTerm(structOf(item, "podAffinityTerm") ?? {}, child(inner, "podAffinityTerm")),
    ]),
  ];
}

function podAffinityTerm(term: JsonObject, path: string): FieldError[] {
  const topologyKey = textOf(term, "topologyKey");
  const inner = child(path, "topologyKey");
  return [
    ...validateSelector(structOf(term, "labelSelector"), child(path, "labelSelector")),
    ...validateSelector(structOf(term, "namespaceSelector"), child(path, "namespaceSelector")),
    ...textsOf(term, "namespaces").flatMap((name) => named(name, child(path, "namespace"), dns1123Label)),
    ...(topologyKey === "" ? [required(inner, "can not be empty")] : []),
    ...named(topologyKey, inner, labelKeyFaults),
    ...labelKeys(term, "matchLabelKeys", path),
    ...labelKeys(term, "mismatchLabelKeys", path),
    ...textsOf(term, "matchLabelKeys").flatMap((key, index) =>
      textsOf(term, "mismatchLabelKeys").includes(key)
        ? [
            invalid(
              at(child(path, "matchLabelKeys"), index),
              key,
              "exists in both matchLabelKeys and mismatchLabelKeys",
            ),
          ]
        : [],
    ),
  ];
}

/** Labels of the pod itself that a selector is to be narrowed by. */
function labelKeys(owner: JsonObject, name: string, path: string): FieldError[] {
  const keys = textsOf(owner, name);
  const inner = child(path, name);
  if (keys.length > 0 && !structOf(owner, "labelSelector"))
    return [forbidden(inner, "must not be specified when labelSelector is not set")];
  return keys.flatMap((key, index) => named(key, at(inner, index), labelKeyFaults));
}

const UNSATISFIABLE = ["DoNotSchedule", "ScheduleAnyway"];
const NODE_POLICIES = ["Honor", "Ignore"];

export function validateSpread(spec: JsonObject, path: string): FieldError[] {
  const constraints = structsOf(spec, "topologySpreadConstraints");
  return eachOf(spec, "topologySpreadConstraints", path, (item, inner, index) => {
    const [skew, key, action] = [
      numberOf(item, "maxSkew") ?? 0,
      textOf(item, "topologyKey"),
      textOf(item, "whenUnsatisfiable"),
    ];
    const errors: FieldError[] = [];
    if (skew <= 0) errors.push(invalid(child(inner, "maxSkew"), skew, "must be greater than zero"));
    if (key === "") errors.push(required(child(inner, "topologyKey"), "can not be empty"));
    if (!UNSATISFIABLE.includes(action)) {
      errors.push(notSupported(child(inner, "whenUnsatisfiable"), action, UNSATISFIABLE));
    }
    const isRepeated = constraints
      .slice(index + 1)
      .some((other) => textOf(other, "topologyKey") === key && textOf(other, "whenUnsatisfiable") === action);
    if (isRepeated) {
      errors.push(duplicate(child(inner, "{topologyKey, whenUnsatisfiable}"), `{${key}, ${action}}`));
    }
    return [...errors, ...spreadDetails(item, inner, action)];
  });
}

function spreadDetails(item: JsonObject, path: string, action: string): FieldError[] {
  const errors: FieldError[] = [];
  const domains = numberOf(item, "minDomains");
  if (domains !== undefined && domains <= 0) {
    errors.push(invalid(child(path, "minDomains"), domains, "must be greater than zero"));
  }
  if (domains !== undefined && action !== "DoNotSchedule") {
    const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
    errors.push(invalid(child(path, "minDomains"), domains, text));
  }
  for (const name of ["nodeAffinityPolicy", "nodeTaintsPolicy"]) {
    const policy = textOf(item, name);
    if (policy !== "" && !NODE_POLICIES.includes(policy)) {
      errors.push(notSupported(child(path, name), policy, NODE_POLICIES));
    }
  }
  return [
    ...errors,
    ...labelKeys(item, "matchLabelKeys", path),
    ...validateSelector(structOf(item, "labelSelector"), child(path, "labelSelector")),
  ];
}
