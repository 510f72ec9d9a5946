import { type Code, type Env, Thunk } from "../runtime/machine.ts";
import type { NodeOf } from "../syntax/nodes.ts";
import { StaticFault } from "../syntax/static-fault.ts";
import type { Compiler } from "./compiler.ts";
import type { Scope, Variable } from "./scope.ts";

export function isStandardLibrary(node: NodeOf<"var">, scope: Scope): boolean {
  return node.name === "std" && scope.find("std")?.isRoot === true;
}

export function compileVariable(compiler: Compiler, node: NodeOf<"dollar" | "self" | "var">, scope: Scope): Code {
  if (node.kind === "self") {
    if (scope.objects === 0) compiler.fault("Can't use self outside of an object.", node);
    return (_machine, env) => env.self as never;
  }
  if (node.kind === "dollar") {
    const found = scope.find("$");
    if (found !== undefined) return rootCode(compiler, node, found);
    compiler.dollarFaults.push(new StaticFault("No top-level object found.", compiler.source, node.begin, node.end));
    return () => null;
  }
  const { source } = compiler;
  if (isStandardLibrary(node, scope)) return (machine) => machine.world.standardLibrary(source);
  const found = scope.find(node.name);
  if (found !== undefined) return slotCode(compiler, node, found);
  compiler.fault(`Unknown variable: ${node.name}`, node);
  return () => null;
}

/** `$` is there at once. In go-jsonnet it takes a frame, which is noticed where there is none left. */
function rootCode(compiler: Compiler, node: NodeOf<"dollar">, found: Variable): Code {
  const site = compiler.site(node);
  const code = slotCode(compiler, node, found);
  return (machine, env) => {
    if (machine.isFull) throw machine.outOfFrames(site);
    return code(machine, env);
  };
}

function slotCode(compiler: Compiler, node: NodeOf<"dollar" | "var">, { hops, slot }: Variable): Code {
  const site = compiler.site(node);
  if (hops === 0) {
    return (machine, env) => {
      const lazy = env.slots[slot] as never;
      return (lazy as unknown) instanceof Thunk ? machine.force(lazy, site) : lazy;
    };
  }
  if (hops === 1) {
    return (machine, env) => {
      const lazy = (env.parent as Env).slots[slot] as never;
      return (lazy as unknown) instanceof Thunk ? machine.force(lazy, site) : lazy;
    };
  }
  return (machine, env) => {
    let at = env;
    for (let hop = hops; hop > 0; hop--) at = at.parent as Env;
    const lazy = at.slots[slot] as never;
    return (lazy as unknown) instanceof Thunk ? machine.force(lazy, site) : lazy;
  };
}
