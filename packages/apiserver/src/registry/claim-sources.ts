import { cloneJson, isJsonObject, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";

/**
 * Where a claim's first content comes from is said twice: by the older field, which knows claims and snapshots only and is emptied of
 * anything else, and by the newer, which says the same (pkg/api/persistentvolumeclaim: DropDisabledFields, NormalizeDataSources).
 */
export function settleDataSources(claim: KubeObject, before?: KubeObject): void {
  const spec = claim["spec"];
  if (!isJsonObject(spec)) return;
  const old = before !== undefined && isJsonObject(before["spec"]) ? before["spec"]["dataSource"] : undefined;
  if (isJsonObject(spec["dataSource"]) && !isJsonObject(old) && !isOlderKind(spec["dataSource"]))
    delete spec["dataSource"];
  const ref = spec["dataSourceRef"];
  // Sources in other namespaces are an alpha feature, which is off.
  if (isJsonObject(ref) && typeof ref["namespace"] === "string" && ref["namespace"] !== "")
    delete spec["dataSourceRef"];
  const { dataSource, dataSourceRef } = spec;
  if (isJsonObject(dataSource) && dataSourceRef === undefined) spec["dataSourceRef"] = cloneJson(dataSource);
  else if (isJsonObject(dataSourceRef) && dataSource === undefined) spec["dataSource"] = sourceOf(dataSourceRef);
}

function isOlderKind({ apiGroup = "", kind }: JsonObject): boolean {
  if (apiGroup === "" || apiGroup === null) return kind === "PersistentVolumeClaim";
  return apiGroup === "snapshot.storage.k8s.io" && kind === "VolumeSnapshot";
}

function sourceOf(ref: JsonObject): JsonObject {
  const { namespace: _namespace, ...source } = cloneJson(ref);
  return source;
}
