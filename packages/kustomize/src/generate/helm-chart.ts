import type { HelmChartSpec, HelmGlobalsSpec } from "../kustomization/types.ts";
import type { Resource } from "../resource/resource.ts";
import type { Target } from "../target/types.ts";
export function generateChart(_t: Target, _c: HelmChartSpec, _g: HelmGlobalsSpec, _f: string): Resource[] {
  return [];
}
