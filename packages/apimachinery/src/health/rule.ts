import type { KubeObject } from "../object/types.ts";
import { health, type Health, type HealthStatus } from "./types.ts";
import { at, type Condition, conditionsOf, isObserved, numberAt } from "./view.ts";

/**
 * Health as data. Cases are tried in order, the first that holds decides; `otherwise` when none does. Messages may name
 * `{message}`, `{reason}` and `{type}` of the condition that matched, `{text}` for its message or else its reason, `{kind}`, and values by their path, as `{status.phase}`; after `|` comes what
 * to say where there is none.
 */
export interface HealthRule {
  readonly group: string;
  /** `*` for every kind of the group. A group may begin with `*.`, for every group below. */
  readonly kinds: readonly string[];
  readonly cases: readonly HealthCase[];
  readonly otherwise: readonly [status: HealthStatus, message?: string];
  /** Which conditions count when not all do: `fresh`, those of the newest spec; `last`, the one written last. */
  readonly reads?: "fresh" | "last";
  /** Where the conditions are; status.conditions unless said otherwise. */
  readonly conditionsAt?: string;
}

/** Everything named must hold. */
export interface HealthCase {
  readonly condition?: string;
  readonly status?: "True" | "False" | "Unknown" | "not True";
  readonly reason?: string;
  readonly notReason?: string;
  /** Cluster API grades conditions; one of this grade does not count. */
  readonly severityNot?: string;
  /** With `is`: one of these values is there; alone: there is a value. */
  readonly path?: string;
  readonly is?: readonly unknown[];
  /** Also these values at these paths. */
  readonly where?: Readonly<Record<string, unknown>>;
  /** There is nothing, or an empty text, at this path. */
  readonly absent?: string;
  /** Both paths hold the same value. */
  readonly same?: readonly [path: string, other: string];
  /** True: status.observedGeneration is not metadata.generation. */
  readonly stale?: true;
  readonly health: HealthStatus;
  readonly message?: string;
}

/** What a rule says of an object. */
export function assess(
  rule: Pick<HealthRule, "cases" | "otherwise" | "reads" | "conditionsAt">,
  object: KubeObject,
): Health {
  const conditions = readConditions(rule, object);
  for (const candidate of rule.cases) {
    const matched = match(candidate, object, conditions);
    if (matched) return health(candidate.health, fill(candidate.message ?? "{message}", object, matched.condition));
  }
  const [status, message = ""] = rule.otherwise;
  return health(status, fill(message, object, undefined));
}

/** Whether a rule's group and kinds cover a kind. */
export function covers(rule: Pick<HealthRule, "group" | "kinds">, group: string, kind: string): boolean {
  const isGroup = rule.group.startsWith("*.") ? group.endsWith(rule.group.slice(1)) : rule.group === group;
  return isGroup && (rule.kinds.includes("*") || rule.kinds.includes(kind));
}

function readConditions(
  { reads, conditionsAt }: Pick<HealthRule, "reads" | "conditionsAt">,
  object: KubeObject,
): readonly Condition[] {
  const conditions = conditionsOf(object, conditionsAt);
  if (reads === "last") return conditions.slice(-1);
  const generation = numberAt(object, "metadata.generation");
  return reads === "fresh"
    ? conditions.filter(
        ({ observedGeneration: seen }) => generation === undefined || seen === undefined || seen === generation,
      )
    : conditions;
}

function match(
  candidate: HealthCase,
  object: KubeObject,
  conditions: readonly Condition[],
): { readonly condition: Condition | undefined } | undefined {
  const { condition, status, reason, notReason, severityNot } = candidate;
  if (!holds(candidate, object)) return undefined;
  if (condition === undefined && reason === undefined && status === undefined) return { condition: undefined };
  const found = conditions.find(
    (item) =>
      (condition === undefined || item.type === condition) &&
      hasStatus(item, status) &&
      (reason === undefined || item.reason === reason) &&
      (notReason === undefined || item.reason !== notReason) &&
      (severityNot === undefined || item.raw["severity"] !== severityNot),
  );
  return found && { condition: found };
}

/** What a case asks of the object other than of its conditions. */
function holds({ path, is, where, absent, same, stale }: HealthCase, object: KubeObject): boolean {
  if (stale && isObserved(object)) return false;
  if (path !== undefined && !holdsAt(object, path, is)) return false;
  if (where && Object.entries(where).some(([other, value]) => at(object, other) !== value)) return false;
  if (absent !== undefined && (at(object, absent) ?? "") !== "") return false;
  return same === undefined || at(object, same[0]) === at(object, same[1]);
}

function hasStatus(condition: Condition, status: HealthCase["status"]): boolean {
  if (status === undefined) return true;
  return status === "not True" ? condition.status !== "True" : condition.status === status;
}

function holdsAt(object: KubeObject, path: string, is: readonly unknown[] | undefined): boolean {
  const value = at(object, path);
  return is ? is.includes(value) : value !== undefined && value !== null;
}

function fill(template: string, object: KubeObject, condition: Condition | undefined): string {
  return template.replace(/\{([^{}|]+)(?:\|([^{}]*))?\}/g, (_, name: string, usual: string | undefined) => {
    const value = CONDITION_PARTS.has(name) ? partOf(condition, name) : at(object, name);
    return textOf(value) || (usual ?? "");
  });
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

const CONDITION_PARTS: ReadonlySet<string> = new Set(["message", "reason", "type", "text"]);

function partOf(condition: Condition | undefined, name: string): string | undefined {
  if (name === "text") return condition?.message || condition?.reason;
  return name === "message" || name === "reason" || name === "type" ? condition?.[name] : undefined;
}

/** The usual pair: False is Degraded and True is Healthy, each with the condition's message. */
export function byCondition(type = "Ready"): readonly HealthCase[] {
  return [
    { condition: type, status: "False", health: "Degraded" },
    { condition: type, status: "True", health: "Healthy" },
  ];
}

/** Cases by the value at a path: value → health and message. */
export function byValue(
  path: string,
  values: Readonly<Record<string, readonly [status: HealthStatus, message?: string]>>,
): readonly HealthCase[] {
  return Object.entries(values).map(([value, [status, message = ""]]) => ({
    path,
    is: [value],
    health: status,
    message,
  }));
}

/** A rule that only waits for one condition. */
export function waitsFor(group: string, kinds: readonly string[], waiting: string, type = "Ready"): HealthRule {
  return { group, kinds, cases: byCondition(type), otherwise: ["Progressing", waiting] };
}
