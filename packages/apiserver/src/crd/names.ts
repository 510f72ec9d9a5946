import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";

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

export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
