import { isJsonObject } from "@fairlead/base";
import type { LiveObject, ManagerEntry } from "../live/types.ts";
import type { FieldDifference } from "./compare.ts";
import { findItem, valueAtPath, type FieldNode, type FieldPath } from "./field-set.ts";

/**
 * Fields that others added beside ours: inside a map or a list of which we own a part, owned by another manager, and not there in
 * Git (facts/kube.md §4, 5). Neither our own field set nor a dry run shows them. What the server defaulted belongs to nobody and
 * is none; status is its controller's, and so is metadata but for labels, where controllers keep their books.
 * @param yieldTo managers that may add what they like
 */
export function additionsOf(live: LiveObject, yieldTo: readonly string[]): FieldDifference[] {
  const { ours, others, object } = live;
  if (!ours) return [];
  const found = new Map<string, FieldDifference>();
  for (const entry of others) {
    if (!mayNotAdd(entry, yieldTo)) continue;
    for (const path of beside(ours.set.root, entry.set.root, [])) {
      const have = valueAtPath(object, path);
      if (have !== undefined && isCounted(path)) found.set(JSON.stringify(path), { path, want: undefined, have });
    }
  }
  return [...found.values()];
}

function mayNotAdd(entry: ManagerEntry, yieldTo: readonly string[]): boolean {
  return entry.subresource === undefined && !yieldTo.includes(entry.manager);
}

function isCounted([first, second]: FieldPath): boolean {
  return first !== "status" && (first !== "metadata" || second === "labels");
}

/** The topmost paths that `theirs` names below a place where `own` names something, too, and `own` does not. */
function beside(own: FieldNode, theirs: FieldNode, path: FieldPath): FieldPath[] {
  if (own.isLeaf || theirs.isLeaf) return [];
  const found: FieldPath[] = [];
  for (const [name, child] of theirs.fields) {
    const match = own.fields.get(name);
    // At the top, kinds of content are told apart by field: who writes another one adds nothing to ours, but for metadata.
    if (match) found.push(...beside(match, child, [...path, name]));
    else found.push([...path, name]);
  }
  for (const { key, node } of theirs.items) {
    const match = own.items.find((item) => JSON.stringify(item.key) === JSON.stringify(key));
    if (match) found.push(...beside(match.node, node, [...path, { key }]));
    else if (own.items.length > 0) found.push([...path, { key }]);
  }
  for (const member of theirs.members) {
    const isOwn = own.members.some((other) => JSON.stringify(other) === JSON.stringify(member));
    if (!isOwn && own.members.length > 0) found.push([...path, { member }]);
  }
  return found;
}

/** A JSON patch that takes these fields away, and fails when the object has changed since. */
export function removalPatch(object: LiveObject["object"], paths: readonly FieldPath[]): unknown[] {
  const version = object.metadata.resourceVersion;
  const pointers = paths
    .map((path) => pointerOf(object, path))
    .filter((pointer) => pointer !== undefined)
    .sort(laterFirst);
  return [
    { op: "test", path: "/metadata/resourceVersion", value: version },
    ...pointers.map((pointer) => ({ op: "remove", path: pointer.map((step) => `/${escape(String(step))}`).join("") })),
  ];
}

function pointerOf(object: unknown, path: FieldPath): (string | number)[] | undefined {
  const pointer: (string | number)[] = [];
  let current = object;
  for (const step of path) {
    let at: string | number | undefined;
    if (typeof step === "string") at = step;
    else if (!Array.isArray(current)) return undefined;
    else if ("key" in step) at = findItem(current, step.key)?.index;
    else at = current.findIndex((item) => JSON.stringify(item) === JSON.stringify(step.member));
    if (at === undefined || at === -1) return undefined;
    pointer.push(at);
    if (Array.isArray(current)) current = (current as unknown[])[Number(at)];
    else current = isJsonObject(current) ? current[String(at)] : undefined;
  }
  return pointer;
}

/** Items further back first, so that removing one does not move another. */
function laterFirst(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [one, two] = [a[i], b[i]];
    if (typeof one === "number" && typeof two === "number" && one !== two) return two - one;
  }
  return b.length - a.length;
}

function escape(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}
