import { isJsonObject, type Json } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import type { SchemaNode } from "../schema/types.ts";
import { atomOf, fieldSchema, kindOfValue, type Atom, type ListAtom, type MapAtom } from "./atom.ts";
import { itemElement } from "./list-items.ts";
import { describePathElement } from "./path-element.ts";

/** A place where a value doesn't fit its schema, worded as structured-merge-diff words it: `.spec.replicas: expected …`. */
export interface TypedFault {
  readonly path: string;
  readonly message: string;
}

export interface TypedOptions {
  /** Items of one key may occur twice, as they may in live objects. */
  readonly allowDuplicates?: boolean | undefined;
}

/** What structured merge requires of a value: known fields, the right kinds, list items with keys, none twice. */
export function validateTyped(value: Json, schema: SchemaNode, options: TypedOptions = {}): TypedFault[] {
  const faults: TypedFault[] = [];
  visit(value, schema, "", faults, options, 0);
  return faults;
}

/** All faults in one text, as Go prints them. */
export function describeTypedFaults(faults: readonly TypedFault[]): string {
  const lines = faults.map((fault) => (fault.path === "" ? fault.message : `${fault.path}: ${fault.message}`));
  return lines.length === 1 ? (lines[0] ?? "") : ["errors:", ...lines.map((line) => `  ${line}`)].join("\n");
}

function visit(
  value: Json,
  schema: SchemaNode,
  path: string,
  faults: TypedFault[],
  options: TypedOptions,
  depth: number,
): void {
  if (depth > LIMITS.fieldDepthMax) {
    faults.push({ path, message: "nested too deeply" });
    return;
  }
  const atom = atomOf(schema);
  const kind = kindOfValue(atom, value);
  if (kind === "scalar") {
    const message = scalarFault(atom, value);
    if (message !== undefined) faults.push({ path, message });
  } else if (kind === "list") {
    visitList(atom.list as ListAtom, value, path, faults, options, depth);
  } else {
    visitMap(atom.map as MapAtom, value, path, faults, options, depth);
  }
}

function scalarFault(atom: Atom, value: Json): string | undefined {
  if (value === null) return undefined;
  switch (atom.scalar) {
    case "numeric":
      return isNumber(value) ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case "string":
      return typeof value === "string"
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected boolean, got ${goHeld(value)}`;
    default:
      return typeof value === "object" ? `expected any scalar, got ${goHeld(value)}` : undefined;
  }
}

function isNumber(value: Json): boolean {
  return typeof value === "number" || typeof value === "bigint";
}

function goType(value: Json): string {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}

/** Go's `%#v`. What is nested beyond the limit is left out of the message. */
function goSyntax(value: Json, depth = 0): string {
  if (depth > LIMITS.fieldDepthMax) return "…";
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isInteger(value))) return String(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map((item) => goSyntax(item, depth + 1)).join(", ")}}`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const parts = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${goSyntax(value[key] ?? null, depth + 1)}`);
  return `map[string]interface {}{${parts.join(", ")}}`;
}

/** Go's `%v` of the value as the merge library holds it: a pointer to a struct of one field. */
function goHeld(value: Json): string {
  return `&{${goPlain(value)}}`;
}

/** Go's `%v`. What is nested beyond the limit is left out of the message. */
function goPlain(value: Json, depth = 0): string {
  if (depth > LIMITS.fieldDepthMax) return "…";
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map((item) => goPlain(item, depth + 1)).join(" ")}]`;
  if (!isJsonObject(value)) return String(value);
  const parts = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goPlain(value[key] ?? null, depth + 1)}`);
  return `map[${parts.join(" ")}]`;
}

function visitList(
  list: ListAtom,
  value: Json,
  path: string,
  faults: TypedFault[],
  options: TypedOptions,
  depth: number,
): void {
  if (value === null) return;
  if (!Array.isArray(value)) {
    faults.push({ path, message: `expected list, got ${goHeld(value)}` });
    return;
  }
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    let step = `[${index}]`;
    if (!list.isAtomic) {
      const found = itemElement(list, item);
      if ("fault" in found) {
        faults.push({ path, message: `element ${index}: ${found.fault}` });
        return;
      }
      step = describePathElement(found.element);
      if (seen.has(found.element) && !options.allowDuplicates) {
        faults.push({ path, message: `duplicate entries for key ${step}` });
      }
      seen.add(found.element);
    }
    visit(item, list.element, path + step, faults, options, depth + 1);
  }
}

function visitMap(
  map: MapAtom,
  value: Json,
  path: string,
  faults: TypedFault[],
  options: TypedOptions,
  depth: number,
): void {
  if (value === null) return;
  if (!isJsonObject(value)) {
    faults.push({ path, message: `expected map, got ${goHeld(value)}` });
    return;
  }
  for (const name in value) {
    const item = value[name];
    if (item === undefined) continue;
    const schema = fieldSchema(map, name);
    if (schema === undefined) {
      faults.push({ path: `${path}.${name}`, message: "field not declared in schema" });
      return;
    }
    visit(item, schema, `${path}.${name}`, faults, options, depth + 1);
  }
}
