import { isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import { applyDefaults } from "../defaults/builtin.ts";
import type { KubeObject } from "../object/types.ts";
import type { SchemaNode } from "../schema/types.ts";
import { atomOf, fieldSchema } from "../smd/atom.ts";
import { compareTyped } from "../smd/compare.ts";
import { FieldSet, type FieldPath } from "../smd/field-set.ts";
import { fieldsOf } from "../smd/fields-of.ts";
import { itemElements } from "../smd/list-items.ts";
import { mergeTyped } from "../smd/merge.ts";
import { describePath } from "../smd/path-element.ts";
import { removeFields } from "../smd/remove.ts";

/** One field that applying would change. */
export interface FieldChange {
  /** As conflicts name it: `.spec.template.spec.containers[name="web"].image`. */
  readonly path: string;
  readonly change: "add" | "change" | "remove";
  /** What applying would make of it; undefined when it goes. */
  readonly desired: Json | undefined;
  readonly live: Json | undefined;
}

export interface ThreeWay {
  /** What is written down, as a user wrote it: no defaults. */
  readonly desired: KubeObject;
  readonly live: KubeObject;
  /** What was applied last: the fields in it that are no longer desired go. */
  readonly owned: FieldSet;
  readonly schema: SchemaNode;
}

/** Set by the server, or by controllers through status: nobody desires them. */
const SERVER_METADATA = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "managedFields",
  "selfLink",
];
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * What applying `desired` would change in `live`: fields desired otherwise, fields missing, and fields owned that are desired no
 * more. Defaults, other managers' fields, spellings of one quantity and the order of lists with keys make no difference.
 */
export function compareThreeWays({ desired, live, owned, schema }: ThreeWay): FieldChange[] {
  const wanted = withoutServerFields(desired);
  const before = applyDefaults(withoutServerFields(live));
  const gone = owned.difference(fieldsOf(wanted, schema));
  const merged = mergeTyped(removeFields(before, gone, schema), wanted, schema) as KubeObject;
  const after = applyDefaults(merged);
  const { added, modified, removed } = compareTyped(before, after, schema);
  const tell = (set: FieldSet, change: FieldChange["change"]): FieldChange[] =>
    [...topmost(set)].map((path) => ({
      path: describePath(path),
      change,
      desired: valueAt(after, path, schema),
      live: valueAt(before, path, schema),
    }));
  return [...tell(modified, "change"), ...tell(added, "add"), ...tell(removed, "remove")];
}

/** Whether two objects are one to the server: defaults filled in, quantities in their one form, empty and absent the same. */
export function semanticEqual(a: KubeObject, b: KubeObject): boolean {
  return jsonEqual(applyDefaults(a), applyDefaults(b));
}

/**
 * The fields that go when a manager no longer applies them: those it applied and nobody else has, or what kubectl noted in its
 * annotation; empty when there is neither.
 */
export function appliedFields(live: KubeObject, manager: string, schema: SchemaNode): FieldSet {
  let own: FieldSet | undefined;
  let others = new FieldSet();
  for (const entry of live.metadata.managedFields ?? []) {
    if (!isJsonObject(entry.fieldsV1)) continue;
    const set = FieldSet.fromFieldsV1(entry.fieldsV1);
    if (entry.manager === manager && entry.operation === "Apply") own = own?.union(set) ?? set;
    else others = others.union(set);
  }
  if (own) return own.difference(others);
  const note = live.metadata.annotations?.[LAST_APPLIED];
  if (note === undefined) return new FieldSet();
  try {
    const last = JSON.parse(note) as Json;
    return isJsonObject(last) ? fieldsOf(withoutServerFields(last as KubeObject), schema) : new FieldSet();
  } catch {
    // A note that can't be read says nothing of what was applied.
    return new FieldSet();
  }
}

function withoutServerFields(object: KubeObject): KubeObject {
  const { status: _, ...rest } = withData(object);
  const metadata = { ...object.metadata };
  for (const name of SERVER_METADATA) delete metadata[name];
  if (isJsonObject(metadata.annotations) && Object.hasOwn(metadata.annotations, LAST_APPLIED)) {
    const { [LAST_APPLIED]: _note, ...annotations } = metadata.annotations;
    metadata.annotations = annotations;
    if (Object.keys(annotations).length === 0) delete metadata.annotations;
  }
  return { ...rest, metadata } as KubeObject;
}

/** A Secret's stringData ends in data. */
function withData(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  if (object.kind !== "Secret" || !isJsonObject(stringData)) return object;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(String(value), "utf8").toString("base64"),
  ]);
  const data = isJsonObject(object["data"]) ? object["data"] : {};
  return { ...rest, data: { ...data, ...(Object.fromEntries(encoded) as JsonObject) } } as unknown as KubeObject;
}

/** Paths without those inside another of the set. */
function* topmost(set: FieldSet): Generator<FieldPath> {
  for (const member of set.members) yield [member];
  for (const [element, child] of set.children) {
    if (set.members.has(element)) continue;
    for (const rest of topmost(child)) yield [element, ...rest];
  }
}

function valueAt(value: Json | undefined, path: FieldPath, schema: SchemaNode): Json | undefined {
  let found: Json | undefined = value;
  let node = schema;
  for (const element of path) {
    const atom = atomOf(node);
    if (element.startsWith("f:")) {
      const name = element.slice(2);
      found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
      node = (atom.map && fieldSchema(atom.map, name)) ?? node;
    } else if (Array.isArray(found) && atom.list) {
      found = found[itemElements(atom.list, found).indexOf(element)];
      node = atom.list.element;
    } else return undefined;
  }
  return found;
}
