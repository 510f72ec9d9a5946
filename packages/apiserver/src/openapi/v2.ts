import { openApiComponents, toOpenApi } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { ResourceTable } from "../registry/resource-table.ts";
import { VERSION_INFO } from "../server/version.ts";
import { encodeDocument } from "./gnostic.ts";
import { definitionName } from "./names.ts";
import { pathsOf } from "./paths.ts";

/** OpenAPI v2: one document for everything; kubectl before 1.29 and Argo CD's controller read nothing else. Made when asked for. */
export class OpenApiV2 {
  readonly #resources: ResourceTable;
  #generation = -1;
  #json: Buffer | undefined;
  #protobuf: Buffer | undefined;

  constructor(resources: ResourceTable) {
    this.#resources = resources;
  }

  get json(): Buffer {
    this.#refresh();
    return (this.#json ??= Buffer.from(JSON.stringify(this.#document())));
  }

  /** The same in gnostic's encoding. */
  get protobuf(): Buffer {
    this.#refresh();
    return (this.#protobuf ??= encodeDocument(this.#document()));
  }

  #refresh(): void {
    if (this.#generation === this.#resources.generation) return;
    this.#generation = this.#resources.generation;
    this.#json = undefined;
    this.#protobuf = undefined;
  }

  #document(): JsonObject {
    const resources = this.#resources.all();
    const builtin = resources.flatMap(({ isCustom, schema }) =>
      isCustom || schema?.ref === undefined ? [] : [schema.ref],
    );
    const definitions: JsonObject = {};
    for (const [name, schema] of Object.entries(openApiComponents(builtin))) definitions[name] = asV2(schema ?? {});
    for (const resource of resources) {
      if (!resource.isCustom || resource.schema === undefined) continue;
      const { group, version, kind } = resource;
      definitions[definitionName(resource)] = {
        ...(asV2(toOpenApi(resource.schema, true)) as JsonObject),
        "x-kubernetes-group-version-kind": [{ group, version, kind }],
      };
    }
    return {
      swagger: "2.0",
      info: { title: "Kubernetes", version: `${VERSION_INFO.major}.${VERSION_INFO.minor}` },
      paths: v2Paths(pathsOf(resources)),
      definitions,
    };
  }
}

/** What v3 can say and v2 cannot is dropped; a reference with something beside it is the reference. */
function asV2(value: Json): Json {
  if (Array.isArray(value)) return value.map(asV2);
  if (!isJsonObject(value)) return value;
  const reference = referenceIn(value);
  if (reference !== undefined) {
    const { allOf: _allOf, default: _default, ...rest } = value;
    return { ...rest, $ref: reference };
  }
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || key === "oneOf" || key === "anyOf" || key === "not" || key === "nullable") continue;
    // kube-apiserver takes all defaults out of this form.
    if (key === "default") continue;
    out[key] = key === "properties" && isJsonObject(item) ? mapValues(item, asV2) : asV2(item);
  }
  return out;
}

function referenceIn(value: JsonObject): string | undefined {
  const inner = Array.isArray(value["allOf"]) && value["allOf"].length === 1 ? value["allOf"][0] : value;
  const reference = isJsonObject(inner) ? inner["$ref"] : undefined;
  return typeof reference === "string" ? reference.replace("#/components/schemas/", "#/definitions/") : undefined;
}

function mapValues(object: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value ?? {})]));
}

/** Parameters carry their type themselves, and there are no request bodies. */
function v2Paths(paths: JsonObject): JsonObject {
  return mapValues(paths, (item) => {
    const out: JsonObject = {};
    for (const [key, value] of Object.entries(isJsonObject(item) ? item : {})) {
      if (key === "parameters") out[key] = v2Parameters(value);
      else if (isJsonObject(value)) {
        const { requestBody: _body, ...operation } = value;
        out[key] = {
          ...operation,
          ...(operation["parameters"] === undefined ? {} : { parameters: v2Parameters(operation["parameters"]) }),
          responses: { "200": { description: "OK" } },
        };
      }
    }
    return out;
  });
}

function v2Parameters(value: Json | undefined): Json {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).map(({ schema, ...parameter }) => ({
    ...parameter,
    ...(isJsonObject(schema) ? schema : {}),
  }));
}
