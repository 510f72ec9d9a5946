import { goQuote } from "../fmt/quote.ts";
import { AND, CALL, OR } from "../functions/builtins.ts";
import type { CommandNode, IdentifierNode, Node, OperandNode, PipeNode } from "../parse/nodes.ts";
import { printNode } from "../parse/print.ts";
import { isTrue, typeName } from "../values/reflect.ts";
import type { FunctionSet, GoFunction } from "../values/types.ts";
import {
  argumentFor,
  callFunction,
  idealConstant,
  MISSING,
  plainConstant,
  validate,
  type Argument,
  type Evaluate,
  type Final,
} from "./call.ts";
import { callValue } from "../functions/call-value.ts";
import { fieldChain } from "./field.ts";
import type { State } from "./state.ts";

/** A command, compiled: gives its value from what came down the pipeline. */
type Run = (state: State, dot: unknown, final: Final) => unknown;

const NO_ARGUMENTS: readonly Argument[] = [];

/** Compiles a pipeline: its commands one after the other, then its declarations or assignments. */
export function compilePipe(pipe: PipeNode, functions: FunctionSet): Evaluate {
  const commands = pipe.cmds.map((command) => compileCommand(command, functions));
  const names = pipe.decl.map((variable) => variable.ident[0] as string);
  const { isAssign } = pipe;
  const only = commands.length === 1 ? commands[0] : undefined;
  if (only !== undefined && names.length === 0) {
    return (state, dot) => {
      state.node = pipe;
      const value = only(state, dot, MISSING);
      state.isBoxed = false;
      return value === null ? undefined : value;
    };
  }
  return (state, dot) => {
    state.node = pipe;
    let value: unknown = MISSING;
    for (const command of commands) {
      value = command(state, dot, value);
      // What comes out of an interface has its dynamic type; nil becomes no value.
      if (value === null) value = undefined;
    }
    for (const name of names) {
      if (!isAssign) state.pushVariable(name, value, false);
      else setVariable(state, name, value, false);
    }
    state.isBoxed = false;
    return value;
  };
}

export function setVariable(state: State, name: string, value: unknown, isBoxed: boolean): void {
  const index = state.variableIndex(name);
  state.values[index] = value;
  state.boxes[index] = isBoxed;
}

function compileCommand(command: CommandNode, functions: FunctionSet): Run {
  const first = command.args[0] as OperandNode;
  const rest = command.args.slice(1).map((node) => compileArgument(node, functions));
  switch (first.type) {
    case "field":
      return (state, dot, final) => {
        state.node = first;
        state.isBoxed = state.isDotBoxed;
        return fieldChain(state, dot, dot, first, first.ident, rest, final);
      };
    case "chain": {
      const receiver = compileChainReceiver(first.node, functions);
      return (state, dot, final) => {
        state.node = first;
        if (first.node.type === "nil") state.fail(`indirection through explicit nil in ${printNode(first)}`);
        return fieldChain(state, dot, receiver(state, dot), first, first.field, rest, final);
      };
    }
    case "identifier":
      return compileCall(first, command, rest, functions);
    case "pipe": {
      const pipe = compilePipe(first, functions);
      return (state, dot, final) => {
        notAFunction(state, first, rest, final);
        return pipe(state, dot);
      };
    }
    case "variable":
      return (state, dot, final) => {
        state.node = first;
        const index = state.variableIndex(first.ident[0] as string);
        const value = state.values[index];
        state.isBoxed = state.boxes[index] as boolean;
        if (first.ident.length > 1) return fieldChain(state, dot, value, first, first.ident.slice(1), rest, final);
        notAFunction(state, first, rest, final);
        return value;
      };
    default:
      return compileConstantCommand(first, rest);
  }
}

function compileConstantCommand(first: OperandNode, rest: readonly Argument[]): Run {
  return (state, dot, final) => {
    state.node = first;
    notAFunction(state, first, rest, final);
    switch (first.type) {
      case "dot":
        return dot;
      case "nil":
        return state.fail("nil is not a command");
      case "number":
        return idealConstant(state, first);
      default:
        return plainConstant(state, first);
    }
  };
}

function notAFunction(state: State, first: OperandNode, rest: readonly Argument[], final: Final): void {
  if (rest.length > 0 || final !== MISSING) state.fail(`can't give argument to non-function ${printNode(first)}`);
}

/** The value in front of `.Field`: anything, nil included. */
function compileChainReceiver(node: OperandNode, functions: FunctionSet): Evaluate {
  const argument = compileArgument(node, functions);
  return (state, dot) => {
    state.node = node;
    return argument.evaluate === undefined
      ? plainConstant(state, node)
      : validate(state, argument.evaluate(state, dot), undefined);
  };
}

/** An operand as an argument. Constants stay as they are: what they become depends on the parameter. */
function compileArgument(node: OperandNode, functions: FunctionSet): Argument {
  switch (node.type) {
    case "dot":
      return {
        node,
        evaluate: (state, dot) => {
          state.isBoxed = state.isDotBoxed;
          return dot;
        },
      };
    case "field":
      return {
        node,
        evaluate: (state, dot) => {
          state.isBoxed = state.isDotBoxed;
          return fieldChain(state, dot, dot, node, node.ident, NO_ARGUMENTS, MISSING);
        },
      };
    case "variable": {
      const [name = "", ...fields] = node.ident;
      return {
        node,
        evaluate: (state, dot) => {
          const index = state.variableIndex(name);
          state.isBoxed = state.boxes[index] as boolean;
          const value = state.values[index];
          return fields.length === 0 ? value : fieldChain(state, dot, value, node, fields, NO_ARGUMENTS, MISSING);
        },
      };
    }
    case "pipe":
      return { node, evaluate: compilePipe(node, functions) };
    case "identifier": {
      const call = compileCall(node, node, NO_ARGUMENTS, functions);
      return { node, evaluate: (state, dot) => call(state, dot, MISSING) };
    }
    case "chain": {
      const receiver = compileChainReceiver(node.node, functions);
      return {
        node,
        evaluate: (state, dot) => {
          if (node.node.type === "nil") state.fail(`indirection through explicit nil in ${printNode(node)}`);
          return fieldChain(state, dot, receiver(state, dot), node, node.field, NO_ARGUMENTS, MISSING);
        },
      };
    }
    default:
      return { node, evaluate: undefined };
  }
}

/** A call by name. `node` is what an error of the function is reported at: the whole command, or the name alone. */
function compileCall(name: IdentifierNode, node: Node, args: readonly Argument[], functions: FunctionSet): Run {
  const { ident } = name;
  const found = functions[ident];
  if (found === undefined) {
    return (state) => {
      state.node = name;
      return state.fail(`${goQuote(ident)} is not a defined function`);
    };
  }
  if (found === AND || found === OR) return compileLogic(name, args, found === OR);
  if (found === CALL) return compileCallValue(name, node, args, found);
  return (state, dot, final) => {
    state.node = name;
    return callFunction(state, dot, found, ident, args, final, node);
  };
}

/** `and` and `or` stop at the argument that decides, and give it. */
function compileLogic(name: IdentifierNode, args: readonly Argument[], stopsAt: boolean): Run {
  const type = AND.params[0] as GoFunction["returns"];
  return (state, dot, final) => {
    state.node = name;
    if (args.length + (final === MISSING ? 0 : 1) < 1) {
      state.fail(`wrong number of args for ${name.ident}: want at least 1 got 0`);
    }
    let value: unknown;
    for (const argument of args) {
      value = argumentFor(state, dot, argument, type);
      if (isTrue(value) === stopsAt) return value;
    }
    return final === MISSING ? value : validate(state, final, type);
  };
}

/** reflect.Value.String(): a string as it is, anything else as its type. */
function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined ? "<invalid Value>" : `<${typeName(value)} Value>`;
}

/** `call`: the name in its errors is the text of its first argument. */
function compileCallValue(name: IdentifierNode, node: Node, args: readonly Argument[], found: GoFunction): Run {
  const callee = args[0] === undefined ? undefined : printNode(args[0].node);
  const named: GoFunction = {
    ...found,
    call: (context, values) => callValue(context, callee ?? valueText(values[0]), values[0], values.slice(1)),
  };
  return (state, dot, final) => {
    state.node = name;
    return callFunction(state, dot, named, name.ident, args, final, node);
  };
}
