import type { Generator, GeneratorEntry, Row } from "../application-set/types.ts";
import { APPSET_LIMITS } from "../limits.ts";
import { mergeDeep } from "../template/merge.ts";
import type { Scope } from "./scope.ts";

/** Rows of one entry of a matrix, within the rows before it. */
export type RowsWithin = (entry: GeneratorEntry, context: Row | undefined) => Row[];

/**
 * Every combination of the rows of all its generators; each may use the parameters of those before it. Where both have a key: in the
 * Go dialect the earlier one wins, maps merge; in the fasttemplate dialect the values must be equal (facts/argocd.md §1.11).
 */
export function matrixRows(scope: Scope, matrix: Generator, context: Row | undefined, rowsWithin: RowsWithin): Row[] {
  const [first, ...others] = matrix.children;
  if (first === undefined) return [];
  let rows = rowsWithin(first, context);
  for (const entry of others) {
    const combined: Row[] = [];
    for (const row of rows) {
      const around = context === undefined ? row : scope.cache.within(context, row, () => mergeDeep(row, context));
      for (const inner of rowsWithin(entry, around)) {
        combined.push(combine(scope, matrix.path, row, inner));
        if (combined.length > APPSET_LIMITS.rowsMax) {
          scope.faults.add("GeneratorFailed", matrix.path, `gives more than ${APPSET_LIMITS.rowsMax} rows`);
          return [];
        }
      }
    }
    rows = combined;
  }
  return rows;
}

function combine(scope: Scope, path: string, first: Row, second: Row): Row {
  if (scope.dialect.isGo) return scope.cache.pair(first, second, () => mergeDeep(second, first));
  const clash = Object.keys(second).find(
    (key) => Object.hasOwn(first, key) && String(first[key]) !== String(second[key]),
  );
  if (clash === undefined) return scope.cache.pair(first, second, () => mergeDeep(first, second));
  const message = `both generators give ${clash}, as ${JSON.stringify(first[clash])} and as ${JSON.stringify(second[clash])}`;
  scope.faults.add(
    "GeneratorFailed",
    path,
    message,
    "rename one of them, or set spec.goTemplate: true, where the first one wins",
  );
  return first;
}
