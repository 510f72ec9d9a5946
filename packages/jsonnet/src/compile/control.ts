import { type Code, Env, type Lazy, type Machine } from "../runtime/machine.ts";
import { toText } from "../manifest/json.ts";
import { BLANK } from "../runtime/trace.ts";
import type { Node, NodeOf } from "../syntax/nodes.ts";
import type { Site } from "../syntax/source.ts";
import type { Compiler } from "./compiler.ts";
import type { Scope } from "./scope.ts";

export function compileIf(compiler: Compiler, node: NodeOf<"if">, scope: Scope, isTail: boolean): Code {
  const test = compiler.code(node.test, scope);
  const yes = compiler.code(node.yes, scope, isTail);
  const no: Code = node.no ? compiler.code(node.no, scope, isTail) : () => null;
  const site = compiler.site(node);
  return (machine, env) => {
    const value = test(machine, env);
    if (value === true) return yes(machine, env);
    if (value === false) return no(machine, env);
    throw machine.wrongType(value, "boolean", site);
  };
}

export function compileAssert(compiler: Compiler, node: NodeOf<"assert">, scope: Scope, isTail: boolean): Code {
  const test = compiler.code(node.test, scope);
  const rest = compiler.code(node.rest, scope, isTail);
  const failing = failingCode(compiler, node.message, "Assertion failed", scope, compiler.bareSite(node));
  return (machine, env) => {
    if (machine.boolean(test(machine, env), BLANK)) return rest(machine, env);
    return failing(machine, env);
  };
}

/** `assert test : message` of an object. */
export function compileObjectAssert(
  compiler: Compiler,
  node: { readonly test: Node; readonly message: Node | undefined; readonly begin: number; readonly end: number },
  scope: Scope,
): Code {
  const site = compiler.bareSite(node);
  const test = compiler.code(node.test, scope);
  const failing = failingCode(compiler, node.message, "Object assertion failed.", scope, site);
  return (machine, env) => (machine.boolean(test(machine, env), site) ? true : failing(machine, env));
}

export function compileError(compiler: Compiler, node: NodeOf<"error">, scope: Scope): Code {
  return failingCode(compiler, node.message, "", scope, compiler.site(node));
}

function failingCode(
  compiler: Compiler,
  message: Node | undefined,
  otherwise: string,
  scope: Scope,
  site: Site,
): (machine: Machine, env: Env) => never {
  const code: Code = message ? compiler.code(message, scope) : () => otherwise;
  return (machine, env) => {
    throw machine.fail(toText(machine, code(machine, env), site), site);
  };
}

export function compileLocal(compiler: Compiler, node: NodeOf<"local">, scope: Scope, isTail: boolean): Code {
  const inner = scope.inner(node.binds.map(({ name }) => name));
  const binds = node.binds.map(({ value }) => compiler.lazy(value, inner));
  const body = compiler.code(node.body, inner, isTail);
  const [first] = binds;
  if (binds.length === 1 && first !== undefined) {
    return (machine, env) => {
      const slots: Lazy[] = [];
      const own = new Env(env, slots, env.self, env.depth);
      slots.push(first(machine, own));
      return body(machine, own);
    };
  }
  return (machine, env) => {
    const slots: Lazy[] = [];
    const own = new Env(env, slots, env.self, env.depth);
    for (const bind of binds) slots.push(bind(machine, own));
    return body(machine, own);
  };
}
