import { type Builtin, type Lazy, type Machine, type Value, typeName } from "../runtime/machine.ts";
import { add, compare, equals } from "../runtime/operators.ts";
import type { Source } from "../syntax/source.ts";
import { Site } from "../syntax/source.ts";
import type { Trace } from "../runtime/trace.ts";
import { quoteJson } from "../manifest/string.ts";
import { strict, withLazy } from "./define.ts";

function isType(name: string): Builtin {
  return strict("v", (_machine, _site, v) => typeName(v) === name);
}

function assertEqual(machine: Machine, site: Trace, a: Value, b: Value): Value {
  if (equals(machine, a, b, site)) return true;
  const [left, right] = [a, b].map((value) => (typeof value === "string" ? quoteJson(value) : value)) as [Value, Value];
  const shown = add(machine, add(machine, add(machine, "Assertion failed. ", left, site), " != ", site), right, site);
  throw machine.fail(String(shown), site);
}

function primitiveEquals(machine: Machine, site: Trace, x: Value, y: Value): Value {
  const type = typeName(x);
  if (type !== typeName(y)) return false;
  if (type === "function") throw machine.fail("Cannot test equality of functions", site);
  if (type !== "array" && type !== "object") return x === y;
  throw machine.fail(`primitiveEquals operates on primitive types, got ${type}`, site);
}

/** Three ways, of values of one type. */
function compareTypes(machine: Machine, site: Trace, a: Value, b: Value): number {
  const [left, right] = [typeName(a), typeName(b)];
  if (left !== right) throw machine.fail(`Comparison requires matching types. Got ${left} and ${right}`, site);
  if (left === "function" || left === "object" || left === "boolean") {
    throw machine.fail(`Values of type ${left} are not comparable.`, site);
  }
  return left === "null" ? 0 : compare(machine, a, b, site);
}

function ordered(holds: (order: number) => boolean): Builtin {
  return strict("arr1 arr2", (machine, site, a, b) => holds(compareTypes(machine, site, a, b)));
}

function externalVariable(machine: Machine, site: Trace, x: Value): Value {
  const name = machine.string(x, site);
  const found = machine.world.externalVariable(name);
  if (found === undefined) throw machine.fail(`Undefined external variable: ${name}`, site);
  return machine.force(found, site);
}

function trace(machine: Machine, site: Trace, args: readonly (Lazy | undefined)[]): Value {
  const [text, rest] = args as [Value, Value];
  const line = machine.string(text, site);
  const place = site instanceof Site && site.source !== undefined ? traceLine(site.source, site.begin) : "";
  machine.world.trace(`TRACE: ${place} ${line}`);
  return rest;
}

function traceLine(source: Source, offset: number): string {
  return `${source.name}:${offset < 0 ? 0 : source.place(offset).line}`;
}

export const TYPES: Readonly<Record<string, Value>> = {
  id: strict("x", (_machine, _site, x) => x),
  type: strict("x", (_machine, _site, x) => typeName(x)),
  isString: isType("string"),
  isNumber: isType("number"),
  isBoolean: isType("boolean"),
  isObject: isType("object"),
  isArray: isType("array"),
  isFunction: isType("function"),
  isNull: strict("x", (_machine, _site, x) => x === null),
  assertEqual: strict("a b", assertEqual),
  equals: strict("x y", (machine, site, x, y) => equals(machine, x, y, site)),
  primitiveEquals: strict("x y", primitiveEquals),
  __compare: strict("v1 v2", (machine, site, a, b) => compareTypes(machine, site, a, b)),
  __compare_array: strict("arr1 arr2", (machine, site, a, b) => compareTypes(machine, site, a, b)),
  __array_less: ordered((order) => order < 0),
  __array_greater: ordered((order) => order > 0),
  __array_less_or_equal: ordered((order) => order <= 0),
  __array_greater_or_equal: ordered((order) => order >= 0),
  extVar: strict("x", externalVariable),
  // There are no native functions: a name gives null, as in a go-jsonnet that nobody added any to.
  native: strict("x", (machine, site, x) => {
    machine.string(x, site);
    return null;
  }),
  trace: withLazy("str rest", trace),
};
