import { crdSchema, decodeCustom, validateCustom, type ApiSubresource, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { faultOf } from "../registry/machinery.ts";
import { changesOutsideMetadata } from "../registry/strategies.ts";
import type { Resource, Strategy } from "../registry/types.ts";
import { customPrinter } from "../table/custom-printer.ts";

/** A CustomResourceDefinition's spec, as far as serving it needs. */
export interface Definition {
  readonly name: string;
  readonly group: string;
  readonly namespaced: boolean;
  readonly names: Names;
  readonly versions: readonly JsonObject[];
  readonly storageVersion: string;
}

export interface Names {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

const VERBS = new Set(["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]);

export function definitionOf(crd: KubeObject): Definition {
  const spec = objectOf(crd["spec"]);
  const versions = listOf(spec["versions"]).filter(isJsonObject);
  const storage = versions.find((version) => version["storage"] === true) ?? versions[0];
  return {
    name: crd.metadata.name ?? "",
    group: textOf(spec["group"]),
    namespaced: spec["scope"] === "Namespaced",
    names: namesOf(objectOf(spec["names"])),
    versions,
    storageVersion: textOf(storage?.["name"]),
  };
}

function namesOf(names: JsonObject): Names {
  const kind = textOf(names["kind"]);
  return {
    plural: textOf(names["plural"]),
    singular: textOf(names["singular"]) || kind.toLowerCase(),
    kind,
    listKind: textOf(names["listKind"]) || `${kind}List`,
    shortNames: listOf(names["shortNames"]).map(String),
    categories: listOf(names["categories"]).map(String),
  };
}

/** The resources that a definition serves, one a version. */
export function resourcesOf(crd: KubeObject): Resource[] {
  const definition = definitionOf(crd);
  return definition.versions
    .filter((version) => version["served"] === true)
    .map((version) => resourceOf(crd, definition, version));
}

function resourceOf(crd: KubeObject, definition: Definition, version: JsonObject): Resource {
  const { group, names } = definition;
  const name = textOf(version["name"]);
  const subresources = objectOf(version["subresources"]);
  const hasStatus = isJsonObject(subresources["status"]);
  const schema = crdSchema(crd, name);
  const columns = listOf(version["additionalPrinterColumns"]).filter(isJsonObject);
  return {
    group,
    version: name,
    kind: names.kind,
    listKind: names.listKind,
    plural: names.plural,
    singular: names.singular,
    namespaced: definition.namespaced,
    shortNames: names.shortNames,
    categories: names.categories,
    verbs: VERBS,
    subresources: subresourcesOf(definition, name, subresources),
    storage: `${group}/${names.plural}`,
    storageVersion: definition.storageVersion,
    isCustom: true,
    schema,
    strategy: customStrategy(hasStatus),
    printer: customPrinter(columns),
    custom: {
      crdName: definition.name,
      selectableFields: listOf(version["selectableFields"])
        .filter(isJsonObject)
        .map((field) => textOf(field["jsonPath"]).replace(/^\./, "")),
      scale: scaleOf(subresources["scale"]),
      rewritesOnRead: name !== definition.storageVersion || (crd.metadata.generation ?? 1) > 1,
      decode: (object) => (schema === undefined ? { object, unknown: [] } : decodeCustom(object, schema)),
      validate: (object, before) => {
        if (schema === undefined) return [];
        const errors = validateCustom(object, { schema, isNamespaced: definition.namespaced, before });
        return errors.map(faultOf);
      },
    },
  };
}

function subresourcesOf(definition: Definition, version: string, subresources: JsonObject): ApiSubresource[] {
  const found: ApiSubresource[] = [];
  const { kind } = definition.names;
  const verbs = ["get", "patch", "update"];
  if (isJsonObject(subresources["status"]))
    found.push({ name: "status", kind, verbs, kindGroup: definition.group, kindVersion: version });
  if (isJsonObject(subresources["scale"])) {
    found.push({ name: "scale", kind: "Scale", kindGroup: "autoscaling", kindVersion: "v1", verbs });
  }
  return found;
}

function scaleOf(value: Json | undefined): NonNullable<Resource["custom"]>["scale"] {
  if (!isJsonObject(value)) return undefined;
  return {
    specReplicasPath: textOf(value["specReplicasPath"]),
    statusReplicasPath: textOf(value["statusReplicasPath"]),
    labelSelectorPath: typeof value["labelSelectorPath"] === "string" ? value["labelSelectorPath"] : undefined,
  };
}

function customStrategy(hasStatus: boolean): Strategy {
  return {
    hasStatus,
    needsResourceVersion: true,
    generation: (before, after) => changesOutsideMetadata(before, after, hasStatus),
    prepareForCreate(object) {
      if (hasStatus) delete object["status"];
    },
  };
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
