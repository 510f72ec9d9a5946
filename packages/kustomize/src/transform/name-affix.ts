import type { FieldSpec } from "../fields/field-spec.ts";
import { visitField } from "../fields/visit.ts";
import { rawText } from "../node/ops.ts";
import type { KNode } from "../node/types.ts";
import { type Gvk, gvkSelects } from "../resource/gvk.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { setText } from "./set-scalar.ts";

export interface AffixTransform {
  readonly prefix?: string | undefined;
  readonly suffix?: string | undefined;
  readonly fieldSpecs: readonly FieldSpec[];
}

/** Kinds whose names mean something outside the kustomization. */
const NEVER_RENAMED: readonly Gvk[] = [
  { group: "", version: "", kind: "CustomResourceDefinition" },
  { group: "apiregistration.k8s.io", version: "", kind: "APIService" },
  { group: "", version: "", kind: "Namespace" },
];

/** Puts a prefix before, or a suffix behind, names; notes it, so that references can be told apart by the layers they went through. */
export function transformAffix(map: ResourceMap, { prefix = "", suffix = "", fieldSpecs }: AffixTransform): void {
  for (const resource of map.resources) {
    const { gvk } = resource.originalId;
    if (NEVER_RENAMED.some((kind) => gvkSelects(kind, gvk))) continue;
    for (const spec of fieldSpecs) {
      if (!gvkSelects(spec, gvk)) continue;
      if (spec.path === "metadata/name" && prefix + suffix !== "") {
        if (prefix !== "") resource.prefixes.push(prefix);
        if (suffix !== "") resource.suffixes.push(suffix);
        resource.rememberId();
      }
      const rename = (node: KNode): KNode | undefined => setText(prefix + rawText(node) + suffix, "")(node);
      visitField(resource, spec, "scalar", rename);
    }
  }
  map.changed();
}
