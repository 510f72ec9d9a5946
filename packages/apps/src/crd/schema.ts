import type { JsonObject } from "@fairlead/base";

/** OpenAPI v3 structural schemas, written short. Every function gives a new object, so nothing is shared by accident. */
export type Schema = JsonObject;

export const string = (more: Schema = {}): Schema => ({ type: "string", ...more });
export const boolean = (): Schema => ({ type: "boolean" });
export const integer = (format: "int32" | "int64" = "int64"): Schema => ({ type: "integer", format });
export const time = (): Schema => ({ type: "string", format: "date-time" });
export const list = (items: Schema): Schema => ({ type: "array", items });
export const strings = (): Schema => list(string());
export const map = (values: Schema): Schema => ({ type: "object", additionalProperties: values });
export const stringMap = (): Schema => map(string());
/** Any JSON value below an object: kept as it is. */
export const anyObject = (): Schema => ({ type: "object", "x-kubernetes-preserve-unknown-fields": true });
export const anyValue = (): Schema => ({ "x-kubernetes-preserve-unknown-fields": true });
export const intOrString = (): Schema => ({
  anyOf: [{ type: "integer" }, { type: "string" }],
  "x-kubernetes-int-or-string": true,
});

export function object(properties: Record<string, Schema>, required: readonly string[] = []): Schema {
  return { type: "object", properties, ...(required.length > 0 ? { required: [...required] } : {}) };
}
