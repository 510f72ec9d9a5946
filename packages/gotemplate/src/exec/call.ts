import { engineLimit, errorText, GoError, isEngineLimit } from "../errors.ts";
import { received } from "../functions/define.ts";
import type { Node, NumberNode, OperandNode } from "../parse/nodes.ts";
import { printNode } from "../parse/print.ts";
import { rejoin } from "../values/text.ts";
import { typeOf, zeroOf } from "../values/reflect.ts";
import {
  canBeNil,
  isAssignable,
  isIntegerKind,
  isUnsignedKind,
  REFLECT_VALUE,
  type GoFunction,
  type GoType,
} from "../values/types.ts";
import { GoComplex, GoInt, GoNamed, GoPointer, int, NIL_MAP, NIL_RECORD } from "../values/values.ts";
import type { State } from "./state.ts";

/** Stands for "no value came down the pipeline"; undefined is a value. */
export const MISSING: unique symbol = Symbol("missing");
export type Final = unknown;

/** An operand, compiled: gives its value for this dot, without asking what type is wanted. */
export type Evaluate = (state: State, dot: unknown) => unknown;

export interface Argument {
  readonly node: OperandNode;
  /** Set for everything but constants, whose value depends on the type that is wanted. */
  readonly evaluate: Evaluate | undefined;
}

/** Fits a value to a parameter, or fails as Go's validateType. `type` undefined wants nothing in particular. */
export function validate(state: State, value: unknown, type: GoType | undefined): unknown {
  if (value === undefined) {
    if (type === undefined || type === REFLECT_VALUE) return undefined;
    if (canBeNil(type)) return type.kind === "interface" ? null : zeroOf(type);
    return state.fail(`invalid value; expected ${type.name}`);
  }
  if (type === undefined || type === REFLECT_VALUE || type.kind === "interface") return value;
  if (value === null) return state.fail(`wrong type for value; expected ${type.name}; got interface {}`);
  const own = typeOf(value);
  if (own === undefined || isAssignable(own, type)) return value;
  if (value instanceof GoPointer && own.elem !== undefined && isAssignable(own.elem, type)) {
    if (value.target === null) return state.fail(`dereference of nil pointer of type ${type.name}`);
    return value.target;
  }
  return state.fail(`wrong type for value; expected ${type.name}; got ${own.name}`);
}

/** One argument for one parameter, as Go's evalArg: constants become what the parameter wants. */
export function argumentFor(state: State, dot: unknown, { node, evaluate }: Argument, type: GoType): unknown {
  state.node = node;
  if (evaluate !== undefined) return validate(state, evaluate(state, dot), type);
  if (node.type === "nil") {
    if (!canBeNil(type)) return state.fail(`cannot assign nil to ${type.name}`);
    return type === REFLECT_VALUE ? undefined : type.kind === "interface" ? null : zeroOf(type);
  }
  return constantFor(state, node, type);
}

function constantFor(state: State, node: OperandNode, type: GoType): unknown {
  const { kind } = type;
  if (kind === "interface" || type === REFLECT_VALUE) return plainConstant(state, node);
  if (kind === "bool") return node.type === "bool" ? node.value : expected(state, "bool", node);
  if (kind === "string") {
    if (node.type !== "string") return expected(state, "string", node);
    return type.name === "string" ? node.text : new GoNamed(type, node.text);
  }
  if (kind === "float64" || kind === "float32") {
    return node.type === "number" && node.float !== undefined ? node.float : expected(state, "float", node);
  }
  if (kind === "complex128") {
    if (node.type !== "number" || node.complex === undefined) return expected(state, "complex", node);
    return new GoComplex(...node.complex);
  }
  if (isIntegerKind(kind)) {
    const isUnsigned = isUnsignedKind(kind);
    const value = node.type === "number" ? (isUnsigned ? node.uint : node.int) : undefined;
    if (value === undefined) return expected(state, isUnsigned ? "unsigned integer" : "integer", node);
    return type.name === kind ? new GoInt(type, Number(value)) : new GoNamed(type, value);
  }
  return state.fail(`can't handle ${printNode(node)} for arg of type ${type.name}`);
}

function expected(state: State, what: string, node: OperandNode): never {
  return state.fail(`expected ${what}; found ${printNode(node)}`);
}

/** A constant where any value will do: numbers become int, float64 or complex128 by how they are written. */
export function plainConstant(state: State, node: OperandNode): unknown {
  if (node.type === "string") return node.text;
  if (node.type === "bool") return node.value;
  if (node.type === "number") return idealConstant(state, node);
  return state.fail(`can't handle assignment of ${printNode(node)} to empty interface argument`);
}

export function idealConstant(state: State, node: NumberNode): unknown {
  state.node = node;
  if (node.complex !== undefined) return new GoComplex(...node.complex);
  if (node.float !== undefined && isWrittenAsFloat(node.text)) return node.float;
  if (node.int !== undefined) return int(node.int);
  if (node.uint !== undefined) return state.fail(`${node.text} overflows int`);
  return undefined;
}

function isWrittenAsFloat(text: string): boolean {
  const isHexInteger = /^0[xX]./.test(text) && !/[pP]/.test(text);
  return !isHexInteger && !text.startsWith("'") && /[.eEpP]/.test(text);
}

/**
 * Calls a function with arguments evaluated now, and what came down the pipeline as the last one.
 * `node` is the one an error of the function itself is reported at.
 */
export function callFunction(
  state: State,
  dot: unknown,
  goFunction: GoFunction,
  name: string,
  args: readonly Argument[],
  final: Final,
  node: Node,
): unknown {
  const { params, isVariadic } = goFunction;
  const count = args.length + (final === MISSING ? 0 : 1);
  const fixed = isVariadic ? params.length - 1 : params.length;
  if (isVariadic ? count < fixed : count !== fixed) {
    const wanted = isVariadic ? `at least ${fixed} got ${args.length}` : `${fixed} got ${count}`;
    return state.fail(`wrong number of args for ${name}: want ${wanted}`);
  }
  const values: unknown[] = [];
  const rest = params[params.length - 1];
  for (let index = 0; index < args.length; index++) {
    const type = (index < fixed ? params[index] : rest) as GoType;
    values.push(received(argumentFor(state, dot, args[index] as Argument, type), type));
  }
  if (final !== MISSING) {
    const type = (count - 1 < fixed ? params[count - 1] : rest) as GoType;
    values.push(received(validate(state, final, type), type));
  }
  return invoke(state, goFunction, name, values, node);
}

/** Runs the body; whatever it throws becomes `error calling NAME: …` at the node. */
function invoke(state: State, goFunction: GoFunction, name: string, values: readonly unknown[], node: Node): unknown {
  let result: unknown;
  const { budget } = state;
  try {
    budget.spend(1);
    state.calling = node;
    result = goFunction.call(state.context, values);
    if (typeof result === "string") {
      budget.reserve(result.length);
      result = rejoin(result);
    } else if (Array.isArray(result)) budget.reserve(result.length);
    else if (result === NIL_RECORD) result = NIL_MAP;
  } catch (error) {
    state.node = node;
    return state.fail(`error calling ${name}: ${faultText(error)}`, asError(error));
  }
  state.isBoxed = goFunction.returns.kind === "interface";
  return result === undefined && goFunction.returns !== REFLECT_VALUE ? null : result;
}

function asError(error: unknown): Error {
  if (isEngineLimit(error)) return engineLimit(error);
  return error instanceof Error ? error : new GoError(String(error));
}

function faultText(error: unknown): string {
  return errorText(isEngineLimit(error) ? engineLimit(error) : error);
}
