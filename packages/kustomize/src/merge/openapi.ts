import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { MergeSchema, SchemaStore } from "./schema.ts";

/** Schemas and scopes of an OpenAPI v2 document; `otherwise` answers for kinds it does not have. */
export function openApiSchemas(document: JsonObject, otherwise: SchemaStore | undefined): SchemaStore {
  const definitions = objectIn(document, "definitions");
  const byKind = new Map<string, JsonObject>();
  for (const definition of Object.values(definitions)) {
    for (const kind of kindsOf(definition)) byKind.set(kind, definition as JsonObject);
  }
  const scopes = scopesIn(objectIn(document, "paths"));
  return {
    schemaFor(apiVersion, kind) {
      const definition = byKind.get(`${apiVersion}/${kind}`);
      if (definition) return new OpenApiSchema(definition, definitions);
      return otherwise?.schemaFor(apiVersion, kind);
    },
    isClusterScoped: (apiVersion, kind) =>
      scopes.get(`${apiVersion}/${kind}`) === false ||
      (!scopes.has(`${apiVersion}/${kind}`) && (otherwise?.isClusterScoped(apiVersion, kind) ?? false)),
  };
}

function objectIn(value: Json | undefined, key: string): JsonObject {
  const found = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isJsonObject(found) ? found : {};
}

const KINDS = "x-kubernetes-group-version-kind";

function kindsOf(definition: Json | undefined): string[] {
  const kinds = isJsonObject(definition) ? definition[KINDS] : undefined;
  return (Array.isArray(kinds) ? kinds : []).flatMap((kind) => kindKey(kind) ?? []);
}

function kindKey(value: Json | undefined): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const { group, version, kind } = value;
  if (typeof version !== "string" || typeof kind !== "string") return undefined;
  return `${typeof group === "string" && group !== "" ? `${group}/` : ""}${version}/${kind}`;
}

/** Kinds with a path that has a namespace in it are namespaced, others with a path to get them by are not. */
function scopesIn(paths: JsonObject): Map<string, boolean> {
  const scopes = new Map<string, boolean>();
  for (const [path, item] of Object.entries(paths)) {
    const key = kindKey(objectIn(item, "get")[KINDS]);
    if (key === undefined) continue;
    if (path.includes("namespaces/{namespace}")) scopes.set(key, true);
    else if (!scopes.has(key)) scopes.set(key, false);
  }
  return scopes;
}

class OpenApiSchema implements MergeSchema {
  readonly #schema: JsonObject;
  readonly #definitions: JsonObject;

  constructor(schema: JsonObject, definitions: JsonObject) {
    this.#schema = schema;
    this.#definitions = definitions;
  }

  field(name: string): MergeSchema | undefined {
    const properties = objectIn(this.#schema, "properties");
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return this.#resolve(own ?? this.#schema["additionalProperties"]);
  }

  get elements(): MergeSchema | undefined {
    return this.#schema["type"] === "array" ? this.#resolve(this.#schema["items"]) : undefined;
  }

  get mergeKeys(): readonly string[] | undefined {
    const strategy = this.#schema["x-kubernetes-patch-strategy"];
    if (typeof strategy !== "string" || !strategy.split(",").includes("merge")) return undefined;
    const keys = this.#schema["x-kubernetes-list-map-keys"];
    if (Array.isArray(keys)) return keys.filter((key) => typeof key === "string");
    const key = this.#schema["x-kubernetes-patch-merge-key"];
    return typeof key === "string" ? [key] : [];
  }

  #resolve(schema: Json | undefined): MergeSchema | undefined {
    let current = schema;
    for (let hops = 0; isJsonObject(current) && typeof current["$ref"] === "string"; hops++) {
      if (hops > REFERENCE_HOPS_MAX) return undefined;
      const name = current["$ref"].slice(current["$ref"].lastIndexOf("/") + 1);
      current = Object.hasOwn(this.#definitions, name) ? this.#definitions[name] : undefined;
    }
    return isJsonObject(current) ? new OpenApiSchema(current, this.#definitions) : undefined;
  }
}

const REFERENCE_HOPS_MAX = 32;
