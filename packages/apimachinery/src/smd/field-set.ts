import { isJsonObject, problemError, type JsonObject } from "@fairlead/base";
import { LIMITS } from "../limits.ts";

import { propertySchema } from "../schema/node.ts";
import type { SchemaNode } from "../schema/types.ts";
import { comparePathElements, normalizeElement, type PathElement } from "./path-element.ts";

export type FieldPath = readonly PathElement[];

const NO_FIELDS: JsonObject = Object.freeze({});
const NOTHING: ReadonlySet<PathElement> = new Set();
const NO_CHILDREN: ReadonlyMap<PathElement, FieldSet> = new Map();
/** Sets of JSON that is frozen, and so shared and read again and again. */
const readBefore = new WeakMap<JsonObject, FieldSet>();

/**
 * A set of field paths, as managedFields hold them. `members` are paths that end here, `children` those that go deeper; one step
 * may be in both. Sets are values: operations return new ones and share what didn't change. Only `insert` changes a set, and
 * only while it is being built.
 */
export class FieldSet {
  members: ReadonlySet<PathElement> = NOTHING;
  children: ReadonlyMap<PathElement, FieldSet> = NO_CHILDREN;
  /** The form it was last written in. */
  #written: JsonObject | undefined;

  static fromPaths(paths: Iterable<FieldPath>): FieldSet {
    const set = new FieldSet();
    for (const path of paths) set.insert(path);
    return set;
  }

  /**
   * Reads the FieldsV1 form. What is frozen is read once, and gives the same set again.
   * @throws ProblemError InvalidFieldsV1 for a key that is no path element, or nesting beyond the limit
   */
  static fromFieldsV1(json: JsonObject): FieldSet {
    if (!Object.isFrozen(json)) return FieldSet.#read(json, 0);
    let set = readBefore.get(json);
    if (set === undefined) {
      set = FieldSet.#read(json, 0);
      readBefore.set(json, set);
    }
    return set;
  }

  static #read(json: JsonObject, depth: number): FieldSet {
    if (depth > LIMITS.fieldDepthMax) throw problemError("InvalidFieldsV1", "fieldsV1 is nested too deeply");
    const members = new Set<PathElement>();
    const children = new Map<PathElement, FieldSet>();
    for (const key in json) {
      if (key === ".") continue;
      const value = json[key];
      const element = key.startsWith("f:") ? key : normalizeElement(key);
      if (element === undefined || !isJsonObject(value)) {
        throw problemError("InvalidFieldsV1", `fieldsV1 has the key ${JSON.stringify(key)}, which is no path element`);
      }
      const child = hasKeys(value) ? FieldSet.#read(value, depth + 1) : undefined;
      if (child === undefined || "." in value) members.add(element);
      if (child && !child.isEmpty()) children.set(element, child);
    }
    return setOf(members, children);
  }

  /** The FieldsV1 form, keys in Go's order. Frozen, since a set that is kept gives the same one again. */
  toFieldsV1(): JsonObject {
    if (this.#written === undefined) {
      this.#written = this.#write();
      // Who reads it gets this set, which need not be made again.
      readBefore.set(this.#written, this);
    }
    return this.#written;
  }

  #write(): JsonObject {
    const out: JsonObject = {};
    for (const element of this.#sortedElements()) {
      const below = this.children.get(element);
      const child = below === undefined ? undefined : below.#write();
      const isMember = this.members.has(element);
      out[element] = child === undefined ? NO_FIELDS : isMember ? Object.freeze({ ".": NO_FIELDS, ...child }) : child;
    }
    return Object.freeze(out);
  }

  insert(path: FieldPath): void {
    // oxlint-disable-next-line typescript/no-this-alias -- the walk starts here and goes down
    let at: FieldSet = this;
    const last = path.length - 1;
    for (let index = 0; index < last; index++) at = at.descend(path[index] as PathElement);
    if (last >= 0) at.insertMember(path[last] as PathElement);
  }

  /** The set below one step, made if it isn't there; for building. */
  descend(element: PathElement): FieldSet {
    let child = this.children.get(element);
    if (child === undefined) {
      child = new FieldSet();
      this.setChild(element, child);
    }
    return child;
  }

  insertMember(element: PathElement): void {
    if (this.members === NOTHING) this.members = new Set();
    (this.members as Set<PathElement>).add(element);
  }

  setChild(element: PathElement, child: FieldSet): void {
    if (this.children === NO_CHILDREN) this.children = new Map();
    (this.children as Map<PathElement, FieldSet>).set(element, child);
  }

  isEmpty(): boolean {
    if (this.members.size > 0) return false;
    for (const child of this.children.values()) if (!child.isEmpty()) return false;
    return true;
  }

  get size(): number {
    let count = this.members.size;
    for (const child of this.children.values()) count += child.size;
    return count;
  }

  has(path: FieldPath): boolean {
    // oxlint-disable-next-line typescript/no-this-alias -- the walk starts here and goes down
    let at: FieldSet | undefined = this;
    const last = path.length - 1;
    for (let index = 0; index < last; index++) {
      at = at.children.get(path[index] as PathElement);
      if (at === undefined) return false;
    }
    return last >= 0 && at.members.has(path[last] as PathElement);
  }

  /** Whether the path, something above it (an atomic value, say), or something below it is in the set. */
  touches(path: FieldPath): boolean {
    // oxlint-disable-next-line typescript/no-this-alias -- the walk starts here and goes down
    let at: FieldSet | undefined = this;
    for (const element of path) {
      if (at.members.has(element)) return true;
      at = at.children.get(element);
      if (at === undefined) return false;
    }
    return !at.isEmpty();
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true;
    if (this.members.size !== other.members.size || this.children.size !== other.children.size) return false;
    for (const member of this.members) if (!other.members.has(member)) return false;
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      if (theirs === undefined || !child.equals(theirs)) return false;
    }
    return true;
  }

  union(other: FieldSet): FieldSet {
    if (other.isEmpty() || this === other) return this;
    if (this.isEmpty()) return other;
    const children = new Map(this.children);
    for (const [element, child] of other.children) {
      const mine = children.get(element);
      children.set(element, mine === undefined ? child : mine.union(child));
    }
    return setOf(this.members.union(other.members), children);
  }

  intersection(other: FieldSet): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      const both = theirs === undefined ? undefined : child.intersection(theirs);
      if (both !== undefined && !both.isEmpty()) children.set(element, both);
    }
    return setOf(this.members.intersection(other.members), children);
  }

  /** What is here and not in the other set, path by path: a path in `other` doesn't take what lies below it. */
  difference(other: FieldSet): FieldSet {
    return this.#without(other, false);
  }

  /** As difference, but a path in `other` takes everything below it too. */
  recursiveDifference(other: FieldSet): FieldSet {
    return this.#without(other, true);
  }

  #without(other: FieldSet, recursive: boolean): FieldSet {
    if (other.members.size === 0 && other.children.size === 0) return this;
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) {
      if (recursive && other.members.has(element)) continue;
      const theirs = other.children.get(element);
      const left = theirs === undefined ? child : child.#without(theirs, recursive);
      if (!left.isEmpty()) children.set(element, left);
    }
    return setOf(this.members.difference(other.members), children);
  }

  /** Every path, in Go's order: members and what is below them interleaved by step. */
  *paths(): Generator<PathElement[]> {
    for (const element of [...this.members].sort(comparePathElements)) yield [element];
    for (const element of [...this.children.keys()].sort(comparePathElements)) {
      for (const rest of this.children.get(element)?.paths() ?? []) yield [element, ...rest];
    }
  }

  /**
   * The set with every named field that leads to a path added as a path itself (`a.b` gives `a` too), if the schema declares it.
   * Removal works on members only, so containers have to be members to vanish with their last field.
   */
  withNamedFields(schema: SchemaNode | undefined): FieldSet {
    const members = new Set(this.members);
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) {
      const isField = element.startsWith("f:");
      const name = element.slice(2);
      if (isField && schema?.properties !== undefined && Object.hasOwn(schema.properties, name)) members.add(element);
      const below = isField ? schema && propertySchema(schema, name) : schema?.items;
      children.set(element, child.withNamedFields(below));
    }
    return setOf(members, children);
  }

  #sortedElements(): PathElement[] {
    const all = [...this.members];
    for (const element of this.children.keys()) if (!this.members.has(element)) all.push(element);
    // Fields alone, the usual case, are in Go's order when they are in the order of their text.
    return all.every(isFieldElement) ? all.sort() : all.sort(comparePathElements);
  }
}

function setOf(members: ReadonlySet<PathElement>, children: ReadonlyMap<PathElement, FieldSet>): FieldSet {
  const set = new FieldSet();
  set.members = members;
  set.children = children;
  return set;
}

function isFieldElement(element: PathElement): boolean {
  return element.startsWith("f:");
}

function hasKeys(object: JsonObject): boolean {
  for (const _ in object) return true;
  return false;
}
