import { YamlInteger } from "../schema/integer.ts";

/**
 * How numbers come out. `json`: integers as number, or bigint beyond 2^53; floats as number. `float64`: every number as a JavaScript
 * number, as Go's JSON gives values to Helm. `go`: integers as YamlInteger, floats as number, for whoever prints them as Go would.
 */
export type NumberStyle = "json" | "float64" | "go";

export function numberIn(style: NumberStyle, value: number | bigint, isInteger: boolean): unknown {
  if (style === "json" || !isInteger) return value;
  if (style === "float64") return Number(value);
  return new YamlInteger(value, typeof value === "bigint" && value > 2n ** 63n - 1n ? "uint64" : "int");
}
