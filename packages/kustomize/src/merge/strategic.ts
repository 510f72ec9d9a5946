import { fieldOf, isMissing, isNull, rawText, sequence, setField, textOf } from "../node/ops.ts";
import { untypedNode } from "../node/scalar.ts";
import type { KNode, MappingNode, SequenceNode } from "../node/types.ts";
import { isBlank, takeDirective } from "./directive.ts";
import { findElement, setElement, wrongKind } from "./element.ts";
import { distinctKeyValues, distinctTexts, unifyKeyValues, usedKeys } from "./list-keys.ts";
import type { MergeSchema, SchemaStore } from "./schema.ts";

/**
 * Where new elements of a merging list go. Patches put theirs (and those they touch) in front, Helm values behind. The rest of the
 * algorithm is the same: kyaml's merge2, which walks the whole target, not only what the patch names.
 */
export type ListDirection = "prepend" | "append";

interface Walk {
  readonly schemas: SchemaStore;
  readonly direction: ListDirection;
}

/**
 * Merges a strategic merge patch into a document, both of which it changes. Undefined when nothing is left (`$patch: delete`).
 * @throws ProblemError KustomizePatch when the two disagree on the kind of a node
 */
export function mergeStrategic(
  target: MappingNode,
  patch: KNode,
  schemas: SchemaStore,
  direction: ListDirection = "prepend",
): MappingNode | undefined {
  const merged = walk({ schemas, direction }, target, patch, undefined);
  return merged?.kind === "mapping" ? merged : undefined;
}

/** Undefined takes the node away. */
function walk(
  context: Walk,
  target: KNode | undefined,
  patch: KNode | undefined,
  known: MergeSchema | undefined,
): KNode | undefined {
  const lead = isMissing(target) ? (isMissing(patch) ? undefined : patch) : target;
  if (lead === undefined) return walkNothing(target, patch);
  if (!isMissing(patch) && patch.kind !== lead.kind) throw wrongKind(kindName(lead), patch);
  if (lead.kind === "scalar") return patch ?? target;
  if (lead.kind === "mapping") {
    const schema = known ?? schemaByContent(context, target) ?? schemaByContent(context, patch);
    return walkMapping(context, target as MappingNode | undefined, patch as MappingNode | undefined, schema);
  }
  if (!known?.mergeKeys) return patch ?? target;
  return walkList(context, target as SequenceNode | undefined, patch as SequenceNode | undefined, known);
}

function kindName(node: KNode): "ScalarNode" | "MappingNode" | "SequenceNode" {
  if (node.kind === "scalar") return "ScalarNode";
  return node.kind === "mapping" ? "MappingNode" : "SequenceNode";
}

/** Neither side has anything: a null that is written out (`null`, `~`) stays when the patch is silent, an empty one goes. */
function walkNothing(target: KNode | undefined, patch: KNode | undefined): KNode | undefined {
  return patch === undefined && target?.kind === "scalar" && target.text !== "" ? target : undefined;
}

/** Objects within objects are merged by their own kind's schema. */
function schemaByContent(context: Walk, node: KNode | undefined): MergeSchema | undefined {
  const apiVersion = textOf(fieldOf(node, "apiVersion"));
  const kind = textOf(fieldOf(node, "kind"));
  return apiVersion === "" || kind === "" ? undefined : context.schemas.schemaFor(apiVersion, kind);
}

function walkMapping(
  context: Walk,
  target: MappingNode | undefined,
  patch: MappingNode | undefined,
  schema: MergeSchema | undefined,
): KNode | undefined {
  if (isNull(patch)) return undefined;
  const directive = takeDirective(patch);
  if (directive === "delete") return undefined;
  // What the target lacks comes from the patch as it is, but walked over itself: nulls and directives within are acted on.
  const result = isMissing(target) || directive === "replace" ? (patch as MappingNode) : target;
  mergeFields(context, result, patch, schema);
  return result;
}

function mergeFields(
  context: Walk,
  result: MappingNode,
  patch: MappingNode | undefined,
  schema: MergeSchema | undefined,
): void {
  // Taken down first: what the patch deletes below is not new to the result.
  const added = patch && patch !== result ? [...patch.fields].filter(([key]) => !result.fields.has(key)) : [];
  for (const [key, value] of result.fields) {
    const merged = walk(context, value, patch?.fields.get(key), schema?.field(key));
    if (merged !== value) setField(result, key, merged);
  }
  for (const [key, value] of added) setField(result, key, walk(context, undefined, value, schema?.field(key)));
}

function walkList(
  context: Walk,
  target: SequenceNode | undefined,
  patch: SequenceNode | undefined,
  schema: MergeSchema,
): KNode | undefined {
  if (isNull(patch)) return undefined;
  if (isMissing(target)) return mergeElements(context, patch as SequenceNode, patch, schema);
  const directive = takeDirective(patch);
  if (directive === "delete") return undefined;
  return mergeElements(context, directive === "replace" ? (patch as SequenceNode) : target, patch, schema);
}

function mergeElements(
  context: Walk,
  target: SequenceNode,
  patch: SequenceNode | undefined,
  schema: MergeSchema,
): SequenceNode {
  const mergeKeys = schema.mergeKeys ?? [];
  const keys = mergeKeys.length > 0 ? mergeKeys : [""];
  const sources = context.direction === "prepend" ? [patch, target] : [target, patch];
  const rows = mergeKeys.length > 0 ? distinctKeyValues(sources, mergeKeys) : distinctTexts(sources);
  if (keys.length > 1) unifyKeyValues(rows);
  const merged = sequence();
  let lastKeys: string[] = [];
  for (const row of rows) {
    const [rowKeys, rowValues] = usedKeys(rows, row, keys);
    lastKeys = rowKeys;
    const element = mergeElement(context, target, patch, schema.elements, rowKeys, rowValues);
    if (element) setElement(merged, element, rowKeys, rowValues);
    else setElement(target, undefined, rowKeys, rowValues);
  }
  if (rows.length === 0) return target;
  return context.direction === "prepend"
    ? appendElements(merged, target, lastKeys)
    : appendElements(target, merged, lastKeys);
}

function mergeElement(
  context: Walk,
  target: SequenceNode,
  patch: SequenceNode | undefined,
  schema: MergeSchema | undefined,
  keys: readonly string[],
  values: readonly string[],
): KNode | undefined {
  const [ownKeys, ownValues] = usedKeys([values], values, keys);
  const element = walk(
    context,
    findElement(target, ownKeys, ownValues),
    findElement(patch, ownKeys, ownValues),
    schema,
  );
  if (element === undefined || isBlank(element)) return undefined;
  for (const [index, key] of keys.entries()) {
    const value = values[index] ?? "";
    if (value === "") continue;
    if (element.kind === "scalar") element.tag = "";
    else if (element.kind === "mapping" && !element.fields.has(key)) setField(element, key, untypedNode(value));
  }
  return element;
}

/** Adds one list's elements to another, replacing those with the same keys. */
function appendElements(result: SequenceNode, added: SequenceNode, keys: readonly string[]): SequenceNode {
  for (const element of added.items) {
    if (keys[0] === "") {
      setElement(result, element, keys, [rawText(element)]);
      continue;
    }
    const values: string[] = [];
    for (const key of keys) {
      const value = fieldOf(element, key);
      if (value === undefined) result.items.push(element);
      else values.push(rawText(value));
    }
    if (keys.length > 1) setElement(result, undefined, keys, values);
    setElement(result, element, keys, values);
  }
  return result;
}
