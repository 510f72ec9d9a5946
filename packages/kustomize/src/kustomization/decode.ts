import { isJsonObject, type Json, type JsonObject, setOwn } from "@fairlead/base";

/** One thing wrong with a document, at a path into it. */
export interface DecodeFault {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/**
 * Reads JSON into typed values as Go's encoding/json does: names match whatever their case, null leaves a field unset, numbers are
 * not strings. Unlike Go it goes on after a fault and reports them all.
 */
export interface Decoder<T> {
  /** Go's name of the type, as its messages have it. */
  readonly goType: string;
  decode(value: Json, place: Place): T | undefined;
}

export interface Place {
  readonly faults: DecodeFault[];
  /** Unknown fields are faults in a kustomization, and passed over in plugin configurations. */
  readonly isStrict: boolean;
  /** The innermost struct's Go name; the names of fields down from the outermost. */
  readonly struct: string;
  readonly names: readonly string[];
  readonly path: readonly (string | number)[];
}

export type Decoded<D> = D extends Decoder<infer T> ? T : never;

/** @returns the value; faults are added to `faults` */
export function decodeInto<T>(
  decoder: Decoder<T>,
  value: Json,
  faults: DecodeFault[],
  isStrict: boolean,
): T | undefined {
  return decoder.decode(value, { faults, isStrict, struct: "", names: [], path: [] });
}

function mismatch(value: Json, goType: string, place: Place): undefined {
  const what = typeof value === "object" ? (Array.isArray(value) ? "array" : "object") : goJsonType(value);
  const where = place.names.length === 0 ? "Go value" : `Go struct field ${place.struct}.${place.names.join(".")}`;
  place.faults.push({
    message: `json: cannot unmarshal ${what} into ${where} of type ${goType}`,
    path: place.path,
  });
  return undefined;
}

function goJsonType(value: string | number | bigint | boolean): string {
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "number";
}

export const string: Decoder<string> = {
  goType: "string",
  decode: (value, place) => (typeof value === "string" ? value : mismatch(value, "string", place)),
};

export const boolean: Decoder<boolean> = {
  goType: "bool",
  decode: (value, place) => (typeof value === "boolean" ? value : mismatch(value, "bool", place)),
};

export function integer(goType: string): Decoder<number> {
  return {
    goType,
    decode(value, place) {
      if (typeof value === "number" && Number.isInteger(value)) return value;
      if (typeof value !== "number") return mismatch(value, goType, place);
      const where = `Go struct field ${place.struct}.${place.names.join(".")}`;
      place.faults.push({
        message: `json: cannot unmarshal number ${value} into ${where} of type ${goType}`,
        path: place.path,
      });
      return undefined;
    },
  };
}

/** Any JSON, as it is. */
export const anything: Decoder<Json> = { goType: "interface {}", decode: (value) => value };

export function list<T>(element: Decoder<T>): Decoder<T[]> {
  const goType = `[]${element.goType}`;
  return {
    goType,
    decode(value, place) {
      if (!Array.isArray(value)) return mismatch(value, goType, place);
      const result: T[] = [];
      for (const [index, item] of value.entries()) {
        const decoded = item === null ? undefined : element.decode(item, { ...place, path: [...place.path, index] });
        // Go leaves a zero value for null: an empty struct or string.
        if (decoded !== undefined) result.push(decoded);
        else if (item === null) result.push((element === (string as unknown) ? "" : {}) as T);
      }
      return result;
    },
  };
}

export function stringMap<T>(element: Decoder<T>): Decoder<Map<string, T>> {
  const goType = `map[string]${element.goType}`;
  return {
    goType,
    decode(value, place) {
      if (!isJsonObject(value)) return mismatch(value as Json, goType, place);
      const result = new Map<string, T>();
      for (const [key, item] of Object.entries(value)) {
        const at = { ...place, path: [...place.path, key] };
        const decoded = item === null || item === undefined ? ("" as T) : element.decode(item, at);
        if (decoded !== undefined) result.set(key, decoded);
      }
      return result;
    },
  };
}

type Fields = Readonly<Record<string, Decoder<unknown>>>;
export type StructOf<F extends Fields> = { -readonly [K in keyof F]?: Decoded<F[K]> | undefined };

/** A Go struct; `name` without its package, as messages about its fields have it. */
export function struct<F extends Fields>(name: string, fields: F, goType = `types.${name}`): Decoder<StructOf<F>> {
  const byLowerCase = new Map(Object.keys(fields).map((key) => [key.toLowerCase(), key]));
  return {
    goType,
    decode(value, place) {
      if (!isJsonObject(value)) return mismatch(value as Json, goType, place);
      const result: Record<string, unknown> = {};
      for (const [key, item] of Object.entries(value as JsonObject)) {
        const known = Object.hasOwn(fields, key) ? key : byLowerCase.get(key.toLowerCase());
        const path = [...place.path, key];
        if (known === undefined) {
          if (place.isStrict) place.faults.push({ message: `json: unknown field ${JSON.stringify(key)}`, path });
          continue;
        }
        if (item === null || item === undefined) continue;
        const decoder = fields[known] as Decoder<unknown>;
        const decoded = decoder.decode(item, { ...place, struct: name, names: [...place.names, known], path });
        if (decoded !== undefined) setOwn(result, known, decoded);
      }
      return result as StructOf<F>;
    },
  };
}
