import { GoError } from "../errors.ts";
import type { Node } from "../parse/nodes.ts";
import { indirect, isMapLike, typeName, zeroOf } from "../values/reflect.ts";
import { ANY, isAssignable, STRING, type GoMethod, type GoType } from "../values/types.ts";
import { GoKeyedMap, GoMap, GoPointer, GoStruct, GoValue } from "../values/values.ts";
import { callFunction, MISSING, type Argument, type Final } from "./call.ts";
import type { State } from "./state.ts";

const NO_ARGUMENTS: readonly Argument[] = [];

/** `.a.b.c` from a receiver; only the last name takes arguments. */
export function fieldChain(
  state: State,
  dot: unknown,
  receiver: unknown,
  node: Node,
  idents: readonly string[],
  args: readonly Argument[],
  final: Final,
): unknown {
  const last = idents.length - 1;
  let value = receiver;
  for (let index = 0; index < last; index++) {
    value = fieldOf(state, dot, idents[index] as string, node, NO_ARGUMENTS, MISSING, value);
  }
  return fieldOf(state, dot, idents[last] as string, node, args, final, value);
}

/** One name looked up in a value: a method, then a struct's field, then a map's entry. */
function fieldOf(
  state: State,
  dot: unknown,
  name: string,
  node: Node,
  args: readonly Argument[],
  final: Final,
  receiver: unknown,
): unknown {
  const record = plainRecordOf(receiver, name);
  if (record !== undefined) {
    if (args.length > 0 || final !== MISSING) state.fail(`${name} is not a method but has arguments`);
    const value = Object.hasOwn(record, name) ? record[name] : undefined;
    state.isBoxed = true;
    return value === undefined ? missing(state, name, ANY) : value;
  }
  return receiver === undefined ? ofNothing(state, name) : otherField(state, dot, name, node, args, final, receiver);
}

/** The record of a map whose values are interfaces, where no method has the name: what nearly every field is looked up in. */
function plainRecordOf(receiver: unknown, name: string): Record<string, unknown> | undefined {
  if (typeof receiver !== "object" || receiver === null || Array.isArray(receiver)) return undefined;
  if (!(receiver instanceof GoValue)) return receiver as Record<string, unknown>;
  if (!(receiver instanceof GoMap) || receiver.type.elem?.kind !== "interface") return undefined;
  const { methods } = receiver.type;
  return methods !== undefined && Object.hasOwn(methods, name) ? undefined : receiver.record;
}

function ofNothing(state: State, name: string): undefined {
  if (state.run.missingKey === "error") state.fail(`nil data; no entry for key "${name}"`);
  state.isBoxed = false;
  return undefined;
}

function missing(state: State, name: string, elem: GoType): unknown {
  switch (state.run.missingKey) {
    case "zero":
      return zeroOf(elem);
    case "error":
      return state.fail(`map has no entry for key "${name}"`);
    default:
      state.isBoxed = false;
      return undefined;
  }
}

function otherField(
  state: State,
  dot: unknown,
  name: string,
  node: Node,
  args: readonly Argument[],
  final: Final,
  receiver: unknown,
): unknown {
  const shown = state.isBoxed || receiver === null ? ANY.name : typeName(receiver);
  if (receiver === null) return state.fail(`nil pointer evaluating ${shown}.${name}`);
  const method = methodOf(receiver, name);
  if (method !== undefined) return callMethod(state, dot, method, receiver, name, args, final, node);
  const target = indirect(receiver);
  const hasArguments = args.length > 0 || final !== MISSING;
  if (target.value instanceof GoStruct) {
    const field = target.value.type.fields?.find((candidate) => candidate.name === name);
    if (field !== undefined) {
      if (!/^\p{Lu}/u.test(name)) state.fail(`${name} is an unexported field of struct type ${shown}`);
      if (hasArguments) state.fail(`${name} has arguments but cannot be invoked as function`);
      state.isBoxed = field.type.kind === "interface";
      const value = target.value.values[name];
      return value === undefined ? null : value;
    }
  } else if (isMapLike(target.value)) {
    return typedEntry(state, name, shown, hasArguments, target.value as GoMap | GoKeyedMap);
  } else if (target.isNil && target.value instanceof GoPointer) {
    const elem = target.value.type.elem;
    const isKnown = elem?.kind !== "struct" || (elem.fields ?? []).some((field) => field.name === name);
    if (isKnown) return state.fail(`nil pointer evaluating ${shown}.${name}`);
  }
  return state.fail(`can't evaluate field ${name} in type ${shown}`);
}

function typedEntry(
  state: State,
  name: string,
  shown: string,
  hasArguments: boolean,
  map: Record<string, unknown> | GoMap | GoKeyedMap,
): unknown {
  const type = map instanceof GoValue ? map.type : undefined;
  const elem = type?.elem ?? ANY;
  if (!isAssignable(STRING, type?.key ?? STRING)) return state.fail(`can't evaluate field ${name} in type ${shown}`);
  if (hasArguments) state.fail(`${name} is not a method but has arguments`);
  state.isBoxed = elem.kind === "interface";
  const value = entryOf(map, name);
  return value === undefined ? missing(state, name, elem) : value;
}

function entryOf(map: Record<string, unknown> | GoMap | GoKeyedMap, name: string): unknown {
  if (map instanceof GoKeyedMap) return map.entries.find(([key]) => key === name)?.[1];
  const record = map instanceof GoMap ? map.record : map;
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function methodOf(receiver: unknown, name: string): GoMethod | undefined {
  let current = receiver;
  while (current instanceof GoValue) {
    const methods = current.type.methods;
    if (methods !== undefined && Object.hasOwn(methods, name)) return methods[name];
    // A pointer has the methods of what it points to, a nil one those of its own type only.
    if (!(current instanceof GoPointer)) return undefined;
    if (current.target === null) return methodOnNothing(current.type.elem, name);
    current = current.target;
  }
  return undefined;
}

/** Go finds the method of what a nil pointer would point to, and fails in the call. */
function methodOnNothing(elem: GoType | undefined, name: string): GoMethod | undefined {
  const method = elem?.methods !== undefined && Object.hasOwn(elem.methods, name) ? elem.methods[name] : undefined;
  if (elem === undefined || method === undefined) return undefined;
  const short = elem.name.slice(elem.name.indexOf(".") + 1);
  return {
    ...method,
    call: () => {
      throw new GoError(`value method ${elem.name}.${name} called using nil *${short} pointer`);
    },
  };
}

function callMethod(
  state: State,
  dot: unknown,
  method: GoMethod,
  receiver: unknown,
  name: string,
  args: readonly Argument[],
  final: Final,
  node: Node,
): unknown {
  let self = receiver;
  while (self instanceof GoPointer && self.target !== null && self.type.methods?.[name] === undefined)
    self = self.target;
  const bound = {
    ...method,
    call: (context: State["context"], values: readonly unknown[]) => method.call(context, self, values),
  };
  return callFunction(state, dot, bound, name, args, final, node);
}
