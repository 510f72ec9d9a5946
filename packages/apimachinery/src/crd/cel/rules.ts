import type { Json } from "@fairlead/base";
import type { SchemaNode } from "../../schema/types.ts";
import type { FieldError } from "../../validation/field-error.ts";

export function validateRules(_value: Json, _before: Json | undefined, _schema: SchemaNode): FieldError[] {
  return [];
}
