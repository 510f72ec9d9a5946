import type { Generator, Target, Transformer } from "./types.ts";
export function generatorPlugins(_target: Target): Generator[] {
  return [];
}
export function transformerPlugins(_target: Target, _entries: readonly string[], _field: string): Transformer[] {
  return [];
}
