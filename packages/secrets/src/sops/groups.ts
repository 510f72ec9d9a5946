/** Groups of master keys, and what changes in them. */
import { nameOfKey } from "./keys/parse.ts";
import type { KeyGroup, MasterKey } from "./metadata.ts";

/** Added keys go into the first group, whether they are there or not; removed ones leave every group. */
export function changedGroups(
  groups: readonly KeyGroup[],
  added: readonly MasterKey[],
  removed: readonly MasterKey[],
): KeyGroup[] {
  const gone = new Set(removed.map(identityOf));
  const [first = [], ...others] = groups;
  return [[...first, ...added], ...others].map((group) => group.filter((key) => !gone.has(identityOf(key))));
}

export interface GroupDifference {
  readonly kept: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Group by group, by the names of keys. */
export function compareGroups(before: readonly KeyGroup[], after: readonly KeyGroup[]): GroupDifference[] {
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => {
    const had = (before[index] ?? []).map(nameOfKey);
    const has = (after[index] ?? []).map(nameOfKey);
    return {
      kept: has.filter((name) => had.includes(name)),
      added: has.filter((name) => !had.includes(name)),
      removed: had.filter((name) => !has.includes(name)),
    };
  });
}

function identityOf(key: MasterKey): string {
  return `${key.kind} ${nameOfKey(key)}`;
}
