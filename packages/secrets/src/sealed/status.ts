import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type JsonObject } from "@fairlead/base";

/**
 * The status that tells `fault`, or that all is well; undefined when it is told already. Unlike the real controller's, another
 * fault's text is written too.
 * @param now milliseconds since 1970
 */
export function syncedStatus(object: KubeObject, fault: string | undefined, now: number): JsonObject | undefined {
  const before = isJsonObject(object["status"]) ? object["status"] : {};
  const conditions = Array.isArray(before["conditions"]) ? before["conditions"].filter(isJsonObject) : [];
  const old = conditions.find((each) => each["type"] === "Synced");
  const status = fault === undefined ? "True" : "False";
  const generation = object.metadata.generation ?? 0;
  const isTold = old?.["status"] === status && (old["message"] ?? "") === (fault ?? "");
  if (isTold && before["observedGeneration"] === generation) return undefined;
  const at = new Date(now).toISOString().replace(/\.\d+Z$/, "Z");
  const condition: JsonObject = {
    type: "Synced",
    status,
    lastUpdateTime: at,
    lastTransitionTime: old?.["status"] === status ? (old["lastTransitionTime"] ?? at) : at,
    ...(fault !== undefined && { message: fault }),
  };
  return { observedGeneration: generation, conditions: [...conditions.filter((each) => each !== old), condition] };
}
