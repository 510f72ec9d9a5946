import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";

const META_FIELDS = new Set(["apiVersion", "kind", "metadata"]);

export interface Pruned {
  readonly value: Json;
  /** Paths of what was taken out, sorted, as strict decoding names them: `spec.items[0].extra`. */
  readonly unknown: readonly string[];
}

/** Takes out every field a structural schema doesn't know. `isRoot`: apiVersion, kind and metadata belong to the value. */
export function pruneUnknown(value: Json, schema: SchemaNode, isRoot = true): Pruned {
  const unknown: string[] = [];
  const pruned = prune(value, schema, isRoot, "", unknown);
  return { value: pruned, unknown: unknown.sort() };
}

function prune(
  value: Json,
  schema: SchemaNode | undefined,
  isResource: boolean,
  path: string,
  unknown: string[],
): Json {
  if (Array.isArray(value)) {
    const items = schema?.items;
    // Below a schema that preserves, lists whose items are described are still gone through.
    if (schema?.preserveUnknown && items === undefined) return value;
    return value.map((item, index) =>
      prune(item, items, items?.embeddedResource ?? false, `${path}[${index}]`, unknown),
    );
  }
  if (!isJsonObject(value)) return value;
  const out: JsonObject = {};
  for (const key in value) {
    const item = value[key];
    if (item === undefined) continue;
    const inner = path === "" ? key : `${path}.${key}`;
    if (isResource && META_FIELDS.has(key)) {
      setOwn(out, key, item);
      continue;
    }
    const property = knownProperty(schema, key);
    if (property !== undefined) {
      setOwn(
        out,
        key,
        property === true ? item : prune(item, property, property.embeddedResource ?? false, inner, unknown),
      );
    } else if (schema?.preserveUnknown) {
      setOwn(out, key, item);
    } else if (path !== "" || !META_FIELDS.has(key)) {
      unknown.push(inner);
    }
  }
  return out;
}

/** True: anything may stand there. */
function knownProperty(schema: SchemaNode | undefined, key: string): SchemaNode | true | undefined {
  if (schema === undefined) return undefined;
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  const additional = schema.additionalProperties;
  return additional === false ? undefined : additional;
}
