import { JsonnetArray, type Value } from "../../runtime/machine.ts";
import { objectFrom } from "../../runtime/fields.ts";

/** Plain JSON as a value. The depth is that of the reader it came from. */
export function valueOf(plain: unknown): Value {
  if (typeof plain === "string") return plain.toWellFormed();
  if (typeof plain === "bigint") return Number(plain);
  if (plain === null || typeof plain !== "object") return (plain ?? null) as Value;
  if (Array.isArray(plain)) return new JsonnetArray(plain.map(valueOf));
  return objectFrom(Object.entries(plain).map(([name, value]) => [name, valueOf(value)] as const));
}
