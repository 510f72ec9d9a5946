import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "../object/types.ts";
import { schemaNode, type LazyChildren } from "./node.ts";
import { builtinSchemas } from "./table.ts";
import type { CelRule, SchemaFacts, SchemaNode, SchemaType } from "./types.ts";

/** JSONSchemaProps key → our name, for everything that is copied as it is. */
const COPIED: readonly (readonly [from: string, to: keyof SchemaFacts])[] = [
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
  ["x-kubernetes-list-type", "listType"],
  ["x-kubernetes-list-map-keys", "listMapKeys"],
  ["x-kubernetes-map-type", "mapType"],
  ["x-kubernetes-preserve-unknown-fields", "preserveUnknown"],
  ["x-kubernetes-embedded-resource", "embeddedResource"],
  ["x-kubernetes-int-or-string", "intOrString"],
  ["x-kubernetes-validations", "validations"],
];

interface Position {
  /** Inside a node that preserves unknown fields. */
  readonly preserves: boolean;
  readonly isRoot: boolean;
}

const madeFor = new WeakMap<object, SchemaNode>();

/**
 * The schema of a version of a CustomResourceDefinition, with apiVersion, kind and metadata in it as the server adds them.
 * Remembered by the identity of the schema in the object. Undefined when the CRD has no such version.
 */
export function crdSchema(crd: KubeObject, version: string): SchemaNode | undefined {
  const spec = isJsonObject(crd["spec"]) ? crd["spec"] : {};
  const versions = Array.isArray(spec["versions"]) ? spec["versions"] : [];
  const found = versions.find((item) => isJsonObject(item) && item["name"] === version);
  if (!isJsonObject(found)) return undefined;
  const schema = isJsonObject(found["schema"]) ? found["schema"]["openAPIV3Schema"] : undefined;
  const preserves = spec["preserveUnknownFields"] === true;
  if (!isJsonObject(schema))
    return jsonSchemaNode({ type: "object", "x-kubernetes-preserve-unknown-fields": true }, true);
  const known = madeFor.get(schema);
  if (known) return known;
  const made = jsonSchemaNode(schema, true, preserves);
  madeFor.set(schema, made);
  return made;
}

/** A node from a JSONSchemaProps as CRDs carry it. `isResource`: apiVersion, kind and metadata are added, as at a CRD's root. */
export function jsonSchemaNode(schema: JsonObject, isResource = false, preserves = false): SchemaNode {
  return convert(schema, { preserves, isRoot: isResource });
}

function convert(schema: JsonObject, at: Position): SchemaNode {
  const facts: Record<string, unknown> = {};
  for (const [from, to] of COPIED) if (schema[from] !== undefined && schema[from] !== null) facts[to] = schema[from];
  const own = facts as SchemaFacts;
  if (at.preserves) facts["preserveUnknownInherited"] = true;
  if (own.validations !== undefined && !isRules(own.validations)) delete facts["validations"];
  const inside: Position = { preserves: at.preserves || own.preserveUnknown === true, isRoot: false };
  const isResource = at.isRoot || own.embeddedResource === true;
  return schemaNode(own, childrenOf(schema, inside, isResource));
}

function isRules(value: unknown): value is CelRule[] {
  return Array.isArray(value) && value.every((item) => isJsonObject(item) && typeof item["rule"] === "string");
}

function childrenOf(schema: JsonObject, inside: Position, isResource: boolean): LazyChildren {
  const { properties, items, additionalProperties: additional } = schema;
  const hasProperties = isJsonObject(properties) && Object.keys(properties).length > 0;
  return {
    properties:
      hasProperties || isResource
        ? () => makeProperties(isJsonObject(properties) ? properties : {}, inside, isResource)
        : undefined,
    items: isJsonObject(items) ? () => convert(items, inside) : undefined,
    additionalProperties: isJsonObject(additional)
      ? () => convert(additional, inside)
      : typeof additional === "boolean"
        ? () => additional
        : undefined,
    ...branchesOf(schema, inside),
  };
}

function branchesOf(schema: JsonObject, inside: Position): LazyChildren {
  const list = (value: Json | undefined): (() => SchemaNode[]) | undefined =>
    Array.isArray(value) && value.length > 0
      ? () => value.filter(isJsonObject).map((branch) => convert(branch, inside))
      : undefined;
  const { not } = schema;
  return {
    allOf: list(schema["allOf"]),
    anyOf: list(schema["anyOf"]),
    oneOf: list(schema["oneOf"]),
    not: isJsonObject(not) ? () => convert(not, inside) : undefined,
  };
}

function makeProperties(from: JsonObject, inside: Position, isResource: boolean): Record<string, SchemaNode> {
  const made = Object.create(null) as Record<string, SchemaNode>;
  for (const [name, schema] of Object.entries(from)) {
    if (isJsonObject(schema)) setOwn(made, name, convert(schema, inside));
  }
  if (isResource) addResourceFields(made);
  return made;
}

function addResourceFields(properties: Record<string, SchemaNode>): void {
  const text = (type: SchemaType): SchemaNode => schemaNode({ type }, {});
  properties["apiVersion"] ??= text("string");
  properties["kind"] ??= text("string");
  const meta = builtinSchemas().definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
  if (meta) properties["metadata"] = meta;
}
