import { GoError, LimitError } from "../errors.ts";
import { formatFloat } from "../fmt/float.ts";
import { LIMITS } from "../limits.ts";
import { integerValue, isListLike, isMapLike, listItems, typeName } from "../values/reflect.ts";
import { sortedEntries } from "../values/sort.ts";
import {
  GoBytes,
  GoFloat32,
  GoKeyedMap,
  type GoMap,
  GoNamed,
  GoPointer,
  GoSlice,
  GoStruct,
  GoTimeLike,
  isNilContainer,
} from "../values/values.ts";

export interface JsonOptions {
  /** Write < > & as \u escapes, as encoding/json does unless told otherwise. */
  readonly escapesHtml: boolean;
  /** Spaces a level; undefined writes everything on one line. */
  readonly indent?: number;
  spend(steps: number): void;
}

/** encoding/json of template data: keys sorted, Go's number formats. @throws GoError for what JSON cannot hold */
export function encodeJson(value: unknown, options: JsonOptions): string {
  return new Encoder(options).value(value, 0);
}

class Encoder {
  readonly #options: JsonOptions;
  #chars = 0;

  constructor(options: JsonOptions) {
    this.#options = options;
  }

  value(value: unknown, depth: number): string {
    this.#options.spend(1);
    if (this.#chars > LIMITS.printedCharsMax) {
      throw new LimitError(`writes more than ${LIMITS.printedCharsMax} characters`);
    }
    if (depth > LIMITS.valueDepthMax) throw new LimitError(`value is nested deeper than ${LIMITS.valueDepthMax}`);
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        return encodeFloat(value, 64);
      case "boolean":
      case "bigint":
        return String(value);
      case "object":
        return value === null ? "null" : this.#object(value, depth);
      default:
        return "null";
    }
  }

  #object(value: object, depth: number): string {
    const integer = integerValue(value);
    if (integer !== undefined) return String(integer);
    if (value instanceof GoFloat32) return encodeFloat(value.value, 32);
    if (value instanceof GoNamed) return this.#named(value);
    if (value instanceof GoTimeLike) return `"${value.json()}"`;
    if (value instanceof GoPointer) return value.target === null ? "null" : this.value(value.target, depth);
    if (isNilContainer(value)) return "null";
    if (value instanceof GoBytes) return `"${Buffer.from(value.bytes).toString("base64")}"`;
    if (Array.isArray(value) || value instanceof GoSlice) {
      return this.#wrap(
        "[",
        "]",
        listItems(value).map((item) => this.value(item, depth + 1)),
        depth,
      );
    }
    if (value instanceof GoStruct) return this.#struct(value, depth);
    if (isMapLike(value)) return this.#map(value as Record<string, unknown>, depth);
    throw new GoError(`json: unsupported type: ${typeName(value)}`);
  }

  #named(value: GoNamed): string {
    if (value.type.name === "json.Number") return value.value === "" ? "0" : String(value.value);
    return this.value(value.value, 0);
  }

  #map(value: Record<string, unknown> | GoMap | GoKeyedMap, depth: number): string {
    const pairs = sortedEntries(value).map(([key, item]): [string, unknown] => [keyText(key), item]);
    // Keys that are no text are sorted by their text, as encoding/json does.
    if (value instanceof GoKeyedMap) pairs.sort(([a], [b]) => (a < b ? -1 : 1));
    return this.#fields(pairs, depth);
  }

  #struct(value: GoStruct, depth: number): string {
    const fields = (value.type.fields ?? []).filter((field) => field.json !== "" && /^\p{Lu}/u.test(field.name));
    const pairs = fields.map((field): [string, unknown, boolean] => [
      field.json ?? field.name,
      value.values[field.name],
      field.omitEmpty === true,
    ]);
    const kept = pairs.filter(([, item, omitEmpty]) => !omitEmpty || !isOmitted(item));
    return this.#fields(
      kept.map(([key, item]) => [key, item]),
      depth,
    );
  }

  #fields(pairs: ReadonlyArray<readonly [string, unknown]>, depth: number): string {
    const colon = this.#options.indent === undefined ? ":" : ": ";
    const lines = pairs.map(([key, item]) => this.#string(key) + colon + this.value(item, depth + 1));
    return this.#wrap("{", "}", lines, depth);
  }

  #wrap(open: string, close: string, parts: readonly string[], depth: number): string {
    const { indent } = this.#options;
    if (indent === undefined || parts.length === 0) return open + parts.join(",") + close;
    const pad = " ".repeat(indent * (depth + 1));
    return `${open}\n${pad}${parts.join(`,\n${pad}`)}\n${" ".repeat(indent * depth)}${close}`;
  }

  #string(text: string): string {
    this.#chars += text.length + 8;
    return encodeString(text, this.#options.escapesHtml);
  }
}

function isOmitted(value: unknown): boolean {
  if (value == null || value === "" || value === 0 || value === false) return true;
  if (isListLike(value)) return listItems(value).length === 0;
  if (isMapLike(value)) return sortedEntries(value).length === 0;
  return integerValue(value) === 0 || (value instanceof GoPointer && value.target === null);
}

function keyText(key: unknown): string {
  if (typeof key === "string") return key;
  const integer = integerValue(key);
  if (integer !== undefined) return String(integer);
  if (key instanceof GoNamed && typeof key.value === "string") return key.value;
  throw new GoError(`json: unsupported type: map[${typeName(key)}]`);
}

/** ES6's number format but for the exponent, which has no leading zero: 1e-07 is 1e-7. */
function encodeFloat(value: number, bits: 32 | 64): string {
  if (!Number.isFinite(value)) throw new GoError(`json: unsupported value: ${formatFloat(value, "g", -1)}`);
  const absolute = Math.abs(value);
  const isScientific = absolute !== 0 && (absolute < 1e-6 || absolute >= 1e21);
  return formatFloat(value, isScientific ? "e" : "f", -1, bits).replace(/e-0(\d)$/, "e-$1");
}

// eslint-disable-next-line no-control-regex
const PLAIN = /^[\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\x5b\x5d-\x7e]*$/;
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function encodeString(text: string, escapesHtml: boolean): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let encoded = '"';
  for (const char of text) {
    const short = SHORT[char];
    const code = char.charCodeAt(0);
    if (short !== undefined) encoded += short;
    else if (code < 0x20 || char === "\u2028" || char === "\u2029" || (escapesHtml && "<>&".includes(char))) {
      encoded += `\\u${code.toString(16).padStart(4, "0")}`;
    } else encoded += char.isWellFormed() ? char : "\\ufffd";
  }
  return `${encoded}"`;
}
