import { Optional, type Environment } from "@marcbachmann/cel-js";
import { spendOnList } from "./meter.ts";

type Item = bigint | number | string | boolean | Date;

/** Lists and sets, as Kubernetes and CEL's extensions give them to rules. */
export function registerListFunctions(environment: Environment): void {
  const add = (signature: string, handler: (...args: never[]) => unknown): void =>
    void environment.registerFunction(signature, handler as (...args: unknown[]) => unknown);
  add("list.isSorted(): bool", (list: Item[]) =>
    list.every((item, index) => index === 0 || (list[index - 1] as Item) <= item),
  );
  add("list.sum(): dyn", sum);
  add("list.min(): dyn", (list: Item[]) => extreme(list, "min", (a, b) => a < b));
  add("list.max(): dyn", (list: Item[]) => extreme(list, "max", (a, b) => a > b));
  add("list.indexOf(dyn): int", (list: unknown[], item: unknown) =>
    BigInt(list.findIndex((other) => isSame(other, item))),
  );
  add("list.lastIndexOf(dyn): int", (list: unknown[], item: unknown) =>
    BigInt(list.findLastIndex((other) => isSame(other, item))),
  );
  add("list.slice(int, int): list", (list: unknown[], from: bigint, to: bigint) =>
    list.slice(Number(from), Number(to)),
  );
  add("list.flatten(): list", (list: unknown[]) => list.flat());
  add("list.distinct(): list", distinct);
  add("list.sort(): list", (list: Item[]) => [...list].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  add("list.flatten(int): list", (list: unknown[], depth: bigint) => list.flat(Number(depth)));
  add("list.first(): optional", (list: unknown[]) => (list.length > 0 ? Optional.of(list[0]) : Optional.none()));
  add("list.last(): optional", (list: unknown[]) => (list.length > 0 ? Optional.of(list.at(-1)) : Optional.none()));
  environment.registerType("Lists", Lists);
  environment.registerConstant("lists", "Lists", new Lists());
  add("Lists.range(int): list", (_lists: Lists, count: bigint) => {
    if (count > RANGE_MAX) throw new Error("range is too long");
    const range = Array.from({ length: Number(count) }, (_, index) => BigInt(index));
    spendOnList(range);
    return range;
  });
  add("list.reverse(): list", (list: unknown[]) => [...list].reverse());
  registerSets(environment, add);
}

class Sets {}
class Lists {}
const RANGE_MAX = 1_000_000n;

function registerSets(
  environment: Environment,
  add: (signature: string, handler: (...args: never[]) => unknown) => void,
): void {
  environment.registerType("Sets", Sets);
  environment.registerConstant("sets", "Sets", new Sets());
  add("Sets.contains(list, list): bool", (_sets: Sets, list: unknown[], part: unknown[]) => containsAll(list, part));
  add(
    "Sets.equivalent(list, list): bool",
    (_sets: Sets, a: unknown[], b: unknown[]) => containsAll(a, b) && containsAll(b, a),
  );
  add("Sets.intersects(list, list): bool", (_sets: Sets, a: unknown[], b: unknown[]) => {
    spendOnList(a);
    return a.some((item) => b.some((other) => isSame(item, other)));
  });
}

function containsAll(list: readonly unknown[], part: readonly unknown[]): boolean {
  for (const _ of part) spendOnList(list);
  return part.every((item) => list.some((other) => isSame(other, item)));
}

function sum(list: readonly (bigint | number)[]): bigint | number {
  spendOnList(list);
  if (list.length === 0) return 0n;
  return list.reduce((total, item) =>
    typeof total === "bigint" && typeof item === "bigint" ? total + item : Number(total) + Number(item),
  );
}

function extreme(list: readonly Item[], name: string, isBetter: (a: Item, b: Item) => boolean): Item {
  spendOnList(list);
  const [first, ...rest] = list;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, item) => (isBetter(item, best) ? item : best), first);
}

function distinct(list: readonly unknown[]): unknown[] {
  for (const _ of list) spendOnList(list);
  return list.filter((item, index) => list.findIndex((other) => isSame(other, item)) === index);
}

/** CEL's equality of what lists hold; numbers are equal across their types. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const isNumber = (value: unknown): value is number | bigint => typeof value === "number" || typeof value === "bigint";
  // oxlint-disable-next-line eqeqeq -- 1n and 1 are one number to CEL
  if (isNumber(a) && isNumber(b)) return a == b;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]))
    );
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => isSame(left[key], right[key]));
}
