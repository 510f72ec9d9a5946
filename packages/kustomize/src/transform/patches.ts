import { problemError } from "@fairlead/base";
import type { PatchSpec, SelectorSpec } from "../kustomization/types.ts";
import { applyOperations, applyStrategicPatch, applyToSelected } from "../patch/apply.ts";
import type { LoadedPatch } from "../patch/load.ts";
import type { PatchOperation } from "../patch/operations.ts";
import { formatId } from "../resource/id.ts";
import { addressOf, type Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { touch } from "../resource/provenance.ts";
import { selectResources } from "../resource/selector.ts";
import { within } from "./fault.ts";

/** One entry of `patches`, read. `source` names it in messages. */
export interface PatchTransform {
  readonly patch: LoadedPatch;
  readonly target: SelectorSpec | undefined;
  readonly options: PatchSpec["options"];
  readonly source: string;
  readonly file: string;
}

/** @throws ProblemError KustomizePatch when the patch matches nothing, too much, or does not apply */
export function transformPatch(map: ResourceMap, transform: PatchTransform): void {
  const { patch, target, source, file } = transform;
  if (patch.operations) {
    if (!target) throw problemError("KustomizePatch", `must specify a target for JSON patch ${source}`, { file });
    transformOperations(map, target, patch.operations, file, true);
    return;
  }
  for (const document of patch.documents) {
    document.allowNameChange ||= transform.options?.allowNameChange ?? false;
    document.allowKindChange ||= transform.options?.allowKindChange ?? false;
  }
  if (patch.documents.length === 0) return;
  if (target) transformSelected(map, transform, target);
  else for (const document of patch.documents) transformOne(map, document, "no resource matches strategic merge patch");
}

function transformSelected(map: ResourceMap, { patch, source, file }: PatchTransform, target: SelectorSpec): void {
  const [document, ...more] = patch.documents;
  if (more.length > 0) {
    throw problemError(
      "KustomizePatch",
      `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${source}`,
      { file, hint: "give each patch an entry of its own" },
    );
  }
  if (!document) return;
  const selected = selectResources(map.resources, target);
  for (const resource of selected) touch(resource.provenance, file);
  within({ file }, "", () => applyToSelected(map, selected, document));
}

/** Merges a patch into the one resource that has, or had, its identity. */
function transformOne(map: ResourceMap, document: Resource, otherwise: string): void {
  const id = document.originalId;
  const at = addressOf(document);
  const prefix = otherwise && `${otherwise} ${JSON.stringify(formatId(id))}: `;
  const resource = within(at, prefix, () => map.theOneFor(id, at));
  touch(resource.provenance, at.file);
  within(at, "", () => applyStrategicPatch(resource, document));
  map.changed();
}

/** `remember`: whether the identity before the patch is still found afterwards; patchesJson6902 does not. */
export function transformOperations(
  map: ResourceMap,
  target: SelectorSpec,
  operations: readonly PatchOperation[],
  file: string,
  remember: boolean,
): void {
  for (const resource of selectResources(map.resources, target)) {
    if (remember) resource.rememberId();
    touch(resource.provenance, file);
    within({ file, object: addressOf(resource).object }, "", () => applyOperations(resource, operations));
  }
  map.changed();
}
