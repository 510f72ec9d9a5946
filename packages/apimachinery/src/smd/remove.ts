import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";
import { atomOf, DEDUCED, fieldSchema, kindOfValue, type ListAtom, type MapAtom } from "./atom.ts";
import { FieldSet } from "./field-set.ts";
import { itemElements } from "./list-items.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

type Value = Json | undefined;
const EMPTY = new FieldSet();

/** The value without the fields of the set; containers that lose their last field vanish. Undefined when nothing is left. */
export function removeFields(value: Json, set: FieldSet, schema: SchemaNode): Value {
  return reduce(value, set, schema, false);
}

/**
 * Only the fields of the set, with the key fields of list items they lie in, so that what comes out can be applied again.
 * Undefined when the value has none of them.
 */
export function extractFields(value: Json, set: FieldSet, schema: SchemaNode): Value {
  let wanted = extended.get(set);
  if (wanted === undefined) {
    wanted = withKeyFields(set);
    extended.set(set, wanted);
  }
  return reduce(value, wanted, schema, true);
}

/** Sets are values: what was added to one is added once, however many objects it is compared with. */
const extended = new WeakMap<FieldSet, FieldSet>();

function reduce(value: Json, set: FieldSet, schema: SchemaNode, extract: boolean): Value {
  const atom = atomOf(schema);
  switch (kindOfValue(atom, value)) {
    case "scalar":
      return value;
    case "list":
      return reduceList(value, set, atom.list as ListAtom, extract);
    case "map":
      return reduceMap(value, set, atom.map as MapAtom, extract);
  }
}

function reduceList(value: Json, set: FieldSet, list: ListAtom, extract: boolean): Value {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (list.isAtomic) return extract ? value : undefined;
  const out: Json[] = [];
  const elements = itemElements(list, value);
  for (const [index, element] of elements.entries()) {
    const kept = reduceChild(value[index] as Json, set, element, list.element, extract);
    if (kept !== undefined) out.push(kept);
  }
  return out.length > 0 ? out : undefined;
}

function reduceMap(value: Json, set: FieldSet, map: MapAtom, extract: boolean): Value {
  if (!isJsonObject(value)) return undefined;
  if (map.isAtomic) return extract && Object.keys(value).length > 0 ? value : undefined;
  if (extract) return extractMap(value, set, map);
  const out: JsonObject = {};
  let count = 0;
  for (const name in value) {
    const item = value[name];
    if (item === undefined) continue;
    const kept = reduceChild(item, set, fieldElement(name), fieldSchema(map, name) ?? DEDUCED, extract);
    if (kept === undefined) continue;
    setOwn(out, name, kept);
    count++;
  }
  return count > 0 ? out : undefined;
}

/** Goes through the set rather than through the value: a manager owns few of an object's fields. */
function extractMap(value: JsonObject, set: FieldSet, map: MapAtom): Value {
  const out: JsonObject = {};
  let count = 0;
  const take = (element: PathElement): void => {
    if (!element.startsWith("f:")) return;
    const name = element.slice(2);
    const item = Object.hasOwn(value, name) ? value[name] : undefined;
    if (item === undefined) return;
    const kept = reduceChild(item, set, element, fieldSchema(map, name) ?? DEDUCED, true);
    if (kept === undefined) return;
    setOwn(out, name, kept);
    count++;
  };
  for (const element of set.children.keys()) take(element);
  for (const element of set.members) if (!set.children.has(element)) take(element);
  return count > 0 ? out : undefined;
}

function reduceChild(value: Json, set: FieldSet, element: PathElement, schema: SchemaNode, extract: boolean): Value {
  const below = set.children.get(element);
  const hasBelow = below !== undefined && !below.isEmpty();
  if (set.members.has(element)) {
    if (!extract) return undefined;
    return hasBelow ? (reduce(value, below, schema, true) ?? emptyOf(value)) : wholeLeaf(value, schema);
  }
  if (hasBelow) return reduce(value, below, schema, extract) ?? (extract ? undefined : null);
  return extract ? undefined : value;
}

/** A member without anything below: a leaf as it is, a container empty, since its fields belong to others. */
function wholeLeaf(value: Json, schema: SchemaNode): Value {
  const atom = atomOf(schema);
  const kind = kindOfValue(atom, value);
  const isWhole = kind === "scalar" || (kind === "list" ? atom.list?.isAtomic : atom.map?.isAtomic);
  return isWhole ? value : (reduce(value, EMPTY, schema, true) ?? emptyOf(value));
}

function emptyOf(value: Json): Value {
  return Array.isArray(value) ? [] : isJsonObject(value) ? {} : value;
}

function withKeyFields(set: FieldSet): FieldSet {
  const out = new FieldSet();
  out.members = set.members;
  for (const [element, child] of set.children) {
    let below = withKeyFields(child);
    if (element.startsWith("k:")) below = below.union(keyFieldsOf(element));
    out.setChild(element, below);
  }
  for (const element of set.members) {
    if (element.startsWith("k:") && !set.children.has(element)) out.setChild(element, keyFieldsOf(element));
  }
  return out;
}

function keyFieldsOf(element: PathElement): FieldSet {
  const names = Object.keys(JSON.parse(element.slice(2)) as JsonObject);
  return FieldSet.fromPaths(names.map((name) => [fieldElement(name)]));
}
