import type { FieldSpec } from "../fields/field-spec.ts";
import { visitField } from "../fields/visit.ts";
import { isNull, setField } from "../node/ops.ts";
import { stringNode } from "../node/scalar.ts";
import type { KNode } from "../node/types.ts";
import { wrongKind } from "../merge/element.ts";
import type { ResourceMap } from "../resource/resource-map.ts";

/**
 * Sets labels or annotations in the fields of the specs. Within one resource a key has one node for all fields that lacked it, so
 * that later changes of one reach the others, as in the real tool (see overwriteScalar).
 */
export function transformStringMap(
  map: ResourceMap,
  values: ReadonlyMap<string, string>,
  fieldSpecs: readonly FieldSpec[],
): void {
  if (values.size === 0) return;
  const keys = [...values.keys()].sort();
  for (const resource of map.resources) {
    const { gvk } = resource;
    for (const key of keys) {
      const value = stringNode(values.get(key) ?? "");
      const set = (node: KNode): undefined => {
        if (node.kind === "mapping") setField(node, key, value);
        else if (!isNull(node)) throw wrongKind("MappingNode", node);
      };
      for (const spec of fieldSpecs) visitField(resource, spec, "mapping", set, gvk);
    }
  }
}
