import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";
import { atomOf, fieldSchema, kindOfValue, type ListAtom, type MapAtom } from "./atom.ts";
import { FieldSet } from "./field-set.ts";
import { itemElements } from "./list-items.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/** The fields a value sets: what its applier owns. Leaves, atomic values, empty and undeclared containers, and list items. */
export function fieldsOf(value: Json, schema: SchemaNode): FieldSet {
  const set = new FieldSet();
  collect(value, schema, set);
  return set;
}

/** Puts what is inside the value into `set`; true when the value counts as one leaf itself. */
function collect(value: Json, schema: SchemaNode, set: FieldSet): boolean {
  const atom = atomOf(schema);
  switch (kindOfValue(atom, value)) {
    case "scalar":
      return true;
    case "list":
      if ((atom.list as ListAtom).isAtomic) return true;
      if (Array.isArray(value)) collectItems(value, atom.list as ListAtom, set);
      return false;
    case "map":
      if ((atom.map as MapAtom).isAtomic) return true;
      if (isJsonObject(value)) collectFields(value, atom.map as MapAtom, set);
      return false;
  }
}

function collectInto(set: FieldSet, element: PathElement, value: Json, schema: SchemaNode): boolean {
  const below = new FieldSet();
  const isLeaf = collect(value, schema, below);
  if (!below.isEmpty()) set.setChild(element, below);
  return isLeaf;
}

function collectItems(items: readonly Json[], list: ListAtom, set: FieldSet): void {
  const elements = itemElements(list, items);
  const twice = new Set(elements.filter((element, index) => elements.indexOf(element) !== index));
  for (const [index, element] of elements.entries()) {
    set.insertMember(element);
    // Of items that occur twice only the key is owned; what is inside can't be told apart.
    if (!twice.has(element)) collectInto(set, element, items[index] as Json, list.element);
  }
}

function collectFields(object: JsonObject, map: MapAtom, set: FieldSet): void {
  for (const name in object) {
    const value = object[name];
    if (value === undefined) continue;
    const element = fieldElement(name);
    const schema = fieldSchema(map, name);
    const isLeaf = schema === undefined || collectInto(set, element, value, schema);
    if (isLeaf || isEmptyMap(value) || !Object.hasOwn(map.fields, name)) set.insertMember(element);
  }
}

function isEmptyMap(value: Json): boolean {
  if (value === null) return true;
  if (!isJsonObject(value)) return false;
  for (const key in value) if (value[key] !== undefined) return false;
  return true;
}
