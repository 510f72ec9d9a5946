import { isJsonObject, problemsOf, type Json } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import type { FieldKind } from "./field-kinds.ts";

export interface FieldFault {
  /** `spec.syncPolicy.automated.prune` */
  readonly path: string;
  readonly message: string;
}

export function kindOfField(kind: FieldKind | undefined, name: string): FieldKind | undefined {
  if (typeof kind !== "object") return undefined;
  if ("fields" in kind) return Object.hasOwn(kind.fields, name) ? kind.fields[name] : undefined;
  return "values" in kind ? kind.values : undefined;
}

export function kindOfItem(kind: FieldKind | undefined): FieldKind | undefined {
  return typeof kind === "object" && "items" in kind ? kind.items : undefined;
}

/** Whether a text in this place stays a text. */
export function isText(kind: FieldKind | undefined): boolean {
  return kind === undefined || kind === "string" || kind === "any";
}

/**
 * A filled text read as what belongs in its place; an empty one leaves the field out, so that a flag can be templated away. A text
 * that is not of the kind stays as it is, and `checkFields` tells of it.
 */
export function readText(text: string, kind: FieldKind | undefined): Json | undefined {
  if (kind === undefined || isText(kind)) return text;
  if (text.trim() === "") return undefined;
  let value: Json;
  try {
    value = decodeYaml(text);
  } catch {
    return text;
  }
  if (kind === "intOrString") return typeof value === "number" ? value : text;
  return faultsOf(value, kind, "").length === 0 ? value : text;
}

/** Every field of a value that is not of its kind. Fields the kind does not know are left to the API server. */
export function checkFields(value: Json | undefined, kind: FieldKind, path: string): FieldFault[] {
  return faultsOf(value, kind, path);
}

function faultsOf(value: Json | undefined, kind: FieldKind, path: string): FieldFault[] {
  if (value === undefined || value === null || kind === "any") return [];
  if (typeof kind === "string") {
    return isScalarOf(value, kind) ? [] : [{ path, message: `is ${show(value)}, not ${NAMES[kind]}` }];
  }
  if ("items" in kind) {
    if (!Array.isArray(value)) return [{ path, message: `is ${show(value)}, not a list` }];
    return value.flatMap((item, index) => faultsOf(item, kind.items, `${path}[${index}]`));
  }
  if (!isJsonObject(value)) return [{ path, message: `is ${show(value)}, not an object` }];
  const found: FieldFault[] = [];
  for (const key in value) {
    const inner = kindOfField(kind, key);
    if (inner !== undefined) found.push(...faultsOf(value[key], inner, path === "" ? key : `${path}.${key}`));
  }
  return found;
}

const NAMES = {
  string: "a string",
  boolean: "true or false",
  integer: "a whole number",
  intOrString: "a number or a string",
  object: "an object",
} as const;

function isScalarOf(value: Json, kind: keyof typeof NAMES): boolean {
  if (kind === "string") return typeof value === "string";
  if (kind === "boolean") return typeof value === "boolean";
  if (kind === "object") return isJsonObject(value);
  if (kind === "intOrString" && typeof value === "string") return true;
  return typeof value === "bigint" || Number.isInteger(value);
}

function show(value: Json): string {
  return (JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item)) ?? "").slice(
    0,
    100,
  );
}

/** The YAML of a patch, or the sentence about why it is none. */
export function readPatch(text: string): { value: Json } | { fault: string } {
  try {
    return { value: decodeYaml(text) };
  } catch (error) {
    return { fault: problemsOf(error)[0]?.message ?? String(error) };
  }
}
