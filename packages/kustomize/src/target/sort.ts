import { problemError } from "@fairlead/base";
import type { SortOptionsSpec } from "../kustomization/types.ts";
import {
  formatGvk,
  type Gvk,
  gvkEquals,
  gvkSortKey,
  kindRanks,
  LEGACY_ORDER_FIRST,
  LEGACY_ORDER_LAST,
} from "../resource/gvk.ts";
import type { ResourceId } from "../resource/id.ts";
import type { ResourceMap } from "../resource/resource-map.ts";

/**
 * The final order: `fifo` leaves the resources as they were gathered, `legacy` sorts by rank of kind, then by names.
 * @throws ProblemError KustomizationInvalid for options that do not go together
 */
export function sortResources(map: ResourceMap, options: SortOptionsSpec): void {
  const { order = "", legacySortOptions } = options;
  if (order !== "fifo" && order !== "legacy") {
    throw problemError("KustomizationInvalid", "the field 'sortOptions.order' must be one of [fifo, legacy]");
  }
  if (order === "fifo") {
    if (!legacySortOptions) return;
    const message = `the field 'sortOptions.legacySortOptions' is set but the selected sort order is '${order}', not 'legacy'`;
    throw problemError("KustomizationInvalid", message);
  }
  const first = legacySortOptions ? (legacySortOptions.orderFirst ?? []) : LEGACY_ORDER_FIRST;
  const last = legacySortOptions ? (legacySortOptions.orderLast ?? []) : LEGACY_ORDER_LAST;
  const ranks = kindRanks(first, last);
  const keyed = map.resources.map((resource) => {
    const id = resource.currentId;
    return { resource, gvk: id.gvk, text: idText(id), gvkText: gvkSortKey(id.gvk), rank: ranks.get(id.gvk.kind) ?? 0 };
  });
  keyed.sort((a, b) => {
    if (gvkEquals(a.gvk, b.gvk)) return compare(a.text, b.text);
    if (a.rank !== b.rank) return a.rank - b.rank;
    return isCoreNamespace(a.gvk, b.gvk) ? compare(b.gvkText, a.gvkText) : compare(a.gvkText, b.gvkText);
  });
  map.replaceAll(keyed.map(({ resource }) => resource));
  map.refuseDuplicates();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The core Namespace comes before other groups' kinds of that name. */
function isCoreNamespace(a: Gvk, b: Gvk): boolean {
  return a.kind === "Namespace" && b.kind === "Namespace" && (a.group === "" || b.group === "");
}

function idText({ gvk, namespace, name }: ResourceId): string {
  return `${formatGvk(gvk)}|${namespace || "~X"}|${name || "~N"}`;
}
