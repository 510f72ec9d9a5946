import { setOwn, type JsonObject } from "@fairlead/base";
import { builtinSchemas } from "./table.ts";
import type { SchemaFacts, SchemaNode } from "./types.ts";

const REF_PREFIX = "#/components/schemas/";

const PLAIN: readonly (readonly [from: keyof SchemaFacts, to: string])[] = [
  ["type", "type"],
  ["format", "format"],
  ["title", "title"],
  ["description", "description"],
  ["default", "default"],
  ["required", "required"],
  ["nullable", "nullable"],
  ["enum", "enum"],
  ["pattern", "pattern"],
  ["minimum", "minimum"],
  ["maximum", "maximum"],
  ["exclusiveMinimum", "exclusiveMinimum"],
  ["exclusiveMaximum", "exclusiveMaximum"],
  ["multipleOf", "multipleOf"],
  ["minLength", "minLength"],
  ["maxLength", "maxLength"],
  ["minItems", "minItems"],
  ["maxItems", "maxItems"],
  ["uniqueItems", "uniqueItems"],
  ["minProperties", "minProperties"],
  ["maxProperties", "maxProperties"],
];
const EXTENSIONS: readonly (readonly [from: keyof SchemaFacts, to: string])[] = [
  ["listType", "x-kubernetes-list-type"],
  ["listMapKeys", "x-kubernetes-list-map-keys"],
  ["mapType", "x-kubernetes-map-type"],
  ["patchStrategy", "x-kubernetes-patch-strategy"],
  ["patchMergeKey", "x-kubernetes-patch-merge-key"],
  ["preserveUnknown", "x-kubernetes-preserve-unknown-fields"],
  ["embeddedResource", "x-kubernetes-embedded-resource"],
  ["validations", "x-kubernetes-validations"],
  ["unions", "x-kubernetes-unions"],
];

/**
 * A schema as OpenAPI v3 JSON. References to definitions are written as the API server does (`allOf: [{$ref}]` beside what the
 * property says itself); `whole` writes a definition's own body instead.
 */
export function toOpenApi(node: SchemaNode, whole = false): JsonObject {
  if (node.ref !== undefined && !whole) return referenceTo(node, node.ref);
  const out: JsonObject = {};
  copy(node, PLAIN, out);
  copy(node, EXTENSIONS, out);
  // A Quantity and IntOrString have no type in the document; RawExtension's preserveUnknown is ours, not the document's.
  if (node.untypedScalar) out["oneOf"] = [{ type: "string" }, { type: "number" }];
  if (node.intOrString && node.ref) out["oneOf"] = [{ type: "integer" }, { type: "string" }];
  else if (node.intOrString) out["x-kubernetes-int-or-string"] = true;
  if (node.ref) delete out["x-kubernetes-preserve-unknown-fields"];
  if (node.kinds) out["x-kubernetes-group-version-kind"] = node.kinds.map((kind) => ({ ...kind }));
  addChildren(node, out);
  return out;
}

function referenceTo(node: SchemaNode, ref: string): JsonObject {
  const target = builtinSchemas().definition(ref);
  const out: JsonObject = { allOf: [{ $ref: REF_PREFIX + ref }] };
  for (const [from, to] of [...PLAIN, ...EXTENSIONS]) {
    if (node[from] !== undefined && node[from] !== target?.[from]) out[to] = node[from] as JsonObject;
  }
  return Object.keys(out).length === 1 ? { $ref: REF_PREFIX + ref } : out;
}

function copy(
  node: SchemaNode,
  names: readonly (readonly [from: keyof SchemaFacts, to: string])[],
  out: JsonObject,
): void {
  for (const [from, to] of names) if (node[from] !== undefined) out[to] = node[from] as JsonObject;
}

function addChildren(node: SchemaNode, out: JsonObject): void {
  if (node.properties) {
    const properties: JsonObject = {};
    for (const [name, child] of Object.entries(node.properties)) setOwn(properties, name, toOpenApi(child));
    out["properties"] = properties;
  }
  if (node.items) out["items"] = toOpenApi(node.items);
  const additional = node.additionalProperties;
  if (additional !== undefined) {
    out["additionalProperties"] = typeof additional === "boolean" ? additional : toOpenApi(additional);
  }
  for (const name of ["allOf", "anyOf", "oneOf"] as const) {
    const branches = node[name];
    if (branches) out[name] = branches.map((branch) => toOpenApi(branch));
  }
  if (node.not) out["not"] = toOpenApi(node.not);
}

/** `components.schemas` of an OpenAPI document: these definitions and every one they refer to. */
export function openApiComponents(names: Iterable<string>): JsonObject {
  const schemas = builtinSchemas();
  const out: JsonObject = {};
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (Object.hasOwn(out, name)) continue;
    const node = schemas.definition(name);
    if (!node) continue;
    out[name] = toOpenApi(node, true);
    waiting.push(...refsIn(node));
  }
  return out;
}

function refsIn(node: SchemaNode): string[] {
  const found: string[] = [];
  const visit = (child: SchemaNode): void => {
    if (child.ref !== undefined) found.push(child.ref);
    else found.push(...refsIn(child));
  };
  Object.values(node.properties ?? {}).forEach(visit);
  if (node.items) visit(node.items);
  if (typeof node.additionalProperties === "object") visit(node.additionalProperties);
  return found;
}
