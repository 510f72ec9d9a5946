import { GoError } from "../errors.ts";
import type { CallContext } from "../exec/context.ts";
import { fn, P, variadic } from "../functions/define.ts";
import { deepEqual } from "../values/deep.ts";
import { indirect, isListLike, listItems, listLength } from "../values/reflect.ts";
import { compareText } from "../values/text.ts";
import { ANY, ANY_SLICE, BOOL, sliceOf, STRING_SLICE, type FunctionSet, type GoFunction } from "../values/types.ts";
import { GoBytes, GoSlice, NIL_SLICE } from "../values/values.ts";
import { toInt64 } from "./cast.ts";
import { isEmpty } from "./empty.ts";
import { kindName } from "./faults.ts";
import { strings, strslice, strval } from "./strval.ts";

type Items = readonly unknown[];

/** The items of a list; what is none is an error in sprig's words. */
function itemsOf(list: unknown, refusal: (kind: string) => string): Items {
  const kind = kindName(list);
  if (!isListLike(list)) throw new GoError(refusal(kind));
  return listItems(list);
}

function on(list: unknown, verb: string): Items {
  return itemsOf(list, (kind) => `Cannot ${verb} on type ${kind}`);
}

const list = variadic([], P.any, ANY_SLICE, (_, items) => items);
const append = fn([P.any, P.any], ANY_SLICE, (_, items, item) => [...on(items, "push"), item]);
const prepend = fn([P.any, P.any], ANY_SLICE, (_, items, item) => [item, ...on(items, "prepend")]);
const first = fn([P.any], ANY, (_, items) => on(items, "find first")[0] ?? null);
const last = fn([P.any], ANY, (_, items) => on(items, "find last").at(-1) ?? null);
const rest = fn([P.any], ANY_SLICE, (_, items) => partOf(on(items, "find rest"), 1));
const initial = fn([P.any], ANY_SLICE, (_, items) => partOf(on(items, "find initial"), 0, -1));
const reverse = fn([P.any], ANY_SLICE, (_, items) => [...on(items, "find reverse")].reverse());
const compact = fn([P.any], ANY_SLICE, (_, items) => on(items, "compact").filter((item) => !isEmpty(item)));
const uniq = fn([P.any], ANY_SLICE, (context, items) => unique(context, on(items, "find uniq")));
const without = variadic([P.any], P.any, ANY_SLICE, (context, items, omitted) => {
  return on(items, "find without").filter((item) => !isIn(context, omitted, item));
});
const has = fn([P.any, P.any], BOOL, (context, needle, items) => {
  return items == null ? false : isIn(context, on(items, "find has"), needle);
});
const slice = variadic([P.any], P.any, ANY, (_, items, indices) => sliced(items, indices));
const chunk = fn([P.int, P.any], sliceOf(ANY_SLICE), (_, size, items) => chunked(size, items));

/** Each has a must form of the same behaviour: both end the template when the argument is no list. */
const both: Readonly<Record<string, GoFunction>> = {
  Append: append,
  Push: append,
  Prepend: prepend,
  First: first,
  Last: last,
  Rest: rest,
  Initial: initial,
  Reverse: reverse,
  Compact: compact,
  Uniq: uniq,
  Without: without,
  Has: has,
  Slice: slice,
  Chunk: chunk,
};

export const listFunctions: FunctionSet = {
  ...Object.fromEntries(
    Object.entries(both).flatMap(([name, body]) => [
      [name.toLowerCase(), body],
      [`must${name}`, body],
    ]),
  ),
  list,
  tuple: list,
  concat: variadic([], P.any, ANY, (_, lists) => {
    const items = lists.flatMap((items) => itemsOf(items, (kind) => `Cannot concat type ${kind} as list`));
    return items.length === 0 ? NIL_SLICE : items;
  }),
  sortAlpha: fn([P.any], STRING_SLICE, (context, value) => {
    const isList = isListLike(indirect(value).value);
    if (!isList) return strings([strval(value, context.spend)]);
    return strings(strslice(value, context.spend).sort(compareText));
  }),
};

function partOf(items: Items, start: number, end?: number): unknown {
  return items.length === 0 ? NIL_SLICE : items.slice(start, end);
}

function isIn(context: CallContext, haystack: Items, needle: unknown): boolean {
  return haystack.some((item) => deepEqual(needle, item, context.spend));
}

/** Text is told apart by a table; only other values are compared one by one. */
function unique(context: CallContext, items: Items): unknown[] {
  const texts = new Set<string>();
  const others: unknown[] = [];
  return items.filter((item) => {
    if (typeof item === "string") {
      if (texts.has(item)) return false;
      texts.add(item);
      return true;
    }
    if (isIn(context, others, item)) return false;
    others.push(item);
    return true;
  });
}

function sliced(value: unknown, indices: Items): unknown {
  const kind = kindName(value);
  if (!isListLike(value)) throw new GoError(`list should be type of slice or array but ${kind}`);
  const length = listLength(value);
  if (length === 0) return null;
  const start = Number(toInt64(indices[0] ?? null));
  const end = indices.length < 2 ? length : Number(toInt64(indices[1]));
  if (start < 0 || end < start || end > length) throw new GoError("reflect.Value.Slice: slice index out of bounds");
  if (value instanceof GoSlice) return new GoSlice(value.type, value.items.slice(start, end));
  if (value instanceof GoBytes) return new GoBytes(value.bytes.subarray(start, end), value.type);
  return value.slice(start, end);
}

function chunked(size: number, value: unknown): GoSlice {
  const items = itemsOf(value, (kind) => `Cannot chunk type ${kind}`);
  const count = Math.floor((items.length - 1) / size) + 1;
  if (!(count >= 0 && Number.isFinite(count))) throw new GoError("runtime error: makeslice: len out of range");
  const chunks = Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
  return new GoSlice(sliceOf(ANY_SLICE), chunks);
}
