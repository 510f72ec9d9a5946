import { parseGoFloat, parseGoInteger, type NumberFault } from "../fmt/parse-number.ts";
import { goQuote } from "../fmt/quote.ts";
import type { NumberNode } from "./nodes.ts";
import { unquoteRune } from "./unquote.ts";

type NumberValue = Pick<NumberNode, "int" | "uint" | "float" | "complex">;

const INT64_MIN = -(1n << 63n);
const INT64_MAX = (1n << 63n) - 1n;
const UINT64_MAX = (1n << 64n) - 1n;

/** What a numeric constant of a template can be, or what Go says when it is none. */
export function readNumber(text: string, isChar: boolean, isComplex: boolean): NumberValue | string {
  if (isChar) {
    const rune = unquoteRune(text);
    if (typeof rune === "string") return rune;
    return { int: BigInt(rune), uint: BigInt(rune), float: rune, complex: undefined };
  }
  if (isComplex) return readComplex(text);
  if (text.endsWith("i")) {
    const imaginary = parseGoFloat(text.slice(0, -1));
    if (typeof imaginary === "number") return simplify(0, imaginary);
  }
  return readReal(text);
}

function readReal(text: string): NumberValue | string {
  const value = parseGoInteger(text, 0);
  const int = typeof value === "bigint" && value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
  const hasSign = /^[+-]/.test(text);
  const isUint = typeof value === "bigint" && value >= 0n && value <= UINT64_MAX && (!hasSign || value === 0n);
  const uint = isUint ? value : undefined;
  if (int !== undefined) return { int, uint, float: Number(int), complex: undefined };
  if (uint !== undefined) return { int, uint, float: Number(uint), complex: undefined };
  const float = parseGoFloat(text);
  if (typeof float !== "number") return `illegal number syntax: ${goQuote(text)}`;
  // A number that is only digits and yet no integer is too large for one.
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${goQuote(text)}`;
  return { ...integersOf(float), float, complex: undefined };
}

function integersOf(float: number): Pick<NumberNode, "int" | "uint"> {
  const isIntegral = Number.isInteger(float);
  const int = isIntegral && float >= -(2 ** 63) && float < 2 ** 63 ? BigInt(float) : undefined;
  const uint = isIntegral && float >= 0 && float < 2 ** 64 ? BigInt(float) : undefined;
  return { int, uint };
}

function readComplex(text: string): NumberValue | string {
  const split = /^(.*[^eEpP])([+-].*)i$/s.exec(text);
  const real = parseGoFloat(split?.[1] ?? "");
  const imaginary = parseGoFloat(split?.[2] ?? "");
  if (typeof real !== "number") return floatFault(split?.[1] ?? "", real);
  if (typeof imaginary !== "number") return floatFault(split?.[2] ?? "", imaginary);
  return simplify(real, imaginary);
}

function floatFault(text: string, fault: NumberFault): string {
  const reason = fault === "range" ? "value out of range" : "invalid syntax";
  return `strconv.ParseFloat: parsing ${goQuote(text)}: ${reason}`;
}

function simplify(real: number, imaginary: number): NumberValue {
  const integers = imaginary === 0 ? integersOf(real) : { int: undefined, uint: undefined };
  return { ...integers, float: imaginary === 0 ? real : undefined, complex: [real, imaginary] };
}
