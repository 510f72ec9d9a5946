import { JsonnetArray, JsonnetObject, type Machine, type Value, isFunction, typeName } from "./machine.ts";
import { compareStrings } from "./characters.ts";
import { formatFloat } from "@fairlead/gotemplate";
import { toText } from "../manifest/json.ts";
import { fieldOf } from "./fields.ts";
import type { Trace } from "./trace.ts";

/** A number that a calculation gave. @throws Failure for what JSON has no number for */
export function finite(machine: Machine, value: number, site: Trace): number {
  if (Number.isNaN(value)) throw machine.fail("Not a number", site);
  if (!Number.isFinite(value)) throw machine.fail("Overflow", site);
  return value;
}

export function add(machine: Machine, left: Value, right: Value, site: Trace): Value {
  if (typeof left === "number" && typeof right === "number") return finite(machine, left + right, site);
  if (typeof left === "string" || typeof right === "string") {
    const text = toText(machine, left, site) + toText(machine, right, site);
    machine.checkLength(text.length, site);
    return text;
  }
  if (typeof left === "number") return machine.number(right, site);
  if (left instanceof JsonnetObject) return JsonnetObject.sum(left, machine.object(right, site));
  if (left instanceof JsonnetArray) {
    const { items } = machine.array(right, site);
    machine.checkElements(left.items.length + items.length, site);
    return new JsonnetArray([...left.items, ...items]);
  }
  throw machine.fail(`Unexpected type ${typeName(left)}`, site);
}

/** Below 0, 0 or above, of two numbers, strings or arrays. */
export function compare(machine: Machine, left: Value, right: Value, site: Trace): number {
  if (typeof left === "number") {
    const other = machine.number(right, site);
    if (left < other) return -1;
    return left > other ? 1 : 0;
  }
  if (typeof left === "string") return compareStrings(left, machine.string(right, site));
  if (!(left instanceof JsonnetArray)) throw machine.fail(`Unexpected type ${typeName(left)}`, site);
  const other = machine.array(right, site);
  const length = Math.min(left.items.length, other.items.length);
  for (let at = 0; at < length; at++) {
    const a = machine.force(left.items[at] as Value, site);
    const order = compare(machine, a, machine.force(other.items[at] as Value, site), site);
    if (order !== 0) return order;
  }
  return Math.sign(left.items.length - other.items.length);
}

export function equals(machine: Machine, left: Value, right: Value, site: Trace): boolean {
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return left === right;
  if (left instanceof JsonnetArray) return right instanceof JsonnetArray && arraysEqual(machine, left, right, site);
  if (left instanceof JsonnetObject) return right instanceof JsonnetObject && objectsEqual(machine, left, right, site);
  if (isFunction(right)) throw machine.fail("Cannot test equality of functions", site);
  return false;
}

function arraysEqual(machine: Machine, left: JsonnetArray, right: JsonnetArray, site: Trace): boolean {
  if (left.items.length !== right.items.length) return false;
  for (const [at, item] of left.items.entries()) {
    const a = machine.force(item, site);
    if (!equals(machine, a, machine.force(right.items[at] as Value, site), site)) return false;
  }
  return true;
}

function objectsEqual(machine: Machine, left: JsonnetObject, right: JsonnetObject, site: Trace): boolean {
  const names = left.shown;
  const others = right.shown;
  if (names.length !== others.length || names.some((name, at) => name !== others[at])) return false;
  for (const name of names) {
    const a = fieldOf(machine, left, name, 0, site);
    if (!equals(machine, a, fieldOf(machine, right, name, 0, site), site)) return false;
  }
  return true;
}

export function divide(machine: Machine, left: Value, right: Value, site: Trace): number {
  const a = machine.number(left, site);
  const b = machine.number(right, site);
  if (b === 0) throw machine.fail("Division by zero.", site);
  return finite(machine, a / b, site);
}

export function modulo(machine: Machine, left: Value, right: Value, site: Trace): number {
  const a = machine.number(left, site);
  const b = machine.number(right, site);
  if (b === 0) throw machine.fail("Division by zero.", site);
  return finite(machine, a % b, site);
}

/** `& | ^ << >>` on what is a safe integer; a fraction is cut off. Results are those of 64 bits. */
export function bitwise(machine: Machine, op: string, left: Value, right: Value, site: Trace): number {
  const a = machine.number(left, site);
  const b = machine.number(right, site);
  for (const operand of [a, b]) {
    if (Math.abs(operand) <= Number.MAX_SAFE_INTEGER) continue;
    const range = `[${Number.MIN_SAFE_INTEGER}, ${Number.MAX_SAFE_INTEGER}]`;
    throw machine.fail(`Bitwise operator argument ${goNumber(operand)} outside of range ${range}`, site);
  }
  if ((op === "<<" || op === ">>") && b < 0) throw machine.fail("Shift by negative exponent.", site);
  const x = BigInt(Math.trunc(a));
  const y = BigInt(Math.trunc(b));
  return Number(BigInt.asIntN(64, bits(op, x, y)));
}

function bits(op: string, x: bigint, y: bigint): bigint {
  switch (op) {
    case "&":
      return x & y;
    case "|":
      return x | y;
    case "^":
      return x ^ y;
    case "<<":
      return x << (y % 64n);
    default:
      return x >> (y % 64n);
  }
}

/** A number as Go's `%v` prints it. */
export function goNumber(value: number): string {
  return formatFloat(value, "g", -1);
}
