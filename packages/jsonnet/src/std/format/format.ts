import { JsonnetArray, JsonnetObject, type Lazy, type Machine, type Value, typeName } from "../../runtime/machine.ts";
import { characterOf } from "../text/char.ts";
import { toText } from "../../manifest/json.ts";
import { lengthOf } from "../../runtime/characters.ts";
import { fieldOf } from "../../runtime/fields.ts";
import type { Trace } from "../../runtime/trace.ts";
import { parseFormat, type FormatCode } from "./parse.ts";
import {
  exponentOf,
  padLeft,
  padRight,
  renderDecimal,
  renderHex,
  renderInteger,
  renderScientific,
  type NumberLayout,
} from "./render.ts";

/** `std.format(text, values)`: Python's printf, with values by position or by name. */
export function format(machine: Machine, site: Trace, text: string, values: Value): Value {
  const parts = parseFormat(text, (what) => machine.fail(what, site));
  if (values instanceof JsonnetObject) return formatNamed(machine, site, parts, values);
  return formatListed(machine, site, parts, values instanceof JsonnetArray ? values.items : [values]);
}

/** Hands out values one after another. */
class Values {
  readonly #machine: Machine;
  readonly #site: Trace;
  readonly items: readonly Lazy[];
  used = 0;

  constructor(machine: Machine, site: Trace, items: readonly Lazy[]) {
    this.#machine = machine;
    this.#site = site;
    this.items = items;
  }

  next(expected: "at least" | "more than"): Value {
    if (this.used >= this.items.length) {
      const counts = `${this.items.length}, expected ${expected} ${this.used}`;
      throw this.#machine.fail(`Not enough values to format: ${counts}`, this.#site);
    }
    return this.#machine.force(this.items[this.used++] as Lazy, this.#site);
  }
}

function formatListed(
  machine: Machine,
  site: Trace,
  parts: readonly (string | FormatCode)[],
  items: readonly Lazy[],
): string {
  const values = new Values(machine, site, items);
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") text += part;
    else {
      const width = part.width === "*" ? machine.number(values.next("at least"), site) : part.width;
      const precision = part.precision === "*" ? machine.number(values.next("at least"), site) : part.precision;
      const at = values.used;
      const shown =
        part.type === "%" ? "%" : formatValue(machine, site, values.next("more than"), part, width, precision, `${at}`);
      text += padded(machine, site, shown, width, part);
    }
    machine.checkLength(text.length, site);
  }
  if (values.used < items.length) {
    throw machine.fail(`Too many values to format: ${items.length}, expected ${values.used}`, site);
  }
  return text;
}

function formatNamed(
  machine: Machine,
  site: Trace,
  parts: readonly (string | FormatCode)[],
  values: JsonnetObject,
): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") text += part;
    else {
      if (part.width === "*") throw machine.fail("Cannot use * field width with object.", site);
      text += padded(machine, site, namedValue(machine, site, part, part.width, values), part.width, part);
    }
    machine.checkLength(text.length, site);
  }
  return text;
}

function namedValue(machine: Machine, site: Trace, code: FormatCode, width: number, values: JsonnetObject): string {
  if (code.type === "%") return "%";
  const { key, precision } = code;
  if (key === undefined) throw machine.fail("Mapping keys required.", site);
  if (values.find(key, 0) === undefined) throw machine.fail(`No such field: ${key}`, site);
  const value = fieldOf(machine, values, key, 0, site);
  if (precision === "*") throw machine.fail("Cannot use * precision with object.", site);
  return formatValue(machine, site, value, code, width, precision, key);
}

function padded(machine: Machine, site: Trace, text: string, width: number, { isLeft }: FormatCode): string {
  machine.checkLength(width, site);
  return isLeft ? padRight(text, width) : padLeft(text, width, " ");
}

function formatValue(
  machine: Machine,
  site: Trace,
  value: Value,
  code: FormatCode,
  width: number,
  precision: number | undefined,
  at: string,
): string {
  if (code.type === "s") return toText(machine, value, site);
  if (code.type === "c") return formatCharacter(machine, site, value);
  if (typeof value !== "number") {
    throw machine.fail(`Format required number at ${at}, got ${typeName(value)}`, site);
  }
  machine.checkLength(width + (precision ?? 0), site);
  const zeroWidth = code.isZeroPadded && !code.isLeft ? width : 0;
  return formatNumber(value, code, { zeroWidth, isBlank: code.isBlank, isPlus: code.isPlus }, precision);
}

function formatNumber(value: number, code: FormatCode, layout: NumberLayout, precision: number | undefined): string {
  const { isAlternate, isCapital } = code;
  const digits = precision ?? 0;
  const places = precision ?? 6;
  switch (code.type) {
    case "d":
      return renderInteger(value <= -1, Math.floor(Math.abs(value)), digits, layout, 10, "");
    case "o":
      return renderInteger(value <= -1, Math.floor(Math.abs(value)), digits, layout, 8, isAlternate ? "0" : "");
    case "x":
      return renderHex(Math.floor(value), digits, layout, isAlternate, isCapital);
    case "f":
      return renderDecimal(value, layout, isAlternate, true, places);
    case "e":
      return renderScientific(value, layout, isAlternate, true, isCapital, places);
    default: {
      const exponent = exponentOf(value);
      if (exponent < -4 || exponent >= places) {
        return renderScientific(value, layout, isAlternate, isAlternate, isCapital, places - 1);
      }
      return renderDecimal(value, layout, isAlternate, isAlternate, places - Math.max(1, exponent + 1));
    }
  }
}

function formatCharacter(machine: Machine, site: Trace, value: Value): string {
  if (typeof value === "number") return characterOf(machine, site, value);
  if (typeof value !== "string") {
    throw machine.fail(`%c expected number / string, got: ${typeName(value)}`, site);
  }
  if (lengthOf(value) === 1) return value;
  throw machine.fail(`%c expected 1-sized string got: ${lengthOf(value)}`, site);
}
