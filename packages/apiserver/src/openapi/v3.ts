import { createHash } from "node:crypto";
import { builtinSchemas, openApiComponents, toOpenApi } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";
import type { ResourceTable } from "../registry/resource-table.ts";
import type { Resource } from "../registry/types.ts";
import { VERSION_INFO } from "../server/version.ts";
import { definitionName, referenceName } from "./names.ts";
import { pathsOf } from "./paths.ts";

interface OpenApiDocument {
  readonly body: Buffer;
  readonly hash: string;
}

/** OpenAPI v3: an index and a document for each group and version, made when asked for. */
export class OpenApiV3 {
  readonly #resources: ResourceTable;
  readonly #documents = new Map<string, OpenApiDocument>();
  #generation = -1;

  constructor(resources: ResourceTable) {
    this.#resources = resources;
  }

  index(): JsonObject {
    const paths: Record<string, JsonObject> = {};
    for (const root of this.#roots()) {
      paths[root] = { serverRelativeURL: `/openapi/v3/${root}?hash=${this.#hashOf(root)}` };
    }
    return { paths };
  }

  /** `api/v1`, `apis/apps/v1`; undefined when it is not served. */
  document(root: string): OpenApiDocument | undefined {
    this.#refresh();
    const known = this.#documents.get(root);
    if (known !== undefined) return known;
    const resources = this.#resources.all().filter((resource) => rootOf(resource) === root);
    if (resources.length === 0) return undefined;
    const body = Buffer.from(JSON.stringify(documentOf(resources)));
    const document = { body, hash: digest(body) };
    this.#documents.set(root, document);
    return document;
  }

  #roots(): string[] {
    return [...new Set(this.#resources.all().map(rootOf))].sort();
  }

  /** Changes with what the document would say, without making it: custom schemas are part of the generation. */
  #hashOf(root: string): string {
    this.#refresh();
    const known = this.#documents.get(root)?.hash;
    return known ?? digest(Buffer.from(`${root}:${this.#generation}`));
  }

  #refresh(): void {
    if (this.#generation === this.#resources.generation) return;
    this.#generation = this.#resources.generation;
    this.#documents.clear();
  }
}

function digest(bytes: Buffer): string {
  return createHash("sha512").update(bytes).digest("hex").toUpperCase();
}

function rootOf(resource: Resource): string {
  return resource.group === "" ? `api/${resource.version}` : `apis/${resource.group}/${resource.version}`;
}

function documentOf(resources: readonly Resource[]): JsonObject {
  const names = new Set<string>();
  const custom: Record<string, JsonObject> = {};
  for (const resource of resources) {
    if (!resource.isCustom) {
      const name = resource.schema?.ref;
      if (name !== undefined) names.add(name);
      if (name !== undefined && resource.verbs.has("list")) names.add(`${name}List`);
      for (const { kindGroup, kind } of resource.subresources) {
        const sub = builtinSchemas().forKind({ group: kindGroup ?? resource.group, version: "v1", kind })?.ref;
        if (sub !== undefined) names.add(sub);
      }
      continue;
    }
    Object.assign(custom, customSchemas(resource));
    names.add(`${META}.ObjectMeta`).add(`${META}.ListMeta`).add("io.k8s.api.autoscaling.v1.Scale");
  }
  for (const name of ["DeleteOptions", "Status", "Patch"]) names.add(`${META}.${name}`);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: `${VERSION_INFO.major}.${VERSION_INFO.minor}` },
    paths: pathsOf(resources),
    components: {
      schemas: { ...openApiComponents(names), ...custom },
      securitySchemes: {
        BearerToken: {
          type: "apiKey",
          description: "Bearer Token authentication",
          name: "authorization",
          in: "header",
        },
      },
    },
  };
}

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** A custom kind and its list, named by the group turned round, as kube-apiserver names them. */
function customSchemas(resource: Resource): Record<string, JsonObject> {
  const name = definitionName(resource);
  const kind = { group: resource.group, version: resource.version, kind: resource.kind };
  const schema = resource.schema === undefined ? { type: "object" } : toOpenApi(resource.schema, true);
  return {
    [name]: { ...schema, "x-kubernetes-group-version-kind": [kind] },
    [`${name}List`]: {
      type: "object",
      required: ["items"],
      properties: {
        apiVersion: { type: "string" },
        items: { type: "array", items: { $ref: referenceName(name) } },
        kind: { type: "string" },
        metadata: { $ref: referenceName(`${META}.ListMeta`) },
      },
      "x-kubernetes-group-version-kind": [{ ...kind, kind: resource.listKind }],
    },
  };
}
