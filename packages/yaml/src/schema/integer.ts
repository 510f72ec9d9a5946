/** How Go's decoders name the type of an integer: `int` where it fits 64 signed bits, else `uint64`. */
export type IntegerKind = "int" | "uint64";

/**
 * An integer that stays apart from a float: JavaScript has one number for both, Go's printers do not. Readers give these out with
 * `numbers: "go"`; writers take these and any class instance that has the same two fields, such as gotemplate's GoInt.
 */
export class YamlInteger {
  readonly kind: IntegerKind;
  /** bigint only beyond ±(2^53 - 1). */
  readonly value: number | bigint;

  constructor(value: number | bigint, kind: IntegerKind = "int") {
    this.value = value;
    this.kind = kind;
  }
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;
const DECIMAL = /^[0-9]+$/;
const BASES: Readonly<Record<string, { digits: RegExp; prefix: string }>> = {
  x: { digits: /^[0-9a-fA-F]+$/, prefix: "0x" },
  o: { digits: /^[0-7]+$/, prefix: "0o" },
  b: { digits: /^[01]+$/, prefix: "0b" },
};

/** A number where it is exact, else a bigint. */
export function exactInteger(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** Which of Go's types holds the integer; undefined beyond 64 bits. */
export function integerKind(value: bigint): IntegerKind | undefined {
  if (value >= INT64_MIN && value <= INT64_MAX) return "int";
  return value > 0n && value <= UINT64_MAX ? "uint64" : undefined;
}

/**
 * The integer that strconv.ParseInt or ParseUint with base 0 reads: decimal, 0x, 0o, 0b and a leading 0 for octal, with a sign. A
 * plus sign is an int64's only. Underscores must be gone. Undefined for anything else, and beyond 64 bits.
 */
export function parseGoInteger(text: string): number | bigint | undefined {
  const first = text.charCodeAt(0);
  const isSigned = first === 45 || first === 43;
  const digits = isSigned ? text.slice(1) : text;
  const magnitude = parseMagnitude(digits);
  if (magnitude === undefined) return undefined;
  if (typeof magnitude === "number") return first === 45 && magnitude !== 0 ? -magnitude : magnitude;
  const value = first === 45 ? -magnitude : magnitude;
  const kind = integerKind(value);
  if (kind === undefined || (isSigned && kind === "uint64")) return undefined;
  return exactInteger(value);
}

function parseMagnitude(digits: string): number | bigint | undefined {
  if (digits.charCodeAt(0) !== 48 || digits.length === 1) return parseDecimal(digits);
  const base = BASES[digits.charAt(1).toLowerCase()];
  if (base !== undefined) return parseBased(digits.slice(2), base.digits, base.prefix);
  return parseBased(digits.slice(1), /^[0-7]+$/, "0o");
}

function parseBased(digits: string, allowed: RegExp, prefix: string): bigint | number | undefined {
  if (!allowed.test(digits)) return undefined;
  return digits.length <= 10 ? Number(prefix + digits) : BigInt(prefix + digits);
}

function parseDecimal(digits: string): number | bigint | undefined {
  if (digits.length > 15) return DECIMAL.test(digits) ? BigInt(digits) : undefined;
  if (digits === "") return undefined;
  let value = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}
