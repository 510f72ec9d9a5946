import { isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import type { ObjectMeta } from "../object/types.ts";
import { eachOf, has, oneOf, structOf, structsOf, textOf, textsOf } from "./access.ts";
import { validateDefinitionSchema } from "./definition-schema.ts";
import { at, child, forbidden, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { immutable } from "./metadata.ts";
import { dns1035Label, dns1123Subdomain } from "./names.ts";
import { validateClientConfig, validateReviewVersions } from "./webhooks.ts";

/** A CustomResourceDefinition. What all versions have in common is told of at the top, as the server keeps it there. */
export function validateDefinition(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const versions = structsOf(spec, "versions");
  const errors = [...nameFaults(object, spec), ...specFaults(spec, versions)];
  const names = structOf(structOf(object, "status"), "acceptedNames");
  if (names) errors.push(...namesFaults(names, "status.acceptedNames"));
  return [...errors, ...storedFaults(object, versions)];
}

export function validateDefinitionUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const old = structOf(before, "spec");
  const errors = specFaults(spec, structsOf(spec, "versions"));
  const isEstablished = structsOf(structOf(before, "status"), "conditions").some(
    (condition) => condition["type"] === "Established" && condition["status"] === "True",
  );
  const fixed = (path: readonly [string, ...string[]]): FieldError[] => {
    const read = (owner: JsonObject | undefined): Json =>
      path.reduce<Json>((value, name) => (isJsonObject(value) ? (value[name] ?? "") : ""), owner ?? {});
    return immutable(read(spec), read(old), child("spec", ...path));
  };
  if (isEstablished) errors.push(...fixed(["scope"]), ...fixed(["names", "kind"]));
  errors.push(...fixed(["group"]), ...fixed(["names", "plural"]));
  return [...errors, ...storedFaults(object, structsOf(spec, "versions"))];
}

function nameFaults(object: JsonObject, spec: JsonObject | undefined): FieldError[] {
  const { name = "" } = object["metadata"] as ObjectMeta;
  const wanted = `${textOf(structOf(spec, "names"), "plural")}.${textOf(spec, "group")}`;
  if (name === "" || name === wanted) return [];
  return [invalid("metadata.name", name, `must be spec.names.plural+"."+spec.group`)];
}

function specFaults(spec: JsonObject | undefined, versions: readonly JsonObject[]): FieldError[] {
  const errors: FieldError[] = [];
  const group = textOf(spec, "group");
  const groupFaults = dns1123Subdomain(group);
  if (group === "") errors.push(required("spec.group"));
  else if (groupFaults.length > 0) errors.push(invalid("spec.group", group, groupFaults.join(",")));
  else if (!group.includes(".")) {
    errors.push(invalid("spec.group", group, "should be a domain with at least one dot"));
  }
  errors.push(...oneOf(spec, "scope", "spec", ["Cluster", "Namespaced"]));
  if (spec?.["preserveUnknownFields"] === true) {
    errors.push(
      invalid(
        "spec.preserveUnknownFields",
        true,
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
      ),
    );
  }
  errors.push(...versionsFaults(spec, versions));
  const names = structOf(spec, "names");
  for (const name of ["plural", "singular", "kind", "listKind"]) {
    if (textOf(names, name) === "") errors.push(required(child("spec.names", name)));
  }
  errors.push(...namesFaults(names, "spec.names"), ...conversionFaults(structOf(spec, "conversion")));
  return errors;
}

/** The field when every version says the same. */
function shared(versions: readonly JsonObject[], name: string): Json | undefined {
  const [first] = versions;
  const value = first?.[name];
  if (value === undefined || value === null) return undefined;
  return versions.every((version) => jsonEqual(version[name], value)) ? value : undefined;
}

function versionsFaults(spec: JsonObject | undefined, versions: readonly JsonObject[]): FieldError[] {
  const errors: FieldError[] = [];
  const common = {
    schema: shared(versions, "schema"),
    subresources: shared(versions, "subresources"),
    columns: shared(versions, "additionalPrinterColumns"),
  };
  for (const [index, version] of versions.entries()) {
    const path = at("spec.versions", index);
    const schema = structOf(structOf(version, "schema"), "openAPIV3Schema");
    if (!schema) errors.push(required(child(path, "schema", "openAPIV3Schema")));
    const faults = dns1035Label(textOf(version, "name"));
    if (faults.length > 0) errors.push(invalid(child(path, "name"), textOf(version, "name"), faults.join(",")));
    errors.push(...deprecationFaults(version, path));
    if (schema && common.schema === undefined) {
      errors.push(...validateDefinitionSchema(schema, child(path, "schema", "openAPIV3Schema")));
    }
    if (common.subresources === undefined) errors.push(...scaleFaults(version, path));
    if (common.columns === undefined) errors.push(...columnFaults(version, path));
  }
  const names = versions.map((version) => textOf(version, "name"));
  const shown = shownVersions(versions) ?? spec?.["versions"];
  if (new Set(names).size < names.length) {
    errors.push(invalid("spec.versions", shown, "must contain unique version names"));
  }
  if (versions.filter((version) => version["storage"] === true).length !== 1) {
    errors.push(invalid("spec.versions", shown, "must have exactly one version marked as storage version"));
  }
  const [first] = versions;
  const firstName = textOf(first, "name");
  const firstFaults = firstName === "" ? [] : dns1035Label(firstName);
  // The first version's name is checked once more where v1beta1 had it.
  if (firstFaults.length > 0) errors.push(invalid("spec.version", firstName, firstFaults.join(",")));
  const schema = isJsonObject(common.schema) ? structOf(common.schema, "openAPIV3Schema") : undefined;
  if (schema) errors.push(...validateDefinitionSchema(schema, "spec.validation.openAPIV3Schema"));
  if (first && common.subresources !== undefined) errors.push(...scaleFaults(first, "spec"));
  if (first && common.columns !== undefined) errors.push(...columnFaults(first, "spec"));
  return errors;
}

/** Versions as messages print them, Go's fields: what all have in common was moved to the top before. */
function shownVersions(versions: readonly JsonObject[]): JsonObject[] | undefined {
  const moved = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"];
  const isBare = moved.every(
    (name) => shared(versions, name) !== undefined || versions.every((version) => !has(version, name)),
  );
  if (!isBare) return undefined;
  return versions.map((version) => ({
    Name: textOf(version, "name"),
    Served: version["served"] === true,
    Storage: version["storage"] === true,
    Deprecated: version["deprecated"] === true,
    DeprecationWarning: version["deprecationWarning"] ?? null,
    Schema: null,
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  }));
}

function deprecationFaults(version: JsonObject, path: string): FieldError[] {
  const warning = version["deprecationWarning"];
  if (typeof warning !== "string") return [];
  const inner = child(path, "deprecationWarning");
  if (version["deprecated"] !== true) return [invalid(inner, warning, "can only be set for deprecated versions")];
  if (warning.length > 256) return [invalid(inner, warning, "must be <= 256 characters long")];
  return warning === "" ? [invalid(inner, warning, "must not be an empty string")] : [];
}

function namesFaults(names: JsonObject | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const label = (value: string, inner: string, isMixed: boolean): void => {
    const faults = value === "" ? [] : dns1035Label(isMixed ? value.toLowerCase() : value);
    const prefix = isMixed ? "may have mixed case, but should otherwise match: " : "";
    if (faults.length > 0) errors.push(invalid(inner, value, prefix + faults.join(",")));
  };
  for (const name of ["plural", "singular"]) label(textOf(names, name), child(path, name), false);
  for (const name of ["kind", "listKind"]) label(textOf(names, name), child(path, name), true);
  for (const name of ["shortNames", "categories"]) {
    for (const [index, value] of textsOf(names, name).entries()) {
      const faults = dns1035Label(value);
      if (faults.length > 0) errors.push(invalid(at(child(path, name), index), value, faults.join(",")));
    }
  }
  const kind = textOf(names, "kind");
  if (kind !== "" && kind === textOf(names, "listKind")) {
    errors.push(invalid(child(path, "listKind"), kind, "kind and listKind may not be the same"));
  }
  return errors;
}

function scaleFaults(owner: JsonObject, path: string): FieldError[] {
  const scale = structOf(structOf(owner, "subresources"), "scale");
  if (!scale) return [];
  const inner = child(path, "subresources");
  return [
    ...scalePath(scale, "specReplicasPath", inner, [".spec."], "under .spec", true),
    ...scalePath(scale, "statusReplicasPath", inner, [".status."], "under .status", true),
    ...scalePath(scale, "labelSelectorPath", inner, [".spec.", ".status."], "under either .spec or .status", false),
  ];
}

function scalePath(
  scale: JsonObject,
  name: string,
  path: string,
  prefixes: readonly string[],
  where: string,
  isRequired: boolean,
): FieldError[] {
  const value = textOf(scale, name);
  const inner = child(path, "scale", name);
  if (value === "") return isRequired ? [required(inner)] : [];
  if (!value.startsWith(".")) return [invalid(inner, value, "must be a simple json path starting with .")];
  return prefixes.some((prefix) => value.startsWith(prefix))
    ? []
    : [invalid(inner, value, `should be a json path ${where}`)];
}

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

function columnFaults(owner: JsonObject, path: string): FieldError[] {
  return eachOf(owner, "additionalPrinterColumns", path, (column, inner) => {
    const errors: FieldError[] = [];
    const [type, format, json] = ["type", "format", "jsonPath"].map((name) => textOf(column, name)) as [
      string,
      string,
      string,
    ];
    if (textOf(column, "name") === "") errors.push(required(child(inner, "name")));
    const text = `must be one of ${COLUMN_TYPES.join(",")}`;
    if (type === "") errors.push(required(child(inner, "type"), text));
    else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(child(inner, "type"), type, text));
    if (format !== "" && !COLUMN_FORMATS.includes(format)) {
      errors.push(invalid(child(inner, "format"), format, `must be one of ${COLUMN_FORMATS.join(",")}`));
    }
    if (json === "") errors.push(required(child(inner, "JSONPath")));
    else if (!json.startsWith(".")) {
      errors.push(invalid(child(inner, "JSONPath"), json, "must be a simple json path starting with ."));
    }
    return errors;
  });
}

function conversionFaults(conversion: JsonObject | undefined): FieldError[] {
  if (!conversion) return [];
  const path = "spec.conversion";
  const strategy = textOf(conversion, "strategy");
  const webhook = structOf(conversion, "webhook");
  const config = structOf(webhook, "clientConfig");
  const inner = child(path, "webhookClientConfig");
  const versions = child(path, "conversionReviewVersions");
  if (strategy === "") return [required(child(path, "strategy"))];
  if (strategy === "Webhook") {
    return [
      ...(config ? validateClientConfig(config, inner) : [required(inner, "required when strategy is set to Webhook")]),
      ...validateReviewVersions(textsOf(webhook, "conversionReviewVersions"), versions, ""),
    ];
  }
  const errors: FieldError[] = [];
  if (strategy !== "None") {
    errors.push(notSupported(child(path, "strategy"), strategy, ["None", "Webhook"]));
  }
  const text = "should not be set when strategy is not set to Webhook";
  if (config) errors.push(forbidden(inner, text));
  if (has(webhook, "conversionReviewVersions")) errors.push(forbidden(versions, text));
  return errors;
}

/** status.storedVersions: none may be gone from the versions. */
function storedFaults(object: JsonObject, versions: readonly JsonObject[]): FieldError[] {
  const path = "status.storedVersions";
  const stored = [...new Set(textsOf(structOf(object, "status"), "storedVersions"))];
  // The server adds the first storage version to them before it looks.
  const storage = versions.find((version) => version["storage"] === true);
  if (storage && !stored.includes(textOf(storage, "name"))) stored.push(textOf(storage, "name"));
  if (stored.length === 0) return [invalid(path, null, "must have at least one stored version")];
  const errors: FieldError[] = [];
  const names = new Set(versions.map((version) => textOf(version, "name")));
  const left = new Set(stored);
  for (const version of versions) {
    const name = textOf(version, "name");
    // A second version of the same name finds it taken.
    const isStored = left.delete(name);
    if (version["storage"] === true && !isStored) {
      errors.push(invalid(path, stored, `must have the storage version ${name}`));
    }
  }
  for (const [index, name] of stored.entries()) {
    if (names.has(name)) continue;
    const text = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(invalid(at(path, index), name, text));
  }
  return errors;
}
