import type { SchemaNode } from "../schema/types.ts";
import { atomOf, DEDUCED, type ListAtom, type MapAtom } from "../smd/atom.ts";
import { FieldSet } from "../smd/field-set.ts";
import type { PathElement } from "../smd/path-element.ts";

/** Sets that were found in line with a schema: the same ones come again and again, see FieldSet.fromFieldsV1. */
const inLine = new WeakMap<FieldSet, SchemaNode>();

/**
 * A set written under an older schema, brought in line with today's: where a list or map has become atomic, fields inside it
 * become the one field that it is now. The same object is returned when nothing changes.
 */
export function reconcileSet(set: FieldSet, schema: SchemaNode): FieldSet {
  if (inLine.get(set) === schema) return set;
  const atomicPaths: PathElement[][] = [];
  visit(set, schema, [], false, atomicPaths);
  if (atomicPaths.length === 0) {
    inLine.set(set, schema);
    return set;
  }
  const atomic = FieldSet.fromPaths(atomicPaths);
  return set.recursiveDifference(atomic).union(atomic);
}

function visit(
  set: FieldSet | undefined,
  schema: SchemaNode,
  path: PathElement[],
  isLeaf: boolean,
  found: PathElement[][],
): void {
  const atom = atomOf(schema);
  if (atom.map) visitMap(atom.map, set, path, isLeaf, found);
  else if (atom.list && !atom.scalar) visitList(atom.list, set, path, isLeaf, found);
}

function visitMap(
  map: MapAtom,
  set: FieldSet | undefined,
  path: PathElement[],
  isLeaf: boolean,
  found: PathElement[][],
): void {
  if (map.element === DEDUCED && Object.keys(map.fields).length === 0) return;
  if (map.isAtomic && !isLeaf) {
    if (set !== undefined && set.size > 0) found.push([...path]);
    return;
  }
  const schemaOf = (element: PathElement): SchemaNode | undefined =>
    (element.startsWith("f:") ? map.fields[element.slice(2)] : undefined) ?? map.element;
  visitChildren(set, schemaOf, path, found);
}

function visitList(
  list: ListAtom,
  set: FieldSet | undefined,
  path: PathElement[],
  isLeaf: boolean,
  found: PathElement[][],
): void {
  if (list.isAtomic && !isLeaf) {
    found.push([...path]);
    return;
  }
  visitChildren(set, () => list.element, path, found);
}

function visitChildren(
  set: FieldSet | undefined,
  schemaOf: (element: PathElement) => SchemaNode | undefined,
  path: PathElement[],
  found: PathElement[][],
): void {
  if (set === undefined) return;
  const step = (element: PathElement, isMember: boolean): void => {
    const schema = schemaOf(element);
    if (schema === undefined) return;
    const below = set.children.get(element);
    path.push(element);
    visit(below, schema, path, isMember && below === undefined, found);
    path.pop();
  };
  for (const element of set.children.keys()) if (!set.members.has(element)) step(element, false);
  for (const element of set.members) step(element, true);
}
