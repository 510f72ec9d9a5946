/**
 * Three-way merge of decrypted documents. Encrypted ones cannot be merged line by line: each side has its own MAC and time, so a
 * merge by text always conflicts, or leaves a MAC of neither (getsops/sops#52).
 */
import { Branch, Comment, Timestamp, type Entry, type TreeElement, type TreeValue } from "./tree.ts";

export interface Merged {
  readonly branches: readonly Branch[];
  /** Where both sides changed the same thing otherwise; there, ours was kept. Paths, never values. */
  readonly conflicts: readonly (readonly string[])[];
}

export function mergeDocuments(base: readonly Branch[], ours: readonly Branch[], theirs: readonly Branch[]): Merged {
  const conflicts: string[][] = [];
  if (base.length !== ours.length || base.length !== theirs.length) {
    const same = (a: readonly Branch[], b: readonly Branch[]): boolean =>
      a.length === b.length && a.every((branch, index) => isSame(branch, b[index]));
    if (same(base, ours) || same(ours, theirs)) return { branches: theirs, conflicts };
    if (!same(base, theirs)) conflicts.push(["(documents)"]);
    return { branches: ours, conflicts };
  }
  const branches = ours.map((branch, index) => {
    const merger = new Merger(conflicts);
    return merger.branch(base[index] ?? new Branch([]), branch, theirs[index] ?? new Branch([]), []);
  });
  return { branches, conflicts };
}

class Merger {
  readonly #conflicts: string[][];

  constructor(conflicts: string[][]) {
    this.#conflicts = conflicts;
  }

  /** Order and comments are ours; what they added follows what it follows on their side, with its comments. */
  branch(base: Branch, ours: Branch, theirs: Branch, path: readonly string[]): Branch {
    if (isSame(ours, theirs) || isSame(base, theirs)) return ours;
    if (isSame(base, ours)) return theirs;
    const merged: (Entry | Comment)[] = [];
    for (const item of ours.items) {
      if (item instanceof Comment) merged.push(item);
      else {
        const value = this.#value(base.get(item.key), item.value, theirs.get(item.key), [...path, item.key]);
        if (value !== undefined) merged.push({ key: item.key, value });
      }
    }
    this.#insertTheirs(merged, base, ours, theirs, path);
    return new Branch(merged);
  }

  #insertTheirs(
    merged: (Entry | Comment)[],
    base: Branch,
    ours: Branch,
    theirs: Branch,
    path: readonly string[],
  ): void {
    let previous: string | undefined;
    let comments: Comment[] = [];
    for (const item of theirs.items) {
      if (item instanceof Comment) {
        comments.push(item);
        continue;
      }
      const before = base.get(item.key);
      if (ours.get(item.key) === undefined) {
        if (before === undefined) merged.splice(placeAfter(merged, previous), 0, ...comments, item);
        // We deleted what they changed: nobody but a person can tell.
        else if (!isSame(before, item.value)) this.#conflicts.push([...path, item.key]);
      }
      previous = item.key;
      comments = [];
    }
  }

  /** undefined: it is gone. */
  #value(
    base: TreeValue | undefined,
    ours: TreeValue,
    theirs: TreeValue | undefined,
    path: readonly string[],
  ): TreeValue | undefined {
    if (isSame(ours, theirs) || isSame(base, theirs)) return ours;
    if (isSame(base, ours)) return theirs;
    if (ours instanceof Branch && theirs instanceof Branch) {
      return this.branch(base instanceof Branch ? base : new Branch([]), ours, theirs, path);
    }
    this.#conflicts.push([...path]);
    return ours;
  }
}

function placeAfter(items: readonly (Entry | Comment)[], key: string | undefined): number {
  if (key === undefined) return 0;
  const index = items.findIndex((item) => !(item instanceof Comment) && item.key === key);
  return index < 0 ? items.length : index + 1;
}

/** Deep equality, comments included: a change to a comment alone is a change. */
function isSame(a: TreeElement | undefined, b: TreeElement | undefined): boolean {
  if (a instanceof Comment || b instanceof Comment) {
    return a instanceof Comment && b instanceof Comment && a.text === b.text && a.isInline === b.isInline;
  }
  if (a instanceof Timestamp || b instanceof Timestamp) {
    return a instanceof Timestamp && b instanceof Timestamp && a.text === b.text;
  }
  if (a instanceof Branch || b instanceof Branch) {
    return a instanceof Branch && b instanceof Branch && areItemsSame(a.items, b.items);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    const [left, right] = [a as readonly TreeElement[], b as readonly TreeElement[]];
    return left.length === right.length && left.every((element, index) => isSame(element, right[index]));
  }
  return Object.is(a, b);
}

function areItemsSame(a: Branch["items"], b: Branch["items"]): boolean {
  return (
    a.length === b.length &&
    a.every((item, index) => {
      const other = b[index];
      if (item instanceof Comment || other instanceof Comment || other === undefined)
        return isSame(item as Comment, other as Comment);
      return item.key === other.key && isSame(item.value, other.value);
    })
  );
}
