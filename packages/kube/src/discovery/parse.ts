import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { ApiResource } from "./types.ts";

/** What one discovery document says; order within a group is the server's order of preference. */
export interface DiscoveryPart {
  readonly resources: readonly ApiResource[];
  readonly stale: readonly string[];
}

/** APIGroupDiscoveryList of apidiscovery.k8s.io, v2 or v2beta1, which agree on every field used here. */
export function parseAggregated(document: unknown): DiscoveryPart {
  const resources: ApiResource[] = [];
  const stale: string[] = [];
  for (const item of objects(document, "items")) {
    const group = textOf(isJsonObject(item["metadata"]) ? item["metadata"]["name"] : undefined);
    for (const entry of objects(item, "versions")) {
      const version = textOf(entry["version"]);
      if (entry["freshness"] === "Stale") stale.push(group === "" ? version : `${group}/${version}`);
      for (const resource of objects(entry, "resources")) resources.push(aggregatedResource(resource, group, version));
    }
  }
  return { resources, stale };
}

function aggregatedResource(resource: JsonObject, group: string, version: string): ApiResource {
  const kind = isJsonObject(resource["responseKind"]) ? resource["responseKind"] : {};
  return {
    group,
    version,
    kind: textOf(kind["kind"]),
    plural: textOf(resource["resource"]),
    singular: textOf(resource["singularResource"]),
    namespaced: resource["scope"] === "Namespaced",
    verbs: texts(resource["verbs"]),
    shortNames: texts(resource["shortNames"]),
    categories: texts(resource["categories"]),
    subresources: objects(resource, "subresources").map((each) => textOf(each["subresource"])),
  };
}

/** `group/version` of every group, the preferred version first (APIGroupList). */
export function parseGroupList(document: unknown): readonly string[] {
  return objects(document, "groups").flatMap((group) => {
    const versions = objects(group, "versions").map((each) => textOf(each["groupVersion"]));
    const preferred = isJsonObject(group["preferredVersion"]) ? textOf(group["preferredVersion"]["groupVersion"]) : "";
    return preferred === "" ? versions : [preferred, ...versions.filter((each) => each !== preferred)];
  });
}

/** The resources of one APIResourceList; subresources are entries of their own there, named `pods/status`. */
export function parseResourceList(document: unknown, group: string, version: string): readonly ApiResource[] {
  const entries = objects(document, "resources");
  const subresources = new Map<string, string[]>();
  for (const entry of entries) {
    const [plural = "", subresource] = textOf(entry["name"]).split(/\/(.*)/);
    if (subresource !== undefined) subresources.set(plural, [...(subresources.get(plural) ?? []), subresource]);
  }
  return entries.flatMap((entry) => {
    const plural = textOf(entry["name"]);
    if (plural.includes("/")) return [];
    return {
      group: textOf(entry["group"]) || group,
      version: textOf(entry["version"]) || version,
      kind: textOf(entry["kind"]),
      plural,
      singular: textOf(entry["singularName"]),
      namespaced: entry["namespaced"] === true,
      verbs: texts(entry["verbs"]),
      shortNames: texts(entry["shortNames"]),
      categories: texts(entry["categories"]),
      subresources: subresources.get(plural) ?? [],
    };
  });
}

function objects(parent: unknown, key: string): readonly JsonObject[] {
  const list = isJsonObject(parent) ? parent[key] : undefined;
  return Array.isArray(list) ? list.filter((item): item is JsonObject => isJsonObject(item)) : [];
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
