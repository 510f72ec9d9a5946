import { isJsonObject, type Json } from "@fairlead/base";

/** A JSON value as Go's `%v` prints it: `map[a:1 b:[x y]]`, `<nil>`. Messages of the API server contain such texts. */
export function goPrint(value: Json | undefined): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goPrint).join(" ")}]`;
  if (!isJsonObject(value)) return String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${goPrint(value[key])}`).join(" ")}]`;
}
