import { setOwn } from "@fairlead/base";
import { Optional, type Environment } from "@marcbachmann/cel-js";
import { meter } from "./meter.ts";

/** What the library hands to a macro: its parts unevaluated, a checker of types, an evaluator, and contexts of variables. */
interface Node {
  readonly op: string;
  readonly args: unknown;
}
interface Checker {
  check(node: Node, context: Context): unknown;
  getType(name: string): unknown;
}
interface Evaluator {
  run(node: Node, context: Context): unknown;
}
interface Context {
  forkWithVariable(name: string, type: unknown): Overlay;
}
interface Overlay extends Context {
  reuse(parent: Context): Overlay;
  setIterValue(value: unknown, evaluator: Evaluator): Overlay;
}
interface Call {
  readonly ast: Node;
  readonly args: readonly Node[];
  readonly receiver: Node;
}
interface Macro extends Call {
  outer?: Overlay;
  inner?: Overlay;
}

/** What a macro does with one entry; `result` of the run says what is returned, and stops it. */
type Run = (entries: Iterable<Entry>, evaluate: (body: number) => unknown) => unknown;
type Entry = readonly [key: unknown, value: unknown];

/** CEL's comprehensions over two variables: a list's index and item, a map's key and value. */
export function registerPairMacros(environment: Environment): void {
  const add = (name: string, bodies: number, result: string, run: Run): void => {
    const parameters = Array.from({ length: 2 + bodies }, () => "ast").join(", ");
    for (const receiver of ["list", "map"]) {
      const handler = (call: Call): unknown => macroOf(call, result, run);
      environment.registerFunction(`${receiver}.${name}(${parameters}): ${result}`, handler as never);
    }
  };
  add("all", 1, "bool", (entries, evaluate) => everyEntry(entries, () => evaluate(0)));
  add("exists", 1, "bool", (entries, evaluate) => someEntry(entries, () => evaluate(0)));
  for (const name of ["exists_one", "existsOne"]) {
    add(name, 1, "bool", (entries, evaluate) => [...kept(entries, () => evaluate(0))].length === 1);
  }
  for (const bodies of [1, 2]) {
    const holds = (evaluate: (body: number) => unknown): boolean => bodies === 1 || evaluate(0) === true;
    add("transformList", bodies, "list<dyn>", (entries, evaluate) =>
      mapped(entries, evaluate, holds, bodies).map(([, value]) => value),
    );
    add("transformMap", bodies, "map<dyn, dyn>", (entries, evaluate) =>
      recordOf(mapped(entries, evaluate, holds, bodies)),
    );
    add("transformMapEntry", bodies, "map<dyn, dyn>", (entries, evaluate) =>
      mergedEntries(mapped(entries, evaluate, holds, bodies)),
    );
  }
}

/** The macros over one variable that the library lacks. */
export function registerSingleMacros(environment: Environment): void {
  const add = (signature: string, result: string, run: Run): void =>
    void environment.registerFunction(`${signature}: ${result}`, ((call: Call): unknown =>
      macroOf(call, result, run, 1)) as never);
  add("list.sortBy(ast, ast)", "list<dyn>", (entries, evaluate) => {
    const keyed = [...entriesWith(entries, () => evaluate(0))] as [Entry, bigint | number | string][];
    return keyed.sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([[, item]]) => item);
  });
  add("optional.optMap(ast, ast)", "optional", (entries, evaluate) => {
    for (const _ of entries) return Optional.of(evaluate(0));
    return Optional.none();
  });
  add("optional.optFlatMap(ast, ast)", "optional", (entries, evaluate) => {
    for (const _ of entries) return evaluate(0);
    return Optional.none();
  });
}

function* entriesWith(entries: Iterable<Entry>, evaluate: () => unknown): Generator<[Entry, unknown]> {
  for (const entry of entries) yield [entry, evaluate()];
}

function macroOf(call: Call, result: string, run: Run, variables: 1 | 2 = 2): unknown {
  const names = call.args.slice(0, variables);
  const bodies = call.args.slice(variables);
  if (names.some(({ op }) => op !== "id")) throw new Error("argument must be a simple name");
  return {
    ...call,
    typeCheck(checker: Checker, macro: Macro, context: Context): unknown {
      checker.check(call.receiver, context);
      const [first, second] = names.map(({ args }) => String(args));
      macro.outer = context.forkWithVariable(first ?? "", checker.getType("dyn"));
      macro.inner = second === undefined ? macro.outer : macro.outer.forkWithVariable(second, checker.getType("dyn"));
      for (const body of bodies) checker.check(body, macro.inner);
      return checker.getType(result);
    },
    evaluate(evaluator: Evaluator, macro: Macro, context: Context): unknown {
      let inner: Context = context;
      const entries = function* (): Generator<Entry> {
        for (const entry of entriesOf(evaluator.run(call.receiver, context))) {
          meter.spend(1);
          const outer = macro.outer?.reuse(context).setIterValue(entry[variables === 1 ? 1 : 0], evaluator) ?? context;
          inner = variables === 1 ? outer : (macro.inner?.reuse(outer).setIterValue(entry[1], evaluator) ?? outer);
          yield entry;
        }
      };
      return run(entries(), (body) => evaluator.run(bodies[body] as Node, inner));
    },
  };
}

function entriesOf(range: unknown): Iterable<Entry> {
  if (range instanceof Optional) return range.hasValue() ? [[0n, range.value()]] : [];
  if (Array.isArray(range)) return range.map((item: unknown, index) => [BigInt(index), item] as const);
  if (range instanceof Map) return range as ReadonlyMap<unknown, unknown>;
  if (typeof range === "object" && range !== null) return Object.entries(range);
  throw new Error("no such overload");
}

/** An error counts only when no entry decides the question. */
function everyEntry(entries: Iterable<Entry>, evaluate: () => unknown): boolean {
  return !someEntry(entries, () => evaluate() !== true);
}

function someEntry(entries: Iterable<Entry>, evaluate: () => unknown): boolean {
  let fault: unknown;
  for (const _ of entries) {
    try {
      if (evaluate() === true) return true;
    } catch (error) {
      fault ??= error;
    }
  }
  if (fault !== undefined) throw fault instanceof Error ? fault : new Error("no such overload");
  return false;
}

function* kept(entries: Iterable<Entry>, evaluate: () => unknown): Generator<Entry> {
  for (const entry of entries) if (evaluate() === true) yield entry;
}

function mapped(
  entries: Iterable<Entry>,
  evaluate: (body: number) => unknown,
  holds: (evaluate: (body: number) => unknown) => boolean,
  bodies: number,
): Entry[] {
  const out: Entry[] = [];
  for (const [key] of kept(entries, () => holds(evaluate))) out.push([key, evaluate(bodies - 1)]);
  return out;
}

function recordOf(entries: readonly Entry[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of entries) setOwn(out, String(key), value);
  return out;
}

function mergedEntries(entries: readonly Entry[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [, map] of entries) {
    for (const [key, value] of entriesOf(map)) {
      if (Object.hasOwn(out, String(key))) throw new Error(`insert failed: key ${String(key)} already exists`);
      setOwn(out, String(key), value);
    }
  }
  return out;
}
