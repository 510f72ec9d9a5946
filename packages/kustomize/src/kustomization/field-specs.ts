import type { FieldSpec } from "../fields/field-spec.ts";
import type { FieldSpecSpec } from "./types.ts";

/** Field specs with every part set; absent ones match everything. */
export function toFieldSpecs(specs: readonly FieldSpecSpec[] | undefined): FieldSpec[] {
  return (specs ?? []).map(({ group = "", version = "", kind = "", path = "", create = false }) => ({
    group,
    version,
    kind,
    path,
    create,
  }));
}
