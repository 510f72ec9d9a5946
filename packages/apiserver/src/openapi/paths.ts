import { builtinSchemas } from "@fairlead/apimachinery";
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

/** Every path of resources that belong to one group and version, but the deprecated ones below /watch. */
export function pathsOf(resources: readonly Resource[]): JsonObject {
  const paths: JsonObject = {};
  for (const resource of resources) {
    const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
    const base = `${root}${resource.namespaced ? "/namespaces/{namespace}" : ""}/${resource.plural}`;
    const kind = { group: resource.group, version: resource.version, kind: resource.kind };
    add(paths, base, pathItem({ resource, kind, suffix: "" }, LIST_METHODS, resource.verbs, false));
    add(paths, `${base}/{name}`, pathItem({ resource, kind, suffix: "" }, ITEM_METHODS, resource.verbs, true));
    if (resource.namespaced && resource.verbs.has("list"))
      paths[`${root}/${resource.plural}`] = everywhere(resource, kind);
    for (const sub of resource.subresources) {
      const own = {
        group: sub.kindGroup ?? resource.group,
        version: sub.kindVersion ?? (sub.kindGroup === undefined ? resource.version : "v1"),
        kind: sub.kind,
      };
      const place = { resource, kind: own, suffix: capital(sub.name) };
      const methods = [...ITEM_METHODS, ["create", "post", "post"]] as const;
      add(paths, `${base}/{name}/${sub.name}`, pathItem(place, methods, new Set(sub.verbs), true));
    }
  }
  return paths;
}

function add(paths: JsonObject, path: string, item: JsonObject | undefined): void {
  if (item !== undefined) paths[path] = item;
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What a path's operations are about. */
interface Place {
  readonly resource: Resource;
  readonly kind: Kind;
  /** The subresource, as operation ids end. */
  readonly suffix: string;
}

/** Undefined where the path has no operation. */
function pathItem(
  place: Place,
  methods: readonly (readonly [string, string, string])[],
  verbs: ReadonlySet<string>,
  isNamed: boolean,
): JsonObject | undefined {
  const item: JsonObject = {};
  for (const [verb, method, action] of methods) {
    if (verbs.has(verb)) item[method] = operation(place, method, action);
  }
  if (Object.keys(item).length === 0) return undefined;
  const parameters: JsonObject[] = [];
  if (isNamed) parameters.push(pathParameter("name"));
  if (place.resource.namespaced) parameters.push(pathParameter("namespace"));
  parameters.push(queryParameter("pretty", "string"));
  item["parameters"] = parameters;
  return item;
}

/** The list of all namespaces has its parameters beside its one operation. */
function everywhere(resource: Resource, kind: Kind): JsonObject {
  const { parameters: _own, ...list } = operation({ resource, kind, suffix: "ForAllNamespaces" }, "get", "list");
  const pretty = queryParameter("pretty", "string");
  return { get: list, parameters: byName([...LIST_PARAMETERS, pretty]) };
}

/** What generated clients call their functions after. */
const ID_VERBS: Readonly<Record<string, string>> = {
  get: "read",
  put: "replace",
  post: "create",
  deletecollection: "delete",
};

function operation(place: Place, method: string, action: string): JsonObject {
  const { resource, kind, suffix } = place;
  const isList = action === "list";
  const parameters = method === "get" ? (isList ? LIST_PARAMETERS : []) : writeParameters(action);
  const { id, tag } = groupNames(resource);
  const infix = `${action === "deletecollection" ? "Collection" : ""}${resource.namespaced && suffix !== "ForAllNamespaces" ? "Namespaced" : ""}`;
  return {
    operationId: `${ID_VERBS[action] ?? action}${id}${infix}${resource.kind}${suffix}`,
    tags: [tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(method === "get" ? {} : { requestBody: requestBody(place, method) }),
    responses: responses(place, method, action),
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { ...kind },
  };
}

/** A group and version as operation ids and tags have them: `RbacAuthorizationV1`, `rbacAuthorization_v1`. */
function groupNames({ group, version }: Resource): { readonly id: string; readonly tag: string } {
  const words = (group === "" ? "core" : group.replace(/\.k8s\.io$/, "")).split(".").map(capital);
  const joined = words.join("");
  return { id: `${joined}${capital(version)}`, tag: `${joined.charAt(0).toLowerCase()}${joined.slice(1)}_${version}` };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

const MEDIA = ["application/json", "application/vnd.kubernetes.protobuf", "application/yaml"];
const STREAMS = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];

function responses({ resource, kind }: Place, method: string, action: string): JsonObject {
  const isGone = method === "delete";
  const own = kindName(resource, kind);
  const name = isGone
    ? "io.k8s.apimachinery.pkg.apis.meta.v1.Status"
    : own && `${own}${action === "list" ? "List" : ""}`;
  const media = resource.isCustom ? MEDIA.filter((type) => !type.includes("protobuf")) : MEDIA;
  const streams = resource.isCustom ? [] : STREAMS;
  const types = action === "list" ? [...media, ...streams] : media;
  const schema = name === undefined ? { type: "string" } : { $ref: referenceName(name) };
  const answer = (description: string): JsonObject => ({
    description,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  });
  const isStored = action === "post" || action === "put" || action === "patch";
  return {
    "200": answer("OK"),
    ...(isStored ? { "201": answer("Created") } : {}),
    ...(action === "post" || action === "delete" ? { "202": answer("Accepted") } : {}),
    "401": { description: "Unauthorized" },
  };
}

/** Undefined for what has no schema: the options of streams. */
function kindName(resource: Resource, kind: Kind): string | undefined {
  if (kind.kind === resource.kind && kind.group === resource.group) return definitionName(resource);
  return builtinSchemas().forKind(kind)?.ref;
}

function byName(parameters: readonly JsonObject[]): JsonObject[] {
  return parameters.toSorted((a, b) => (String(a["name"]) < String(b["name"]) ? -1 : 1));
}

/** kubectl looks for dryRun and fieldValidation here before it relies on the server for either. */
function writeParameters(action: string): JsonObject[] {
  if (action === "delete" || action === "deletecollection") {
    const own = [
      queryParameter("dryRun", "string"),
      queryParameter("gracePeriodSeconds", "integer"),
      queryParameter("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean"),
      queryParameter("orphanDependents", "boolean"),
      queryParameter("propagationPolicy", "string"),
    ];
    if (action === "delete") return own;
    const selecting = LIST_PARAMETERS.filter(({ name }) => name !== "allowWatchBookmarks" && name !== "watch");
    return byName([...selecting, ...own]);
  }
  const parameters = ["dryRun", "fieldManager", "fieldValidation"].map((name) => queryParameter(name, "string"));
  if (action === "patch") parameters.push(queryParameter("force", "boolean"));
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

function requestBody({ resource, kind }: Place, method: string): JsonObject {
  if (method === "delete") {
    const schema = { $ref: referenceName("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions") };
    return { content: { "*/*": { schema } } };
  }
  if (method !== "patch") {
    const name = kindName(resource, kind);
    const schema = name === undefined ? { type: "object" } : { $ref: referenceName(name) };
    const types = resource.isCustom ? ["application/json", "application/yaml"] : ["*/*"];
    return { content: Object.fromEntries(types.map((type) => [type, { schema }])), required: true };
  }
  const types = resource.isCustom ? PATCH_TYPES.slice(0, 3) : PATCH_TYPES;
  const schema = { $ref: referenceName("io.k8s.apimachinery.pkg.apis.meta.v1.Patch") };
  return { content: Object.fromEntries(types.map((type) => [type, { schema }])), required: true };
}

function queryParameter(name: string, type: string): JsonObject {
  return { name, in: "query", schema: { type, uniqueItems: true } };
}

function pathParameter(name: string): JsonObject {
  return { name, in: "path", required: true, schema: { type: "string", uniqueItems: true } };
}
