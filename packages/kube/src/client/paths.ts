import type { ApiResource } from "../discovery/types.ts";

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `/api/v1/namespaces/shop/configmaps/settings/status`; every part is escaped, so no name can leave its place. */
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
  return `/${parts.map(escapePart).join("/")}`;
}

function escapePart(part: string): string {
  // encodeURIComponent leaves dots alone, and a path of dots only would be resolved away on its way.
  return part === "." || part === ".." ? part.replaceAll(".", "%2E") : encodeURIComponent(part);
}

/** Leaves out what is undefined, false or empty. */
export function withQuery(path: string, query: Query | undefined): string {
  const parts = Object.entries(query ?? {})
    .filter(([, value]) => value !== undefined && value !== false && value !== "")
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`);
  return parts.length === 0 ? path : `${path}${path.includes("?") ? "&" : "?"}${parts.join("&")}`;
}
