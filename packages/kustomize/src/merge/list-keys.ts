import { isEmpty, rawText } from "../node/ops.ts";
import type { KNode, SequenceNode } from "../node/types.ts";

/** The values of some keys in one element of a list; "" for a key it lacks. */
export type KeyValues = readonly string[];

function keyValuesOf(element: KNode, keys: readonly string[]): string[] {
  return keys.map((key) => {
    const field = element.kind === "mapping" ? element.fields.get(key) : undefined;
    return field === undefined || isEmpty(field) ? "" : rawText(field);
  });
}

/** Every combination of key values in these lists, in order, once. */
export function distinctKeyValues(lists: readonly (SequenceNode | undefined)[], keys: readonly string[]): string[][] {
  const seen = new Set<string>();
  const result: string[][] = [];
  for (const list of lists) {
    for (const element of list?.items ?? []) {
      const values = keyValuesOf(element, keys);
      const id = values.join("\0");
      if (values.length === 0 || seen.has(id)) continue;
      seen.add(id);
      result.push(values);
    }
  }
  return result;
}

export function distinctTexts(lists: readonly (SequenceNode | undefined)[]): string[][] {
  const texts = new Set(lists.flatMap((list) => (list?.items ?? []).map(rawText)));
  return [...texts].map((text) => [text]);
}

/**
 * With several keys (containerPort and protocol), an element that lacks one is taken for the element that agrees in the others:
 * both then go by the fuller values.
 */
export function unifyKeyValues(rows: string[][]): void {
  for (let left = 0; left < rows.length; left++) {
    const values = rows[left] ?? [];
    for (let right = 0; right < rows.length; right++) {
      const merged = compatible(values, rows[right] ?? []);
      if (!merged) continue;
      rows[left] = merged;
      rows[right] = merged;
    }
  }
}

function compatible(a: KeyValues, b: KeyValues): string[] | undefined {
  if (a.length !== b.length) return undefined;
  let isCommon = false;
  const merged: string[] = [];
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? "";
    if (value !== other && value !== "" && other !== "") return undefined;
    isCommon ||= value === other;
    merged.push(value === "" ? other : value);
  }
  return isCommon ? merged : undefined;
}

/** The keys that any row has a value for, with this row's values; all keys when no row has any. */
export function usedKeys(rows: readonly KeyValues[], values: KeyValues, keys: readonly string[]): [string[], string[]] {
  const used = keys.map((_, index) => rows.some((row) => row[index] !== undefined && row[index] !== ""));
  if (!used.includes(true)) return [[...keys], [...values]];
  return [keys.filter((_, index) => used[index]), values.filter((value, index) => value !== "" || used[index])];
}
