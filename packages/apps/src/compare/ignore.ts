import { cloneJson, isJsonObject, jsonEqual, setOwn, type Problem } from "@fairlead/base";
import { describeRef, type ObjectRef } from "@fairlead/apimachinery";
import type { IgnoreDifferences } from "../application/types.ts";
import { globMatches } from "../glob.ts";
import type { Jq } from "./jq.ts";
import { compilePlainPath, type ValuePath } from "./plain-path.ts";

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
  /** Whether any rule needs jq; without one there is nothing to prepare. */
  readonly needsJq: boolean;
  /** Those of the objects that jq has not looked at yet. */
  unprepared(objects: readonly PreparedObject[]): readonly PreparedObject[];
  /**
   * Has jq look at the objects, where rules need it: afterwards `strip` and `overlay` know what to leave out.
   * @returns rules that cannot be used at all. Such a comparison would be wrong, and a rule that silently does nothing is worse
   * than none.
   */
  prepare(objects: readonly PreparedObject[]): Promise<readonly Problem[]>;
  /** Rules that jq could not apply to one of these objects, for a warning; the comparison goes on without them. */
  faultsOn(objects: readonly PreparedObject[]): readonly Problem[];
}

export interface PreparedObject {
  readonly ref: ObjectRef;
  readonly object: object;
}

interface Compiled {
  readonly rule: IgnoreDifferences;
  readonly pointers: readonly ValuePath[];
  readonly plain: readonly ((object: unknown) => ValuePath[])[];
  readonly jq: readonly Expression[];
}

interface Expression {
  readonly text: string;
  /** Where it stands, e.g. `spec.ignoreDifferences[0].jqPathExpressions[1]`. */
  readonly place: string;
}

/** The rules of a ClusterRole that has an aggregationRule are written by the cluster. */
const AGGREGATED_ROLES: Compiled = {
  rule: {
    group: "rbac.authorization.k8s.io",
    kind: "ClusterRole",
    jsonPointers: [],
    jqPathExpressions: [],
    managedFieldsManagers: [],
  },
  pointers: [],
  plain: [(object) => (isJsonObject(object) && isJsonObject(object["aggregationRule"]) ? [["rules"]] : [])],
  jq: [],
};

const NOTHING: IgnoreSet = { strip: (object) => object, overlay: (object) => object, managers: [], isEmpty: true };

/** @param system rules of the whole installation; they count as much as the application's own */
export function compileIgnoreRules(
  rules: readonly IgnoreDifferences[],
  system: { readonly ignoreDifferences: readonly IgnoreDifferences[]; readonly ignoresAggregatedRoles: boolean },
  owner: string,
  jq: Jq,
): IgnoreRules {
  const compiled = [
    ...(system.ignoresAggregatedRoles ? [AGGREGATED_ROLES] : []),
    ...system.ignoreDifferences.map((rule) => compileRule(rule, "argocd-cm ignoreDifferences")),
    ...rules.map((rule, index) => compileRule(rule, `spec.ignoreDifferences[${index}]`)),
  ];
  const sets = new Map<string, IgnoreSet>();
  const matching = (ref: ObjectRef): Compiled[] => compiled.filter(({ rule }) => matchesRule(rule, ref));
  const problem = ({ text, place }: Expression, fault: string, object: string): Problem => ({
    code: /^takes|too much/.test(fault) ? "IgnoreRuleTooSlow" : "InvalidIgnoreRule",
    message: `${place}: ${JSON.stringify(text)} ${fault}`,
    object,
    hint: "write a jq path, e.g. .spec.template.spec.containers[].image",
  });
  const expressionsFor = (ref: ObjectRef): Expression[] => matching(ref).flatMap((entry) => entry.jq);
  return {
    needsJq: compiled.some((entry) => entry.jq.length > 0),
    unprepared: (objects) =>
      objects.filter(({ ref, object }) => expressionsFor(ref).some(({ text }) => jq.paths(text, object) === undefined)),
    for(ref) {
      const found = matching(ref);
      if (found.length === 0) return NOTHING;
      const key = found.map((entry) => compiled.indexOf(entry)).join();
      const known = sets.get(key) ?? ignoreSet(found, jq);
      sets.set(key, known);
      return known;
    },
    async prepare(objects) {
      const all = compiled.flatMap((entry) => entry.jq);
      const faults = await Promise.all(all.map(({ text }) => jq.check(text)));
      const broken = all.flatMap((entry, index) => {
        const fault = faults[index];
        return fault === undefined ? [] : [problem(entry, fault, owner)];
      });
      return broken.length > 0
        ? broken
        : learn(objects, expressionsFor, jq, (entry, fault) => problem(entry, fault, owner));
    },
    faultsOn(objects) {
      return objects.flatMap(({ ref, object }) =>
        expressionsFor(ref).flatMap((entry) => {
          const paths = jq.paths(entry.text, object);
          return paths && "fault" in paths ? [problem(entry, paths.fault, describeRef(ref))] : [];
        }),
      );
    },
  };
}

async function learn(
  objects: readonly PreparedObject[],
  expressionsFor: (ref: ObjectRef) => readonly Expression[],
  jq: Jq,
  problem: (entry: Expression, fault: string) => Problem,
): Promise<Problem[]> {
  const groups = new Map<string, { entries: readonly Expression[]; objects: object[] }>();
  for (const { ref, object } of objects) {
    const entries = expressionsFor(ref);
    if (entries.length === 0) continue;
    const key = entries.map(({ place }) => place).join();
    const group = groups.get(key) ?? { entries, objects: [] };
    group.objects.push(object);
    groups.set(key, group);
  }
  for (const group of groups.values()) {
    const [first] = group.entries;
    const fault = await jq.learn(
      group.entries.map(({ text }) => text),
      group.objects,
    );
    if (first && fault !== undefined) return [problem(first, fault)];
  }
  return [];
}

function compileRule(rule: IgnoreDifferences, path: string): Compiled {
  const plain: ((object: unknown) => ValuePath[])[] = [];
  const jq: Expression[] = [];
  rule.jqPathExpressions.forEach((text, index) => {
    const compiled = compilePlainPath(text);
    if (compiled) plain.push(compiled);
    else jq.push({ text, place: `${path}.jqPathExpressions[${index}]` });
  });
  return { rule, pointers: rule.jsonPointers.map(splitPointer), plain, jq };
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

function ignoreSet(rules: readonly Compiled[], jq: Jq): IgnoreSet {
  const pointers = rules.flatMap((rule) => rule.pointers);
  const plain = rules.flatMap((rule) => rule.plain);
  const expressions = rules.flatMap((rule) => rule.jq);
  const pathsOf = (object: unknown): ValuePath[] => [
    ...pointers,
    ...plain.flatMap((path) => path(object)),
    ...expressions.flatMap(({ text }) => {
      const known = jq.paths(text, object as object);
      if (!known) throw new Error(`jq has not looked at the object yet: ${text}`);
      return "paths" in known ? known.paths : [];
    }),
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
function deepestFirst(paths: readonly ValuePath[]): ValuePath[] {
  return [...paths].sort((a, b) => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const one = Number(a[i]);
      const two = Number(b[i]);
      if (Number.isInteger(one) && Number.isInteger(two) && one !== two) return two - one;
    }
    return b.length - a.length;
  });
}

function valueAt(object: unknown, path: ValuePath): unknown {
  let current = object;
  for (const step of path) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isJsonObject(current) && Object.hasOwn(current, String(step))) current = current[String(step)];
    else return undefined;
  }
  return current;
}

function removeAt(object: unknown, path: ValuePath): void {
  const parent = valueAt(object, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined) return;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isJsonObject(parent)) delete parent[String(last)];
}

function setAt(object: unknown, path: ValuePath, value: unknown): void {
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
