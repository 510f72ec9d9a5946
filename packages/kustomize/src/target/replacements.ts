import type { Target, Transformer } from "./types.ts";
export function configureReplacements(_target: Target): Transformer[] {
  return [];
}
