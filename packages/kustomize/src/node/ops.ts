import { quoteIfAmbiguous } from "./scalar.ts";
import { type KNode, type MappingNode, NULL, type ScalarNode, type SequenceNode } from "./types.ts";

export function mapping(entries: Iterable<readonly [string, KNode]> = []): MappingNode {
  return { kind: "mapping", fields: new Map(entries) };
}

export function sequence(items: KNode[] = []): SequenceNode {
  return { kind: "sequence", items };
}

export function isNull(node: KNode | undefined): boolean {
  return node?.kind === "scalar" && node.tag === NULL;
}

/** Absent or null; most rules make no difference between the two. */
export function isMissing(node: KNode | undefined): node is undefined {
  return node === undefined || isNull(node);
}

/** Absent, null, or a mapping or sequence without content. */
export function isEmpty(node: KNode | undefined): boolean {
  if (node === undefined) return true;
  if (node.kind === "scalar") return node.tag === NULL;
  return node.kind === "mapping" ? node.fields.size === 0 : node.items.length === 0;
}

export function fieldOf(node: KNode | undefined, name: string): KNode | undefined {
  return node?.kind === "mapping" ? node.fields.get(name) : undefined;
}

/** The text of a scalar as it was written; "" for anything else and for null. */
export function textOf(node: KNode | undefined): string {
  return node?.kind === "scalar" && node.tag !== NULL ? node.text : "";
}

/** The text whatever the tag: a written `null` is "null". What the real tool reads of annotations and labels. */
export function rawText(node: KNode): string {
  return node.kind === "scalar" ? node.text : "";
}

/** A deep copy. Nodes that stood in several places are separate afterwards, as in the real tool. */
export function copyNode<T extends KNode>(node: T): T;
export function copyNode(node: KNode): KNode {
  if (node.kind === "scalar")
    return { kind: "scalar", text: node.text, tag: node.tag, quoted: node.quoted, isFolded: node.isFolded };
  if (node.kind === "sequence") {
    const items: KNode[] = [];
    for (const item of node.items) items.push(copyNode(item));
    return { kind: "sequence", items };
  }
  const fields = new Map<string, KNode>();
  for (const [key, value] of node.fields) fields.set(key, copyNode(value));
  return node.badKey === undefined ? { kind: "mapping", fields } : { kind: "mapping", fields, badKey: node.badKey };
}

/**
 * Overwrites a scalar where it stands, keeping its style: wherever else the same node stands changes too. Kustomize does so by
 * accident (one label node serves metadata, selector and template), and overlays in the field depend on it.
 */
export function overwriteScalar(target: ScalarNode, source: ScalarNode): void {
  source.quoted = target.quoted;
  source.isFolded = target.isFolded;
  target.text = source.text;
  target.tag = source.tag;
}

/** Sets a field as kyaml's FieldSetter does: null takes the field away, an existing scalar keeps its style. */
export function setField(parent: MappingNode, name: string, value: KNode | undefined): void {
  if (value?.kind === "scalar") quoteIfAmbiguous(value);
  if (value === undefined || isNull(value)) {
    parent.fields.delete(name);
    return;
  }
  const present = parent.fields.get(name);
  if (present === value) return;
  if (present?.kind === "scalar" && value.kind === "scalar") overwriteScalar(present, value);
  else parent.fields.set(name, value);
}

/** The mapping in a field; created where it is absent or null, undefined where something else is. */
export function ensureMapping(parent: MappingNode, name: string): MappingNode | undefined {
  const present = parent.fields.get(name);
  if (present?.kind === "mapping") return present;
  if (!isMissing(present)) return undefined;
  const created = mapping();
  parent.fields.set(name, created);
  return created;
}
