import { setOwn } from "@fairlead/base";
import { LimitError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { integerValue, isListLike, isMapLike, listItems, recordOf, typeOf } from "./reflect.ts";
import {
  GoBytes,
  GoComplex,
  GoFloat32,
  GoKeyedMap,
  GoMap,
  GoNamed,
  GoPointer,
  GoSlice,
  GoStruct,
  GoTimeLike,
  GoValue,
  isNilContainer,
} from "./values.ts";

type Spend = (steps: number) => void;

/** reflect.DeepEqual: the same types all the way down, nil and empty containers differ, NaN equals nothing. */
export function deepEqual(a: unknown, b: unknown, spend: Spend, depth = 0): boolean {
  spend(1);
  if (depth > LIMITS.valueDepthMax) throw new LimitError(`value is nested deeper than ${LIMITS.valueDepthMax}`);
  if (a === b) return true;
  if (a == null || b == null) return a == null && b == null;
  if (typeof a !== "object" && typeof b !== "object") return false;
  if (typeOf(a)?.name !== typeOf(b)?.name) return false;
  if (isNilContainer(a) !== isNilContainer(b)) return false;
  if (isListLike(a) && isListLike(b)) return equalLists(listItems(a), listItems(b), spend, depth);
  const [x, y] = [recordOf(a), recordOf(b)];
  if (x !== undefined && y !== undefined) return equalRecords(x, y, spend, depth);
  return equalOthers(a, b, spend, depth);
}

function equalLists(a: readonly unknown[], b: readonly unknown[], spend: Spend, depth: number): boolean {
  return a.length === b.length && a.every((item, index) => deepEqual(item, b[index], spend, depth + 1));
}

function equalRecords(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  spend: Spend,
  depth: number,
): boolean {
  const keys = Object.keys(a).filter((key) => a[key] !== undefined);
  const count = Object.keys(b).filter((key) => b[key] !== undefined).length;
  return (
    keys.length === count &&
    keys.every((key) => Object.hasOwn(b, key) && b[key] !== undefined && deepEqual(a[key], b[key], spend, depth + 1))
  );
}

function equalOthers(a: unknown, b: unknown, spend: Spend, depth: number): boolean {
  if (a instanceof GoTimeLike && b instanceof GoTimeLike) return a.sameAs(b);
  const integer = integerValue(a);
  if (integer !== undefined) return integer === integerValue(b);
  if (a instanceof GoNamed && b instanceof GoNamed) return a.value === b.value;
  if (a instanceof GoFloat32 && b instanceof GoFloat32) return a.value === b.value;
  if (a instanceof GoComplex && b instanceof GoComplex) return a.real === b.real && a.imaginary === b.imaginary;
  if (a instanceof GoPointer && b instanceof GoPointer) return deepEqual(a.target, b.target, spend, depth + 1);
  if (a instanceof GoStruct && b instanceof GoStruct) return equalRecords(a.values, b.values, spend, depth);
  if (a instanceof GoKeyedMap && b instanceof GoKeyedMap) {
    return (
      a.entries.length === b.entries.length &&
      a.entries.every(([key, value]) => {
        const other = b.entries.find(([candidate]) => deepEqual(key, candidate, spend, depth + 1));
        return other !== undefined && deepEqual(value, other[1], spend, depth + 1);
      })
    );
  }
  return false;
}

/** A copy that shares no map or list with the original. */
export function deepCopy(value: unknown, spend: Spend, depth = 0): unknown {
  spend(1);
  if (depth > LIMITS.valueDepthMax) throw new LimitError(`value is nested deeper than ${LIMITS.valueDepthMax}`);
  if (typeof value !== "object" || value === null) return value;
  const copyOf = (item: unknown): unknown => deepCopy(item, spend, depth + 1);
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof GoSlice) return new GoSlice(value.type, value.isNil ? null : value.items.map(copyOf));
  if (value instanceof GoBytes) return new GoBytes(Uint8Array.from(value.bytes), value.type);
  if (value instanceof GoMap) return new GoMap(value.type, value.isNil ? null : copyRecord(value.record, copyOf));
  if (value instanceof GoStruct) return new GoStruct(value.type, copyRecord(value.values, copyOf));
  if (value instanceof GoPointer) return new GoPointer(value.type, copyOf(value.target));
  if (value instanceof GoValue || !isMapLike(value)) return value;
  return copyRecord(value as Record<string, unknown>, copyOf);
}

function copyRecord(
  record: Readonly<Record<string, unknown>>,
  copyOf: (value: unknown) => unknown,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key in record) if (record[key] !== undefined) setOwn<unknown>(copy, key, copyOf(record[key]));
  return copy;
}
