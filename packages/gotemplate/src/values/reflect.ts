import { byteLength } from "./text.ts";
import {
  ANY,
  ANY_MAP,
  ANY_SLICE,
  BOOL,
  FLOAT64,
  INT64,
  INTEGER_TYPES,
  STRING,
  type GoType,
  type Kind,
} from "./types.ts";
import {
  GoBytes,
  GoComplex,
  GoFloat32,
  GoInt,
  GoKeyedMap,
  GoMap,
  GoNamed,
  GoPointer,
  GoSlice,
  GoStruct,
  GoValue,
} from "./values.ts";

/** The dynamic type of a value; undefined for nothing and for a nil interface. */
export function typeOf(value: unknown): GoType | undefined {
  switch (typeof value) {
    case "string":
      return STRING;
    case "number":
      return FLOAT64;
    case "boolean":
      return BOOL;
    case "bigint":
      return value >= -(1n << 63n) && value < 1n << 63n ? INT64 : INTEGER_TYPES.uint64;
    case "object":
      if (value === null) return undefined;
      if (value instanceof GoValue) return value.type;
      return Array.isArray(value) ? ANY_SLICE : ANY_MAP;
    default:
      return undefined;
  }
}

/** What `%T` prints, and error messages for a value that is there. */
export function typeName(value: unknown): string {
  return typeOf(value)?.name ?? "<nil>";
}

export function kindOf(value: unknown): Kind {
  return typeOf(value)?.kind ?? "invalid";
}

/** The name Kind.String() gives, for values inside an interface: nil has kind invalid. */
export function isMapLike(value: unknown): value is Record<string, unknown> | GoMap | GoKeyedMap {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof GoValue) || value instanceof GoMap || value instanceof GoKeyedMap;
}

export function isListLike(value: unknown): value is readonly unknown[] | GoSlice | GoBytes {
  return Array.isArray(value) || value instanceof GoSlice || value instanceof GoBytes;
}

/** Elements of a slice or array; bytes as integers of kind uint8. */
export function listItems(value: readonly unknown[] | GoSlice | GoBytes): readonly unknown[] {
  if (value instanceof GoSlice) return value.items;
  if (value instanceof GoBytes) return Array.from(value.bytes, (byte) => new GoInt(INTEGER_TYPES.uint8, byte));
  return value;
}

export function listLength(value: readonly unknown[] | GoSlice | GoBytes): number {
  if (value instanceof GoSlice) return value.items.length;
  return value instanceof GoBytes ? value.bytes.length : value.length;
}

/** The record of a map with string keys, plain or typed. */
export function recordOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  if (value instanceof GoMap) return value.record;
  return value instanceof GoValue ? undefined : (value as Record<string, unknown>);
}

/** Keys whose value is undefined do not count: the key is absent, as everywhere in Fairlead. */
function recordSize(record: Record<string, unknown>): number {
  let size = 0;
  for (const key in record) if (record[key] !== undefined) size++;
  return size;
}

function mapSize(value: Record<string, unknown> | GoMap | GoKeyedMap): number {
  if (value instanceof GoKeyedMap) return value.entries.length;
  return recordSize(value instanceof GoMap ? value.record : value);
}

/** Follows pointers. `isNil` when one of them, or the interface itself, holds nothing. */
export function indirect(value: unknown): { value: unknown; isNil: boolean } {
  let current = value;
  while (current instanceof GoPointer) {
    if (current.target === null) return { value: current, isNil: true };
    current = current.target;
  }
  return { value: current, isNil: current === null };
}

/** Truth as text/template has it: zero, empty and nil are false, structs are always true. */
export function isTrue(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value !== "";
    case "boolean":
      return value;
    case "number":
      // NaN is not equal to zero.
      return value !== 0;
    case "bigint":
      return value !== 0n;
    case "object":
      return value !== null && isObjectTrue(value);
    default:
      return false;
  }
}

function isObjectTrue(value: object): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (!(value instanceof GoValue)) return hasEntries(value as Record<string, unknown>);
  if (value instanceof GoInt || value instanceof GoFloat32) return Number(value.value) !== 0;
  if (value instanceof GoNamed) return isTrue(value.value);
  if (isListLike(value)) return listLength(value) > 0;
  if (value instanceof GoMap) return hasEntries(value.record);
  if (value instanceof GoKeyedMap) return value.entries.length > 0;
  if (value instanceof GoPointer) return value.target !== null;
  if (value instanceof GoComplex) return value.real !== 0 || value.imaginary !== 0;
  return true;
}

function hasEntries(record: Record<string, unknown>): boolean {
  for (const key in record) if (record[key] !== undefined) return true;
  return false;
}

/** Go's len of anything that has one; undefined for what has none. */
export function lengthOf(value: unknown): number | undefined {
  if (typeof value === "string") return byteLength(value);
  if (value instanceof GoNamed && typeof value.value === "string") return byteLength(value.value);
  if (isListLike(value)) return listLength(value);
  return isMapLike(value) ? mapSize(value) : undefined;
}

/** A nil map, slice or pointer: there is a type, but nothing behind it. */
export function isNilValue(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (value instanceof GoSlice || value instanceof GoMap) return value.isNil;
  return value instanceof GoPointer && value.target === null;
}

/** The zero value of a type, as reflect.Zero gives it. */
export function zeroOf(type: GoType): unknown {
  switch (type.kind) {
    case "string":
      return type.name === "string" ? "" : new GoNamed(type, "");
    case "bool":
      return false;
    case "float64":
      return type.name === "float64" ? 0 : new GoNamed(type, 0);
    case "float32":
      return new GoFloat32(0);
    case "slice":
    case "array":
      return new GoSlice(type, null);
    case "map":
      return new GoMap(type, null);
    case "ptr":
      return new GoPointer(type, null);
    case "struct":
      return new GoStruct(
        type,
        Object.fromEntries((type.fields ?? []).map((field) => [field.name, zeroOf(field.type)])),
      );
    case "interface":
    case "func":
    case "invalid":
      return null;
    case "complex64":
    case "complex128":
      return new GoComplex(0, 0);
    default:
      return type.name === type.kind ? new GoInt(type, 0) : new GoNamed(type, 0);
  }
}

/** Static type of a map's values or a list's elements: what decides whether an element is boxed in an interface. */
export function elementType(container: unknown): GoType {
  return typeOf(container)?.elem ?? ANY;
}

/** An integer of any integer kind, defined types included; undefined for anything else. */
export function integerValue(value: unknown): number | bigint | undefined {
  if (value instanceof GoInt) return value.value;
  if (typeof value === "bigint") return value;
  if (value instanceof GoNamed && (typeof value.value === "bigint" || isIntegerNamed(value))) {
    return value.value as number | bigint;
  }
  return undefined;
}

function isIntegerNamed(value: GoNamed): boolean {
  return value.type.kind.startsWith("int") || value.type.kind.startsWith("uint");
}
