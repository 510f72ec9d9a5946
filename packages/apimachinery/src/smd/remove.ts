import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";
import { atomOf, DEDUCED, fieldSchema, kindOfValue, type ListAtom, type MapAtom } from "./atom.ts";
import type { FieldSet } from "./field-set.ts";
import { itemElements } from "./list-items.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

type Value = Json | undefined;

/** The value without the fields of the set; containers that lose their last field vanish. Undefined when nothing is left. */
export function removeFields(value: Json, set: FieldSet, schema: SchemaNode): Value {
  const atom = atomOf(schema);
  switch (kindOfValue(atom, value)) {
    case "scalar":
      return value;
    case "list":
      return removeFromList(value, set, atom.list as ListAtom);
    case "map":
      return removeFromMap(value, set, atom.map as MapAtom);
  }
}

function removeFromList(value: Json, set: FieldSet, list: ListAtom): Value {
  if (!Array.isArray(value) || value.length === 0 || list.isAtomic) return undefined;
  const out: Json[] = [];
  const elements = itemElements(list, value);
  for (const [index, element] of elements.entries()) {
    const kept = removeFromChild(value[index] as Json, set, element, list.element);
    if (kept !== undefined) out.push(kept);
  }
  return out.length > 0 ? out : undefined;
}

function removeFromMap(value: Json, set: FieldSet, map: MapAtom): Value {
  if (!isJsonObject(value) || map.isAtomic) return undefined;
  const out: JsonObject = {};
  let count = 0;
  for (const name in value) {
    const item = value[name];
    if (item === undefined) continue;
    const kept = removeFromChild(item, set, fieldElement(name), fieldSchema(map, name) ?? DEDUCED);
    if (kept === undefined) continue;
    setOwn(out, name, kept);
    count++;
  }
  return count > 0 ? out : undefined;
}

function removeFromChild(value: Json, set: FieldSet, element: PathElement, schema: SchemaNode): Value {
  if (set.members.has(element)) return undefined;
  const below = set.children.get(element);
  if (below === undefined || below.isEmpty()) return value;
  return removeFields(value, below, schema) ?? null;
}
