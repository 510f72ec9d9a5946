import { JsonnetArray, JsonnetObject, type Lazy, type Machine, type Value, typeName } from "../../runtime/machine.ts";
import { shortNumberText } from "../../manifest/number.ts";
import { quoteJson } from "../../manifest/string.ts";
import { fieldOf } from "../../runtime/fields.ts";
import type { Trace } from "../../runtime/trace.ts";
import { checkDepth } from "./json-ex.ts";

const STEP = "  ";
const RESERVED: ReadonlySet<string> = new Set([
  "true",
  "false",
  "yes",
  "no",
  "on",
  "off",
  "y",
  "n",
  ".nan",
  "-.inf",
  "+.inf",
  ".inf",
  "null",
  "-",
  "---",
]);
const BARE = /^[A-Za-z0-9_\-/.]+$/;
const DATE = /^(?:[0-9]*-){2}[0-9]*$/;
const BINARY = /^[-+]?0b[0-1_]+$/;
const HEX = /[-+]?0x[0-9a-fA-F_]+/;
/** What Go's strconv takes for a number, of what is bare: decimal with an exponent, infinity, NaN. */
const NUMBER = /^-?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e-?[0-9]+)?|inf|infinity|nan)$/i;

/** Whether a key can stand without quotes. */
function isBare(key: string): boolean {
  if (!BARE.test(key) || RESERVED.has(key.toLowerCase())) return false;
  if (/^-nan$/i.test(key)) return true;
  return !DATE.test(key) && !BINARY.test(key) && !HEX.test(key) && !NUMBER.test(key);
}

interface YamlStyle {
  readonly isArrayIndented: boolean;
  readonly hasQuotedKeys: boolean;
}

export function manifestYamlDoc(machine: Machine, site: Trace, value: Value, style: YamlStyle): string {
  return new YamlWriter(machine, site, style).document(value);
}

class YamlWriter {
  readonly #machine: Machine;
  readonly #site: Trace;
  readonly #style: YamlStyle;
  #out = "";

  constructor(machine: Machine, site: Trace, style: YamlStyle) {
    this.#machine = machine;
    this.#site = site;
    this.#style = style;
  }

  document(value: Value): string {
    this.#write(value, "", 0);
    return this.#out;
  }

  #add(piece: string): void {
    this.#out += piece;
    this.#machine.checkLength(this.#out.length, this.#site);
  }

  #write(value: Value, indent: string, depth: number): void {
    checkDepth(this.#machine, depth, this.#site);
    if (typeof value === "string") this.#add(stringText(value, indent));
    else if (typeof value === "number") this.#add(shortNumberText(value));
    else if (value === null || typeof value === "boolean") this.#add(`${value}`);
    else if (value instanceof JsonnetArray) this.#array(value, indent, depth);
    else if (value instanceof JsonnetObject) this.#object(value, indent, depth);
  }

  #array({ items }: JsonnetArray, indent: string, depth: number): void {
    if (items.length === 0) return this.#add("[]");
    for (let at = 0; at < items.length; at++) {
      if (at > 0) this.#add(`\n${indent}`);
      const value = this.#machine.force(items[at] as Lazy, this.#site);
      const isList = value instanceof JsonnetArray && value.items.length > 0;
      this.#add(isList ? `-\n${indent}${STEP}` : "- ");
      const isNested = value instanceof JsonnetArray || value instanceof JsonnetObject;
      this.#write(value, isNested ? indent + STEP : indent, depth + 1);
    }
  }

  #object(object: JsonnetObject, indent: string, depth: number): void {
    const names = object.shown;
    if (names.length === 0) return this.#add("{}");
    for (const [at, name] of names.entries()) {
      const value = fieldOf(this.#machine, object, name, 0, this.#site);
      const key = this.#style.hasQuotedKeys || !isBare(name) ? quoteJson(name) : name;
      this.#add(`${at > 0 ? `\n${indent}` : ""}${key}:`);
      const inner = indent + this.#stepInto(value);
      const isBlock = isNonEmpty(value);
      this.#add(isBlock ? `\n${inner}` : " ");
      this.#write(value, isBlock ? inner : indent, depth + 1);
    }
  }

  #stepInto(value: Value): string {
    if (value instanceof JsonnetArray) return this.#style.isArrayIndented ? STEP : "";
    return STEP;
  }
}

function isNonEmpty(value: Value): boolean {
  if (value instanceof JsonnetArray) return value.items.length > 0;
  return value instanceof JsonnetObject && value.shown.length > 0;
}

/** A text that ends a line is a block; any other one stands in quotes. */
function stringText(text: string, indent: string): string {
  if (text === "") return '""';
  if (!text.endsWith("\n")) return quoteJson(text);
  const lines = text.slice(0, -1).split("\n");
  return `|${lines.map((line) => `\n${indent}${STEP}${line}`).join("")}`;
}

export function manifestYamlStream(
  machine: Machine,
  site: Trace,
  value: Value,
  style: YamlStyle,
  hasEnd: boolean,
): string {
  if (!(value instanceof JsonnetArray)) {
    throw machine.fail(`manifestYamlStream only takes arrays, got ${typeName(value)}`, site);
  }
  const documents = value.items.map((item) => manifestYamlDoc(machine, site, machine.force(item, site), style));
  const text = `---\n${documents.join("\n---\n")}${hasEnd ? "\n...\n" : "\n"}`;
  machine.checkLength(text.length, site);
  return text;
}
