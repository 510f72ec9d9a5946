import { isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";
import { atomOf, fieldSchema, kindOfValue, type Atom, type ListAtom, type MapAtom } from "./atom.ts";
import { FieldSet } from "./field-set.ts";
import { itemElements } from "./list-items.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

type Value = Json | undefined;

/** What changed from one value to another, field by field as the schema divides them. Absent (undefined) and null differ. */
export function compareTyped(before: Value, after: Value, schema: SchemaNode): Comparison {
  const walk = new CompareWalk();
  walk.compare(before, after, schema);
  return walk;
}

class CompareWalk implements Comparison {
  readonly added = new FieldSet();
  readonly modified = new FieldSet();
  readonly removed = new FieldSet();
  readonly #path: PathElement[] = [];

  compare(before: Value, after: Value, schema: SchemaNode): void {
    if (before === after && before !== undefined) return;
    const atom = atomOf(schema);
    const afterKind = kindOfValue(atom, after);
    const beforeKind = kindOfValue(atom, before);
    let isLeaf: boolean;
    if (after === undefined) {
      isLeaf = this.#byKind(beforeKind, atom, before, after);
    } else {
      // A value that changed its kind is looked at in both ways, first as what it was.
      if (before !== undefined && beforeKind !== afterKind) this.#byKind(beforeKind, atom, before, after);
      isLeaf = this.#byKind(afterKind, atom, before, after);
    }
    if (isLeaf) return;
    if (before === undefined) this.added.insert(this.#path);
    else if (after === undefined) this.removed.insert(this.#path);
  }

  /** True when the value was compared whole. */
  #byKind(kind: "map" | "scalar" | "list", atom: Atom, before: Value, after: Value): boolean {
    if (kind === "scalar") return this.#compareLeaf(before, after);
    if (kind === "list") return this.#compareList(atom.list as ListAtom, before, after);
    return this.#compareMap(atom.map as MapAtom, before, after);
  }

  #compareLeaf(before: Value, after: Value): true {
    if (before === undefined) this.added.insert(this.#path);
    else if (after === undefined) this.removed.insert(this.#path);
    else if (!jsonEqual(before, after)) this.modified.insert(this.#path);
    return true;
  }

  #compareMap(map: MapAtom, before: Value, after: Value): boolean {
    const left = isJsonObject(before) ? before : undefined;
    const right = isJsonObject(after) ? after : undefined;
    if (map.isAtomic || (isEmpty(left) && isEmpty(right))) return this.#compareLeaf(before, after);
    for (const name in left) this.#compareField(map, name, left[name], right?.[name]);
    for (const name in right) {
      if (left === undefined || left[name] === undefined) this.#compareField(map, name, undefined, right[name]);
    }
    return false;
  }

  #compareField(map: MapAtom, name: string, before: Value, after: Value): void {
    if (before === after) return;
    const schema = fieldSchema(map, name);
    this.#path.push(fieldElement(name));
    if (schema === undefined) this.#compareLeaf(before, after);
    else this.compare(before, after, schema);
    this.#path.pop();
  }

  #compareList(list: ListAtom, before: Value, after: Value): boolean {
    const left = Array.isArray(before) ? before : [];
    const right = Array.isArray(after) ? after : [];
    if (list.isAtomic || (left.length === 0 && right.length === 0)) return this.#compareLeaf(before, after);
    // Naming items is what costs here, and most lists haven't changed.
    if (before !== undefined && after !== undefined && jsonEqual(left, right)) return false;
    const leftItems = groupItems(list, left);
    const rightItems = groupItems(list, right);
    for (const [element, items] of leftItems) this.#compareItems(list, element, items, rightItems.get(element) ?? []);
    for (const [element, items] of rightItems) {
      if (!leftItems.has(element)) this.#compareItems(list, element, [], items);
    }
    return false;
  }

  #compareItems(list: ListAtom, element: PathElement, left: readonly Json[], right: readonly Json[]): void {
    this.#path.push(element);
    if (left.length <= 1 && right.length <= 1) {
      this.compare(left[0], right[0], list.element);
    } else if (left.length >= 2 && right.length >= 2) {
      if (!jsonEqual(left, right)) this.modified.insert(this.#path);
    } else if (left.length >= 2) {
      // Only keys of duplicates are tracked: going from many to one removes the key and adds the one item's fields.
      if (right.length > 0) this.compare(undefined, right[0], list.element);
      this.removed.insert(this.#path);
    } else {
      if (left.length > 0) this.compare(left[0], undefined, list.element);
      this.added.insert(this.#path);
    }
    this.#path.pop();
  }
}

function groupItems(list: ListAtom, items: readonly Json[]): Map<PathElement, Json[]> {
  const groups = new Map<PathElement, Json[]>();
  const elements = itemElements(list, items);
  for (const [index, element] of elements.entries()) {
    if (element === "") continue;
    const group = groups.get(element);
    if (group === undefined) groups.set(element, [items[index] as Json]);
    else group.push(items[index] as Json);
  }
  return groups;
}

function isEmpty(object: JsonObject | undefined): boolean {
  for (const key in object) if (object[key] !== undefined) return false;
  return true;
}
