import { problemError } from "@fairlead/base";
import { FOLD_COLUMNS, YAML_LIMITS } from "../limits.ts";
import { resolvePlainV2 } from "../schema/v2.ts";
import {
  analyse,
  type Dialect,
  MULTILINE,
  NO_BLOCK,
  NO_BLOCK_PLAIN,
  NO_SINGLE,
  NON_ASCII,
  SPECIAL,
} from "./analysis.ts";
import { checkJsonKey, throughJson } from "./json-strings.ts";
import { compareKeysV2 } from "./order.ts";
import { blockHints, Output, writeDoubleQuoted, writeLiteralLines, writePlain, writeSingleQuoted } from "./output.ts";
import { BASE_60, isIntegerLike, jsonNumberText, ownKeys } from "./values.ts";

const DIALECT: Dialect = { printsAstral: false, keepsTabs: false };
const STEP = 2;
/** Bytes of the longest key that is written without `? `. */
const SIMPLE_KEY_BYTES_MAX = 128;

/**
 * Writes a value as sigs.k8s.io/yaml.Marshal does with go.yaml.in/yaml/v2: keys in go-yaml's order, two spaces, sequences at the
 * column of their key, lines folded at spaces beyond column 80, strings with line breaks as literal blocks, quotes only where the
 * plain form would read as something else. Numbers are float64 (integral ones look like integers); bigint, YamlInteger and the like
 * are integers. Undefined is left out of maps and is null elsewhere.
 * @throws ProblemError YamlEncode on what Go refuses: NaN, infinities, control characters that JSON does not escape.
 */
export function encodeYaml(value: unknown): string {
  const writer = new Writer();
  writer.root(value);
  return writer.output.text;
}

type Style = "plain" | "single" | "double" | "literal";

class Writer {
  readonly output = new Output();
  #depth = 0;

  root(value: unknown): void {
    const { output } = this;
    if (isFilledMap(value)) {
      this.#mapping(value, 0, true);
    } else if (isFilledList(value)) {
      this.#sequence(value, 0, true);
    } else {
      this.#scalarOrEmpty(value, STEP);
      if (output.column > 0) output.newline();
      return;
    }
    if (output.column > 0) output.newline();
  }

  /** Pairs at this column. `isInline`: the first key stands where the output is, behind `- `, `: ` or at the very start. */
  #mapping(map: Record<string, unknown>, indent: number, isInline: boolean): void {
    this.#enter();
    let isFirst = isInline;
    for (const key of ownKeys(map).sort(compareKeysV2)) {
      this.#lineFor(indent, isFirst);
      isFirst = false;
      checkJsonKey(key);
      const value = map[key];
      if (this.#key(mayChangeInJson(key) ? throughJson(key) : key, indent)) this.#valueOfSimpleKey(value, indent);
      else this.#valueOfLongKey(value, indent);
    }
    this.#depth--;
  }

  #lineFor(indent: number, isInline: boolean): void {
    const { output } = this;
    if (!isInline && output.column > 0) output.newline();
    output.indent(indent);
  }

  /** Writes a key; answers whether it is a simple one, with its colon behind it. */
  #key(key: string, indent: number): boolean {
    const { output } = this;
    const flags = analyse(key, DIALECT);
    const isShort = key.length <= SIMPLE_KEY_BYTES_MAX / 3 || byteLength(key, flags) <= SIMPLE_KEY_BYTES_MAX;
    if (isShort && (flags & MULTILINE) === 0) {
      const isAscii = (flags & NON_ASCII) === 0;
      writeStyled(output, key, styleOf(key, flags), isAscii, Number.POSITIVE_INFINITY, 0);
      output.put(":");
      return true;
    }
    output.put("? ");
    this.#string(key, flags, indent + STEP);
    return false;
  }

  #valueOfSimpleKey(value: unknown, indent: number): void {
    const { output } = this;
    if (isFilledMap(value)) {
      this.#mapping(value, indent + STEP, false);
    } else if (isFilledList(value)) {
      this.#sequence(value, indent, false);
    } else {
      output.put(" ");
      this.#scalarOrEmpty(value, indent + STEP);
    }
  }

  #valueOfLongKey(value: unknown, indent: number): void {
    const { output } = this;
    this.#lineFor(indent, false);
    output.put(": ");
    this.#item(value, indent);
  }

  #sequence(items: readonly unknown[], indent: number, isInline: boolean): void {
    this.#enter();
    let isFirst = isInline;
    for (const item of items) {
      this.#lineFor(indent, isFirst);
      isFirst = false;
      this.output.put("- ");
      this.#item(item, indent);
    }
    this.#depth--;
  }

  /** What stands behind `- ` (or `: ` of a long key): collections begin on the same line. */
  #item(value: unknown, indent: number): void {
    if (isFilledMap(value)) this.#mapping(value, indent + STEP, true);
    else if (isFilledList(value)) this.#sequence(value, indent + STEP, true);
    else this.#scalarOrEmpty(value, indent + STEP);
  }

  #scalarOrEmpty(value: unknown, indent: number): void {
    const { output } = this;
    if (typeof value === "string") {
      return this.#string(value, analyse(value, DIALECT), indent);
    }
    if (typeof value === "number") return output.put(jsonNumberText(value));
    if (typeof value === "boolean") return output.put(value ? "true" : "false");
    if (typeof value === "bigint") return output.put(String(value));
    if (value === null || value === undefined) return output.put("null");
    if (Array.isArray(value)) return output.put("[]");
    if (typeof value !== "object") {
      throw problemError("YamlEncode", `error marshaling into JSON: json: unsupported type: ${typeof value}`);
    }
    if (isIntegerLike(value)) return output.put(String(value.value));
    output.put("{}");
  }

  #string(raw: string, rawFlags: number, indent: number): void {
    let value = raw;
    let flags = rawFlags;
    if ((rawFlags & SPECIAL) !== 0) {
      value = throughJson(raw);
      if (value !== raw) flags = analyse(value, DIALECT);
    }
    writeStyled(this.output, value, styleOf(value, flags), (flags & NON_ASCII) === 0, FOLD_COLUMNS, indent);
  }

  #enter(): void {
    if (++this.#depth > YAML_LIMITS.depthMax) {
      throw problemError("YamlLimit", `collections are nested more than ${YAML_LIMITS.depthMax} deep`);
    }
  }
}

function isFilledMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isIntegerLike(value)) return false;
  for (const key in value) if ((value as Record<string, unknown>)[key] !== undefined) return true;
  return false;
}

function isFilledList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function mayChangeInJson(key: string): boolean {
  for (let index = 0; index < key.length; index++) if (key.charCodeAt(index) > 0x7e) return true;
  return false;
}

function byteLength(text: string, flags: number): number {
  return (flags & NON_ASCII) === 0 ? text.length : Buffer.byteLength(text);
}

/** The style go-yaml asks for, and what libyaml makes of it where the content does not allow it. */
function styleOf(value: string, flags: number): Style {
  if (value.includes("\n")) return (flags & NO_BLOCK) === 0 ? "literal" : "double";
  if (!staysString(value)) return "double";
  if ((flags & NO_BLOCK_PLAIN) === 0) return "plain";
  return (flags & NO_SINGLE) === 0 ? "single" : "double";
}

/** Whether the plain form reads back as a string, also for readers that know base 60. */
function staysString(value: string): boolean {
  if (resolvePlainV2(value) !== undefined) return false;
  return !(value.includes(":") && BASE_60.test(value));
}

function writeStyled(
  output: Output,
  value: string,
  style: Style,
  isAscii: boolean,
  width: number,
  indent: number,
): void {
  if (style === "plain") {
    if (isAscii && output.column + value.length <= width) output.put(value);
    else writePlain(output, value, { width, indent });
    return;
  }
  const folding = { width, indent };
  if (style === "single") {
    writeSingleQuoted(output, value, folding);
  } else if (style === "double") {
    writeDoubleQuoted(output, value, folding, DIALECT);
  } else {
    output.put(`|${blockHints(value, STEP)}`);
    writeLiteralLines(output, value, indent);
  }
}
