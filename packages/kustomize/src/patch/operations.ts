import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";

/** One operation of a JSON patch (RFC 6902) as it was read; missing parts are faults only when it is applied. */
export interface PatchOperation {
  readonly op: string | undefined;
  readonly path: string | undefined;
  readonly from: string | undefined;
  /** Null where no value is written, as the real tool has it. */
  readonly value: Json;
}

/** The operations in decoded JSON; undefined when it is no list of objects. */
export function operationsIn(value: Json | undefined): PatchOperation[] | undefined {
  if (!Array.isArray(value) || !value.every(isJsonObject)) return undefined;
  return (value as JsonObject[]).map((entry) => ({
    op: text(entry["op"]),
    path: text(entry["path"]),
    from: text(entry["from"]),
    value: entry["value"] ?? null,
  }));
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
