import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";
import { type Atom, atomOf, DEDUCED, fieldSchema, kindOfValue, type ListAtom, type MapAtom } from "./atom.ts";
import { FieldSet } from "./field-set.ts";
import { itemElement } from "./list-items.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

type Value = Json | undefined;

/**
 * Only the fields of the set, with the key fields of list items they lie in, so that what comes out can be applied again.
 * Undefined when the value has none of them. What a set and a schema say together is worked out once: keep one FieldSet for one
 * manager's entry and give it for every object or version that has the same.
 */
export function extractFields(value: Json, set: FieldSet, schema: SchemaNode): Value {
  return extract(value, planOf(set, schema));
}

/** What to take out of a value of one schema. The parts are made when a value first asks for them. */
interface Plan {
  readonly set: FieldSet;
  readonly atom: Atom;
  fields?: readonly PlannedField[];
  items?: PlannedItems;
}

interface Planned {
  /** Whether the set names the field itself and not just what lies below it. */
  readonly isMember: boolean;
  /** Undefined when nothing below is in the set. */
  readonly below: Plan | undefined;
  /** What becomes of a container that is a member with nothing below. */
  readonly whole: Plan;
}

interface PlannedField extends Planned {
  readonly name: string;
}

/** Items of a list by the value of their only key, or their own in a set; others by the text of their step. */
interface PlannedItems {
  readonly byValue: ReadonlyMap<Json, Planned>;
  readonly byElement: ReadonlyMap<PathElement, Planned>;
}

const NOTHING = new FieldSet();
const plans = new WeakMap<FieldSet, WeakMap<SchemaNode, Plan>>();

function planOf(set: FieldSet, schema: SchemaNode): Plan {
  let ofSet = plans.get(set);
  if (ofSet === undefined) plans.set(set, (ofSet = new WeakMap()));
  let plan = ofSet.get(schema);
  if (plan === undefined) ofSet.set(schema, (plan = { set: withKeyFields(set), atom: atomOf(schema) }));
  return plan;
}

function extract(value: Json, plan: Plan): Value {
  switch (kindOfValue(plan.atom, value)) {
    case "scalar":
      return value;
    case "list":
      return extractItems(value, plan, plan.atom.list as ListAtom);
    case "map":
      return extractMap(value, plan, plan.atom.map as MapAtom);
  }
}

function extractItems(value: Json, plan: Plan, list: ListAtom): Value {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (list.isAtomic) return value;
  plan.items ??= plannedItems(plan.set, list);
  const out: Json[] = [];
  for (const item of value) {
    const planned = plannedItem(item, plan.items, list);
    const kept = planned === undefined ? undefined : take(item, planned);
    if (kept !== undefined) out.push(kept);
  }
  return out.length > 0 ? out : undefined;
}

function plannedItem(item: Json, items: PlannedItems, list: ListAtom): Planned | undefined {
  const value = simpleKey(list, item);
  if (value !== undefined) return items.byValue.get(value);
  if (items.byElement.size === 0) return undefined;
  const found = itemElement(list, item);
  return "element" in found ? items.byElement.get(found.element) : undefined;
}

/** The value that alone tells an item from the others: no text needs to be made of it. */
function simpleKey(list: ListAtom, item: Json): string | undefined {
  if (list.keys.length === 0) return typeof item === "string" ? item : undefined;
  const name = list.keys[0] as string;
  if (list.keys.length > 1 || !isJsonObject(item) || !Object.hasOwn(item, name)) return undefined;
  const value = item[name];
  return typeof value === "string" ? value : undefined;
}

function plannedItems(set: FieldSet, list: ListAtom): PlannedItems {
  const byValue = new Map<Json, Planned>();
  const byElement = new Map<PathElement, Planned>();
  for (const element of elementsOf(set)) {
    const kind = element.charAt(0);
    if (kind !== "k" && kind !== "v") continue;
    const planned = plannedFor(set, element, list.element);
    const written = JSON.parse(element.slice(2)) as Json;
    const isOfThisList = (kind === "k") === list.keys.length > 0;
    const value = isOfThisList ? simpleKey(list, written) : undefined;
    const isWhole = kind === "v" || Object.keys(written as JsonObject).length === list.keys.length;
    if (value !== undefined && isWhole) byValue.set(value, planned);
    else byElement.set(element, planned);
  }
  return { byValue, byElement };
}

/** Goes through the set rather than through the value: a manager owns few of an object's fields. */
function extractMap(value: Json, plan: Plan, map: MapAtom): Value {
  if (!isJsonObject(value)) return undefined;
  if (map.isAtomic) return hasFields(value) ? value : undefined;
  plan.fields ??= plannedFields(plan.set, map);
  const out: JsonObject = {};
  let count = 0;
  for (const field of plan.fields) {
    const { name } = field;
    const item = Object.hasOwn(value, name) ? value[name] : undefined;
    const kept = item === undefined ? undefined : take(item, field);
    if (kept === undefined) continue;
    setOwn(out, name, kept);
    count++;
  }
  return count > 0 ? out : undefined;
}

function plannedFields(set: FieldSet, map: MapAtom): PlannedField[] {
  return elementsOf(set)
    .filter((element) => element.startsWith("f:"))
    .map((element) => {
      const name = element.slice(2);
      return { name, ...plannedFor(set, element, fieldSchema(map, name) ?? DEDUCED) };
    });
}

function elementsOf(set: FieldSet): PathElement[] {
  return [...set.children.keys(), ...[...set.members].filter((element) => !set.children.has(element))];
}

function plannedFor(set: FieldSet, element: PathElement, schema: SchemaNode): Planned {
  const atom = atomOf(schema);
  const below = set.children.get(element);
  const hasBelow = below !== undefined && !below.isEmpty();
  return {
    isMember: set.members.has(element),
    below: hasBelow ? { set: below, atom } : undefined,
    whole: { set: NOTHING, atom },
  };
}

function take(value: Json, { isMember, below, whole }: Planned): Value {
  if (!isMember) return below === undefined ? undefined : extract(value, below);
  return extract(value, below ?? whole) ?? emptyOf(value);
}

function emptyOf(value: Json): Value {
  return Array.isArray(value) ? [] : isJsonObject(value) ? {} : value;
}

function hasFields(value: JsonObject): boolean {
  for (const _ in value) return true;
  return false;
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
