import { type JsonnetArray, type Lazy, type Machine, type Value } from "../../runtime/machine.ts";
import { callWith } from "../../runtime/call.ts";
import { charactersOf } from "../../runtime/characters.ts";
import { compare, equals } from "../../runtime/operators.ts";
import type { Trace } from "../../runtime/trace.ts";
import { arrayOf, strict, withLazy } from "../define.ts";

/** What an element is compared by; the element itself without a function. */
type KeyOf = (item: Lazy) => Value;

function keyFunction(machine: Machine, site: Trace, keyF: Value | undefined): KeyOf {
  if (keyF === undefined) return (item) => machine.force(item, site);
  const target = machine.function(keyF, site);
  return (item) => callWith(machine, target, [item], site);
}

function sort(machine: Machine, site: Trace, arr: Value, keyF: Value): JsonnetArray {
  const { items } = machine.array(arr, site);
  const keyOf = keyFunction(machine, site, keyF);
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  keyed.sort((left, right) => compare(machine, left.key, right.key, site));
  return arrayOf(keyed.map(({ item }) => item));
}

/** Elements that differ from the one before. */
function uniq(machine: Machine, site: Trace, arr: Value, keyF: Value): JsonnetArray {
  const { items } = machine.array(arr, site);
  const keyOf = keyFunction(machine, site, keyF);
  const kept: Lazy[] = [];
  let last: Value = null;
  for (const item of items) {
    if (kept.length === 0) {
      kept.push(item);
      if (items.length > 1) last = keyOf(item);
      continue;
    }
    const key = keyOf(item);
    if (equals(machine, last, key, site)) continue;
    kept.push(item);
    last = key;
  }
  return arrayOf(kept);
}

/** Elements, or characters of a string. */
function elementsOf(machine: Machine, site: Trace, value: Value): readonly Lazy[] {
  return typeof value === "string" ? charactersOf(value) : machine.array(value, site).items;
}

interface Merge {
  /** Elements of the first alone, of the second alone, of both (the first one's). */
  readonly left: boolean;
  readonly right: boolean;
  readonly both: boolean;
}

/** Two sorted arrays walked side by side. */
function merge(machine: Machine, site: Trace, a: Value, b: Value, keyF: Value, keeps: Merge): JsonnetArray {
  const lefts = elementsOf(machine, site, a);
  const rights = elementsOf(machine, site, b);
  const keyOf = keyFunction(machine, site, keyF);
  const merged: Lazy[] = [];
  let [left, right] = [0, 0];
  while (left < lefts.length && right < rights.length) {
    const [x, y] = [lefts[left] as Lazy, rights[right] as Lazy];
    const [keyX, keyY] = [keyOf(x), keyOf(y)];
    if (equals(machine, keyX, keyY, site)) {
      if (keeps.both) merged.push(x);
      left++;
      right++;
    } else if (compare(machine, keyX, keyY, site) < 0) {
      if (keeps.left) merged.push(x);
      left++;
    } else {
      if (keeps.right) merged.push(y);
      right++;
    }
  }
  const rest = [...(keeps.left ? lefts.slice(left) : []), ...(keeps.right ? rights.slice(right) : [])];
  machine.checkElements(merged.length + rest.length, site);
  return arrayOf([...merged, ...rest]);
}

const UNION: Merge = { left: true, right: true, both: true };
const INTERSECTION: Merge = { left: false, right: false, both: true };
const DIFFERENCE: Merge = { left: true, right: false, both: false };

/** The element with the least (or greatest) key; the first of equals. */
function extreme(sign: number) {
  return (machine: Machine, site: Trace, args: readonly (Lazy | undefined)[]): Value => {
    const [arr, keyF, onEmpty] = args;
    const { items } = machine.array(arr as Value, site);
    const keyOf = keyFunction(machine, site, keyF as Value | undefined);
    const [first, ...others] = items;
    if (first === undefined) {
      if (onEmpty !== undefined) return onEmpty as Value;
      throw machine.fail("Expected at least one element in array. Got none", site);
    }
    let best = machine.force(first, site);
    let bestKey = keyOf(first);
    for (const item of others) {
      const value = machine.force(item, site);
      const key = keyOf(item);
      if (compare(machine, bestKey, key, site) * sign <= 0) continue;
      best = value;
      bestKey = key;
    }
    return best;
  };
}

export const SETS: Readonly<Record<string, Value>> = {
  sort: strict("arr keyF?", sort),
  uniq: strict("arr keyF?", uniq),
  set: strict("arr keyF?", (machine, site, arr, keyF) => uniq(machine, site, sort(machine, site, arr, keyF), keyF)),
  setMember: withLazy("x~ arr keyF?", (machine, site, [x, arr, keyF]) => {
    const found = merge(machine, site, arrayOf([x as Lazy]), arr as Value, keyF as Value, INTERSECTION);
    return found.items.length > 0;
  }),
  setUnion: strict("a b keyF?", (machine, site, a, b, keyF) => merge(machine, site, a, b, keyF, UNION)),
  setInter: strict("a b keyF?", (machine, site, a, b, keyF) => merge(machine, site, a, b, keyF, INTERSECTION)),
  setDiff: strict("a b keyF?", (machine, site, a, b, keyF) => merge(machine, site, a, b, keyF, DIFFERENCE)),
  minArray: withLazy("arr keyF? onEmpty?", extreme(1)),
  maxArray: withLazy("arr keyF? onEmpty?", extreme(-1)),
};
