import { type Code, type Env, type Lazy, type Machine, Thunk } from "../runtime/machine.ts";
import type { Node } from "../syntax/nodes.ts";
import { Site, type Source } from "../syntax/source.ts";
import { StaticFault } from "../syntax/static-fault.ts";
import type { Scope, Variable } from "./scope.ts";

/** An expression that is handed on without being evaluated, unless that takes nothing. */
export type LazyCode = (machine: Machine, env: Env) => Lazy;

type CompileNode = (compiler: Compiler, node: Node, scope: Scope, isTail: boolean) => Code;

/** Turns one file's nodes into code, and notes every static fault on the way. */
export class Compiler {
  readonly source: Source;
  readonly #compileNode: CompileNode;
  /** Told before all others: go-jsonnet finds them in a pass of its own. */
  readonly dollarFaults: StaticFault[] = [];
  readonly faults: StaticFault[] = [];

  /** @param compileNode what the parts of the compiler come back to */
  constructor(source: Source, compileNode: CompileNode) {
    this.source = source;
    this.#compileNode = compileNode;
  }

  fault(what: string, { begin, end }: Node): void {
    this.faults.push(new StaticFault(what, this.source, begin, end));
  }

  site({ begin, end, context }: Node): Site {
    return new Site(this.source, begin, end, context);
  }

  /** For what stands for a call of the standard library: it has a place, and nothing that surrounds it. */
  bareSite({ begin, end }: { readonly begin: number; readonly end: number }): Site {
    return new Site(this.source, begin, end, "");
  }

  /** @param isTail whether the value is what a function gives: a call may then be left to the function's caller */
  code(node: Node, scope: Scope, isTail = false): Code {
    return this.#compileNode(this, node, scope, isTail);
  }

  lazy(node: Node, scope: Scope): LazyCode {
    const code = this.code(node, scope);
    switch (node.kind) {
      case "literal":
        if (typeof node.value === "number" && !Number.isFinite(node.value)) break;
        return () => node.value;
      case "function":
      case "self":
        return code;
      case "parens":
        return this.lazy(node.inner, scope);
      case "var": {
        const found = scope.find(node.name);
        if (found !== undefined && !found.isRoot) return lazyVariable(code, found);
        break;
      }
      default:
    }
    return (_machine, env) => new Thunk(code, env);
  }
}

/** A variable whose value is there is handed on as it is; one that is not, or not yet set, as an expression of its own. */
function lazyVariable(code: Code, { hops, slot }: Variable): LazyCode {
  return (_machine, env) => {
    let at = env;
    for (let hop = hops; hop > 0; hop--) at = at.parent as Env;
    const lazy = at.slots[slot];
    if (lazy === undefined) return new Thunk(code, env);
    if (!(lazy instanceof Thunk)) return lazy;
    return lazy.code === undefined ? lazy.value : new Thunk(code, env);
  };
}
