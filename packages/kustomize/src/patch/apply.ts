import { isJsonObject } from "@fairlead/base";
import { mergeStrategic } from "../merge/strategic.ts";
import { copyNode, fieldOf, isNull } from "../node/ops.ts";
import { fromJson, toJson } from "../node/value.ts";
import type { KNode, MappingNode } from "../node/types.ts";
import {
  absorbInternal,
  INTERNAL_PREFIX,
  materializeInternal,
  setStringMap,
  stringMapOf,
} from "../resource/annotations.ts";
import { formatApiVersion } from "@fairlead/apimachinery";
import { idKey } from "../resource/id.ts";
import type { Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { applyJsonPatch } from "./json-patch.ts";
import type { PatchOperation } from "./operations.ts";

/** Merges a patch into a resource; identity stays, unless the patch may change it. The patch is used up. */
export function applyStrategicPatch(resource: Resource, patch: Resource): void {
  if (!resource.root || !patch.root) return;
  const { name, namespace, kind } = resource;
  if (patch.allowNameChange || patch.allowKindChange) resource.rememberId();
  const losesNotes = mayDropAnnotations(patch.root);
  if (losesNotes) materializeInternal(resource);
  resource.root = mergeStrategic(resource.root, patch.root, resource.schemas);
  if (losesNotes) rereadNotes(resource);
  if (resource.isGone) {
    resource.root = undefined;
    return;
  }
  if (!patch.allowKindChange) resource.setKind(kind);
  if (!patch.allowNameChange) resource.setName(name);
  resource.setNamespace(namespace);
}

/** Whether a patch can take annotations away as a whole; then the notes of earlier renamings go with them, as in the real tool. */
function mayDropAnnotations(patch: MappingNode): boolean {
  const metadata = patch.fields.get("metadata");
  const annotations = fieldOf(metadata, "annotations");
  const isDropped = (node: KNode | undefined): boolean => isNull(node) || fieldOf(node, "$patch") !== undefined;
  return fieldOf(patch, "$patch") !== undefined || isDropped(metadata) || isDropped(annotations);
}

function rereadNotes(resource: Resource): void {
  resource.previous = [];
  resource.prefixes = [];
  resource.suffixes = [];
  resource.needsHash = false;
  resource.isHelmGenerated = false;
  resource.behavior = "";
  if (resource.root) absorbInternal(resource as Resource & { root: MappingNode });
}

/**
 * Merges a copy of the patch into each of the selected resources. The copy's labels and annotations are strings by then, a null too:
 * with a target, a patch cannot take single labels away.
 * @throws ProblemError KustomizeDuplicate when two resources become one
 */
export function applyToSelected(map: ResourceMap, selected: readonly Resource[], patch: Resource): void {
  const ids = new Set(selected.map((resource) => idKey(resource.currentId)));
  const left: Resource[] = [];
  for (const resource of map.resources) {
    if (ids.has(idKey(resource.currentId))) applyStrategicPatch(resource, copyFor(patch, resource));
    if (!resource.isGone) left.push(resource);
  }
  map.replaceAll([]);
  map.appendAll(left);
}

function copyFor(patch: Resource, target: Resource): Resource {
  const copy = patch.copy();
  const { root } = copy;
  if (!root) return copy;
  const { name, namespace, kind } = patch;
  setStringMap(root, "labels", stringMapOf(root, "labels"));
  setStringMap(root, "annotations", stringMapOf(root, "annotations"));
  copy.setName(name);
  copy.setNamespace(namespace);
  copy.setApiVersion(formatApiVersion(target.gvk.group, target.gvk.version));
  copy.setKind(kind);
  return copy;
}

/** Applies a JSON patch. The document goes through JSON, which is seen at numbers and styles afterwards. */
export function applyOperations(resource: Resource, operations: readonly PatchOperation[]): void {
  if (!resource.root) return;
  const before = copyNode(resource.root);
  materializeInternal(resource);
  try {
    const result = applyJsonPatch(toJson(resource.root), operations);
    const node = fromJson(isJsonObject(result) ? result : {});
    resource.root = node as MappingNode;
  } catch (error) {
    resource.root = before;
    throw error;
  }
  const annotations = stringMapOf(resource.root, "annotations");
  for (const key of annotations.keys()) if (key.startsWith(INTERNAL_PREFIX)) annotations.delete(key);
  setStringMap(resource.root, "annotations", annotations);
}
