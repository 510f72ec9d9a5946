import { type Code, type JsonnetObject, type Machine, type Value } from "../runtime/machine.ts";
import { toInt64 } from "../runtime/numbers.ts";
import { add, bitwise, compare, divide, equals, finite } from "../runtime/operators.ts";
import type { Trace } from "../runtime/trace.ts";
import { remainder } from "../std/format/remainder.ts";
import type { BinaryOperator, NodeOf } from "../syntax/nodes.ts";
import { asArgument } from "./indexing.ts";
import type { Compiler } from "./compiler.ts";
import type { Scope } from "./scope.ts";

type Operation = (machine: Machine, left: Value, right: Value, site: Trace) => Value;

const OPERATIONS: Readonly<Partial<Record<BinaryOperator, Operation>>> = {
  "+": add,
  "-": (machine, left, right, site) => finite(machine, machine.number(left, site) - machine.number(right, site), site),
  "*": (machine, left, right, site) => finite(machine, machine.number(left, site) * machine.number(right, site), site),
  "/": divide,
  "<": (machine, left, right, site) => compare(machine, left, right, site) < 0,
  "<=": (machine, left, right, site) => compare(machine, left, right, site) <= 0,
  ">": (machine, left, right, site) => compare(machine, left, right, site) > 0,
  ">=": (machine, left, right, site) => compare(machine, left, right, site) >= 0,
  "==": equals,
  "!=": (machine, left, right, site) => !equals(machine, left, right, site),
};

export function compileBinary(compiler: Compiler, node: NodeOf<"binary" | "applyBrace">, scope: Scope): Code {
  const op = node.kind === "binary" ? node.op : "+";
  if (op === "in") return compileIn(compiler, node, scope);
  const left = compiler.code(node.left, scope);
  const right = compiler.code(node.right, scope);
  const site = compiler.site(node);
  if (op === "&&" || op === "||") {
    const decides = op === "||";
    return (machine, env) => {
      const value = machine.boolean(left(machine, env), site);
      return value === decides ? value : machine.boolean(right(machine, env), site);
    };
  }
  if (op === "%") {
    const bare = compiler.bareSite(node);
    return (machine, env) => {
      const value = asArgument(machine, env, left, bare);
      return remainder(machine, bare, value, asArgument(machine, env, right, bare));
    };
  }
  const operation: Operation = OPERATIONS[op] ?? ((machine, a, b, at) => bitwise(machine, op, a, b, at));
  return (machine, env) => {
    const value = left(machine, env);
    return operation(machine, value, right(machine, env), site);
  };
}

/** `name in object`: whether there is such a field, hidden or not. */
function compileIn(compiler: Compiler, node: NodeOf<"binary" | "applyBrace">, scope: Scope): Code {
  const object = compiler.code(node.right, scope);
  const name = compiler.code(node.left, scope);
  const site = compiler.bareSite(node);
  return (machine, env) => {
    const value = asArgument(machine, env, object, site);
    const wanted = asArgument(machine, env, name, site);
    return machine.object(value, site).has(machine.string(wanted, site));
  };
}

export function compileInSuper(compiler: Compiler, node: NodeOf<"inSuper">, scope: Scope): Code {
  if (scope.objects === 0) compiler.fault("Can't use super outside of an object.", node);
  const index = compiler.code(node.index, scope);
  const site = compiler.site(node);
  return (machine, env) => {
    const name = machine.string(index(machine, env), site);
    return (env.self as JsonnetObject).find(name, env.depth + 1) !== undefined;
  };
}

export function compileUnary(compiler: Compiler, node: NodeOf<"unary">, scope: Scope): Code {
  const operand = compiler.code(node.operand, scope);
  const site = compiler.site(node);
  switch (node.op) {
    case "!":
      return (machine, env) => !machine.boolean(operand(machine, env), site);
    case "~":
      return (machine, env) => Number(~toInt64(machine.number(operand(machine, env), site)));
    case "-":
      return (machine, env) => -machine.number(operand(machine, env), site);
    default:
      return (machine, env) => machine.number(operand(machine, env), site);
  }
}
