import {
  JsonnetArray,
  type JsonnetFunction,
  type Lazy,
  type Machine,
  type Value,
  isFunction,
  typeName,
} from "../../runtime/machine.ts";
import { callWith } from "../../runtime/call.ts";
import { charactersOf } from "../../runtime/characters.ts";
import { add, equals } from "../../runtime/operators.ts";
import { BLANK, STD, type Trace } from "../../runtime/trace.ts";
import { arrayOf, later, strict } from "../define.ts";
import { wholeNumber } from "../math/math.ts";
import { slice } from "../slice.ts";
import { length } from "./length.ts";
import { indexOf, isMember } from "./member.ts";

/** Elements, or characters of a string; undefined for what has none. */
function elementsOf(value: Value): readonly Lazy[] | undefined {
  if (value instanceof JsonnetArray) return value.items;
  return typeof value === "string" ? charactersOf(value) : undefined;
}

function functionOr(machine: Machine, site: Trace, value: Value, who: string): JsonnetFunction {
  if (value !== null && isFunction(value)) return value;
  throw machine.fail(`${who} param must be function, got ${typeName(value)}`, site);
}

/** An element that std.makeArray makes with a function of the library's own. */
function callFromStd(machine: Machine, target: JsonnetFunction, args: Lazy[]): Value {
  machine.push(BLANK, false);
  const value = callWith(machine, target, args, STD);
  machine.depth--;
  return value;
}

function map(machine: Machine, site: Trace, func: Value, arr: Value): Value {
  const target = functionOr(machine, site, func, "std.map first");
  const items = elementsOf(arr);
  if (items === undefined) {
    throw machine.fail(`std.map second param must be array / string, got ${typeName(arr)}`, site);
  }
  machine.checkElements(items.length, site);
  return arrayOf(items.map((item) => later((running) => callFromStd(running, target, [item]))));
}

function mapWithIndex(machine: Machine, site: Trace, func: Value, arr: Value): Value {
  const target = functionOr(machine, site, func, "std.mapWithIndex first");
  const items = elementsOf(arr);
  if (items === undefined) {
    throw machine.fail(`std.mapWithIndex second param must be array, got ${typeName(arr)}`, site);
  }
  machine.checkElements(items.length, site);
  return arrayOf(items.map((item, at) => later((running) => callFromStd(running, target, [at, item]))));
}

function filter(machine: Machine, site: Trace, func: Value, arr: Value): JsonnetArray {
  const { items } = machine.array(arr, site);
  const target = machine.function(func, site);
  return arrayOf(items.filter((item) => machine.boolean(callWith(machine, target, [item], site), site)));
}

function filterMap(machine: Machine, site: Trace, filterFunc: Value, mapFunc: Value, arr: Value): Value {
  functionOr(machine, site, filterFunc, "std.filterMap first");
  functionOr(machine, site, mapFunc, "std.filterMap second");
  if (!(arr instanceof JsonnetArray)) {
    throw machine.fail(`std.filterMap third param must be array, got ${typeName(arr)}`, site);
  }
  return map(machine, site, mapFunc, filter(machine, site, filterFunc, arr));
}

function flatMap(machine: Machine, site: Trace, func: Value, arr: Value): Value {
  const target = machine.function(func, site);
  const items = elementsOf(arr);
  if (items === undefined) {
    throw machine.fail(`std.flatMap second param must be array / string, got ${typeName(arr)}`, site);
  }
  const results = items.map((item) => callWith(machine, target, [item], site));
  if (typeof arr === "string") return results.map((result) => machine.string(result, site)).join("");
  const flat: Lazy[] = [];
  for (const result of results) {
    for (const item of machine.array(result, site).items) flat.push(item);
    machine.checkElements(flat.length, site);
  }
  return arrayOf(flat);
}

function fold(machine: Machine, site: Trace, func: Value, arr: Value, init: Value, isLeft: boolean): Value {
  const target = machine.function(func, site);
  const items = elementsOf(arr);
  if (items === undefined) {
    const name = isLeft ? "foldl" : "foldr";
    throw machine.fail(`${name} second parameter should be string or array, got ${typeName(arr)}`, site);
  }
  let sum = init;
  if (isLeft) for (const item of items) sum = callWith(machine, target, [sum, item], site);
  else for (let at = items.length; at > 0; at--) sum = callWith(machine, target, [items[at - 1] as Lazy, sum], site);
  return sum;
}

function join(machine: Machine, site: Trace, sep: Value, arr: Value): Value {
  const { items } = machine.array(arr, site);
  if (typeof sep === "string") return joinTexts(machine, site, sep, items);
  if (!(sep instanceof JsonnetArray)) {
    throw machine.fail(`join first parameter should be string or array, got ${typeName(sep)}`, site);
  }
  const joined: Lazy[] = [];
  let isFirst = true;
  for (const item of items) {
    const value = machine.force(item, site);
    if (value === null) continue;
    const parts = machine.array(value, site).items;
    if (!isFirst) for (const part of sep.items) joined.push(part);
    for (const part of parts) joined.push(part);
    machine.checkCount(joined.length, site);
    isFirst = false;
  }
  machine.checkElements(joined.length, site);
  return arrayOf(joined);
}

function joinTexts(machine: Machine, site: Trace, sep: string, items: readonly Lazy[]): string {
  const texts: string[] = [];
  let size = 0;
  for (const item of items) {
    const value = machine.force(item, site);
    if (value === null) continue;
    const text = machine.string(value, site);
    texts.push(text);
    size += text.length + sep.length;
    machine.checkLength(size, site);
  }
  return texts.join(sep);
}

function deepJoin(machine: Machine, site: Trace, arr: Value): string {
  if (typeof arr === "string") return arr;
  if (!(arr instanceof JsonnetArray)) {
    throw machine.fail(`Expected string or array, got ${typeName(arr)}`, site);
  }
  machine.push(site, false);
  const text = arr.items.map((item) => deepJoin(machine, STD, machine.force(item, site))).join("");
  machine.depth--;
  machine.checkLength(text.length, site);
  return text;
}

function makeArray(machine: Machine, site: Trace, sz: Value, func: Value): Value {
  const size = wholeNumber(machine, sz, site);
  const target = machine.function(func, site);
  machine.checkElements(size, site);
  const items: Lazy[] = [];
  for (let at = 0; at < size; at++) items.push(later((running) => callWith(running, target, [at], BLANK)));
  return arrayOf(items);
}

function range(machine: Machine, site: Trace, from: Value, to: Value): Value {
  const first = wholeNumber(machine, from, site);
  const last = wholeNumber(machine, to, site);
  machine.checkElements(last - first + 1, site);
  return arrayOf(Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at));
}

function repeat(machine: Machine, site: Trace, what: Value, count: Value): Value {
  const times = Math.max(0, wholeNumber(machine, count, site));
  if (typeof what === "string") {
    machine.checkLength(what.length * times, site);
    return what.repeat(times);
  }
  if (!(what instanceof JsonnetArray)) {
    throw machine.fail("std.repeat first argument must be an array or a string", site);
  }
  machine.checkElements(what.items.length * times, site);
  return arrayOf(Array.from({ length: times }, () => what.items).flat());
}

/** A sum of arrays, from the left; what is no array fails, or joins, as `+` has it. */
function flattenArrays(machine: Machine, site: Trace, arrs: Value): Value {
  const items = elementsOf(arrs);
  if (items === undefined) {
    throw machine.fail(`foldl second parameter should be string or array, got ${typeName(arrs)}`, site);
  }
  const values = items.map((item) => machine.force(item, site));
  if (!values.every((value) => value instanceof JsonnetArray)) {
    return values.reduce((sum, value) => add(machine, sum, value, site), arrayOf([]) as Value);
  }
  const flat: Lazy[] = [];
  for (const { items: own } of values) {
    for (const item of own) flat.push(item);
    machine.checkCount(flat.length, site);
  }
  machine.checkElements(flat.length, site);
  return arrayOf(flat);
}

function flattenDeepArray(machine: Machine, site: Trace, value: Value): Value {
  const flat: Value[] = [];
  const visit = (part: Value): void => {
    if (!(part instanceof JsonnetArray)) return void flat.push(part);
    machine.push(site, false);
    for (const item of part.items) visit(machine.force(item, STD));
    machine.depth--;
  };
  visit(value);
  return arrayOf(flat);
}

function find(machine: Machine, site: Trace, value: Value, arr: Value): Value {
  if (!(arr instanceof JsonnetArray)) {
    throw machine.fail(`find second parameter should be an array, got ${typeName(arr)}`, site);
  }
  const found: number[] = [];
  for (const [at, item] of arr.items.entries())
    if (equals(machine, machine.force(item, site), value, site)) found.push(at);
  return arrayOf(found);
}

/** Whether a value decides the question: the first one that is `decides` does. */
function quantifier(name: string, decides: boolean) {
  return (machine: Machine, site: Trace, arr: Value): Value => {
    if (!(arr instanceof JsonnetArray)) {
      throw machine.fail(`${name}() parameter should be an array, got ${typeName(arr)}`, site);
    }
    for (const item of arr.items) {
      const value = machine.force(item, site);
      if (typeof value !== "boolean") {
        const shown = `"${String(add(machine, value, "", site))}" of type ${typeName(value)}`;
        throw machine.fail(`element ${shown} is not a boolean`, site);
      }
      if (value === decides) return decides;
    }
    return !decides;
  };
}

function sum(machine: Machine, site: Trace, arr: Value): number {
  return machine
    .array(arr, site)
    .items.reduce<number>((total, item) => total + machine.number(machine.force(item, site), site), 0);
}

function average(machine: Machine, site: Trace, arr: Value): number {
  const { items } = machine.array(arr, site);
  if (items.length === 0) throw machine.fail("Cannot calculate average of an empty array.", site);
  return sum(machine, site, arr) / items.length;
}

function removeAt(machine: Machine, site: Trace, arr: Value, at: Value): Value {
  const { items } = machine.array(arr, site);
  const index = wholeNumber(machine, at, site);
  if (index < 0 || index >= items.length) {
    throw machine.fail(`Index ${index} out of bounds, not within [0, ${items.length})`, site);
  }
  return arrayOf([...items.slice(0, index), ...items.slice(index + 1)]);
}

export const ARRAYS: Readonly<Record<string, Value>> = {
  length: strict("x", (machine, site, x) => length(machine, site, x)),
  makeArray: strict("sz func", makeArray),
  map: strict("func arr", map),
  mapWithIndex: strict("func arr", mapWithIndex),
  filter: strict("func arr", filter),
  filterMap: strict("filter_func map_func arr", filterMap),
  flatMap: strict("func arr", flatMap),
  $flatMapArray: strict("func arr", (machine, site, func, arr) =>
    flatMap(machine, site, func, machine.array(arr, site)),
  ),
  foldl: strict("func arr init", (machine, site, func, arr, init) => fold(machine, site, func, arr, init, true)),
  foldr: strict("func arr init", (machine, site, func, arr, init) => fold(machine, site, func, arr, init, false)),
  join: strict("sep arr", join),
  lines: strict("arr", (machine, site, arr) => join(machine, site, "\n", add(machine, arr, arrayOf([""]), site))),
  deepJoin: strict("arr", (machine, site, arr) => deepJoin(machine, site, arr)),
  reverse: strict("arr", (machine, site, arr) => arrayOf(machine.array(arr, site).items.toReversed())),
  range: strict("from to", range),
  repeat: strict("what count", repeat),
  slice: strict("indexable index end step", (machine, site, indexable, index, end, step) =>
    slice(machine, site, indexable, index, end, step),
  ),
  member: strict("arr x", (machine, site, arr, x) => isMember(machine, site, arr, x)),
  contains: strict(
    "arr elem",
    (machine, site, arr, elem) => indexOf(machine, site, machine.array(arr, site), elem) >= 0,
  ),
  count: strict("arr x", (machine, site, arr, x) => {
    const { items } = machine.array(arr, site);
    return items.filter((item) => equals(machine, machine.force(item, site), x, site)).length;
  }),
  find: strict("value arr", find),
  all: strict("arr", quantifier("all", false)),
  any: strict("arr", quantifier("any", true)),
  flattenArrays: strict("arrs", flattenArrays),
  flattenDeepArray: strict("value", flattenDeepArray),
  sum: strict("arr", sum),
  avg: strict("arr", average),
  remove: strict("arr elem", (machine, site, arr, elem) => {
    const found = indexOf(machine, site, machine.array(arr, site), elem);
    return found < 0 ? arr : removeAt(machine, site, arr, found);
  }),
  removeAt: strict("arr i", removeAt),
};
