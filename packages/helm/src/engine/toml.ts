import {
  ANY_MAP,
  formatFloat,
  GoBytes,
  GoInt,
  GoMap,
  GoNamed,
  GoSlice,
  GoValue,
  int64,
  sliceOf,
  timeValue,
  toPlain,
} from "@fairlead/gotemplate";
import { setOwn } from "@fairlead/base";
import { parse, TomlDate, TomlError } from "smol-toml";

/** TOML as BurntSushi's decoder gives it to templates: integers are int64. @throws Error */
export function decodeToml(text: string): Record<string, unknown> {
  try {
    return fromToml(parse(text, { integersAsBigInt: true })) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = error.message] = error.message.split("\n");
    throw new Error(`toml: line ${error.line}: ${what.replace(/^Invalid TOML document: /, "")}`, { cause: error });
  }
}

function fromToml(value: unknown): unknown {
  if (typeof value === "bigint") return int64(value);
  if (value instanceof TomlDate) return timeOf(value);
  if (Array.isArray(value)) {
    const items = value.map(fromToml);
    return items.length > 0 && items.every(isTableLike) && !items.some(Array.isArray)
      ? new GoSlice(sliceOf(ANY_MAP), items)
      : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const map: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) setOwn(map, key, fromToml(item));
  return map;
}

/** Dates without an offset, and times without a date, are of UTC and of the year 0, as Go's are on a server. */
function timeOf(date: TomlDate): unknown {
  const text = date.toISOString();
  const [, day = "0000-01-01", time = "00:00:00", offset = "Z"] =
    /^(\d{4}-\d\d-\d\d)?T?(\d\d:\d\d:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const ms = Date.parse(`${day}T${time}${offset}`);
  return timeValue(Math.floor(ms / 1000), (((ms % 1000) + 1000) % 1000) * 1_000_000, offset);
}

const INDENT = "  ";

/** TOML as BurntSushi's encoder writes it: plain values before tables, keys sorted, tables indented by their depth. @throws Error */
export function encodeToml(value: unknown): string {
  const root = mapOf(value);
  if (!root) {
    if (isTableLike(value)) throw new Error("toml: top-level values must be Go maps or structs");
    return inline(value);
  }
  let out = "";
  const write = (map: Record<string, unknown>, path: readonly string[]): void => {
    const keys = Object.keys(map).sort();
    const indent = INDENT.repeat(path.length);
    for (const key of keys) {
      const item = map[key];
      if (item === null || item === undefined || isTableLike(item)) continue;
      out += `${indent}${keyText(key)} = ${inline(item)}\n`;
    }
    for (const key of keys) {
      const item = map[key];
      const inner = [...path, key];
      const table = mapOf(item);
      if (table) {
        if (out !== "" && path.length === 0) out += "\n";
        out += `${INDENT.repeat(inner.length - 1)}[${inner.map(keyText).join(".")}]\n`;
        write(table, inner);
      } else if (isTableLike(item)) {
        for (const element of itemsOf(item) ?? []) {
          if (out !== "") out += "\n";
          out += `${INDENT.repeat(inner.length - 1)}[[${inner.map(keyText).join(".")}]]\n`;
          write(mapOf(element) ?? {}, inner);
        }
      }
    }
  };
  write(root, []);
  return out;
}

function mapOf(value: unknown): Record<string, unknown> | undefined {
  if (value instanceof GoMap) return value.record;
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof GoValue) return undefined;
  return value as Record<string, unknown>;
}

function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (value instanceof GoSlice) return value.items;
  return Array.isArray(value) ? value : undefined;
}

/** A map, or a list that holds nothing but maps. */
function isTableLike(value: unknown): boolean {
  if (mapOf(value)) return true;
  const items = itemsOf(value);
  return items !== undefined && items.length > 0 && items.every((item) => mapOf(item) !== undefined);
}

function inline(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return floatText(value);
  if (value instanceof GoInt || value instanceof GoNamed)
    return typeof value.value === "string" ? quote(value.value) : String(value.value);
  if (value === null) throw new Error("toml: cannot encode array with nil element");
  if (value instanceof GoBytes) return `[${[...value.bytes].join(", ")}]`;
  const items = itemsOf(value);
  if (items) return `[${items.map(inline).join(", ")}]`;
  const map = mapOf(value);
  if (map)
    return `{${Object.keys(map)
      .sort()
      .map((key) => `${keyText(key)} = ${inline(map[key])}`)
      .join(", ")}}`;
  const text = String(toPlain(value));
  return value instanceof GoValue && value.type.name === "time.Time" ? text : quote(text);
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = formatFloat(value, "g", -1, 64);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quote(key);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

function quote(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is escaped
  return `"${text.replace(/[\u0000-\u001f"\\\u007f]/g, (character) => ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}
