import { setOwn } from "@fairlead/base";
import { GoError } from "../errors.ts";
import { fn, P, variadic } from "../functions/define.ts";
import { deepCopy } from "../values/deep.ts";
import { recordOf, typeName, typeOf } from "../values/reflect.ts";
import { sortedKeys } from "../values/sort.ts";
import { ANY, ANY_MAP, ANY_SLICE, BOOL, STRING_SLICE, type FunctionSet } from "../values/types.ts";
import { NIL_RECORD } from "../values/values.ts";
import { notOfType } from "./faults.ts";
import { mergeInto } from "./merge.ts";
import { strings, strval } from "./strval.ts";

type Dict = Record<string, unknown>;

function lookUp(dict: Readonly<Dict>, key: string): unknown {
  return Object.hasOwn(dict, key) ? dict[key] : undefined;
}

const merge = variadic([P.map], P.map, ANY, (_, target, sources) => merged(target, sources, false));
const mergeOverwrite = variadic([P.map], P.map, ANY, (_, target, sources) => merged(target, sources, true));
const copy = fn([P.any], ANY, (context, value) => {
  if (value == null) throw new GoError("reflect: call of reflect.Value.Type on zero Value");
  return deepCopy(value, context.spend);
});

/** Dictionaries of sprig. set, unset and the merges change the dictionary they are given, as in Go. */
export const dictFunctions: FunctionSet = {
  dict: variadic([], P.any, ANY_MAP, (context, pairs) => {
    const dict: Dict = {};
    for (let at = 0; at < pairs.length; at += 2) {
      const value = at + 1 < pairs.length ? pairs[at + 1] : "";
      setOwn<unknown>(dict, strval(pairs[at], context.spend), value ?? null);
    }
    return dict;
  }),
  get: fn([P.map, P.string], ANY, (_, dict, key) => {
    const value = lookUp(dict, key);
    return value === undefined ? "" : value;
  }),
  set: fn([P.map, P.string, P.any], ANY_MAP, (_, dict, key, value) => {
    if (dict === NIL_RECORD) throw new GoError("assignment to entry in nil map");
    setOwn<unknown>(dict, key, value ?? null);
    return dict;
  }),
  unset: fn([P.map, P.string], ANY_MAP, (_, dict, key) => {
    if (dict !== NIL_RECORD) delete dict[key];
    return dict;
  }),
  hasKey: fn([P.map, P.string], BOOL, (_, dict, key) => lookUp(dict, key) !== undefined),
  pluck: variadic([P.string], P.map, ANY_SLICE, (_, key, dicts) => {
    return dicts.map((dict) => lookUp(dict, key)).filter((value) => value !== undefined);
  }),
  // Go's order is random; a sorted one is as good, and stable.
  keys: variadic([], P.map, STRING_SLICE, (_, dicts) => strings(dicts.flatMap(sortedKeys))),
  values: fn([P.map], ANY_SLICE, (_, dict) => sortedKeys(dict).map((key) => dict[key])),
  pick: variadic([P.map], P.string, ANY_MAP, (_, dict, keys) => {
    const picked: Dict = {};
    for (const key of keys) if (lookUp(dict, key) !== undefined) setOwn<unknown>(picked, key, dict[key]);
    return picked;
  }),
  omit: variadic([P.map], P.string, ANY_MAP, (_, dict, keys) => {
    const left: Dict = {};
    const omitted = new Set(keys);
    for (const key of Object.keys(dict)) if (!omitted.has(key)) setOwn<unknown>(left, key, dict[key]);
    return left;
  }),
  merge,
  mustMerge: merge,
  mergeOverwrite,
  mustMergeOverwrite: mergeOverwrite,
  deepCopy: copy,
  mustDeepCopy: copy,
  dig: variadic([], P.any, ANY, (_, args) => dig(args)),
};

function merged(target: Dict, sources: readonly Dict[], overwrites: boolean): Dict {
  // A nil map takes a new one; every other target is changed in place.
  const into = target === NIL_RECORD && sources.some((source) => source !== NIL_RECORD) ? {} : target;
  for (const source of sources) mergeInto(into, source, overwrites);
  return into;
}

/** Keys down into a dictionary, then a default, then the dictionary, which must be a plain one on every level. */
function dig(args: readonly unknown[]): unknown {
  if (args.length < 3) throw new GoError("dig needs at least three arguments");
  let value: unknown = plainDict(args.at(-1));
  const keys = args.slice(0, -2);
  for (const key of keys) if (typeof key !== "string") throw notOfType(typeName(key), "string");
  for (const [index, key] of (keys as string[]).entries()) {
    const found = lookUp(plainDict(index === 0 ? args.at(-1) : value), key);
    if (found === undefined) return args.at(-2);
    value = found;
  }
  return value;
}

function plainDict(value: unknown): Dict {
  const record = typeOf(value)?.name === ANY_MAP.name ? recordOf(value) : undefined;
  if (record === undefined) throw notOfType(typeName(value), "map[string]interface {}");
  return record;
}
