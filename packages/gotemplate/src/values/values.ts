import {
  ANY_MAP,
  ANY_SLICE,
  BYTES,
  COMPLEX128,
  FLOAT32,
  INTEGER_TYPES,
  type GoFunction,
  type GoType,
  type IntegerKind,
} from "./types.ts";

/**
 * Template data is plain JavaScript where Go's kind follows from it, and a GoValue where it does not:
 *
 * | JavaScript | Go |
 * |---|---|
 * | string | string; a byte that is not UTF-8 is a lone surrogate U+DC80…U+DCFF (see text.ts) |
 * | number | float64, as JSON gives it |
 * | bigint | int64, or uint64 when it does not fit |
 * | boolean | bool |
 * | null | a nil interface: an entry that is there and holds nothing |
 * | undefined | no value at all (reflect's zero Value), what a missing key gives |
 * | array | []interface {} |
 * | plain object | map[string]interface {} |
 */
export abstract class GoValue {
  abstract readonly type: GoType;
}

/** An integer of any of Go's eleven integer kinds. `value` is a number while it is safe, and a bigint beyond 2^53. */
export class GoInt extends GoValue {
  readonly type: GoType;
  readonly value: number | bigint;

  constructor(type: GoType, value: number | bigint) {
    super();
    this.type = type;
    this.value = value;
  }
}

const SMALL_INTS: readonly GoInt[] = Array.from({ length: 257 }, (_, index) => new GoInt(INTEGER_TYPES.int, index));

/** A Go int; wraps around at 64 bits as Go's arithmetic does. */
export function int(value: number | bigint): GoInt {
  if (typeof value === "number" && value >= 0 && value <= 256) {
    const small = SMALL_INTS[value];
    if (small !== undefined) return small;
  }
  return new GoInt(INTEGER_TYPES.int, wrap64(value));
}

export function int64(value: number | bigint): GoInt {
  return new GoInt(INTEGER_TYPES.int64, wrap64(value));
}

/** An integer of any kind; the value must fit it. */
export function integer(kind: IntegerKind, value: number | bigint): GoInt {
  return new GoInt(INTEGER_TYPES[kind], normalize(value));
}

function wrap64(value: number | bigint): number | bigint {
  return Number.isSafeInteger(value) ? value : normalize(BigInt.asIntN(64, BigInt(value)));
}

function normalize(value: number | bigint): number | bigint {
  if (typeof value === "number") return value;
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

export class GoFloat32 extends GoValue {
  readonly type = FLOAT32;
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = Math.fround(value);
  }
}

export class GoComplex extends GoValue {
  readonly type = COMPLEX128;
  readonly real: number;
  readonly imaginary: number;

  constructor(real: number, imaginary: number) {
    super();
    this.real = real;
    this.imaginary = imaginary;
  }
}

/** A value of a defined basic type: time.Duration, time.Month, json.Number. `value` is what the kind is outside. */
export class GoNamed extends GoValue {
  readonly type: GoType;
  readonly value: string | boolean | number | bigint;

  constructor(type: GoType, value: string | boolean | number | bigint) {
    super();
    this.type = type;
    this.value = typeof value === "bigint" ? normalize(value) : value;
  }
}

/** A slice or array that is not []interface {}, or that is nil. Elements are values of the element type. */
export class GoSlice extends GoValue {
  readonly type: GoType;
  readonly items: unknown[];
  readonly isNil: boolean;

  constructor(type: GoType, items: unknown[] | null) {
    super();
    this.type = type;
    this.items = items ?? [];
    this.isNil = items === null;
  }
}

/** []byte. */
export class GoBytes extends GoValue {
  readonly type: GoType;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, type: GoType = BYTES) {
    super();
    this.type = type;
    this.bytes = bytes;
  }
}

/** A map with string keys that is not map[string]interface {}, or that is nil. `record` is shared, as Go's maps are. */
export class GoMap extends GoValue {
  readonly type: GoType;
  readonly record: Record<string, unknown>;
  readonly isNil: boolean;

  constructor(type: GoType, record: Record<string, unknown> | null) {
    super();
    this.type = type;
    this.record = record ?? NIL_RECORD;
    this.isNil = record === null;
  }
}

/** What a nil map is to a function that takes a map: it reads as empty and refuses to be written. */
export const NIL_RECORD: Record<string, unknown> = Object.freeze({});

/** A map whose keys are not strings. Keys are kept beside their values, in any order. */
export class GoKeyedMap extends GoValue {
  readonly type: GoType;
  readonly entries: ReadonlyArray<readonly [key: unknown, value: unknown]>;

  constructor(type: GoType, entries: ReadonlyArray<readonly [unknown, unknown]>) {
    super();
    this.type = type;
    this.entries = entries;
  }
}

export class GoStruct extends GoValue {
  readonly type: GoType;
  readonly values: Readonly<Record<string, unknown>>;

  constructor(type: GoType, values: Readonly<Record<string, unknown>>) {
    super();
    this.type = type;
    this.values = values;
  }
}

/** A pointer; `target` is null for a nil one. */
export class GoPointer extends GoValue {
  readonly type: GoType;
  readonly target: unknown;

  constructor(type: GoType, target: unknown) {
    super();
    this.type = type;
    this.target = target;
  }
}

/** A function as a value: called by `call`, ranged over when it is an iterator. */
export class GoFunc extends GoValue {
  readonly type: GoType;
  readonly body: GoFunction;
  /** For a range-over-func iterator: its items, each with one value (Seq) or two (Seq2). */
  readonly iterate: (() => Iterable<readonly unknown[]>) | undefined;
  readonly iterates: 0 | 1 | 2;

  constructor(
    name: string,
    body: GoFunction,
    iterate?: { readonly values: 1 | 2; items(): Iterable<readonly unknown[]> },
  ) {
    super();
    this.type = { kind: "func", name };
    this.body = body;
    this.iterates = iterate?.values ?? 0;
    this.iterate = iterate === undefined ? undefined : () => iterate.items();
  }
}

/** A struct whose equality is its own affair: time.Time. */
export abstract class GoTimeLike extends GoValue {
  abstract sameAs(other: GoTimeLike): boolean;
  /** Its text in JSON, without quotes. */
  abstract json(): string;
}

/** `[]interface {}(nil)`: prints as an empty list, and is null in JSON. */
export const NIL_SLICE = new GoSlice(ANY_SLICE, null);
export const NIL_MAP = new GoMap(ANY_MAP, null);

/** A nil slice or map: it has a type, and nothing in it. */
export function isNilContainer(value: unknown): boolean {
  return (value instanceof GoSlice || value instanceof GoMap) && value.isNil;
}
