import type { VariableSpec } from "../kustomization/types.ts";
import type { Accumulator } from "./types.ts";
export function mergeVariables(_accumulator: Accumulator, _vars: readonly VariableSpec[]): void {}
export function resolveVariables(_accumulator: Accumulator, _warn: (message: string) => void): void {}
