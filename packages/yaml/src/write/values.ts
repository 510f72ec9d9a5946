import { problemError } from "@fairlead/base";
import { formatFloat } from "../schema/float.ts";
import { integerKind, type IntegerKind } from "../schema/integer.ts";

/** Anything with the fields of YamlInteger that is no plain object: gotemplate's integers are such a class. */
interface IntegerLike {
  readonly kind: IntegerKind | (string & {});
  readonly value: number | bigint;
}

/** Whether this is an integer wrapped in a class (YamlInteger, or another's), and not a map that happens to have these keys. */
export function isIntegerLike(value: object): value is IntegerLike {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return false;
  const candidate = value as Partial<IntegerLike>;
  if (typeof candidate.value !== "number" && typeof candidate.value !== "bigint") return false;
  return typeof candidate.kind === "string" && /^u?int/.test(candidate.kind);
}

/**
 * A float64 the way it looks after Go's JSON: integral ones are integers up to 64 bits, larger ones and fractions floats.
 * @throws ProblemError on NaN and infinities, which JSON does not have.
 */
export function jsonNumberText(value: number): string {
  if (Number.isInteger(value)) {
    if (value === 0) return "0";
    return Number.isSafeInteger(value) ? String(value) : largeText(value);
  }
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
    throw problemError("YamlEncode", `error marshaling into JSON: json: unsupported value: ${name}`);
  }
  return formatFloat(value);
}

/** Go's JSON writes the shortest digits, filled up with zeros, as JavaScript does; what no longer fits 64 bits then is a float. */
function largeText(value: number): string {
  if (Math.abs(value) >= 1e21) return formatFloat(value);
  const text = String(value);
  return integerKind(BigInt(text)) === undefined ? formatFloat(value) : text;
}

/** The keys that are set, in no order yet. */
export function ownKeys(value: object): string[] {
  const keys = Object.keys(value);
  const record = value as Record<string, unknown>;
  return keys.some((key) => record[key] === undefined) ? keys.filter((key) => record[key] !== undefined) : keys;
}

/** Numbers to the base of 60 as YAML 1.1 had them (1:20). Go reads them as strings, but quotes them for those who do not. */
export const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
