import { isJsonObject, type Json } from "@fairlead/base";
import { PATCH } from "./strategic-schema.ts";

/** The value by which items of a list are told apart: the merge key's, or the item itself. */
export function identityOf(item: Json, mergeKey: string): Json | undefined {
  if (mergeKey === "") return item;
  return isJsonObject(item) ? item[mergeKey] : undefined;
}

function indexIn(list: readonly Json[], item: Json, mergeKey: string): number {
  const identity = identityOf(item, mergeKey);
  return list.findIndex((other) => identityOf(other, mergeKey) === identity);
}

/** Items in the order of `order`, items with a directive last. The sort is Go's insertion sort, since its rule is no order. */
export function inOrder(items: readonly Json[], order: readonly Json[], mergeKey: string): Json[] {
  const isDelete = (item: Json): boolean => mergeKey !== "" && isJsonObject(item) && item[PATCH] === "delete";
  const sorted = items.filter((item) => !isDelete(item));
  const comesBefore = (a: Json, b: Json): boolean => {
    const [left, right] = [indexIn(order, a, mergeKey), indexIn(order, b, mergeKey)];
    return left >= 0 && right >= 0 ? left < right : true;
  };
  for (let index = 1; index < sorted.length; index++) {
    for (let at = index; at > 0 && comesBefore(sorted[at] as Json, sorted[at - 1] as Json); at--) {
      [sorted[at - 1], sorted[at]] = [sorted[at] as Json, sorted[at - 1] as Json];
    }
  }
  return [...sorted, ...items.filter(isDelete)];
}

/** Items of the patch in the patch's order, items only the live list has between them where the live order puts them. */
export function interleave(
  patched: readonly Json[],
  liveOnly: readonly Json[],
  patchOrder: readonly Json[],
  liveOrder: readonly Json[],
  mergeKey: string,
): Json[] {
  const left = inOrder(liveOnly, liveOrder, mergeKey);
  const right = inOrder(patched, patchOrder, mergeKey);
  const out: Json[] = [];
  let [leftIndex, rightIndex] = [0, 0];
  while (leftIndex < left.length || rightIndex < right.length) {
    const takesLeft =
      rightIndex >= right.length ||
      (leftIndex < left.length && isBefore(left[leftIndex] as Json, right[rightIndex] as Json, liveOrder, mergeKey));
    out.push((takesLeft ? left[leftIndex++] : right[rightIndex++]) as Json);
  }
  return out;
}

function isBefore(a: Json, b: Json, order: readonly Json[], mergeKey: string): boolean {
  const [left, right] = [indexIn(order, a, mergeKey), indexIn(order, b, mergeKey)];
  return left >= 0 && right >= 0 && left < right;
}

/** Splits items into those that `by` names and the others. */
export function partition(
  items: readonly Json[],
  by: readonly Json[],
  mergeKey: string,
): { named: Json[]; others: Json[] } {
  const named: Json[] = [];
  const others: Json[] = [];
  for (const item of items) (indexIn(by, item, mergeKey) >= 0 ? named : others).push(item);
  return { named, others };
}
