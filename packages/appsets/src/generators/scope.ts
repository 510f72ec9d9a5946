import { problemsOf, type Json, type JsonObject } from "@fairlead/base";
import { type Faults, FieldReader } from "../application-set/faults.ts";
import type { Generator, Row } from "../application-set/types.ts";
import { fillStrings, type Dialect } from "../template/dialect.ts";
import { mergeDeep } from "../template/merge.ts";
import type { GeneratorCache, Memo } from "./cache.ts";
import type { AnswerOf, Facts, GeneratorSettings, Need } from "./facts.ts";

/** Everything one generation hands to its generators; what is wrong and what is missing is collected here. */
export interface Scope {
  readonly dialect: Dialect;
  readonly facts: Facts;
  readonly settings: GeneratorSettings;
  /** Namespace and name of the set. */
  readonly namespace: string;
  readonly name: string;
  readonly faults: Faults;
  readonly needs: Map<string, Need>;
  readonly cache: GeneratorCache<unknown>;
  /** Rows of generators that depend on no row around them, in this generation. */
  readonly settled: Map<Generator, Row[]>;
}

/** One leaf generator at work: its fields, filled with the rows of the matrices around it. */
export interface Leaf {
  readonly scope: Scope;
  readonly fields: FieldReader;
  readonly path: string;
  /** The row of the matrices around; undefined when there is none. */
  readonly context: Row | undefined;
  /** Results worth keeping until the next generation. */
  readonly memo: Memo;
  /** `values` as written: they may name parameters of this generator itself. */
  readonly values: Readonly<Record<string, string>>;
}

export function openLeaf(scope: Scope, generator: Generator, context: Row | undefined): Leaf | undefined {
  const { values, template: _template, ...rest } = generator.spec;
  let filled: Json = rest;
  if (context !== undefined) {
    try {
      filled = fillStrings(rest, scope.dialect, context);
    } catch (error) {
      scope.faults.take(generator.path, problemsOf(error));
      return undefined;
    }
  }
  const fields = new FieldReader(scope.faults, generator.path, filled as JsonObject);
  const reader = new FieldReader(scope.faults, generator.path, values === undefined ? {} : { values });
  return {
    scope,
    fields,
    path: generator.path,
    context,
    memo: scope.cache.memoFor(generator.path, context),
    values: reader.stringMap("values"),
  };
}

/** The answer to a want; undefined when it is still out or the host failed, which is then a fault of the generator. */
export function ask<K extends Need["kind"]>(leaf: Leaf, need: Extract<Need, { kind: K }>): AnswerOf[K] | undefined {
  const { scope } = leaf;
  const answer = scope.facts.answer<K>(need);
  if (answer === undefined) {
    scope.needs.set(need.key, need);
    return undefined;
  }
  if ("value" in answer) return answer.value;
  scope.faults.take(leaf.path, answer.problems);
  return undefined;
}

export function fail(leaf: Leaf, message: string, hint?: string): void {
  leaf.scope.faults.add("GeneratorFailed", leaf.path, message, hint);
}

/**
 * `values` filled with a generator's own parameters and the rows around it, and added: `values.k` in the fasttemplate dialect,
 * `.values.k` in the Go one. A row around wins, as it does in a matrix.
 */
export function withValues(leaf: Leaf, row: Row): Row {
  const names = Object.keys(leaf.values);
  if (names.length === 0) return row;
  const { dialect } = leaf.scope;
  const known = leaf.context === undefined ? row : mergeDeep(row, leaf.context);
  const filled: Record<string, Json> = {};
  for (const name of names) {
    const text = leaf.values[name] ?? "";
    try {
      filled[dialect.isGo ? name : `values.${name}`] = dialect.compile(text)?.(known) ?? text;
    } catch (error) {
      leaf.scope.faults.take(`${leaf.path}.values.${name}`, problemsOf(error));
    }
  }
  return dialect.isGo ? { ...row, values: filled } : { ...row, ...filled };
}

/** A result kept under a key for the next generation, unless something was wrong with it: a fault must be told again. */
export function remember<T>(leaf: Leaf, key: string, make: () => T): T {
  return (leaf.memo.get(key) as T | undefined) ?? renew(leaf, key, make);
}

/** As remember, in place of what was kept. */
export function renew<T>(leaf: Leaf, key: string, make: () => T): T {
  const before = leaf.scope.faults.problems.length;
  const value = make();
  leaf.memo.set(key, leaf.scope.faults.problems.length === before ? value : undefined);
  return value;
}
