import { isJsonObject, problemError, type Json } from "@fairlead/base";
import { propertySchema } from "../schema/node.ts";
import type { SchemaNode } from "../schema/types.ts";

export const PATCH = "$patch";
export const RETAIN_KEYS = "$retainKeys";
export const SET_ORDER = "$setElementOrder/";
export const DELETE_FROM = "$deleteFromPrimitiveList/";

/** What a field says of strategic merge. */
export interface FieldStrategy {
  /** Schema of what is inside: the struct, or a list's items. */
  readonly inside: SchemaNode | undefined;
  readonly merges: boolean;
  readonly replaces: boolean;
  readonly retainsKeys: boolean;
  /** Empty for lists of scalars. */
  readonly mergeKey: string;
}

const UNKNOWN: FieldStrategy = { inside: undefined, merges: false, replaces: false, retainsKeys: false, mergeKey: "" };

/**
 * @throws ProblemError PatchRejected for a field the schema doesn't know, with the server's text
 */
export function fieldStrategy(schema: SchemaNode | undefined, name: string): FieldStrategy {
  if (schema === undefined) return UNKNOWN;
  const property = propertySchema(schema, name);
  if (property === undefined) {
    if (schema.properties === undefined || schema.preserveUnknown) return UNKNOWN;
    const type = schema.ref?.split(".").at(-1) ?? "struct";
    throw problemError(
      "PatchRejected",
      `unable to find api field in struct ${type} for the json field ${JSON.stringify(name)}`,
    );
  }
  const strategies = property.patchStrategy?.split(",") ?? [];
  return {
    inside: property.type === "array" ? property.items : property,
    merges: strategies.includes("merge"),
    replaces: strategies.includes("replace"),
    retainsKeys: strategies.includes("retainKeys"),
    mergeKey: property.patchMergeKey ?? "",
  };
}

/** Strategic merge tells three kinds of values apart; items of one list must be of one kind. */
export function kindOf(value: Json | undefined): "map" | "list" | "null" | "string" | "number" | "boolean" {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "list";
  if (isJsonObject(value)) return "map";
  if (typeof value === "bigint") return "number";
  return typeof value as "string" | "number" | "boolean";
}

/**
 * @throws ProblemError PatchFailed for lists in lists, PatchRejected for mixed lists and when there is no item at all
 */
export function itemKind(...lists: readonly (readonly Json[])[]): ReturnType<typeof kindOf> {
  let kind: ReturnType<typeof kindOf> | undefined;
  for (const list of lists) {
    for (const item of list) {
      const own = kindOf(item);
      if (own === "list") throw problemError("PatchFailed", "lists of lists are not supported");
      if (kind !== undefined && own !== kind) {
        throw problemError("PatchRejected", `list element types are not identical: ${JSON.stringify(lists)}`);
      }
      kind = own;
    }
  }
  if (kind === undefined) throw problemError("PatchRejected", "no elements in any of the given slices");
  return kind;
}
