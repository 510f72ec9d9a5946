import { GoError } from "../errors.ts";
import type { CallContext } from "../exec/context.ts";
import { sprint, sprintf, sprintln } from "../fmt/printf.ts";
import { equalValues, lessThan } from "../values/compare.ts";
import {
  indirect,
  integerValue,
  isListLike,
  isMapLike,
  isTrue,
  lengthOf,
  listItems,
  listLength,
  typeName,
  typeOf,
  zeroOf,
} from "../values/reflect.ts";
import { byteSlice, toBytes } from "../values/text.ts";
import { ANY, BOOL, INT, REFLECT_VALUE, STRING, UINT8, type FunctionSet } from "../values/types.ts";
import { GoBytes, GoInt, GoKeyedMap, GoMap, GoNamed, GoPointer, GoSlice, int } from "../values/values.ts";
import { prepareArgument } from "./call-value.ts";
import { fn, P, variadic } from "./define.ts";
import { htmlEscape, jsEscape, queryEscape } from "./escape.ts";

/** `and`, `or` and `call` are carried out by the engine, which knows them by identity. */
export const AND = variadic([P.value], P.value, REFLECT_VALUE, unreachable);
export const OR = variadic([P.value], P.value, REFLECT_VALUE, unreachable);
export const CALL = variadic([P.value], P.value, REFLECT_VALUE, unreachable);

function unreachable(): never {
  throw new GoError("unreachable");
}

/** The built-in functions of text/template. Every template set has them. */
export const goFunctions: FunctionSet = {
  and: AND,
  or: OR,
  call: CALL,
  not: fn([P.value], BOOL, (_, value) => !isTrue(value)),
  len: fn([P.value], INT, (_, value) => len(value)),
  index: variadic([P.value], P.value, REFLECT_VALUE, (_, item, indexes) => index(item, indexes)),
  slice: variadic([P.value], P.value, REFLECT_VALUE, (_, item, indexes) => slice(item, indexes)),
  print: variadic([], P.any, STRING, (context, args) => sprint(args, context.spend)),
  printf: variadic([P.string], P.any, STRING, (context, format, args) => sprintf(format, args, context.spend)),
  println: variadic([], P.any, STRING, (context, args) => sprintln(args, context.spend)),
  html: variadic([], P.any, STRING, (context, args) => htmlEscape(evalArgs(context, args))),
  js: variadic([], P.any, STRING, (context, args) => jsEscape(evalArgs(context, args))),
  urlquery: variadic([], P.any, STRING, (context, args) => queryEscape(evalArgs(context, args))),
  eq: variadic([P.value], P.value, BOOL, (context, first, others) => {
    if (others.length === 0) throw new GoError("missing argument for comparison");
    return others.some((other) => equal(context, first, other));
  }),
  ne: fn([P.value, P.value], BOOL, (context, a, b) => !equal(context, a, b)),
  lt: fn([P.value, P.value], BOOL, (_, a, b) => lessThan(a, b)),
  le: fn([P.value, P.value], BOOL, (context, a, b) => lessThan(a, b) || equal(context, a, b)),
  gt: fn([P.value, P.value], BOOL, (context, a, b) => !(lessThan(a, b) || equal(context, a, b))),
  ge: fn([P.value, P.value], BOOL, (_, a, b) => !lessThan(a, b)),
};

function equal(context: CallContext, a: unknown, b: unknown): boolean {
  return equalValues(a, b, (format, value) => sprintf(format, [value], context.spend));
}

/** What the escapers take: one string as it is, anything else printed. */
function evalArgs(context: CallContext, args: readonly unknown[]): string {
  const shown = args.map((arg) => {
    const target = arg instanceof GoPointer && arg.type.text === undefined ? indirect(arg).value : arg;
    return target == null ? "<no value>" : target;
  });
  return sprint(shown, context.spend);
}

function len(value: unknown): unknown {
  if (value === undefined) throw new GoError("reflect: call of reflect.Value.Type on zero Value");
  const target = indirect(value);
  if (target.isNil) throw new GoError("len of nil pointer");
  const length = lengthOf(target.value);
  if (length === undefined) throw new GoError(`len of type ${typeName(target.value)}`);
  return int(length);
}

function offset(value: unknown, capacity: number): number {
  if (value == null) throw new GoError("cannot index slice/array with nil");
  const number = integerValue(value);
  if (number === undefined) throw new GoError(`cannot index slice/array with type ${typeName(value)}`);
  if (number < 0 || number > capacity) throw new GoError(`index out of range: ${BigInt.asIntN(64, BigInt(number))}`);
  return Number(number);
}

function index(item: unknown, indexes: readonly unknown[]): unknown {
  if (item == null) throw new GoError("index of untyped nil");
  let current: unknown = item;
  for (const wanted of indexes) {
    const target = indirect(current);
    if (target.isNil) throw new GoError("index of nil pointer");
    current = elementOf(target.value, wanted);
  }
  return current;
}

function elementOf(container: unknown, wanted: unknown): unknown {
  if (typeof container === "string" || (container instanceof GoNamed && typeof container.value === "string")) {
    const bytes = toBytes(typeof container === "string" ? container : String(container.value));
    const byte = bytes[offset(wanted, bytes.length)];
    if (byte === undefined) throw new GoError("reflect: string index out of range");
    return new GoInt(UINT8, byte);
  }
  if (isListLike(container)) {
    const at = offset(wanted, listLength(container));
    const kind = typeOf(container)?.kind ?? "slice";
    if (at >= listLength(container)) throw new GoError(`reflect: ${kind} index out of range`);
    return listItems(container)[at] ?? null;
  }
  if (isMapLike(container)) return entryOf(container, wanted);
  throw new GoError(`can't index item of type ${typeName(container)}`);
}

function entryOf(map: Record<string, unknown> | GoMap | GoKeyedMap, wanted: unknown): unknown {
  const type = typeOf(map);
  const key = prepareArgument(wanted, type?.key ?? STRING);
  const zero = zeroOf(type?.elem ?? ANY);
  if (map instanceof GoKeyedMap) {
    const found = map.entries.find(([candidate]) => sameKey(candidate, key));
    return found === undefined ? zero : found[1];
  }
  const record = map instanceof GoMap ? map.record : map;
  const name = typeof key === "string" ? key : String((key as GoNamed).value);
  return (Object.hasOwn(record, name) ? record[name] : undefined) ?? zero;
}

function sameKey(a: unknown, b: unknown): boolean {
  const x = integerValue(a);
  return x === undefined ? a === b : x === integerValue(b) && typeName(a) === typeName(b);
}

function slice(item: unknown, indexes: readonly unknown[]): unknown {
  if (item == null) throw new GoError("slice of untyped nil");
  const target = indirect(item);
  if (target.isNil) throw new GoError("slice of nil pointer");
  if (indexes.length > 3) throw new GoError(`too many slice indexes: ${indexes.length}`);
  const value = target.value;
  if (typeof value === "string" && indexes.length === 3) throw new GoError("cannot 3-index slice a string");
  if (typeof value !== "string" && !isListLike(value)) {
    throw new GoError(`can't slice item of type ${typeName(value)}`);
  }
  const length = lengthOf(value) ?? 0;
  const offsets = indexes.map((wanted) => offset(wanted, length));
  const [start = 0, end = length, capacity] = offsets;
  if (start > end) throw new GoError(`invalid slice index: ${start} > ${end}`);
  if (capacity !== undefined && end > capacity) throw new GoError(`invalid slice index: ${end} > ${capacity}`);
  return part(value, start, end);
}

function part(value: string | readonly unknown[] | GoSlice | GoBytes, start: number, end: number): unknown {
  if (typeof value === "string") return byteSlice(value, start, end);
  if (value instanceof GoBytes) return new GoBytes(value.bytes.subarray(start, end), value.type);
  if (value instanceof GoSlice) return new GoSlice(value.type, value.items.slice(start, end));
  return value.slice(start, end);
}
