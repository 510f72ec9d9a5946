import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { formatFloat } from "@fairlead/gotemplate";

/** A tree as one level of dotted keys, lists by index; what is empty leaves no key. */
export function flatten(tree: JsonObject): Record<string, string> {
  const flat: Record<string, string> = {};
  walk(tree, "", flat);
  return flat;
}

function walk(value: Json | undefined, key: string, flat: Record<string, string>): void {
  if (Array.isArray(value)) value.forEach((item, index) => walk(item, join(key, String(index)), flat));
  else if (isJsonObject(value)) for (const [name, item] of Object.entries(value)) walk(item, join(key, name), flat);
  else if (value !== undefined) setOwn(flat, key, printScalar(value));
}

function join(key: string, name: string): string {
  return key === "" ? name : `${key}.${name}`;
}

/** As Go's `%v`: numbers are float64, so a million is `1e+06`, and nothing is `<nil>`. */
export function printScalar(value: null | boolean | number | bigint | string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return formatFloat(Number(value), "g", -1);
  return value === null ? "<nil>" : String(value);
}
