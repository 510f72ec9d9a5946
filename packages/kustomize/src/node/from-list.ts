import { type Problem, problemError } from "@fairlead/base";
import { isNull } from "./ops.ts";
import { toJson } from "./value.ts";
import { BOOL, FLOAT, INT, type KNode, NULL, STR } from "./types.ts";
import type { Json } from "@fairlead/base";

/** The items of a `FooList`, which the real tool reads through JSON: strings count as quoted, numbers lose their spelling. */
export function fromList(items: KNode, kind: string, at: Partial<Problem>): KNode[] {
  if (isNull(items)) return [];
  if (items.kind !== "sequence") {
    const found = items.kind === "mapping" ? "map[string]interface {}" : "string";
    throw problemError("KustomizeResource", `expected array in ${kind}/items, but found ${found}`, at);
  }
  return items.items.map((item) => styledAsJson(toJson(item)));
}

function styledAsJson(value: Json | undefined): KNode {
  if (value === null || value === undefined) return { kind: "scalar", text: "null", tag: NULL, quoted: false };
  if (typeof value === "string") return { kind: "scalar", text: value, tag: STR, quoted: true };
  if (typeof value === "boolean") return { kind: "scalar", text: String(value), tag: BOOL, quoted: false };
  if (typeof value === "bigint") return { kind: "scalar", text: String(value), tag: INT, quoted: false };
  if (typeof value === "number") {
    return { kind: "scalar", text: String(value), tag: Number.isInteger(value) ? INT : FLOAT, quoted: false };
  }
  if (Array.isArray(value)) return { kind: "sequence", items: value.map(styledAsJson) };
  const keys = Object.keys(value).sort();
  return { kind: "mapping", fields: new Map(keys.map((key) => [key, styledAsJson(value[key])])) };
}
