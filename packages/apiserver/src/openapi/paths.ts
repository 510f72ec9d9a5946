import type { JsonObject } from "@fairlead/base";
import type { Resource } from "../registry/types.ts";
import { definitionName, referenceName } from "./names.ts";

/** HTTP method → how operations are called (x-kubernetes-action). */
const ITEM_METHODS: readonly (readonly [verb: string, method: string, action: string])[] = [
  ["get", "get", "get"],
  ["update", "put", "put"],
  ["patch", "patch", "patch"],
  ["delete", "delete", "delete"],
];
const LIST_METHODS: readonly (readonly [verb: string, method: string, action: string])[] = [
  ["list", "get", "list"],
  ["create", "post", "post"],
  ["deletecollection", "delete", "deletecollection"],
];

const PATCH_TYPES = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];

/** Every path of resources that belong to one group and version. */
export function pathsOf(resources: readonly Resource[]): JsonObject {
  const paths: JsonObject = {};
  for (const resource of resources) {
    const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
    const base = `${root}${resource.namespaced ? "/namespaces/{namespace}" : ""}/${resource.plural}`;
    paths[base] = pathItem(resource, LIST_METHODS, resource.verbs, false);
    paths[`${base}/{name}`] = pathItem(resource, ITEM_METHODS, resource.verbs, true);
    if (resource.namespaced && resource.verbs.has("list")) {
      paths[`${root}/${resource.plural}`] = pathItem(resource, [["list", "get", "list"]], resource.verbs, false);
    }
    for (const sub of resource.subresources) {
      paths[`${base}/{name}/${sub.name}`] = pathItem(
        resource,
        [...ITEM_METHODS, ["create", "post", "post"]],
        new Set(sub.verbs),
        true,
        {
          group: sub.kindGroup ?? resource.group,
          version: sub.kindVersion ?? resource.version,
          kind: sub.kind,
        },
      );
    }
  }
  return paths;
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

function pathItem(
  resource: Resource,
  methods: readonly (readonly [string, string, string])[],
  verbs: ReadonlySet<string>,
  isNamed: boolean,
  kind: Kind = { group: resource.group, version: resource.version, kind: resource.kind },
): JsonObject {
  const item: JsonObject = {};
  for (const [verb, method, action] of methods) {
    if (!verbs.has(verb)) continue;
    item[method] = operation(resource, method, action, kind);
  }
  const parameters: JsonObject[] = [];
  if (isNamed) parameters.push(pathParameter("name"));
  if (resource.namespaced) parameters.push(pathParameter("namespace"));
  parameters.push(queryParameter("pretty", "string"));
  item["parameters"] = parameters;
  return item;
}

function operation(resource: Resource, method: string, action: string, kind: Kind): JsonObject {
  const isWrite = method !== "get";
  const parameters = isWrite ? writeParameters(method) : action === "list" ? LIST_PARAMETERS : [];
  return {
    operationId: `${action}${resource.group}${resource.version}${kind.kind}`,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(method === "get" || method === "delete" ? {} : { requestBody: requestBody(resource, method) }),
    responses: { "200": { description: "OK", content: content(resource, ["application/json"]) } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { ...kind },
  };
}

/** kubectl looks for dryRun and fieldValidation here before it relies on the server for either. */
function writeParameters(method: string): JsonObject[] {
  if (method === "delete") {
    return [
      queryParameter("dryRun", "string"),
      queryParameter("gracePeriodSeconds", "integer"),
      queryParameter("orphanDependents", "boolean"),
      queryParameter("propagationPolicy", "string"),
    ];
  }
  const parameters = ["dryRun", "fieldManager", "fieldValidation"].map((name) => queryParameter(name, "string"));
  if (method === "patch") parameters.push(queryParameter("force", "boolean"));
  return parameters;
}

const LIST_PARAMETERS: JsonObject[] = [
  queryParameter("allowWatchBookmarks", "boolean"),
  queryParameter("continue", "string"),
  queryParameter("fieldSelector", "string"),
  queryParameter("labelSelector", "string"),
  queryParameter("limit", "integer"),
  queryParameter("resourceVersion", "string"),
  queryParameter("resourceVersionMatch", "string"),
  queryParameter("sendInitialEvents", "boolean"),
  queryParameter("timeoutSeconds", "integer"),
  queryParameter("watch", "boolean"),
];

function requestBody(resource: Resource, method: string): JsonObject {
  if (method !== "patch") return { content: content(resource, ["*/*"]), required: true };
  const types = resource.isCustom ? PATCH_TYPES.slice(0, 3) : PATCH_TYPES;
  const schema = { $ref: referenceName("io.k8s.apimachinery.pkg.apis.meta.v1.Patch") };
  return { content: Object.fromEntries(types.map((type) => [type, { schema }])), required: true };
}

function content(resource: Resource, types: readonly string[]): JsonObject {
  const schema = { $ref: referenceName(definitionName(resource)) };
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function queryParameter(name: string, type: string): JsonObject {
  return { name, in: "query", schema: { type, uniqueItems: true } };
}

function pathParameter(name: string): JsonObject {
  return { name, in: "path", required: true, schema: { type: "string", uniqueItems: true } };
}
