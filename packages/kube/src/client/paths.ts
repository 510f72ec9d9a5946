import type { ApiResource } from "../discovery/types.ts";

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `/api/v1/namespaces/shop/configmaps/settings/status`; every part is escaped. */
export function resourcePath(
  resource: ApiResource,
  at: { namespace?: string | undefined; name?: string | undefined; subresource?: string | undefined },
): string {
  const { group, version, plural, namespaced } = resource;
  const parts = group === "" ? ["api", version] : ["apis", group, version];
  if (namespaced && at.namespace) parts.push("namespaces", at.namespace);
  parts.push(plural);
  if (at.name) parts.push(at.name);
  if (at.name && at.subresource) parts.push(...at.subresource.split("/"));
  return `/${parts.map(encodeURIComponent).join("/")}`;
}

/** What the API takes as a name in a path (apimachinery pkg/api/validation/path); anything else could mean another path. */
export function isPathSegment(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/%]/.test(name);
}

/** Leaves out what is undefined, false or empty. */
export function withQuery(path: string, query: Query | undefined): string {
  const parts = Object.entries(query ?? {})
    .filter(([, value]) => value !== undefined && value !== false && value !== "")
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`);
  return parts.length === 0 ? path : `${path}${path.includes("?") ? "&" : "?"}${parts.join("&")}`;
}
