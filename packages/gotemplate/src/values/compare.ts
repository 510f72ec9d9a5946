import { GoError } from "../errors.ts";
import { compareText } from "./text.ts";
import { integerValue, isNilValue, kindOf, typeName, typeOf } from "./reflect.ts";
import { isUnsignedKind, type GoType } from "./types.ts";
import type { GoComplex } from "./values.ts";
import { GoFloat32, GoNamed, GoPointer, GoStruct, GoTimeLike, GoValue } from "./values.ts";

type Basic = "bool" | "complex" | "int" | "float" | "string" | "uint" | undefined;

function basicOf(value: unknown): Basic {
  const kind = kindOf(value);
  switch (kind) {
    case "bool":
    case "string":
      return kind;
    case "float32":
    case "float64":
      return "float";
    case "complex64":
    case "complex128":
      return "complex";
    default:
      if (isUnsignedKind(kind)) return "uint";
      return kind.startsWith("int") && kind !== "interface" ? "int" : undefined;
  }
}

/** The JavaScript value of a basic one: number, bigint, string or boolean. */
function bare(value: unknown): number | bigint | string | boolean {
  if (value instanceof GoNamed || value instanceof GoFloat32) return value.value;
  return integerValue(value) ?? (value as number | string | boolean);
}

/** text/template's eq of two values. @throws GoError when Go refuses to compare them */
export function equalValues(a: unknown, b: unknown, print: (format: "%s" | "%v", value: unknown) => string): boolean {
  const basicA = basicOf(a);
  const basicB = basicOf(b);
  if (basicA !== basicB) {
    const areIntegers = (basicA === "int" && basicB === "uint") || (basicA === "uint" && basicB === "int");
    if (areIntegers) return BigInt(bare(a)) === BigInt(bare(b));
    if (a == null || b == null) return false;
    throw new GoError(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  }
  if (basicA === "complex") {
    const [x, y] = [a as GoComplex, b as GoComplex];
    return x.real === y.real && x.imaginary === y.imaginary;
  }
  // Integers beyond 2^53 are bigint and smaller ones numbers, never both: === compares values.
  if (basicA !== undefined) return bare(a) === bare(b);
  return equalOthers(a, b, print);
}

function equalOthers(a: unknown, b: unknown, print: (format: "%s" | "%v", value: unknown) => string): boolean {
  const kindA = kindOf(a);
  const kindB = kindOf(b);
  if (kindA !== kindB && kindA !== "invalid" && kindB !== "invalid") {
    throw new GoError(`non-comparable types ${print("%s", a)}: ${typeName(a)}, ${typeName(b)}: ${print("%v", b)}`);
  }
  if (isNilValue(a) || isNilValue(b)) return isNilValue(a) === isNilValue(b);
  const type = typeOf(b);
  if (type !== undefined && !isComparable(type)) {
    throw new GoError(`non-comparable type ${print("%s", b)}: ${type.name}`);
  }
  return identical(a, b);
}

function isComparable(type: GoType): boolean {
  if (type.kind === "slice" || type.kind === "map" || type.kind === "func") return false;
  if (type.kind === "array") return type.elem === undefined || isComparable(type.elem);
  return type.kind !== "struct" || (type.fields ?? []).every((field) => isComparable(field.type));
}

/** Go's == on two interfaces that hold comparable values. */
function identical(a: unknown, b: unknown): boolean {
  if (a instanceof GoTimeLike && b instanceof GoTimeLike) return a.sameAs(b);
  if (a instanceof GoStruct && b instanceof GoStruct) {
    if (a.type.name !== b.type.name) return false;
    return (a.type.fields ?? []).every(({ name }) => identical(a.values[name], b.values[name]));
  }
  if (a instanceof GoPointer && b instanceof GoPointer) return a.target === b.target;
  if (a instanceof GoValue && b instanceof GoValue && basicOf(a) !== undefined) {
    return a.type.name === b.type.name && bare(a) === bare(b);
  }
  return a === b;
}

/** text/template's lt. @throws GoError */
export function lessThan(a: unknown, b: unknown): boolean {
  const basicA = basicOf(a);
  const basicB = basicOf(b);
  if (basicA === undefined || basicB === undefined) throw new GoError("invalid type for comparison");
  const areIntegers = (basicA === "int" && basicB === "uint") || (basicA === "uint" && basicB === "int");
  if (basicA !== basicB && !areIntegers) {
    throw new GoError(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  }
  if (basicA === "bool" || basicA === "complex") throw new GoError("invalid type for comparison");
  const x = bare(a);
  const y = bare(b);
  return typeof x === "string" ? compareText(x, y as string) < 0 : x < y;
}
