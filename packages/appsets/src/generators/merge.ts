import { canonicalJson, isJsonObject, type Json } from "@fairlead/base";
import { FieldReader } from "../application-set/faults.ts";
import type { Generator, Row } from "../application-set/types.ts";
import { mergeDeep } from "../template/merge.ts";
import { flatten } from "../template/flatten.ts";
import type { RowsWithin } from "./matrix.ts";
import type { Scope } from "./scope.ts";

/**
 * The rows of the first generator, each laid over with the row of every later one that has the same values under the merge keys.
 * Order is that of the first generator, where Argo CD's is random.
 */
export function mergeRows(scope: Scope, merge: Generator, context: Row | undefined, rowsWithin: RowsWithin): Row[] {
  const fields = new FieldReader(scope.faults, merge.path, merge.spec);
  const keys = [...new Set(fields.strings("mergeKeys"))];
  if (keys.length === 0) fields.fault("mergeKeys", "is empty: rows are merged by what they have in common");
  const sets = merge.children.map((entry) => ({ path: entry.path, rows: rowsWithin(entry, context) }));
  const [base, ...others] = sets.map(({ path, rows }) => index(scope, path, keys, rows));
  if (!base || keys.length === 0) return [];
  return [...base].map(([key, row]) => {
    let merged = row;
    for (const other of others) {
      const over = other.get(key);
      if (over === undefined) continue;
      const below = merged;
      merged = scope.cache.pair(over, below, () =>
        scope.dialect.isGo ? mergeDeep(below, over) : { ...below, ...over },
      );
    }
    return merged;
  });
}

function index(scope: Scope, path: string, keys: readonly string[], rows: readonly Row[]): Map<string, Row> {
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    const values = Object.fromEntries(keys.map((key) => [key, valueAt(row, key)]));
    const text = canonicalJson(values);
    if (byKey.has(text)) {
      scope.faults.add(
        "GeneratorFailed",
        path,
        `two rows have the merge keys ${text}, and one could not be told from the other`,
      );
    } else byKey.set(text, row);
  }
  return byKey;
}

/** A merge key as it stands, or as a dotted way into the tree of the Go dialect. */
function valueAt(row: Row, key: string): Json {
  if (Object.hasOwn(row, key)) return row[key] ?? null;
  let value: Json | undefined = row;
  for (const part of key.split(".")) {
    if (!isJsonObject(value) || !Object.hasOwn(value, part)) return flatten(row)[key] ?? null;
    value = value[part];
  }
  return value ?? null;
}
