import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { gvkOf } from "../object/identity.ts";
import type { GroupVersionKind, KubeObject } from "../object/types.ts";
import { roundUpQuantity } from "../quantity/arithmetic.ts";
import { formatQuantity } from "../quantity/format.ts";
import { parseQuantity, quantityFault } from "../quantity/parse.ts";
import { builtinSchemas } from "../schema/table.ts";
import type { SchemaNode } from "../schema/types.ts";
import { canonicalValue } from "./canonical.ts";
import { CORE_DEFAULTS, withStringDataFolded } from "./core.ts";
import { OTHER_DEFAULTS } from "./others.ts";
import type { Defaulter } from "./types.ts";
import { WORKLOAD_DEFAULTS } from "./workloads.ts";

const PREFIX = "io.k8s.";
const DEFAULTERS = new Map<string, Defaulter>(
  Object.entries({ ...CORE_DEFAULTS, ...WORKLOAD_DEFAULTS, ...OTHER_DEFAULTS }),
);

/** The one place where amounts of resources aren't rounded. */
const EXACT_AMOUNTS = "io.k8s.api.node.v1.Overhead";

/**
 * An object of a built-in kind as the API server holds it after decoding, before admission: in Go's canonical form and with
 * every default that depends on the object alone. What only a server can give (addresses, uid, status of a create) is not here.
 * Objects of other kinds come back as they are.
 */
export function applyDefaults(object: KubeObject, kind: GroupVersionKind = gvkOf(object)): KubeObject {
  const schema = builtinSchemas().forKind(kind);
  if (schema === undefined) return object;
  const isSecret = kind.group === "" && kind.kind === "Secret" && object["stringData"] !== undefined;
  const canonical = canonicalValue(isSecret ? withStringDataFolded(object) : object, schema) as KubeObject;
  visit(canonical, schema);
  return canonical;
}

/**
 * The form an object has when it comes back from storage: canonical, and with null for empty lists that Go always writes, since
 * the protobuf it is stored as doesn't tell empty from absent. What a write answers.
 */
export function storedForm(object: KubeObject, kind: GroupVersionKind = gvkOf(object)): KubeObject {
  const schema = builtinSchemas().forKind(kind);
  return schema === undefined ? object : (canonicalValue(object, schema, "stored") as KubeObject);
}

function visit(value: Json, schema: SchemaNode): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) for (const item of value) visit(item, items);
    return;
  }
  if (!isJsonObject(value) || schema.preserveUnknown) return;
  if (schema.properties === undefined) {
    visitMap(value, schema.additionalProperties);
    return;
  }
  if (schema.ref === EXACT_AMOUNTS) return;
  if (schema.ref !== undefined) DEFAULTERS.get(schema.ref.slice(PREFIX.length))?.(value);
  for (const { name, fallback } of declaredDefaults(schema))
    if (value[name] === undefined) setOwn(value, name, fallback);
  for (const name in value) {
    const item = value[name];
    const property = schema.properties[name];
    if (typeof item === "object" && item !== null && property !== undefined) visit(item, property);
  }
}

interface DeclaredDefault {
  readonly name: string;
  readonly fallback: Json;
}

const declared = new WeakMap<SchemaNode, readonly DeclaredDefault[]>();

/** Defaults that are declared in the Go types, as a port's protocol. Zero values there only tell of the field's kind. */
function declaredDefaults(schema: SchemaNode): readonly DeclaredDefault[] {
  let defaults = declared.get(schema);
  if (defaults === undefined) {
    defaults = Object.entries(schema.properties ?? {}).flatMap(([name, { default: fallback }]) => {
      const isReal = fallback !== undefined && fallback !== "" && fallback !== 0 && fallback !== false;
      return isReal && !isJsonObject(fallback) ? [{ name, fallback }] : [];
    });
    declared.set(schema, defaults);
  }
  return defaults;
}

const MILLI = -3;

/** Amounts of resources are kept to a thousandth at most, rounded up. */
function visitMap(value: JsonObject, element: SchemaNode | boolean | undefined): void {
  if (typeof element !== "object") return;
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    if (!element.untypedScalar) visit(item, element);
    else if (typeof item === "string" && quantityFault(item) === undefined) {
      setOwn(value, key, formatQuantity(roundUpQuantity(parseQuantity(item), MILLI)));
    }
  }
}
