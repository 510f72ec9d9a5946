import { parseApiVersion } from "@fairlead/apimachinery";

/** Group, version and kind. In selectors and field specs an empty part matches everything. */
export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The API version up to its first slash is the group; without one it is all version. */
export function gvkFrom(apiVersion: string, kind: string): Gvk {
  return { ...parseApiVersion(apiVersion), kind };
}

export function gvkEquals(a: Gvk, b: Gvk): boolean {
  return a.kind === b.kind && a.group === b.group && a.version === b.version;
}

export function gvkSelects(selector: Gvk, gvk: Gvk): boolean {
  return (
    (selector.kind === "" || selector.kind === gvk.kind) &&
    (selector.group === "" || selector.group === gvk.group) &&
    (selector.version === "" || selector.version === gvk.version)
  );
}

/** `Deployment.v1.apps`, with `[noGrp]` and the like in messages. */
export function formatGvk({ group, version, kind }: Gvk): string {
  return `${kind || "[noKind]"}.${version || "[noVer]"}.${group || "[noGrp]"}`;
}

/** What lists of field specs and of resources are sorted by within one rank. */
export function gvkSortKey({ group, version, kind }: Gvk): string {
  return `${group || "~G"}_${version || "~V"}_${kind || "~K"}`;
}

/** Kinds that come first and last in the legacy order. The order of peers is in facts/render.md §4. */
export const LEGACY_ORDER_FIRST: readonly string[] = [
  "Namespace",
  "ResourceQuota",
  "StorageClass",
  "CustomResourceDefinition",
  "ServiceAccount",
  "PodSecurityPolicy",
  "Role",
  "ClusterRole",
  "RoleBinding",
  "ClusterRoleBinding",
  "ConfigMap",
  "Secret",
  "Endpoints",
  "Service",
  "LimitRange",
  "PriorityClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Deployment",
  "StatefulSet",
  "CronJob",
  "PodDisruptionBudget",
];
export const LEGACY_ORDER_LAST: readonly string[] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

export function kindRanks(first: readonly string[], last: readonly string[]): Map<string, number> {
  const ranks = new Map<string, number>();
  for (const [index, kind] of first.entries()) ranks.set(kind, index - first.length);
  for (const [index, kind] of last.entries()) ranks.set(kind, index + 1);
  return ranks;
}

const DEFAULT_RANKS = kindRanks(LEGACY_ORDER_FIRST, LEGACY_ORDER_LAST);

/** The order in which field specs are kept. */
export function compareGvk(a: Gvk, b: Gvk): number {
  const byRank = (DEFAULT_RANKS.get(a.kind) ?? 0) - (DEFAULT_RANKS.get(b.kind) ?? 0);
  if (byRank !== 0) return byRank;
  const [keyA, keyB] = [gvkSortKey(a), gvkSortKey(b)];
  return keyA < keyB ? -1 : keyA > keyB ? 1 : 0;
}
