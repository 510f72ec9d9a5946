import {
  JsonnetArray,
  type JsonnetObject,
  type Lazy,
  type Machine,
  type Value,
  isFunction,
} from "../runtime/machine.ts";
import { setOwn, type Json } from "@fairlead/base";
import { checkBeforeManifest, fieldOf } from "../runtime/fields.ts";
import type { Trace } from "../runtime/trace.ts";
import { numberText } from "./number.ts";
import { quoteJson } from "./string.ts";

/** Takes the pieces of a text that is made from front to back. */
class Output {
  text = "";
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  add(piece: string, site: Trace): void {
    this.text += piece;
    if (this.text.length > this.#machine.world.limits.outputCharsMax) this.#machine.checkLength(this.text.length, site);
  }
}

/** A value as `+` with a string has it: a string itself, anything else as JSON on one line. */
export function toText(machine: Machine, value: Value, site: Trace): string {
  return typeof value === "string" ? value : jsonText(machine, value, false, site);
}

/** The text of a result: three spaces an indentation, `[ ]` and `{ }` for what is empty. */
export function jsonText(machine: Machine, value: Value, isMultiline: boolean, site: Trace): string {
  const output = new Output(machine);
  write(machine, value, isMultiline ? "\n" : undefined, output, site);
  return output.text;
}

/** @param lineStart what a new line begins with, line end included; undefined for one line */
function write(machine: Machine, value: Value, lineStart: string | undefined, output: Output, site: Trace): void {
  machine.push(site, false);
  if (typeof value === "string") output.add(quoteJson(value), site);
  else if (typeof value === "number") output.add(numberText(value), site);
  else if (value === null || typeof value === "boolean") output.add(`${value}`, site);
  else if (isFunction(value)) throw machine.fail("couldn't manifest function as JSON", undefined);
  else if (value instanceof JsonnetArray) writeArray(machine, value, lineStart, output, site);
  else writeObject(machine, value, lineStart, output, site);
  machine.depth--;
}

function writeArray(
  machine: Machine,
  { items }: JsonnetArray,
  lineStart: string | undefined,
  output: Output,
  site: Trace,
): void {
  if (items.length === 0) return output.add("[ ]", site);
  const inner = lineStart === undefined ? undefined : `${lineStart}   `;
  for (let at = 0; at < items.length; at++) {
    output.add(separator("[", at, inner), site);
    write(machine, machine.force(items[at] as Lazy, at), inner, output, at);
  }
  output.add(lineStart === undefined ? "]" : `${lineStart}]`, site);
}

function writeObject(
  machine: Machine,
  object: JsonnetObject,
  lineStart: string | undefined,
  output: Output,
  site: Trace,
): void {
  checkBeforeManifest(machine, object);
  const names = object.shown;
  if (names.length === 0) return output.add("{ }", site);
  const inner = lineStart === undefined ? undefined : `${lineStart}   `;
  for (const [at, name] of names.entries()) {
    output.add(`${separator("{", at, inner)}${quoteJson(name)}: `, site);
    write(machine, fieldOf(machine, object, name, 0, name), inner, output, name);
  }
  output.add(lineStart === undefined ? "}" : `${lineStart}}`, site);
}

function separator(open: string, at: number, lineStart: string | undefined): string {
  const before = at === 0 ? open : ",";
  if (lineStart !== undefined) return before + lineStart;
  return at === 0 ? before : ", ";
}

/** The value as plain JSON. */
export function toPlain(machine: Machine, value: Value, site: Trace): Json {
  if (value === null || typeof value !== "object") return value;
  machine.push(site, false);
  if (isFunction(value)) throw machine.fail("couldn't manifest function as JSON", undefined);
  const plain = value instanceof JsonnetArray ? plainArray(machine, value) : plainObject(machine, value);
  machine.depth--;
  return plain;
}

function plainArray(machine: Machine, { items }: JsonnetArray): Json {
  return items.map((item, at) => toPlain(machine, machine.force(item, at), at));
}

function plainObject(machine: Machine, object: JsonnetObject): Json {
  checkBeforeManifest(machine, object);
  const plain: Record<string, Json> = {};
  for (const name of object.shown) setOwn(plain, name, toPlain(machine, fieldOf(machine, object, name, 0, name), name));
  return plain;
}
