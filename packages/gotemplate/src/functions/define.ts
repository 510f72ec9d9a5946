import type { CallContext } from "../exec/context.ts";
import type { GoNamed } from "../values/values.ts";
import { GoMap, type GoInt } from "../values/values.ts";
import * as types from "../values/types.ts";
import type { FunctionSet, GoFunction, GoType } from "../values/types.ts";

/** A parameter: its Go type, and through the phantom what the body receives. */
export interface Param<T> {
  readonly type: GoType;
  readonly received?: T;
}

function param<T>(type: GoType): Param<T> {
  return { type };
}

/** Parameter types, named as in Go. Integers arrive as numbers, maps as their plain record, `any` and `value` as they are. */
export const P = {
  any: param<unknown>(types.ANY),
  value: param<unknown>(types.REFLECT_VALUE),
  string: param<string>(types.STRING),
  bool: param<boolean>(types.BOOL),
  int: param<number>(types.INT),
  uint32: param<number>(types.INTEGER_TYPES.uint32),
  float64: param<number>(types.FLOAT64),
  map: param<Record<string, unknown>>(types.ANY_MAP),
  list: param<readonly unknown[] | types.GoType>(types.ANY_SLICE),
} as const;

type Received<Params extends readonly Param<unknown>[]> = {
  -readonly [Index in keyof Params]: Params[Index] extends Param<infer T> ? T : never;
};

/** A function with fixed parameters. `returns` is the static result type of the Go function it stands for. */
export function fn<const Params extends readonly Param<unknown>[]>(
  params: Params,
  returns: GoType,
  body: (context: CallContext, ...args: Received<Params>) => unknown,
): GoFunction {
  const loose = body as (context: CallContext, ...args: unknown[]) => unknown;
  return {
    params: params.map(({ type }) => type),
    isVariadic: false,
    returns,
    call: (context, args) =>
      args.length === 1
        ? loose(context, args[0])
        : args.length === 2
          ? loose(context, args[0], args[1])
          : loose(context, ...args),
  };
}

/** A function whose last parameter takes any number of arguments; the body gets them as one list at the end. */
export function variadic<const Params extends readonly Param<unknown>[], Rest>(
  params: Params,
  rest: Param<Rest>,
  returns: GoType,
  body: (context: CallContext, ...args: [...Received<Params>, Rest[]]) => unknown,
): GoFunction {
  const loose = body as (context: CallContext, ...args: unknown[]) => unknown;
  const fixed = params.length;
  return {
    params: [...params.map(({ type }) => type), rest.type],
    isVariadic: true,
    returns,
    call: (context, args) => loose(context, ...args.slice(0, fixed), args.slice(fixed)),
  };
}

/** A value that fits the parameter, in the form the bodies of `fn` and `variadic` take it. */
export function received(value: unknown, type: GoType): unknown {
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? Number(value) : value;
  if (types.isIntegerKind(type.kind)) return Number((value as GoInt | GoNamed).value);
  if (type.kind === "map" && value instanceof GoMap && type.elem?.kind === "interface") return value.record;
  return value;
}

/** Later sets win over earlier ones. */
export function mergeFunctions(...sets: readonly FunctionSet[]): FunctionSet {
  return Object.assign(Object.create(null) as Record<string, GoFunction>, ...sets) as FunctionSet;
}

export function withoutFunctions(set: FunctionSet, names: readonly string[]): FunctionSet {
  const left: Record<string, GoFunction> = Object.assign(Object.create(null) as Record<string, GoFunction>, set);
  for (const name of names) delete left[name];
  return left;
}
