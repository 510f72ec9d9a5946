import type { CallContext } from "../exec/context.ts";

/** The kinds of Go's reflect package, under the names its Kind.String() prints. */
export type Kind =
  | "invalid"
  | "bool"
  | IntKind
  | UintKind
  | "float32"
  | "float64"
  | "complex64"
  | "complex128"
  | "string"
  | "array"
  | "slice"
  | "map"
  | "struct"
  | "ptr"
  | "func"
  | "interface";

type IntKind = "int" | "int8" | "int16" | "int32" | "int64";
export type UintKind = "uint" | "uint8" | "uint16" | "uint32" | "uint64" | "uintptr";
export type IntegerKind = IntKind | UintKind;

/** A Go type. Two types are the same when their names are; `name` is what `%T` prints. */
export interface GoType {
  readonly kind: Kind;
  readonly name: string;
  /** Element of a slice, array, map or pointer. */
  readonly elem?: GoType;
  /** Key of a map. */
  readonly key?: GoType;
  readonly fields?: readonly GoField[];
  /** Methods found by `.Name` before fields and map entries. The receiver is the first argument of the call. */
  readonly methods?: Readonly<Record<string, GoMethod>>;
  /** For a defined composite type (`type Values map[string]any`): what it is made of. */
  readonly underlying?: GoType;
  /** fmt prints a value of this type by this method, as it does for an error or a Stringer. */
  readonly text?: (value: unknown, context?: CallContext) => string;
}

export interface GoField {
  readonly name: string;
  readonly type: GoType;
  /** Key in JSON; the field's name when absent. An empty key leaves the field out. */
  readonly json?: string;
  readonly omitEmpty?: boolean;
}

/** A function as reflection shows it: what it takes, what it gives, and the body. */
export interface GoFunction {
  /** Fixed parameters, then, for a variadic function, the element type of the last. */
  readonly params: readonly GoType[];
  readonly isVariadic: boolean;
  /** Static type of the result; `any` is what makes a nil result differ from no result. */
  readonly returns: GoType;
  call(context: CallContext, args: readonly unknown[]): unknown;
}

/** Functions by name; immutable, shared between template sets. */
export interface FunctionSet {
  readonly [name: string]: GoFunction;
}

export interface GoMethod extends Omit<GoFunction, "call"> {
  call(context: CallContext, receiver: unknown, args: readonly unknown[]): unknown;
}

function basic(kind: Kind): GoType {
  return { kind, name: kind };
}

export const ANY: GoType = { kind: "interface", name: "interface {}" };
export const BOOL = basic("bool");
export const STRING = basic("string");
export const FLOAT32 = basic("float32");
export const FLOAT64 = basic("float64");
export const COMPLEX128 = basic("complex128");

export const INTEGER_TYPES: Readonly<Record<IntegerKind, GoType>> = {
  int: basic("int"),
  int8: basic("int8"),
  int16: basic("int16"),
  int32: basic("int32"),
  int64: basic("int64"),
  uint: basic("uint"),
  uint8: basic("uint8"),
  uint16: basic("uint16"),
  uint32: basic("uint32"),
  uint64: basic("uint64"),
  uintptr: basic("uintptr"),
};
export const INT = INTEGER_TYPES.int;
export const INT64 = INTEGER_TYPES.int64;
export const UINT8 = INTEGER_TYPES.uint8;

/** Parameter type of the functions that look at the reflect.Value itself: invalid (undefined) and nil (null) differ for them. */
export const REFLECT_VALUE: GoType = { kind: "struct", name: "reflect.Value" };

export function sliceOf(elem: GoType): GoType {
  return { kind: "slice", name: `[]${elem.name}`, elem };
}

export function mapOf(key: GoType, elem: GoType): GoType {
  return { kind: "map", name: `map[${key.name}]${elem.name}`, key, elem };
}

export function pointerTo(elem: GoType): GoType {
  return { kind: "ptr", name: `*${elem.name}`, elem };
}

export const ANY_SLICE = sliceOf(ANY);
export const STRING_SLICE = sliceOf(STRING);
export const INT_SLICE = sliceOf(INT);
export const BYTES = sliceOf(UINT8);
export const ANY_MAP = mapOf(STRING, ANY);
export const STRING_MAP = mapOf(STRING, STRING);

const INTEGER_KINDS: ReadonlySet<Kind> = new Set(Object.keys(INTEGER_TYPES) as IntegerKind[]);
const UNSIGNED_KINDS: ReadonlySet<Kind> = new Set(["uint", "uint8", "uint16", "uint32", "uint64", "uintptr"]);

export function isIntegerKind(kind: Kind): kind is IntegerKind {
  return INTEGER_KINDS.has(kind);
}

export function isUnsignedKind(kind: Kind): kind is UintKind {
  return UNSIGNED_KINDS.has(kind);
}

/** Go's assignability: the same type, an empty interface, or the same composite under a defined name on one side only. */
export function isAssignable(from: GoType, to: GoType): boolean {
  if (to.kind === "interface" || from.name === to.name) return true;
  if (from.underlying === undefined && to.underlying === undefined) return false;
  if (from.underlying !== undefined && to.underlying !== undefined) return false;
  return (from.underlying ?? from).name === (to.underlying ?? to).name;
}

/** Kinds whose zero value is nil; reflect.Value counts, because it can hold nothing. */
export function canBeNil(type: GoType): boolean {
  if (type === REFLECT_VALUE) return true;
  return (
    type.kind === "interface" ||
    type.kind === "map" ||
    type.kind === "slice" ||
    type.kind === "ptr" ||
    type.kind === "func"
  );
}
