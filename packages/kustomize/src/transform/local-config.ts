import { stringMapOf } from "../resource/annotations.ts";
import type { ResourceMap } from "../resource/resource-map.ts";

const LOCAL_CONFIG = "config.kubernetes.io/local-config";

/** Leaves out what is only meant for tools: anything with the annotation, unless it says "false". */
export function dropLocal(map: ResourceMap): void {
  const kept = map.resources.filter(({ root }) => {
    const value = root && stringMapOf(root, "annotations").get(LOCAL_CONFIG);
    return root !== undefined && (value === undefined || value === "false");
  });
  if (kept.length !== map.resources.length) map.replaceAll(kept);
}
