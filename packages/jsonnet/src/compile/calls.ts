import {
  Builtin,
  type Code,
  type Env,
  type FunctionCode,
  type Lazy,
  type Machine,
  type NamedArguments,
} from "../runtime/machine.ts";
import { call, leaveCall } from "../runtime/call.ts";
import type { ApplyNode, FunctionNode, NodeOf } from "../syntax/nodes.ts";
import type { Compiler, LazyCode } from "./compiler.ts";
import { asArgument, standardMember } from "./indexing.ts";
import type { Scope } from "./scope.ts";

export function compileFunction(compiler: Compiler, node: FunctionNode, scope: Scope): FunctionCode {
  const inner = scope.inner(node.params.map(({ name }) => name));
  const params = node.params.map(({ name, fallback }) => ({ name, isOptional: fallback !== undefined }));
  const fallbacks = node.params.map(({ fallback }) => fallback && compiler.code(fallback, inner));
  return { params, fallbacks, body: compiler.code(node.body, inner, true) };
}

export function compileCall(compiler: Compiler, node: ApplyNode, scope: Scope, isTail: boolean): Code {
  const known = standardMember(compiler, node.target, scope);
  if (known instanceof Builtin && isDirect(known, node)) return compileDirectCall(compiler, node, scope, known);
  const target = compiler.code(node.target, scope);
  const args = node.args.map((arg) => compiler.lazy(arg, scope));
  const named = node.named.map(({ name, value }) => ({ name, code: compiler.lazy(value, scope) }));
  const site = compiler.site(node as NodeOf<"apply">);
  const { isTailStrict } = node;
  return (machine, env) => {
    const callee = machine.function(target(machine, env), site);
    const given = evaluateEach(args, machine, env);
    const byName: NamedArguments | undefined =
      named.length === 0 ? undefined : named.map(({ name, code }) => ({ name, value: code(machine, env) }));
    if (isTail && machine.gives[machine.depth - 1]) {
      return leaveCall(machine, { target: callee, args: given, named: byName, isTailStrict, site });
    }
    return call(machine, callee, given, byName, isTailStrict, site);
  };
}

function evaluateEach(codes: readonly LazyCode[], machine: Machine, env: Env): Lazy[] {
  const values: Lazy[] = [];
  for (const code of codes) values.push(code(machine, env));
  return values;
}

function isDirect(builtin: Builtin, node: ApplyNode): boolean {
  return node.named.length === 0 && node.args.length === builtin.params.length;
}

/** A call of the standard library with every argument in its place: nothing to look up, no thunks for what is wanted at once. */
function compileDirectCall(compiler: Compiler, node: ApplyNode, scope: Scope, builtin: Builtin): Code {
  const site = compiler.site(node as NodeOf<"apply">);
  const args = node.args.map((arg, at): LazyCode => {
    if (builtin.lazy[at] || arg.kind === "literal" || arg.kind === "function") return compiler.lazy(arg, scope);
    const code = compiler.code(arg, scope);
    return (machine, env) => asArgument(machine, env, code, site);
  });
  return (machine, env) => builtin.run(machine, site, evaluateEach(args, machine, env));
}
