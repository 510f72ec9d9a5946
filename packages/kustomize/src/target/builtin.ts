import type { ResourceMap } from "../resource/resource-map.ts";
import { positionOf } from "./place.ts";
import type { Target, Transformer } from "./types.ts";

/** A built-in transformer that the kustomization file itself configures. */
export function builtin(
  target: Target,
  kind: string,
  path: readonly (string | number)[],
  run: (map: ResourceMap) => void,
): Transformer {
  const { kustomization } = target;
  return {
    by: { apiVersion: "builtin", kind },
    configuredIn: kustomization.fileName,
    at: positionOf(kustomization, path),
    run,
  };
}
