/**
 * A document as SOPS sees it: mappings in order, with comments standing among the entries, since comments are encrypted too.
 *
 * Scalars keep the kinds Go's YAML and JSON readers give, because the kind is written beside each ciphertext and decides the bytes that
 * the MAC is taken over: text, bigint for int, number for float, boolean, null, Timestamp.
 */
export type TreeValue = string | bigint | number | boolean | null | Timestamp | Branch | readonly TreeElement[];

/** One element of a list: a value, or a comment between values. */
export type TreeElement = TreeValue | Comment;

export class Comment {
  readonly text: string;
  /** Stood behind a value and not on a line of its own. */
  readonly isInline: boolean;

  constructor(text: string, isInline = false) {
    this.text = text;
    this.isInline = isInline;
  }
}

/** A point in time, in the text RFC 3339 gives it. */
export class Timestamp {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export interface Entry {
  readonly key: string;
  readonly value: TreeValue;
}

/** A mapping. */
export class Branch {
  readonly items: readonly (Entry | Comment)[];

  constructor(items: readonly (Entry | Comment)[]) {
    this.items = items;
  }

  get(key: string): TreeValue | undefined {
    return this.entries().find((entry) => entry.key === key)?.value;
  }

  entries(): Entry[] {
    return this.items.filter((item): item is Entry => !(item instanceof Comment));
  }

  /** With an entry of this key at the end, in place of one it may have had. */
  with(key: string, value: TreeValue): Branch {
    return new Branch([...this.without(key).items, { key, value }]);
  }

  without(key: string): Branch {
    return new Branch(this.items.filter((item) => item instanceof Comment || item.key !== key));
  }
}

/** A value at a leaf, or a comment. */
export type Leaf = string | bigint | number | boolean | Timestamp | Comment;

/** The comments in force at each level from the root: those above the item, cleared by each item that is none. */
export type CommentStack = readonly (readonly string[])[];

/** Gives the leaf that stands in place of `leaf`. `path` holds the keys from the root; list positions are no part of it. */
export type LeafChange = (leaf: Leaf, path: readonly string[], comments: CommentStack) => Leaf;

/** A copy of the tree with every leaf but null put through `change`, in the order of the document. */
export function mapLeaves(branch: Branch, change: LeafChange): Branch {
  return mapBranch(branch, [], [], change);
}

function mapBranch(branch: Branch, path: readonly string[], comments: CommentStack, change: LeafChange): Branch {
  let own: string[] = [];
  const items = branch.items.map((item) => {
    if (item instanceof Comment) {
      own.push(item.text);
      return mapComment(item, path, [...comments, own], change);
    }
    const value = mapValue(item.value, [...path, item.key], [...comments, own], change);
    own = [];
    return { key: item.key, value };
  });
  return new Branch(items);
}

function mapValue(value: TreeValue, path: readonly string[], comments: CommentStack, change: LeafChange): TreeValue {
  if (value === null) return null;
  if (value instanceof Branch) return mapBranch(value, path, comments, change);
  if (Array.isArray(value)) return mapList(value as readonly TreeElement[], path, comments, change);
  const changed = change(value as Exclude<Leaf, Comment>, path, comments);
  return changed instanceof Comment ? changed.text : changed;
}

function mapList(
  list: readonly TreeElement[],
  path: readonly string[],
  comments: CommentStack,
  change: LeafChange,
): TreeElement[] {
  let own: string[] = [];
  return list.map((element): TreeElement => {
    if (element instanceof Comment) {
      own.push(element.text);
      // In a list an encrypted comment becomes an element of its own, a text that says it is a comment.
      return change(element, path, [...comments, own]);
    }
    // …and decrypted it is a comment again.
    const isLeaf = element !== null && !Array.isArray(element) && !(element instanceof Branch);
    const stack = [...comments, own];
    const changed = isLeaf ? change(element as Leaf, path, stack) : mapValue(element, path, stack, change);
    own = [];
    return changed;
  });
}

function mapComment(comment: Comment, path: readonly string[], comments: CommentStack, change: LeafChange): Comment {
  const changed = change(comment, path, comments);
  return changed instanceof Comment ? changed : new Comment(String(changed), comment.isInline);
}
