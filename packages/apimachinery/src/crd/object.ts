import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { canonicalValue } from "../defaults/canonical.ts";
import type { KubeObject, ObjectMeta } from "../object/types.ts";
import { propertySchema } from "../schema/node.ts";
import { builtinSchemas } from "../schema/table.ts";
import type { SchemaNode } from "../schema/types.ts";
import { invalid, NO_PATH, type FieldError } from "../validation/field-error.ts";
import { validateMetadata, validateMetadataUpdate } from "../validation/metadata.ts";
import { dns1123Subdomain } from "../validation/names.ts";
import { validateRules } from "./cel/rules.ts";
import { defaultBySchema } from "./default.ts";
import { validateEmbedded } from "./embedded.ts";
import { validateListTypes } from "./list-types.ts";
import { pruneUnknown } from "./prune.ts";
import { validateBySchema } from "./validate.ts";

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

export interface DecodedCustom {
  readonly object: KubeObject;
  /** Fields that were dropped, for strict decoding: `spec.extra`, `metadata.extra`. */
  readonly unknown: readonly string[];
}

/**
 * A custom resource as the API server holds it after decoding: unknown fields pruned, metadata in Go's form, defaults filled in.
 */
export function decodeCustom(object: KubeObject, schema: SchemaNode): DecodedCustom {
  const unknown: string[] = [];
  const pruned = pruneUnknown(object, schema, true);
  const withMeta = coerceMetadata(pruned.value, schema, true, "", unknown);
  return {
    object: defaultBySchema(withMeta, schema) as KubeObject,
    unknown: [...unknown, ...pruned.unknown].sort(),
  };
}

/** metadata of the object and of every resource embedded in it goes through ObjectMeta's type. */
function coerceMetadata(value: Json, schema: SchemaNode, isResource: boolean, path: string, unknown: string[]): Json {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return value;
    return value.map((item, index) =>
      coerceMetadata(item, items, items.embeddedResource ?? false, `${path}[${index}]`, unknown),
    );
  }
  if (!isJsonObject(value)) return value;
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const inner = path === "" ? key : `${path}.${key}`;
    // Metadata that an apply has emptied is null by then; ObjectMeta's type makes an object of it.
    if (isResource && key === "metadata" && (isJsonObject(item) || item === null)) {
      setOwn(out, key, coerceOne(item ?? {}, inner, unknown));
      continue;
    }
    const property = propertySchema(schema, key);
    const isInner = property !== undefined && property.ref === undefined;
    setOwn(
      out,
      key,
      isInner ? coerceMetadata(item, property, property.embeddedResource ?? false, inner, unknown) : item,
    );
  }
  return out;
}

function coerceOne(metadata: JsonObject, path: string, unknown: string[]): JsonObject {
  const schema = builtinSchemas().definition(OBJECT_META);
  if (schema === undefined) return metadata;
  for (const key of Object.keys(metadata)) {
    if (schema.properties !== undefined && !Object.hasOwn(schema.properties, key)) unknown.push(`${path}.${key}`);
  }
  return canonicalValue(metadata, schema) as JsonObject;
}

export interface CustomValidation {
  readonly schema: SchemaNode;
  readonly isNamespaced: boolean;
  /** The stored object; undefined for a create. */
  readonly before?: KubeObject | undefined;
}

const NOT_CHECKED =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
/** Faults after which rules in CEL are not run: they could fail for the same reason. */
const BLOCKING = new Set<FieldError["type"]>([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

/** Everything kube-apiserver holds against a custom resource: metadata, schema, list types, rules in CEL. */
export function validateCustom(object: KubeObject, options: CustomValidation): FieldError[] {
  const { schema, isNamespaced, before } = options;
  const metadata = object.metadata as ObjectMeta;
  const errors = before
    ? validateMetadataUpdate(metadata, before.metadata)
    : validateMetadata(metadata, isNamespaced, dns1123Subdomain);
  errors.push(...validateBySchema(object, schema, "", before), ...validateEmbedded(object, schema));
  const isListFaultOld = before !== undefined && validateListTypes(before, schema).length > 0;
  if (!isListFaultOld) errors.push(...validateListTypes(object, schema));
  if (errors.some((error) => BLOCKING.has(error.type))) {
    if (hasRules(schema)) errors.push(invalid(NO_PATH, null, NOT_CHECKED));
    return errors;
  }
  errors.push(...validateRules(object, before, schema));
  return errors;
}

const known = new WeakMap<SchemaNode, boolean>();

/** Whether a rule stands anywhere in the schema. Structural schemas are finite. */
function hasRules(schema: SchemaNode): boolean {
  let found = known.get(schema);
  if (found === undefined) {
    const children = [
      ...Object.values(schema.properties ?? {}).filter((property) => property.ref === undefined),
      ...(schema.items ? [schema.items] : []),
      ...(typeof schema.additionalProperties === "object" ? [schema.additionalProperties] : []),
      ...(schema.allOf ?? []),
    ];
    found = (schema.validations?.length ?? 0) > 0 || children.some(hasRules);
    known.set(schema, found);
  }
  return found;
}
