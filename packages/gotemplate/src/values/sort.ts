import { compareText } from "./text.ts";
import { integerValue } from "./reflect.ts";
import { ANY, STRING, type GoType } from "./types.ts";
import { GoFloat32, GoKeyedMap, GoMap, GoNamed, GoPointer, GoStruct } from "./values.ts";

/** The keys of a record in Go's string order, keys without a value left out. */
export function sortedKeys(record: Readonly<Record<string, unknown>>): string[] {
  const keys: string[] = [];
  for (const key in record) if (record[key] !== undefined) keys.push(key);
  return keys.length < 2 ? keys : keys.sort(compareText);
}

/** A map's entries in the order of internal/fmtsort: range and printing both go by it. */
export function sortedEntries(
  map: Record<string, unknown> | GoMap | GoKeyedMap,
): Array<[key: unknown, value: unknown]> {
  if (map instanceof GoKeyedMap) {
    return map.entries.map(([key, value]): [unknown, unknown] => [key, value]).sort(([a], [b]) => compareKeys(a, b));
  }
  const record = map instanceof GoMap ? map.record : map;
  const keyType: GoType = map instanceof GoMap ? (map.type.key ?? STRING) : STRING;
  return sortedKeys(record).map((key) => [keyType.name === "string" ? key : new GoNamed(keyType, key), record[key]]);
}

/** Keys of one map have one type, unless it is an interface: then nil, bool, numbers, strings and the rest sort by kind. */
function compareKeys(a: unknown, b: unknown): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (a instanceof GoStruct && b instanceof GoStruct) return compareStructs(a, b);
  const x = bareKey(a);
  const y = bareKey(b);
  if (typeof x === "string" && typeof y === "string") return compareText(x, y);
  if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : -1;
  return x < y ? -1 : x > y ? 1 : Number.isNaN(y) ? 1 : 0;
}

function compareStructs(a: GoStruct, b: GoStruct): number {
  for (const { name } of a.type.fields ?? []) {
    const order = compareKeys(a.values[name], b.values[name]);
    if (order !== 0) return order;
  }
  return 0;
}

function bareKey(key: unknown): number | bigint | string | boolean {
  if (key instanceof GoNamed || key instanceof GoFloat32) return key.value;
  return integerValue(key) ?? (key as number | string | boolean);
}

function rankOf(key: unknown): number {
  if (key == null) return 0;
  if (integerValue(key) !== undefined) return 1;
  if (typeof key === "number" || key instanceof GoFloat32) return 2;
  if (typeof key === "string") return 3;
  if (typeof key === "boolean") return 4;
  return key instanceof GoPointer ? 5 : 6;
}

/** Whether a map's values are held in interfaces. */
export function hasBoxedValues(map: Record<string, unknown> | GoMap | GoKeyedMap): boolean {
  return ((map instanceof GoMap || map instanceof GoKeyedMap ? map.type.elem : undefined) ?? ANY).kind === "interface";
}
