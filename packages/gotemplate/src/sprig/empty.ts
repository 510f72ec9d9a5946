import { GoError } from "../errors.ts";
import { integerValue, kindOf, lengthOf } from "../values/reflect.ts";
import { GoComplex, GoFloat32, GoNamed, GoPointer } from "../values/values.ts";

/** sprig's empty: nil, zero, "", false, and containers with nothing in them. A struct never is. */
export function isEmpty(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value === "";
    case "number":
      return value === 0;
    case "boolean":
      return !value;
    case "bigint":
      return value === 0n;
    case "object":
      return value === null || isEmptyObject(value);
    default:
      return true;
  }
}

function isEmptyObject(value: object): boolean {
  const length = lengthOf(value);
  if (length !== undefined) return length === 0;
  const integer = integerValue(value);
  if (integer !== undefined) return integer === 0;
  if (value instanceof GoNamed || value instanceof GoFloat32) return isEmpty(value.value);
  if (value instanceof GoPointer) return value.target === null;
  if (value instanceof GoComplex) return value.real === 0 && value.imaginary === 0;
  if (kindOf(value) === "struct" || kindOf(value) === "func") return false;
  throw new GoError(`reflect: call of reflect.Value.IsNil on ${kindOf(value)} Value`);
}
