import { createRequire } from "node:module";
import type { Json, JsonObject } from "@fairlead/base";

/** Why a schema cannot be used, in the words of the library that Helm uses. */
export class SchemaFault extends Error {}

export const ROOT_URL = "file:///values.schema.json";

/** A schema with an address of its own: a document, or a part of one with an `$id`. */
export interface Resource {
  readonly url: string;
  readonly root: Json;
  /** 4, 6, 7, 2019 or 2020. */
  readonly draft: number;
  /** Of the standard itself, where formats are always held. */
  readonly isMeta: boolean;
  readonly anchors: Map<string, Json>;
  readonly dynamicAnchors: Map<string, JsonObject>;
}

const META_FILES: Readonly<Record<string, { readonly draft: number; readonly file: string }>> = {
  "http://json-schema.org/draft-04/schema": { draft: 4, file: "ajv-draft-04/dist/refs/json-schema-draft-04.json" },
  "http://json-schema.org/draft-06/schema": { draft: 6, file: "ajv/dist/refs/json-schema-draft-06.json" },
  "http://json-schema.org/draft-07/schema": { draft: 7, file: "ajv/dist/refs/json-schema-draft-07.json" },
  ...metaFiles("https://json-schema.org/draft/2019-09", 2019, [
    "core",
    "applicator",
    "validation",
    "meta-data",
    "format",
    "content",
  ]),
  ...metaFiles("https://json-schema.org/draft/2020-12", 2020, [
    "core",
    "applicator",
    "unevaluated",
    "validation",
    "meta-data",
    "format-annotation",
    "content",
  ]),
};
const LATEST = "https://json-schema.org/draft/2020-12/schema";

function metaFiles(
  base: string,
  draft: number,
  parts: readonly string[],
): Record<string, { draft: number; file: string }> {
  const folder = `ajv/dist/refs/json-schema-${base.slice(base.lastIndexOf("/") + 1)}`;
  return {
    [`${base}/schema`]: { draft, file: `${folder}/schema.json` },
    ...Object.fromEntries(
      parts.map((part) => [`${base}/meta/${part}`, { draft, file: `${folder}/meta/${part}.json` }]),
    ),
  };
}

/** Keywords that hold schemas, and how. What is under any other keyword is data. */
const HOLDS: Readonly<Record<string, "one" | "list" | "map" | "one or list">> = {
  additionalItems: "one",
  additionalProperties: "one",
  allOf: "list",
  anyOf: "list",
  contains: "one",
  contentSchema: "one",
  definitions: "map",
  $defs: "map",
  dependencies: "map",
  dependentSchemas: "map",
  else: "one",
  if: "one",
  items: "one or list",
  not: "one",
  oneOf: "list",
  patternProperties: "map",
  prefixItems: "list",
  properties: "map",
  propertyNames: "one",
  // oxlint-disable-next-line no-thenable -- a keyword of JSON Schema, in a table that is never awaited
  then: "one",
  unevaluatedItems: "one",
  unevaluatedProperties: "one",
};

/** The schemas directly inside a schema. */
export function innerSchemas(schema: JsonObject, withDefinitions: boolean): Json[] {
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const how = Object.hasOwn(HOLDS, keyword) ? HOLDS[keyword] : undefined;
    if (how === undefined || value === undefined) return [];
    if (!withDefinitions && (keyword === "definitions" || keyword === "$defs")) return [];
    if (Array.isArray(value)) return how === "list" || how === "one or list" ? value : [];
    if (how === "map") return isMap(value) ? (Object.values(value) as Json[]) : [];
    return how === "list" ? [] : [value];
  });
}

/** What a reference leads to, and whose it is. */
interface Target {
  readonly schema: Json;
  readonly resource: Resource;
}

/** The documents a schema may refer to: itself, and the standard's. Nothing else is read or fetched. */
export class Documents {
  readonly #resources = new Map<string, Resource>();
  readonly #owners = new Map<JsonObject, Resource>();
  /** References are met again with every value: each is looked up once. */
  readonly #targets = new Map<Resource, Map<string, Target>>();
  readonly root: Resource;
  /** The schema that a schema must meet. */
  readonly meta: Resource;

  /** @throws SchemaFault */
  constructor(schema: Json) {
    const asked = isMap(schema) && typeof schema["$schema"] === "string" ? schema["$schema"] : LATEST;
    this.meta = this.#load(asked.replace(/#.*$/, ""));
    this.root = this.#add(schema, ROOT_URL, this.meta.draft, false);
  }

  ownerOf(schema: JsonObject): Resource {
    return this.#owners.get(schema) ?? this.root;
  }

  /** What a `$ref` means where it stands. @throws SchemaFault */
  resolve(reference: string, from: Resource): Target {
    let known = this.#targets.get(from);
    if (known === undefined) this.#targets.set(from, (known = new Map()));
    let target = known.get(reference);
    if (target === undefined) known.set(reference, (target = this.#find(reference, from)));
    return target;
  }

  #find(reference: string, from: Resource): Target {
    const hash = reference.indexOf("#");
    const [address, fragment] = hash < 0 ? [reference, ""] : [reference.slice(0, hash), reference.slice(hash + 1)];
    const url = address === "" ? from.url : absolute(address, from.url);
    const resource = this.#resources.get(url) ?? this.#load(url);
    const schema = this.#within(resource, fragment, url);
    return { schema, resource: isMap(schema) ? (this.#owners.get(schema) ?? resource) : resource };
  }

  #within(resource: Resource, fragment: string, url: string): Json {
    if (fragment === "") return resource.root;
    if (!fragment.startsWith("/")) {
      const found = resource.anchors.get(decode(fragment));
      if (found !== undefined) return found;
      throw new SchemaFault(
        `anchor in ${JSON.stringify(`${url}#${fragment}`)} not found in schema ${JSON.stringify(`${url}#`)}`,
      );
    }
    let current: Json | undefined = resource.root;
    for (const part of fragment.slice(1).split("/")) {
      const key = decode(part).replaceAll("~1", "/").replaceAll("~0", "~");
      if (Array.isArray(current)) current = current[Number(key)];
      else current = isMap(current) && Object.hasOwn(current, key) ? current[key] : undefined;
    }
    if (current !== undefined) return current;
    throw new SchemaFault(`json-pointer in ${JSON.stringify(`${url}#${fragment}`)} not found`);
  }

  /** @throws SchemaFault for what is elsewhere */
  #load(url: string): Resource {
    const known = this.#resources.get(url);
    if (known) return known;
    const standard = standardUrl(url);
    const meta = standard === undefined ? undefined : META_FILES[standard];
    if (standard !== undefined && meta) {
      const loaded = this.#resources.get(standard);
      return loaded ?? this.#add(createRequire(import.meta.url)(meta.file) as Json, standard, meta.draft, true);
    }
    // Helm lets anything pass where it cannot look a URN up.
    if (url.startsWith("urn:")) return this.#add(true, url, 2020, false);
    const path = /^file:\/\/(\/.*)$/.exec(url)?.[1];
    const why =
      path === undefined ? "nothing is fetched while values are checked" : `open ${path}: no such file or directory`;
    throw new SchemaFault(`failing loading ${JSON.stringify(url)}: ${why}`);
  }

  #add(root: Json, url: string, draft: number, isMeta: boolean): Resource {
    const resource: Resource = { url, root, draft, isMeta, anchors: new Map(), dynamicAnchors: new Map() };
    this.#resources.set(url, resource);
    if (isMap(root)) this.#index(root, resource);
    return resource;
  }

  /** Notes addresses and anchors inside a schema, and whose it is. */
  #index(schema: JsonObject, outer: Resource): void {
    if (this.#owners.has(schema)) return;
    const id = schema[outer.draft === 4 ? "id" : "$id"];
    let resource = outer;
    // Before 2019 a `$ref` has no siblings, and an `$id` of a fragment is an anchor.
    if (typeof id === "string" && (outer.draft >= 2019 || schema["$ref"] === undefined)) {
      const isAnchor = outer.draft < 2019 && id.startsWith("#");
      if (isAnchor) outer.anchors.set(id.slice(1), schema);
      else {
        const url = absolute(id.replace(/#.*$/, ""), outer.url);
        if (schema === outer.root) this.#resources.set(url, outer);
        else {
          resource = {
            url,
            root: schema,
            draft: outer.draft,
            isMeta: outer.isMeta,
            anchors: new Map(),
            dynamicAnchors: new Map(),
          };
          this.#resources.set(url, resource);
        }
      }
    }
    this.#owners.set(schema, resource);
    const { $anchor, $dynamicAnchor } = schema;
    if (typeof $anchor === "string") resource.anchors.set($anchor, schema);
    if (typeof $dynamicAnchor === "string") {
      resource.anchors.set($dynamicAnchor, schema);
      resource.dynamicAnchors.set($dynamicAnchor, schema);
    }
    for (const inner of innerSchemas(schema, true)) if (isMap(inner)) this.#index(inner, resource);
  }
}

/** The standard's documents go by `http` and `https` alike, whichever of the two stands in them. */
function standardUrl(url: string): string | undefined {
  const bare = url.replace(/^https?:/, "");
  if (bare === "//json-schema.org/schema") return LATEST;
  return [`http:${bare}`, `https:${bare}`].find((each) => Object.hasOwn(META_FILES, each));
}

function absolute(address: string, base: string): string {
  return URL.parse(address, base)?.href ?? address;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function isMap(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
