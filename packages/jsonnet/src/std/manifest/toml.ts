import { JsonnetArray, JsonnetObject, type Machine, type Value, typeName } from "../../runtime/machine.ts";
import { numberText } from "../../manifest/number.ts";
import { quoteJson } from "../../manifest/string.ts";
import { fieldOf } from "../../runtime/fields.ts";
import type { Trace } from "../../runtime/trace.ts";
import { checkDepth } from "./json-ex.ts";

type Path = readonly string[];

/** @param indent of one level */
export function manifestToml(machine: Machine, site: Trace, value: Value, indent: string): string {
  if (!(value instanceof JsonnetObject)) {
    throw machine.fail(`TOML body must be an object. Got ${typeName(value)}`, site);
  }
  const text = new TomlWriter(machine, site, indent).table(value, [], [], "", 0);
  machine.checkLength(text.length, site);
  return text;
}

class TomlWriter {
  readonly #machine: Machine;
  readonly #site: Trace;
  readonly #step: string;

  constructor(machine: Machine, site: Trace, step: string) {
    this.#machine = machine;
    this.#site = site;
    this.#step = step;
  }

  /** Values first, then the tables in it. @param at the path with indices, for errors */
  table(object: JsonnetObject, path: Path, at: Path, indent: string, depth: number): string {
    checkDepth(this.#machine, depth, this.#site);
    const lines: string[] = [];
    const sections = [""];
    for (const name of object.shown) {
      const value = fieldOf(this.#machine, object, name, 0, this.#site);
      const [own, ownAt] = [
        [...path, name],
        [...at, name],
      ];
      if (value instanceof JsonnetObject) sections.push(this.#section(value, own, ownAt, indent, depth));
      else if (this.#isTables(value)) sections.push(this.#tables(value, own, ownAt, indent, depth));
      else lines.push(...`${keyText(name)} = ${this.#value(value, ownAt, false, depth + 1)}`.split("\n"));
    }
    return (lines.length > 0 ? indent : "") + lines.join(`\n${indent}`) + sections.join("\n\n");
  }

  #isTables(value: Value): value is JsonnetArray {
    if (!(value instanceof JsonnetArray) || value.items.length === 0) return false;
    return value.items.every((item) => this.#machine.force(item, this.#site) instanceof JsonnetObject);
  }

  #section(object: JsonnetObject, path: Path, at: Path, indent: string, depth: number): string {
    const head = `${indent}[${path.map(keyText).join(".")}]${object.shown.length > 0 ? "\n" : ""}`;
    return head + this.table(object, path, at, indent + this.#step, depth + 2);
  }

  #tables({ items }: JsonnetArray, path: Path, at: Path, indent: string, depth: number): string {
    const sections = items.map((item, index) => {
      const object = this.#machine.force(item, this.#site) as JsonnetObject;
      const head = `${indent}[[${path.map(keyText).join(".")}]]${object.shown.length > 0 ? "\n" : ""}`;
      return head + this.table(object, path, [...at, `${index}`], indent + this.#step, depth + 2);
    });
    return sections.join("\n\n");
  }

  #value(value: Value, at: Path, isInline: boolean, depth: number): string {
    checkDepth(this.#machine, depth, this.#site);
    if (value === null) throw this.#machine.fail(`Tried to manifest "null" at [${at.join(" ")}]`, this.#site);
    if (typeof value === "boolean") return `${value}`;
    if (typeof value === "number") return numberText(value);
    if (typeof value === "string") return quoteJson(value);
    if (value instanceof JsonnetArray) return this.#array(value, at, isInline, depth);
    if (!(value instanceof JsonnetObject)) {
      throw this.#machine.fail(`Tried to manifest function at [${at.join(" ")}]`, this.#site);
    }
    const fields = value.shown.map((name) => {
      const field = fieldOf(this.#machine, value, name, 0, this.#site);
      return `${keyText(name)} = ${this.#value(field, [...at, name], true, depth + 1)}`;
    });
    return `{ ${fields.join(", ")} }`;
  }

  /** An element a line, unless it is inside of another value. */
  #array({ items }: JsonnetArray, at: Path, isInline: boolean, depth: number): string {
    if (items.length === 0) return "[]";
    const separator = isInline ? " " : "\n";
    const indent = isInline ? "" : this.#step;
    const values = items.map((item, index) => {
      const value = this.#machine.force(item, this.#site);
      return indent + this.#value(value, [...at, `${index}`], true, depth + 1);
    });
    return `[${separator}${values.join(`,${separator}`)}${separator}]`;
  }
}

function keyText(key: string): string {
  if (key === "") return "''";
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoteJson(key);
}
