import type { Json, JsonObject } from "@fairlead/base";
import { formatQuantity } from "../quantity/format.ts";
import { entriesOf, structOf, structsOf, textOf, textsOf } from "./access.ts";
import { child, invalid, keyed, required, type FieldError } from "./field-error.ts";
import { isWholeAmount, quantityOfField, resourceAmount, resourceName } from "./resources.ts";

const COMPUTE = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
const PODS = ["pods", "count/pods"];
const CLAIMS = ["persistentvolumeclaims", "count/persistentvolumeclaims", "requests.storage"];
const COUNTED = [
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
];
const STANDARD: ReadonlySet<string> = new Set([
  ...COMPUTE,
  ...COUNTED,
  "ephemeral-storage",
  "requests.ephemeral-storage",
  "limits.ephemeral-storage",
  "requests.storage",
]);

/** Which resources a scope can be about (pkg/apis/core/helper IsResourceQuotaScopeValidForResource). */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  Terminating: [...PODS, ...COMPUTE],
  NotTerminating: [...PODS, ...COMPUTE],
  NotBestEffort: [...PODS, ...COMPUTE],
  PriorityClass: [...PODS, ...COMPUTE],
  CrossNamespacePodAffinity: [...PODS, ...COMPUTE],
  BestEffort: PODS,
  VolumeAttributesClass: CLAIMS,
};
const CONFLICTING = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;
const ONLY_EXISTS = new Set([
  "BestEffort",
  "NotBestEffort",
  "Terminating",
  "NotTerminating",
  "CrossNamespacePodAffinity",
]);

export function validateResourceQuota(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const hard = entriesOf(spec, "hard");
  return [
    ...hard.flatMap(([name, amount]) => hardFaults(name, amount, keyed("spec.hard", name))),
    ...scopeFaults(
      spec,
      hard.map(([name]) => name),
    ),
    ...selectorFaults(
      spec,
      hard.map(([name]) => name),
    ),
  ];
}

function hardFaults(name: string, amount: Json, path: string): FieldError[] {
  const errors = resourceName(name, path);
  const isHugePages = /^(requests\.)?hugepages-/.test(name);
  if (!name.includes("/") && !STANDARD.has(name) && !isHugePages) {
    errors.push(invalid(path, name, "must be a standard resource for quota"));
  }
  errors.push(...resourceAmount(name, amount, path));
  const quantity = quantityOfField(amount);
  if (COUNTED.includes(name) && quantity !== undefined && !isWholeAmount(quantity)) {
    errors.push(invalid(path, formatQuantity(quantity), "must be an integer"));
  }
  return errors;
}

/** Whether a scope says nothing about one of the standard resources that are limited. */
function misapplied(scope: string, hard: readonly string[]): string[] {
  const valid = SCOPES[scope];
  return valid === undefined ? [] : hard.filter((name) => STANDARD.has(name) && !valid.includes(name));
}

function scopeFaults(spec: JsonObject | undefined, hard: readonly string[]): FieldError[] {
  const scopes = textsOf(spec, "scopes");
  const path = "spec.scopes";
  const errors = scopes.flatMap((scope) => [
    ...(Object.hasOwn(SCOPES, scope) ? [] : [invalid(path, scopes, "unsupported scope")]),
    ...misapplied(scope, hard).map(() => invalid(path, scopes, "unsupported scope applied to resource")),
  ]);
  const isTorn = CONFLICTING.some((pair) => pair.every((scope) => scopes.includes(scope)));
  return isTorn ? [...errors, invalid(path, scopes, "conflicting scopes")] : errors;
}

function selectorFaults(spec: JsonObject | undefined, hard: readonly string[]): FieldError[] {
  const requirements = structsOf(structOf(spec, "scopeSelector"), "matchExpressions");
  const path = "spec.scopeSelector.matchExpressions";
  const errors = requirements.flatMap((requirement) => requirementFaults(requirement, requirements, hard, path));
  const scopes = requirements.map((requirement) => textOf(requirement, "scopeName"));
  const isTorn = CONFLICTING.some((pair) => pair.every((scope) => scopes.includes(scope)));
  return isTorn ? [...errors, invalid(path, textsOf(spec, "scopes"), "conflicting scopes")] : errors;
}

function requirementFaults(
  requirement: JsonObject,
  all: readonly JsonObject[],
  hard: readonly string[],
  path: string,
): FieldError[] {
  const [scope, operator] = [textOf(requirement, "scopeName"), textOf(requirement, "operator")];
  const values = textsOf(requirement, "values");
  const errors: FieldError[] = [];
  if (!Object.hasOwn(SCOPES, scope)) errors.push(invalid(child(path, "scopeName"), scope, "unsupported scope"));
  for (const _name of misapplied(scope, hard)) {
    errors.push(invalid(path, goSelector(all), "unsupported scope applied to resource"));
  }
  if (ONLY_EXISTS.has(scope) && operator !== "Exists") {
    const text =
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(invalid(child(path, "operator"), operator, text));
  }
  const inner = child(path, "values");
  if (operator === "In" || operator === "NotIn") {
    const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    if (values.length === 0) errors.push(required(inner, text));
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    if (values.length > 0) errors.push(invalid(inner, values, text));
  } else errors.push(invalid(child(path, "operator"), operator, "not a valid selector operator"));
  return errors;
}

/** The internal type, as the server prints it. */
function goSelector(all: readonly JsonObject[]): JsonObject {
  return {
    MatchExpressions: all.map((one) => ({
      ScopeName: textOf(one, "scopeName"),
      Operator: textOf(one, "operator"),
      Values: one["values"] ?? null,
    })),
  };
}
