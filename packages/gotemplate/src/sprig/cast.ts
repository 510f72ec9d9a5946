import { parseGoFloat, parseGoInteger } from "../fmt/parse-number.ts";
import { indirect, integerValue } from "../values/reflect.ts";
import { GoFloat32, GoInt, GoNamed } from "../values/values.ts";

/** Conversions of github.com/spf13/cast 1.7: what cannot be converted is zero. */

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** An int64 as a number while it is safe, a bigint beyond. */
export function toInt64(value: unknown): number | bigint {
  const target = indirect(value).value;
  switch (typeof target) {
    case "number":
      return truncated(target);
    case "string":
      return parsedInteger(target);
    case "boolean":
      return target ? 1 : 0;
    case "bigint":
      return narrow(BigInt.asIntN(64, target));
    default:
      return objectToInt64(target);
  }
}

function objectToInt64(value: unknown): number | bigint {
  if (value instanceof GoInt)
    return typeof value.value === "number" ? value.value : narrow(BigInt.asIntN(64, value.value));
  if (value instanceof GoFloat32) return truncated(value.value);
  if (!(value instanceof GoNamed)) return 0;
  if (value.type.name === "json.Number") return parsedInteger(String(value.value));
  const isCalendar = value.type.name === "time.Month" || value.type.name === "time.Weekday";
  return isCalendar ? (integerValue(value) ?? 0) : 0;
}

/** Go's int64(float): towards zero, and the smallest integer for what does not fit (as amd64 has it). */
function truncated(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  if (!(value >= -(2 ** 63) && value < 2 ** 63)) return INT64_MIN;
  return narrow(BigInt(Math.trunc(value)));
}

function narrow(value: bigint): number | bigint {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

function parsedInteger(text: string): number | bigint {
  const value = parseGoInteger(withoutZeroDecimal(text), 0);
  return typeof value === "bigint" && value >= INT64_MIN && value <= INT64_MAX ? narrow(value) : 0;
}

/** `1.00` is read as 1; `1.5` is no integer. */
function withoutZeroDecimal(text: string): string {
  return text.replace(/\.0+$/, "");
}

export function toFloat64(value: unknown): number {
  const target = indirect(value).value;
  if (typeof target === "number") return target;
  if (typeof target === "string") return parsedFloat(target);
  if (typeof target === "boolean") return target ? 1 : 0;
  if (typeof target === "bigint") return Number(target);
  if (target instanceof GoInt) return Number(target.value);
  if (target instanceof GoFloat32) return target.value;
  if (!(target instanceof GoNamed)) return 0;
  if (target.type.name === "json.Number") return parsedFloat(String(target.value));
  return Number(objectToInt64(target));
}

function parsedFloat(text: string): number {
  const value = parseGoFloat(text);
  return typeof value === "number" ? value : 0;
}
