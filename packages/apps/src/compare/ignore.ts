import { cloneJson, isJsonObject, jsonEqual, setOwn, type Problem } from "@fairlead/base";
import type { ObjectRef } from "@fairlead/apimachinery";
import type { IgnoreDifferences } from "../application/types.ts";
import { globMatches } from "../glob.ts";
import { compileJq, type JqPaths } from "./jq.ts";

/** Rules that apply to one object, compiled: what is left out of every comparison of it (facts/argocd.md §1.6). */
export interface IgnoreSet {
  /** The object without what the rules ignore; the object itself when they ignore nothing of it. */
  strip(object: unknown): unknown;
  /** The object with the values of `from` where the rules ignore a field: what RespectIgnoreDifferences sends. */
  overlay(object: unknown, from: unknown): unknown;
  /** Managers whose fields are not compared. */
  readonly managers: readonly string[];
  readonly isEmpty: boolean;
}

export interface IgnoreRules {
  for(ref: ObjectRef): IgnoreSet;
  /** Rules that cannot be used. Reported as a ComparisonError: a rule that silently does nothing is worse than none. */
  readonly problems: readonly Problem[];
}

interface Compiled {
  readonly rule: IgnoreDifferences;
  readonly pointers: readonly (readonly string[])[];
  readonly jq: readonly JqPaths[];
}

const NOTHING: IgnoreSet = { strip: (object) => object, overlay: (object) => object, managers: [], isEmpty: true };

/** @param system rules of the whole installation; they count as much as the application's own */
export function compileIgnoreRules(
  rules: readonly IgnoreDifferences[],
  system: readonly IgnoreDifferences[],
  object: string,
): IgnoreRules {
  const problems: Problem[] = [];
  const compiled = [
    ...system.map((rule) => compileRule(rule, "argocd-cm ignoreDifferences", object, problems)),
    ...rules.map((rule, index) => compileRule(rule, `spec.ignoreDifferences[${index}]`, object, problems)),
  ];
  const sets = new Map<string, IgnoreSet>();
  return {
    problems,
    for(ref) {
      const matching = compiled.filter(({ rule }) => matchesRule(rule, ref));
      if (matching.length === 0) return NOTHING;
      const key = matching.map((entry) => compiled.indexOf(entry)).join();
      const known = sets.get(key) ?? ignoreSet(matching);
      sets.set(key, known);
      return known;
    },
  };
}

function compileRule(rule: IgnoreDifferences, path: string, object: string, problems: Problem[]): Compiled {
  const jq = rule.jqPathExpressions.flatMap((expression, index) => {
    const compiled = compileJq(expression);
    if (typeof compiled !== "string") return [compiled];
    problems.push({
      code: "InvalidIgnoreRule",
      message: `${path}.jqPathExpressions[${index}]: ${JSON.stringify(expression)} ${compiled}`,
      object,
      hint: "write a jq path, e.g. .spec.template.spec.containers[].image",
    });
    return [];
  });
  return { rule, pointers: rule.jsonPointers.map(splitPointer), jq };
}

/** RFC 6901: `~1` is a slash, `~0` a tilde. */
function splitPointer(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function matchesRule(rule: IgnoreDifferences, ref: ObjectRef): boolean {
  return (
    globMatches(rule.group, ref.group) &&
    globMatches(rule.kind, ref.kind) &&
    (rule.name === undefined || globMatches(rule.name, ref.name)) &&
    (rule.namespace === undefined || globMatches(rule.namespace, ref.namespace ?? ""))
  );
}

function ignoreSet(rules: readonly Compiled[]): IgnoreSet {
  const pointers = rules.flatMap((rule) => rule.pointers);
  const jq = rules.flatMap((rule) => rule.jq);
  const pathsOf = (object: unknown): (readonly (string | number)[])[] => [
    ...pointers,
    ...jq.flatMap((expression) => expression.paths(object)),
  ];
  return {
    isEmpty: false,
    managers: rules.flatMap(({ rule }) => rule.managedFieldsManagers),
    strip(object) {
      const paths = pathsOf(object).filter((path) => valueAt(object, path) !== undefined);
      if (paths.length === 0) return object;
      const copy = cloneJson(object);
      for (const path of deepestFirst(paths)) removeAt(copy, path);
      return copy;
    },
    overlay(object, from) {
      const copy = cloneJson(object);
      for (const path of deepestFirst([...pathsOf(object), ...pathsOf(from)])) {
        const value = valueAt(from, path);
        if (value === undefined) removeAt(copy, path);
        else if (!jsonEqual(value, valueAt(copy, path))) setAt(copy, path, cloneJson(value));
      }
      return copy;
    },
  };
}

/** Later list items first, so that removing one does not move the others. */
function deepestFirst(paths: readonly (readonly (string | number)[])[]): (readonly (string | number)[])[] {
  return [...paths].sort((a, b) => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const one = Number(a[i]);
      const two = Number(b[i]);
      if (Number.isInteger(one) && Number.isInteger(two) && one !== two) return two - one;
    }
    return b.length - a.length;
  });
}

function valueAt(object: unknown, path: readonly (string | number)[]): unknown {
  let current = object;
  for (const step of path) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isJsonObject(current) && Object.hasOwn(current, String(step))) current = current[String(step)];
    else return undefined;
  }
  return current;
}

function removeAt(object: unknown, path: readonly (string | number)[]): void {
  const parent = valueAt(object, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined) return;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isJsonObject(parent)) delete parent[String(last)];
}

function setAt(object: unknown, path: readonly (string | number)[], value: unknown): void {
  let current = object;
  for (const step of path.slice(0, -1)) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isJsonObject(current)) {
      if (!isJsonObject(current[String(step)]) && !Array.isArray(current[String(step)]))
        setOwn(current, String(step), {});
      current = current[String(step)];
    } else return;
  }
  const last = path.at(-1);
  if (last === undefined) return;
  if (Array.isArray(current)) {
    if (Number(last) < current.length) current[Number(last)] = value;
  } else if (isJsonObject(current)) setOwn(current as Record<string, unknown>, String(last), value);
}
