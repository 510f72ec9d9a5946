import { toInt64 } from "./requirement.ts";
import type { LabelRequirement, Labels, LabelSelector } from "./types.ts";

/** Whether labels satisfy every requirement. `!=` and `notin` also hold where the key is absent. */
export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
  return selector.nothing !== true && selector.requirements.every((requirement) => holds(requirement, labels));
}

/** Whether it matches everything: an empty selector, but not the absent one. */
export function isEmptySelector(selector: LabelSelector): boolean {
  return selector.nothing !== true && selector.requirements.length === 0;
}

/** The text of a selector, as it goes into a URL or a scale's status: values of a set sorted. Reads back as the same selector. */
export function formatLabelSelector(selector: LabelSelector): string {
  return selector.requirements.map(formatRequirement).join(",");
}

function holds({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "=":
    case "==":
    case "in":
      return value !== undefined && values.includes(value);
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    default:
      return value !== undefined && compares(operator, toInt64(value), toInt64(values[0] ?? ""));
  }
}

function compares(operator: "gt" | "lt", value: bigint | undefined, limit: bigint | undefined): boolean {
  if (value === undefined || limit === undefined) return false;
  return operator === "gt" ? value > limit : value < limit;
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  const listed = [...values].sort().join(",");
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${listed})`;
    case "gt":
      return `${key}>${listed}`;
    case "lt":
      return `${key}<${listed}`;
    default:
      return `${key}${operator}${listed}`;
  }
}
