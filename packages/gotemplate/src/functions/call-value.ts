import { GoError } from "../errors.ts";
import { received } from "./define.ts";
import { integerValue, typeName, typeOf, zeroOf } from "../values/reflect.ts";
import { canBeNil, isAssignable, isIntegerKind, type GoType } from "../values/types.ts";
import { GoFunc, GoInt } from "../values/values.ts";
import type { CallContext } from "../exec/context.ts";

/** The builtin `call`: a function that is a value, with arguments that are values. @throws GoError */
export function callValue(context: CallContext, name: string, callee: unknown, args: readonly unknown[]): unknown {
  if (callee == null) throw new GoError("call of nil");
  if (!(callee instanceof GoFunc)) throw new GoError(`non-function ${name} of type ${typeName(callee)}`);
  const { params, isVariadic } = callee.body;
  const fixed = isVariadic ? params.length - 1 : params.length;
  if (isVariadic && args.length < fixed) {
    throw new GoError(`wrong number of args for ${name}: got ${args.length} want at least ${fixed}`);
  }
  if (!isVariadic && args.length !== fixed) {
    throw new GoError(`wrong number of args for ${name}: got ${args.length} want ${fixed}`);
  }
  const values = args.map((arg, index) => {
    const type = (index < fixed ? params[index] : params.at(-1)) as GoType;
    try {
      return received(prepareArgument(arg, type), type);
    } catch (error) {
      throw new GoError(`arg ${index}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  return callee.body.call(context, values);
}

/** A value for a parameter or a map key, integers converted between kinds. @throws GoError */
export function prepareArgument(value: unknown, type: GoType): unknown {
  if (value == null) {
    if (!canBeNil(type)) throw new GoError(`value is nil; should be of type ${type.name}`);
    return zeroOf(type);
  }
  const own = typeOf(value);
  if (own === undefined || isAssignable(own, type)) return value;
  const number = integerValue(value);
  if (number !== undefined && isIntegerKind(type.kind)) return new GoInt(type, number);
  throw new GoError(`value has type ${own.name}; should be ${type.name}`);
}
