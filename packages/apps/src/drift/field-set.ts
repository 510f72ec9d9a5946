import { isJsonObject, jsonEqual, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { LIMITS } from "../limits.ts";

/**
 * The fields of one managedFields entry, compiled for walking an object. Objects of one shape have the same text, so compiled
 * sets are interned: ten thousand ConfigMaps cost one.
 */
export interface FieldSet {
  /** Its fieldsV1 as JSON text: equal text, equal set. The server writes it in a fixed order. */
  readonly text: string;
  readonly root: FieldNode;
}

export interface FieldNode {
  readonly fields: ReadonlyMap<string, FieldNode>;
  /** Items of a list with keys: `k:{"name":"app"}`. */
  readonly items: readonly { readonly key: JsonObject; readonly node: FieldNode }[];
  /** Members of a set: `v:"finalizer"`. */
  readonly members: readonly Json[];
  /** Items by position: `i:0`. */
  readonly indexes: readonly number[];
  /** Owned as a whole: nothing below it is named. */
  readonly isLeaf: boolean;
}

const LEAF: FieldNode = { fields: new Map(), items: [], members: [], indexes: [], isLeaf: true };
const interned = new Map<string, FieldSet>();

export function compileFields(fieldsV1: JsonObject): FieldSet {
  const text = JSON.stringify(fieldsV1);
  const known = interned.get(text);
  if (known) return known;
  const set = { text, root: compileNode(fieldsV1) };
  if (interned.size >= LIMITS.internedMax) interned.clear();
  interned.set(text, set);
  return set;
}

function compileNode(node: JsonObject): FieldNode {
  const fields = new Map<string, FieldNode>();
  const items: { key: JsonObject; node: FieldNode }[] = [];
  const members: Json[] = [];
  const indexes: number[] = [];
  for (const [entry, below] of Object.entries(node)) {
    if (entry === ".") continue;
    const child = isJsonObject(below) ? compileNode(below as JsonObject) : LEAF;
    const rest = entry.slice(2);
    if (entry.startsWith("f:")) fields.set(rest, child);
    else if (entry.startsWith("k:")) items.push({ key: parseOr(rest, {}) as JsonObject, node: child });
    else if (entry.startsWith("v:")) members.push(parseOr(rest, null));
    else if (entry.startsWith("i:")) indexes.push(Number(rest));
  }
  const isLeaf = fields.size === 0 && items.length === 0 && members.length === 0 && indexes.length === 0;
  return isLeaf ? LEAF : { fields, items, members, indexes, isLeaf };
}

function parseOr(text: string, fallback: Json): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return fallback;
  }
}

/** Two schema defaults decide list keys and are not always written: the protocol of ports (facts/kube.md §1). */
const KEY_DEFAULTS: Readonly<Record<string, Json>> = { protocol: "TCP" };

export function findItem(list: readonly unknown[], key: JsonObject): { item: JsonObject; index: number } | undefined {
  const index = list.findIndex(
    (item) =>
      isJsonObject(item) &&
      Object.entries(key).every(([name, value]) => jsonEqual(item[name] ?? KEY_DEFAULTS[name], value)),
  );
  return index < 0 ? undefined : { item: list[index] as JsonObject, index };
}

/** The part of a value that the set names, in a form that is equal exactly when the owned values are. */
export function extractOwned(value: unknown, node: FieldNode): unknown {
  if (node.isLeaf) return value;
  if (isJsonObject(value)) {
    const found: Record<string, unknown> = {};
    for (const [name, child] of node.fields) {
      if (Object.hasOwn(value, name)) setOwn(found, name, extractOwned(value[name], child));
    }
    return found;
  }
  if (Array.isArray(value)) return extractFromList(value, node);
  return value;
}

function extractFromList(list: readonly unknown[], node: FieldNode): unknown {
  const items = node.items.map(({ key, node: child }) => {
    const found = findItem(list, key);
    return found ? extractOwned(found.item, child) : null;
  });
  const members = node.members.filter((member) => list.some((item) => jsonEqual(item, member)));
  return [items, members, node.indexes.map((index) => list[index] ?? null)];
}

/** The paths of a set that `other` does not name, the topmost ones. */
export function pathsBeyond(node: FieldNode, other: FieldNode, path: FieldPath = []): FieldPath[] {
  if (other.isLeaf) return [];
  if (node.isLeaf) return [path];
  const found: FieldPath[] = [];
  for (const [name, child] of node.fields) {
    const match = other.fields.get(name);
    found.push(...(match ? pathsBeyond(child, match, [...path, name]) : [[...path, name]]));
  }
  for (const { key, node: child } of node.items) {
    const match = other.items.find((item) => jsonEqual(item.key, key));
    found.push(...(match ? pathsBeyond(child, match.node, [...path, { key }]) : [[...path, { key }]]));
  }
  for (const member of node.members) {
    if (!other.members.some((item) => jsonEqual(item, member))) found.push([...path, { member }]);
  }
  return found;
}

/** What an object has at a path; undefined when it has nothing there. */
export function valueAtPath(object: unknown, path: FieldPath): unknown {
  let current = object;
  for (const step of path) {
    if (typeof step === "string") {
      if (!isJsonObject(current) || !Object.hasOwn(current, step)) return undefined;
      current = current[step];
    } else if (!Array.isArray(current)) return undefined;
    else if ("key" in step) current = findItem(current, step.key)?.item;
    else current = current.find((item) => jsonEqual(item, step.member));
  }
  return current;
}

/** Whether the set names the field at this path, or something above or below it. */
export function touchesPath(node: FieldNode, path: FieldPath): boolean {
  let current = node;
  for (const step of path) {
    if (current.isLeaf) return true;
    const next = stepInto(current, step);
    if (!next) return false;
    current = next;
  }
  return true;
}

/** A step is a field's name, or the keys or value of a list item. */
export type FieldPath = readonly FieldStep[];
type FieldStep = string | { readonly key: JsonObject } | { readonly member: Json };

function stepInto(node: FieldNode, step: FieldStep): FieldNode | undefined {
  if (typeof step === "string") return node.fields.get(step);
  if ("key" in step) return node.items.find((item) => jsonEqual(item.key, step.key))?.node;
  return node.members.some((member) => jsonEqual(member, step.member)) ? LEAF : undefined;
}

/** `.spec.template.spec.containers[name="app"].image`, as people read it. */
export function formatPath(path: FieldPath): string {
  return path
    .map((step) => {
      if (typeof step === "string") return /^[A-Za-z0-9_-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
      if ("member" in step) return `[=${JSON.stringify(step.member)}]`;
      return `[${Object.entries(step.key)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(",")}]`;
    })
    .join("");
}

/** Joins two fieldsV1 objects: what either names. */
export function unionFieldsV1(a: JsonObject, b: JsonObject): JsonObject {
  const joined: JsonObject = { ...a };
  for (const [entry, below] of Object.entries(b)) {
    const known = joined[entry];
    setOwn(
      joined,
      entry,
      isJsonObject(known) && isJsonObject(below) ? unionFieldsV1(known as JsonObject, below as JsonObject) : below,
    );
  }
  return joined;
}
