import { setOwn } from "@fairlead/base";
import { formatFloat } from "@fairlead/gotemplate";

/** What a Go program reads a document into. Names of types are as encoding/json tells them in its errors. */
export type Shape =
  | { readonly kind: "string" | "bool" | "any" }
  | { readonly kind: "list"; readonly of: Shape; readonly type: string }
  | { readonly kind: "map"; readonly of: Shape; readonly type: string }
  | {
      readonly kind: "struct";
      readonly type: string;
      /** Without its package; empty for a struct that has no name. */
      readonly name: string;
      readonly fields: Readonly<Record<string, Shape>>;
    };

export const TEXT: Shape = { kind: "string" };
export const FLAG: Shape = { kind: "bool" };
export const ANYTHING: Shape = { kind: "any" };
export const TEXTS: Shape = { kind: "list", of: TEXT, type: "[]string" };
export const TEXT_MAP: Shape = { kind: "map", of: TEXT, type: "map[string]string" };

interface Place {
  readonly struct: string;
  readonly path: readonly string[];
}

/**
 * Reads plain values as sigs.k8s.io/yaml hands them to a Go struct: keys in name order and without regard to case, scalars become text
 * where text is wanted, null leaves a field out.
 * @returns what could be read, and the first thing that could not in encoding/json's words
 */
export function decodeTyped(value: unknown, shape: Shape): { value: unknown; fault: string | undefined } {
  let fault: string | undefined;
  const refuse = (given: unknown, wanted: string, place: Place | undefined): undefined => {
    const where = place ? `struct field ${place.struct}.${place.path.join(".")}` : "value";
    fault ??= `json: cannot unmarshal ${jsonKind(given)} into Go ${where} of type ${wanted}`;
    return undefined;
  };
  const read = (given: unknown, wanted: Shape, place: Place | undefined): unknown => {
    if (given === null || given === undefined) return undefined;
    switch (wanted.kind) {
      case "any":
        return given;
      case "string":
        return scalarText(given) ?? refuse(given, "string", place);
      case "bool":
        return typeof given === "boolean" ? given : refuse(given, "bool", place);
      case "list":
        return Array.isArray(given)
          ? given.map((item) => read(item, wanted.of, place) ?? null)
          : refuse(given, wanted.type, place);
      default:
        return readObject(given, wanted, place);
    }
  };
  const readObject = (
    given: unknown,
    wanted: Shape & { kind: "map" | "struct" },
    place: Place | undefined,
  ): unknown => {
    if (jsonKind(given) !== "object") return refuse(given, wanted.type, place);
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(given as object).sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (wanted.kind === "map") {
        setOwn(out, key, read(item, wanted.of, place) ?? (wanted.of.kind === "string" ? "" : null));
        continue;
      }
      const field = fieldNamed(wanted.fields, key);
      if (field === undefined) continue;
      const own = { struct: wanted.name, path: [...(place?.path ?? []), field] };
      const found = read(item, wanted.fields[field] as Shape, own);
      if (found !== undefined) out[field] = found;
    }
    return out;
  };
  const result = read(value, shape, undefined);
  return { value: result, fault };
}

function fieldNamed(fields: Readonly<Record<string, Shape>>, key: string): string | undefined {
  if (Object.hasOwn(fields, key)) return key;
  const lower = key.toLowerCase();
  return Object.keys(fields).find((name) => name.toLowerCase() === lower);
}

/** A number in the digits Go gives it; undefined for what is no scalar. */
function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  // An integer with its kind (YamlInteger): a plain number is a float then.
  if (isInteger(value)) return String(value.value);
  return typeof value === "number" ? formatFloat(value, "g", -1, 64) : undefined;
}

function isInteger(value: unknown): value is { kind: string; value: number | bigint } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) !== Object.prototype &&
    "value" in value
  );
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return typeof value === "number" || typeof value === "bigint" || isInteger(value) ? "number" : "object";
}
