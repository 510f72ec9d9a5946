import { badRequest } from "./status.ts";

/** What a request is about, as k8s.io/apiserver's RequestInfo: what authorisation, audit and routing look at. */
export interface RequestInfo {
  readonly isResource: boolean;
  /** The path without query, decoded where it names things. */
  readonly path: string;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** Empty for cluster-scoped requests and lists over all namespaces. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** What follows the subresource: the path behind `/proxy`. */
  readonly rest: string;
  readonly query: Query;
}

/** Query parameters; a parameter given twice counts once, the first time. */
export type Query = ReadonlyMap<string, string>;

const NO_QUERY: Query = new Map();

const VERB_OF_METHOD: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Subresources of namespaces: `/namespaces/X/status` is about the namespace, `/namespaces/X/pods` about pods in it. */
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

/** @throws StatusError 400 for an escape that is none. */
export function parseRequest(method: string, url: string): RequestInfo {
  const question = url.indexOf("?");
  // Decoded before it is divided, as Go does it: an escaped slash divides too.
  const path = decode(question < 0 ? url : url.slice(0, question));
  const query = question < 0 ? NO_QUERY : parseQuery(url.slice(question + 1));
  const parts = partsOf(path);
  // A doubled slash in front is a path that nobody serves.
  const prefix = path.startsWith("//") ? "" : parts[0];
  if (prefix === "api" && parts.length >= 3) return resourceRequest(method, path, query, "", parts.slice(1));
  if (prefix === "apis" && parts.length >= 4) {
    return resourceRequest(method, path, query, parts[1] ?? "", parts.slice(2));
  }
  return {
    isResource: false,
    path,
    verb: (method === "HEAD" ? "GET" : method).toLowerCase(),
    group: "",
    version: "",
    namespace: "",
    resource: "",
    subresource: "",
    name: "",
    rest: "",
    query,
  };
}

/** `segments` begins with the version. */
function resourceRequest(method: string, path: string, query: Query, group: string, segments: string[]): RequestInfo {
  const [version = ""] = segments;
  let rest = segments.slice(1);
  const isOldWatch = rest[0] === "watch" && rest.length > 1;
  if (isOldWatch) rest = rest.slice(1);
  let namespace = "";
  if (rest[0] === "namespaces" && rest.length > 1) {
    namespace = rest[1] ?? "";
    if (rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] ?? "")) rest = rest.slice(2);
  }
  const name = rest[1] ?? "";
  return {
    isResource: true,
    path,
    verb: verbOf(method, name, query, isOldWatch),
    group,
    version,
    namespace,
    resource: rest[0] ?? "",
    subresource: rest[2] ?? "",
    name,
    rest:
      rest.length > 3 ? `/${rest.slice(3).join("/")}${path.endsWith("/") ? "/" : ""}` : path.endsWith("/") ? "/" : "",
    query,
  };
}

function verbOf(method: string, name: string, query: Query, isOldWatch: boolean): string {
  const verb = VERB_OF_METHOD[method] ?? "";
  if (verb === "get" && (isOldWatch || isTrue(query.get("watch")))) return "watch";
  if (name !== "") return verb;
  if (verb === "get") return "list";
  return verb === "delete" ? "deletecollection" : verb;
}

/** A boolean parameter as conversion from url.Values reads it: present and neither `false` nor `0`. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && value.toLowerCase() !== "false" && value !== "0";
}

function partsOf(path: string): string[] {
  return path.replace(/^\/+|\/+$/g, "").split("/");
}

/** @throws StatusError 400 for an escape that is none */
function decode(path: string): string {
  if (!path.includes("%")) return path;
  if (/%(?![0-9a-fA-F]{2})/.test(path)) throw badRequest("invalid URL escape in path");
  try {
    return decodeURIComponent(path);
  } catch {
    // Bytes that are no UTF-8 name nothing; they need only not look like something else.
    return path.replace(/%[89a-fA-F][0-9a-fA-F]/g, "\ufffd");
  }
}

function parseQuery(text: string): Query {
  const query = new Map<string, string>();
  if (text === "") return query;
  for (const [name, value] of new URLSearchParams(text)) if (!query.has(name)) query.set(name, value);
  return query;
}
