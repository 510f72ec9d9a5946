import type { JsonObject } from "@fairlead/base";
import { compareQuantity, quantityMilliValue, quantityToNumber, quantityValue } from "../quantity/arithmetic.ts";
import { formatQuantity } from "../quantity/format.ts";
import { parseQuantity } from "../quantity/parse.ts";
import type { Quantity } from "../quantity/types.ts";
import { labelKeyFaults } from "../selector/syntax.ts";
import { eachOf, entriesOf, has, structOf, textOf } from "./access.ts";
import { child, duplicate, forbidden, invalid, keyed, required, type FieldError } from "./field-error.ts";
import { containerResourceName, isOvercommittable, quantityOfField, resourceName } from "./resources.ts";

const LIMIT_TYPES = ["Pod", "Container", "PersistentVolumeClaim"];
const LIMITS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;
/** Above this a quantity has no count of thousandths (apimachinery's MaxMilliValue). */
const MILLI_VALUE_MAX = 9_223_372_036_854_775n;

type Limits = Partial<Record<(typeof LIMITS)[number], Quantity>>;

export function validateLimitRange(object: JsonObject): FieldError[] {
  const seen = new Set<string>();
  return eachOf(structOf(object, "spec"), "limits", "spec", (limit, path) => {
    const type = textOf(limit, "type");
    const inner = child(path, "type");
    const errors = labelKeyFaults(type).map((fault) => invalid(inner, type, fault));
    if (errors.length === 0 && !type.includes("/") && !LIMIT_TYPES.includes(type)) {
      errors.push(invalid(inner, type, "must be a standard limit type or fully qualified"));
    }
    if (seen.has(type)) errors.push(duplicate(inner, type));
    seen.add(type);
    errors.push(...limitNames(limit, type, path));
    const storage = ["min", "max"].some((name) => has(structOf(limit, name), "storage"));
    if (type === "PersistentVolumeClaim" && !storage) {
      const text = "either minimum or maximum storage value is required, but neither was provided";
      errors.push(required(child(path, "limits"), text));
    }
    for (const [resource, limits] of limitsByResource(limit, type)) errors.push(...orderFaults(resource, limits, path));
    return errors;
  });
}

function limitNames(limit: JsonObject, type: string, path: string): FieldError[] {
  const nameFaults = type === "Pod" || type === "Container" ? containerResourceName : resourceName;
  return LIMITS.flatMap((name) => {
    const entries = entriesOf(limit, name);
    if (type !== "Pod" || !name.startsWith("default")) {
      return entries.flatMap(([key]) => nameFaults(key, keyed(child(path, name), key)));
    }
    return entries.length > 0 ? [forbidden(child(path, name), "may not be specified when `type` is 'Pod'")] : [];
  });
}

function limitsByResource(limit: JsonObject, type: string): Map<string, Limits> {
  const byResource = new Map<string, Limits>();
  for (const name of LIMITS) {
    if (type === "Pod" && name.startsWith("default")) continue;
    for (const [resource, value] of entriesOf(limit, name)) {
      const quantity = quantityOfField(value);
      if (quantity) byResource.set(resource, { ...byResource.get(resource), [name]: quantity });
    }
  }
  return byResource;
}

const NAMES = {
  min: "min value",
  max: "max value",
  default: "default limit value",
  defaultRequest: "default request value",
} as const;

/** What may not be greater than what, at which field it is told, and which of both is shown as wrong. */
const ORDERS = [
  ["min", "max", "min", "min", NAMES],
  ["min", "defaultRequest", "defaultRequest", "defaultRequest", NAMES],
  ["defaultRequest", "max", "defaultRequest", "defaultRequest", NAMES],
  ["defaultRequest", "default", "defaultRequest", "defaultRequest", NAMES],
  ["min", "default", "default", "min", { ...NAMES, default: "default value" }],
  ["default", "max", "default", "max", { ...NAMES, default: "default value" }],
] as const;

function orderFaults(resource: string, limits: Limits, path: string): FieldError[] {
  const field = (name: string): string => keyed(child(path, name), resource);
  const errors: FieldError[] = [];
  for (const [low, high, told, shown, names] of ORDERS) {
    const [lower, upper, wrong] = [limits[low], limits[high], limits[shown]];
    if (!lower || !upper || !wrong || compareQuantity(lower, upper) <= 0) continue;
    const text = `${names[low]} ${formatQuantity(lower)} is greater than ${names[high]} ${formatQuantity(upper)}`;
    errors.push(invalid(field(told), formatQuantity(wrong), text));
  }
  const ratio = limits.maxLimitRequestRatio;
  if (ratio) {
    const faults = ratioFaults(ratio, limits);
    errors.push(...faults.map((text) => invalid(field("maxLimitRequestRatio"), formatQuantity(ratio), text)));
  }
  const { default: limit, defaultRequest: request } = limits;
  if (!isOvercommittable(resource) && limit && request && compareQuantity(limit, request) !== 0) {
    const text = `default value ${formatQuantity(limit)} must equal to defaultRequest value ${formatQuantity(request)} in ${resource}`;
    errors.push(invalid(field("defaultRequest"), formatQuantity(request), text));
  }
  return errors;
}

function ratioFaults(ratio: Quantity, { min, max }: Limits): string[] {
  const text = `ratio ${formatQuantity(ratio)}`;
  const errors = compareQuantity(ratio, parseQuantity("1")) < 0 ? [`${text} is less than 1`] : [];
  if (!min || !max) return errors;
  const isSmall = [ratio, min, max].every((quantity) => quantityValue(quantity) < MILLI_VALUE_MAX);
  const valueOf = (quantity: Quantity): number =>
    Number(isSmall ? quantityMilliValue(quantity) : quantityValue(quantity));
  const limit = valueOf(max) / valueOf(min);
  const asked = isSmall ? quantityToNumber(ratio) : Number(quantityValue(ratio));
  return asked > limit ? [...errors, `${text} is greater than max/min = ${limit.toFixed(6)}`] : errors;
}
