/** How far a sealed value may travel: `strict` namespace and name, `namespace-wide` any name, `cluster-wide` anywhere. */
export type Scope = (typeof SCOPES)[number];

export const SCOPES = ["strict", "namespace-wide", "cluster-wide"] as const;

const PREFIX = "sealedsecrets.bitnami.com";

export const ANNOTATIONS = {
  clusterWide: `${PREFIX}/cluster-wide`,
  namespaceWide: `${PREFIX}/namespace-wide`,
  managed: `${PREFIX}/managed`,
  patch: `${PREFIX}/patch`,
  skipSetOwnerReferences: `${PREFIX}/skip-set-owner-references`,
} as const;

export function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}

/** The scope annotations ask for: only exactly "true" counts, and cluster-wide wins. */
export function scopeOf(annotations: Readonly<Record<string, string>> | undefined): Scope {
  if (annotations?.[ANNOTATIONS.clusterWide] === "true") return "cluster-wide";
  return annotations?.[ANNOTATIONS.namespaceWide] === "true" ? "namespace-wide" : "strict";
}

/** The annotations with this scope, and no other scope, in them. */
export function withScope(
  annotations: Readonly<Record<string, string>> | undefined,
  scope: Scope,
): Record<string, string> {
  const others: Record<string, string> = { ...annotations };
  delete others[ANNOTATIONS.clusterWide];
  delete others[ANNOTATIONS.namespaceWide];
  if (scope === "cluster-wide") others[ANNOTATIONS.clusterWide] = "true";
  if (scope === "namespace-wide") others[ANNOTATIONS.namespaceWide] = "true";
  // In the order Go writes a map.
  return Object.fromEntries(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the session key is bound to. */
export function labelFor(scope: Scope, namespace: string, name: string): string {
  if (scope === "cluster-wide") return "";
  return scope === "namespace-wide" ? namespace : `${namespace}/${name}`;
}
