import { problemError } from "@fairlead/base";
import type { FieldSpec } from "../fields/field-spec.ts";
import { visitField } from "../fields/visit.ts";
import type { ReplicaSpec } from "../kustomization/types.ts";
import { INT } from "../node/types.ts";
import { formatGvk, gvkSelects } from "../resource/gvk.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import type { Resource } from "../resource/resource.ts";
import { setText } from "./set-scalar.ts";

/** @throws ProblemError KustomizeTransform when no workload has that name */
export function transformReplicas(
  map: ResourceMap,
  { name = "", count = 0 }: ReplicaSpec,
  fieldSpecs: readonly FieldSpec[],
  note: (resource: Resource) => void = () => {},
): void {
  let isFound = false;
  for (const spec of fieldSpecs) {
    for (const resource of map.withAnyId(name, (id) => gvkSelects(spec, id.gvk))) {
      isFound = true;
      visitField(resource, spec, "scalar", setText(String(count), INT));
      note(resource);
    }
  }
  if (isFound) return;
  const kinds = fieldSpecs.map(formatGvk).join(" ");
  throw problemError(
    "KustomizeTransform",
    `resource with name ${name} does not match a config with the following GVK [${kinds}]`,
    {
      hint: "replicas name a Deployment, StatefulSet, ReplicaSet or ReplicationController by its original or present name",
    },
  );
}
