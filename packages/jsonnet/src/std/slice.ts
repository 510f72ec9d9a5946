import { JsonnetArray, type Lazy, type Machine, type Value, typeName } from "../runtime/machine.ts";
import { characterAt, lengthOf } from "../runtime/characters.ts";
import { compare } from "../runtime/operators.ts";
import { toText } from "../manifest/json.ts";
import type { Trace } from "../runtime/trace.ts";

/** `target[from:to:step]`; null stands for what was left out, and a negative bound counts from the end. */
export function slice(machine: Machine, site: Trace, target: Value, from: Value, to: Value, step: Value): Value {
  const by = step ?? 1;
  if (compare(machine, by, 0, site) < 0) {
    const shown = [from ?? 0, to ?? (lengthIfAny(target) as Value), by].map((part) => toText(machine, part, site));
    throw machine.fail(`got [${shown.join(":")}] but negative steps are not supported`, site);
  }
  if (by === 0) throw machine.fail("got 0 but step must be greater than 0", site);
  const length = lengthIfAny(target);
  if (length === undefined) {
    throw machine.fail(`std.slice accepts a string or an array, but got: ${typeName(target)}`, site);
  }
  const begin = boundOf(machine, from, 0, length, site, true);
  const end = Math.min(boundOf(machine, to, length, length, site, false), length);
  return take(machine, target as string | JsonnetArray, begin, end, by as number, site);
}

function lengthIfAny(target: Value): number | undefined {
  if (typeof target === "string") return lengthOf(target);
  return target instanceof JsonnetArray ? target.items.length : undefined;
}

function boundOf(
  machine: Machine,
  given: Value,
  otherwise: number,
  length: number,
  site: Trace,
  isBegin: boolean,
): number {
  if (given === null) return otherwise;
  if (compare(machine, given, 0, site) >= 0) return given as number;
  const counted = length + (given as number);
  return isBegin ? Math.max(0, counted) : counted;
}

function take(
  machine: Machine,
  target: string | JsonnetArray,
  begin: number,
  end: number,
  step: number,
  site: Trace,
): Value {
  machine.checkElements(Math.max(0, Math.ceil((end - begin) / step)), site);
  if (typeof target === "string") {
    let text = "";
    for (let at = begin; at < end; at += step) text += characterAt(target, Math.trunc(at)) ?? "";
    return text;
  }
  const items: Lazy[] = [];
  for (let at = begin; at < end; at += step) items.push(target.items[Math.trunc(at)] as Lazy);
  return new JsonnetArray(items);
}
