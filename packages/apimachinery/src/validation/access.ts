import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { at, child, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { NEGATIVE } from "./metadata.ts";
import type { NameRule } from "./names.ts";

/** Objects are decoded before they are validated, so a field has its type or isn't there; what else stands there reads as absent. */
export function textOf(owner: JsonObject | undefined, name: string): string {
  const value = owner?.[name];
  return typeof value === "string" ? value : "";
}

export function numberOf(owner: JsonObject | undefined, name: string): number | undefined {
  const value = owner?.[name];
  return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : undefined;
}

export function structOf(owner: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = owner?.[name];
  return isJsonObject(value) ? value : undefined;
}

export function structsOf(owner: JsonObject | undefined, name: string): JsonObject[] {
  const value = owner?.[name];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function textsOf(owner: JsonObject | undefined, name: string): string[] {
  const value = owner?.[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function entriesOf(owner: JsonObject | undefined, name: string): [string, Json][] {
  return Object.entries(structOf(owner, name) ?? {}).map(([key, value]) => [key, value ?? null]);
}

export function has(owner: JsonObject | undefined, name: string): boolean {
  return owner?.[name] !== undefined && owner[name] !== null;
}

/** Each item of a list with its path. */
export function eachOf(
  owner: JsonObject | undefined,
  name: string,
  path: string,
  check: (item: JsonObject, path: string, index: number) => FieldError[],
): FieldError[] {
  return structsOf(owner, name).flatMap((item, index) => check(item, at(child(path, name), index), index));
}

/** A name that must be there and follow a rule. */
export function requiredName(owner: JsonObject | undefined, name: string, path: string, rule: NameRule): FieldError[] {
  const value = textOf(owner, name);
  return value === "" ? [required(child(path, name))] : named(value, child(path, name), rule);
}

export function requiredText(owner: JsonObject | undefined, name: string, path: string): FieldError[] {
  return textOf(owner, name) === "" ? [required(child(path, name))] : [];
}

export function named(value: string, path: string, rule: NameRule): FieldError[] {
  return rule(value).map((fault) => invalid(path, value, fault));
}

/** Fields that may not be below zero. */
export function nonNegative(owner: JsonObject | undefined, path: string, ...names: readonly string[]): FieldError[] {
  return names.flatMap((name) => {
    const value = numberOf(owner, name);
    return value !== undefined && value < 0 ? [invalid(child(path, name), value, NEGATIVE)] : [];
  });
}

/** An optional field that must be one of these when it is there, be it empty. */
export function oneOfIfSet(
  owner: JsonObject | undefined,
  name: string,
  path: string,
  supported: readonly string[],
): FieldError[] {
  const value = textOf(owner, name);
  return !has(owner, name) || supported.includes(value) ? [] : [notSupported(child(path, name), value, supported)];
}

/** A field that must be there and be one of these; an empty text is there. */
export function mustBeOneOf(
  owner: JsonObject | undefined,
  name: string,
  path: string,
  supported: readonly string[],
): FieldError[] {
  return has(owner, name) ? oneOfIfSet(owner, name, path, supported) : [required(child(path, name))];
}

/** `supported` in the order the message has them. A required field says so when it is empty. */
export function oneOf(
  owner: JsonObject | undefined,
  name: string,
  path: string,
  supported: readonly string[],
  isRequired = true,
): FieldError[] {
  const value = textOf(owner, name);
  if (value === "") return isRequired ? [required(child(path, name))] : [];
  return supported.includes(value) ? [] : [notSupported(child(path, name), value, supported)];
}
