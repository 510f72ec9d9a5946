import { LimitError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { sortedEntries } from "../values/sort.ts";
import { integerValue, isMapLike, kindOf, listItems, typeName, typeOf } from "../values/reflect.ts";
import { fromBytes } from "../values/text.ts";
import { ANY, isUnsignedKind, type GoType } from "../values/types.ts";
import type { GoKeyedMap } from "../values/values.ts";
import {
  GoBytes,
  GoComplex,
  GoFloat32,
  GoFunc,
  GoMap,
  GoNamed,
  GoPointer,
  GoSlice,
  GoStruct,
  GoValue,
} from "../values/values.ts";
import {
  formatBool,
  formatFloatVerb,
  formatHex,
  formatInteger,
  formatQuoted,
  formatQuotedRune,
  formatRune,
  formatString,
  formatUnicode,
  hasFlags,
  noFlags,
  pad,
  type Flags,
} from "./flags.ts";

/** Counts what is visited; throws when it is too much. */
export type Spend = (steps: number) => void;

/** What copying bytes costs beside walking a node. */
const BYTES_A_STEP = 16;

const FLOAT_PRECISION: Readonly<Record<string, number>> = {
  v: -1,
  b: -1,
  g: -1,
  G: -1,
  x: -1,
  X: -1,
  f: 6,
  F: 6,
  e: 6,
  E: 6,
};

/** One call of a print function: the text so far and the flags of the verb at hand. */
export class Printer {
  out = "";
  flags: Flags = noFlags();
  readonly #spend: Spend;
  /** While a bad verb's value is shown its methods are not asked, or an error could go round in circles. */
  #isErroring = false;

  constructor(spend: Spend) {
    this.#spend = spend;
  }

  /** One operand by one verb, as fmt's printArg. `value` null or undefined is nil. */
  printArg(value: unknown, verb: string): void {
    if (value == null) {
      if (verb === "T" || verb === "v") this.out += pad("<nil>", this.flags);
      else this.#badVerb(value, verb);
      return;
    }
    if (verb === "T") this.out += formatString(typeName(value), this.flags);
    else if (verb === "p") this.#pointer(value, verb);
    else this.#value(value, verb, 0, ANY);
  }

  #badVerb(value: unknown, verb: string): void {
    this.#isErroring = true;
    this.out += `%!${verb}(`;
    if (value == null) this.out += "<nil>";
    else {
      this.out += `${typeName(value)}=`;
      this.#value(value, "v", 0, ANY);
    }
    this.out += ")";
    this.#isErroring = false;
  }

  /** `boxed` is the static type the value is held in: only nil shows it. */
  #value(value: unknown, verb: string, depth: number, boxed: GoType): void {
    this.#spend(1);
    if (this.out.length > LIMITS.printedCharsMax) {
      throw new LimitError(`prints more than ${LIMITS.printedCharsMax} characters`);
    }
    if (depth > LIMITS.valueDepthMax) throw new LimitError(`value is nested deeper than ${LIMITS.valueDepthMax}`);
    if (value == null) {
      this.#nil(verb, boxed);
      return;
    }
    if (verb === "w" && !this.#isErroring && !(value instanceof GoBytes)) {
      this.#badVerb(value, verb);
      return;
    }
    if (value instanceof GoValue && this.#byMethod(value, verb)) return;
    switch (typeof value) {
      case "string":
        this.#string(value, value, verb);
        return;
      case "boolean":
        this.#bool(value, value, verb);
        return;
      case "number":
        this.#float(value, value, 64, verb);
        return;
      case "bigint":
        this.#integer(value, value, verb);
        return;
    }
    this.#object(value, verb, depth);
  }

  #nil(verb: string, boxed: GoType): void {
    if (this.flags.sharpV) this.out += `${boxed.name}(nil)`;
    // Inside a container a nil interface prints itself whatever the verb.
    else this.out += verb === "v" || boxed.kind === "interface" ? "<nil>" : `%!${verb}(<nil>)`;
  }

  /** Errors and Stringers print by their text for %v %s %x %X %q; with %#v they show what they are made of. */
  #byMethod(value: GoValue, verb: string): boolean {
    if (this.#isErroring) return false;
    const text = value.type.text;
    if (text === undefined || this.flags.sharpV || !"vsxXq".includes(verb)) return false;
    this.#string(text(value), value, verb);
    return true;
  }

  #object(value: unknown, verb: string, depth: number): void {
    const integer = integerValue(value);
    if (integer !== undefined) this.#integer(integer, value, verb);
    else if (value instanceof GoNamed) this.#named(value, verb);
    else if (value instanceof GoFloat32) this.#float(value.value, value, 32, verb);
    else if (value instanceof GoComplex) this.#complex(value, verb);
    else if (value instanceof GoBytes) this.#bytes(value, verb, depth);
    else if (value instanceof GoSlice || Array.isArray(value)) this.#list(value as GoSlice | unknown[], verb, depth);
    else if (value instanceof GoStruct) this.#struct(value, verb, depth);
    else if (value instanceof GoPointer) this.#pointerValue(value, verb, depth);
    else if (value instanceof GoFunc) this.#pointer(value, verb);
    else if (isMapLike(value)) this.#map(value, verb, depth);
    else this.out += `?${typeName(value)}?`;
  }

  #named(value: GoNamed, verb: string): void {
    if (typeof value.value === "string") this.#string(value.value, value, verb);
    else if (typeof value.value === "boolean") this.#bool(value.value, value, verb);
    else this.#float(Number(value.value), value, value.type.kind === "float32" ? 32 : 64, verb);
  }

  #string(text: string, value: unknown, verb: string): void {
    if (verb === "s" || (verb === "v" && !this.flags.sharpV)) this.out += formatString(text, this.flags);
    else if (verb === "q" || verb === "v") this.out += formatQuoted(text, this.flags);
    else if (verb === "x" || verb === "X") this.out += formatHex(text, this.flags, verb === "X");
    else this.#badVerb(value, verb);
  }

  #bool(truth: boolean, value: unknown, verb: string): void {
    if (verb === "t" || verb === "v") this.out += formatBool(truth, this.flags);
    else this.#badVerb(value, verb);
  }

  #float(number: number, value: unknown, bits: 32 | 64, verb: string): void {
    const precision = FLOAT_PRECISION[verb];
    if (precision === undefined) this.#badVerb(value, verb);
    else this.out += formatFloatVerb(number, bits, verb === "F" ? "f" : verb, precision, this.flags);
  }

  #complex(value: GoComplex, verb: string): void {
    if (FLOAT_PRECISION[verb] === undefined) {
      this.#badVerb(value, verb);
      return;
    }
    const plus = this.flags.plus;
    this.out += "(";
    this.#float(value.real, value, 64, verb);
    this.flags.plus = true;
    this.#float(value.imaginary, value, 64, verb);
    this.flags.plus = plus;
    this.out += "i)";
  }

  #integer(number: number | bigint, value: unknown, verb: string): void {
    const isUnsigned = isUnsignedKind(kindOf(value));
    switch (verb) {
      case "v":
        if (this.flags.sharpV && isUnsigned)
          this.out += formatInteger(number, 16, verb, { ...this.flags, sharp: true });
        else this.out += formatInteger(number, 10, verb, this.flags);
        return;
      case "d":
        this.out += formatInteger(number, 10, verb, this.flags);
        return;
      case "b":
        this.out += formatInteger(number, 2, verb, this.flags);
        return;
      case "o":
      case "O":
        this.out += formatInteger(number, 8, verb, this.flags);
        return;
      case "x":
      case "X":
        this.out += formatInteger(number, 16, verb, this.flags);
        return;
      case "c":
        this.out += formatRune(number, this.flags);
        return;
      case "q":
        this.out += formatQuotedRune(number, this.flags);
        return;
      case "U":
        this.out += formatUnicode(number, this.flags);
        return;
      default:
        this.#badVerb(value, verb);
    }
  }

  #bytes(value: GoBytes, verb: string, depth: number): void {
    this.#spend(Math.ceil(value.bytes.length / BYTES_A_STEP));
    if (verb === "s") this.out += formatString(fromBytes(value.bytes), this.flags);
    else if (verb === "q") this.out += formatQuoted(fromBytes(value.bytes), this.flags);
    else if (verb === "x" || verb === "X") this.out += formatHex(value.bytes, this.flags, verb === "X");
    else if ((verb === "v" || verb === "d") && this.flags.sharpV) this.#list(listOf(value), verb, depth, "[]byte");
    // A chart that prints its context by mistake prints all its files so.
    else if ((verb === "v" || verb === "d") && !hasFlags(this.flags)) this.out += `[${value.bytes.join(" ")}]`;
    else this.#list(listOf(value), verb, depth);
  }

  #list(value: GoSlice | unknown[], verb: string, depth: number, name = typeName(value)): void {
    const items = listItems(value);
    const elem = typeOf(value)?.elem ?? ANY;
    if (this.flags.sharpV) {
      this.out += name;
      if (value instanceof GoSlice && value.isNil && value.type.kind === "slice") {
        this.out += "(nil)";
        return;
      }
    }
    this.out += this.flags.sharpV ? "{" : "[";
    for (const [index, item] of items.entries()) {
      if (index > 0) this.out += this.flags.sharpV ? ", " : " ";
      this.#value(item, verb, depth + 1, elem);
    }
    this.out += this.flags.sharpV ? "}" : "]";
  }

  #map(value: Record<string, unknown> | GoMap | GoKeyedMap, verb: string, depth: number): void {
    const type = typeOf(value);
    if (this.flags.sharpV) {
      this.out += type?.name ?? "";
      if (value instanceof GoMap && value.isNil) {
        this.out += "(nil)";
        return;
      }
    }
    this.out += this.flags.sharpV ? "{" : "map[";
    for (const [index, [key, item]] of sortedEntries(value).entries()) {
      if (index > 0) this.out += this.flags.sharpV ? ", " : " ";
      this.#value(key, verb, depth + 1, type?.key ?? ANY);
      this.out += ":";
      this.#value(item, verb, depth + 1, type?.elem ?? ANY);
    }
    this.out += this.flags.sharpV ? "}" : "]";
  }

  #struct(value: GoStruct, verb: string, depth: number): void {
    if (this.flags.sharpV) this.out += value.type.name;
    this.out += "{";
    for (const [index, field] of (value.type.fields ?? []).entries()) {
      if (index > 0) this.out += this.flags.sharpV ? ", " : " ";
      if (this.flags.plusV || this.flags.sharpV) this.out += `${field.name}:`;
      this.#value(value.values[field.name], verb, depth + 1, field.type);
    }
    this.out += "}";
  }

  #pointerValue(value: GoPointer, verb: string, depth: number): void {
    const kind = kindOf(value.target);
    if (depth === 0 && (kind === "slice" || kind === "array" || kind === "struct" || kind === "map")) {
      this.out += "&";
      this.#value(value.target, verb, depth + 1, ANY);
    } else {
      this.#pointer(value, verb);
    }
  }

  /** Addresses differ from run to run in Go, so nothing can depend on them; a fixed one keeps output stable. */
  #pointer(value: unknown, verb: string): void {
    const isNil =
      (value instanceof GoPointer || value instanceof GoSlice || value instanceof GoMap) && value.type.kind !== "array";
    const kind = kindOf(value);
    if (kind !== "ptr" && kind !== "func" && kind !== "map" && kind !== "slice") {
      this.#badVerb(value, verb);
      return;
    }
    const isNothing = isNil && (value instanceof GoPointer ? value.target === null : (value as GoSlice | GoMap).isNil);
    const address = isNothing ? 0n : 0xc000000000n;
    if (verb === "v" && this.flags.sharpV) {
      this.out += `(${typeName(value)})(${isNothing ? "nil" : `0x${address.toString(16)}`})`;
    } else if (verb === "v" && isNothing) {
      this.out += pad("<nil>", this.flags);
    } else if (verb === "v" || verb === "p") {
      this.out += formatInteger(address, 16, "v", { ...this.flags, sharp: !this.flags.sharp });
    } else if ("bodxX".includes(verb)) {
      this.#integer(address, address, verb);
    } else {
      this.#badVerb(value, verb);
    }
  }
}

function listOf(value: GoBytes): GoSlice {
  return new GoSlice(value.type, [...listItems(value)]);
}
