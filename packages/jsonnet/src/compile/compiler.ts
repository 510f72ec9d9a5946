import type { Node } from "../syntax/nodes.ts";
import { Site, type Source } from "../syntax/source.ts";
import { StaticFault } from "../syntax/static-fault.ts";
import { Closure, Thunk, type Code, type Env, type Lazy } from "../runtime/values.ts";
import type { Machine } from "../runtime/machine.ts";
import { compileCall, compileFunction } from "./calls.ts";
import { compileArrayComp, compileObjectComp } from "./comprehensions.ts";
import { compileAssert, compileError, compileIf, compileLocal } from "./control.ts";
import { compileIndex, compileSlice, compileSuperIndex } from "./indexing.ts";
import { compileArray, compileImport, compileLiteral } from "./literals.ts";
import { compileObject } from "./objects.ts";
import { compileBinary, compileInSuper, compileUnary } from "./operators.ts";
import type { Scope } from "./scope.ts";
import { compileVariable, variable, type Variable } from "./variables.ts";

/** An expression that is handed on without being evaluated, unless that takes nothing. */
export type LazyCode = (machine: Machine, env: Env) => Lazy;

/** Turns one file's nodes into code, and notes every static fault on the way. */
export class Compiler {
  readonly source: Source;
  /** Told before all others: go-jsonnet finds them in a pass of its own. */
  readonly dollarFaults: StaticFault[] = [];
  readonly faults: StaticFault[] = [];

  constructor(source: Source) {
    this.source = source;
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
    switch (node.kind) {
      case "literal":
        return compileLiteral(this, node);
      case "array":
        return compileArray(this, node, scope);
      case "arrayComp":
        return compileArrayComp(this, node, scope);
      case "apply":
        return compileCall(this, node, scope, isTail);
      case "assert":
        return compileAssert(this, node, scope, isTail);
      case "applyBrace":
      case "binary":
        return compileBinary(this, node, scope);
      case "if":
        return compileIf(this, node, scope, isTail);
      case "dollar":
      case "self":
      case "var":
        return compileVariable(this, node, scope);
      case "error":
        return compileError(this, node, scope);
      case "function": {
        const code = compileFunction(this, node, scope);
        return (_machine, env) => new Closure(code, env);
      }
      case "import":
      case "importstr":
      case "importbin":
        return compileImport(this, node);
      case "index":
        return compileIndex(this, node, scope);
      case "slice":
        return compileSlice(this, node, scope);
      case "local":
        return compileLocal(this, node, scope, isTail);
      case "object":
        return compileObject(this, node, scope);
      case "objectComp":
        return compileObjectComp(this, node, scope);
      case "parens":
        return this.code(node.inner, scope, isTail);
      case "superIndex":
        return compileSuperIndex(this, node, scope);
      case "inSuper":
        return compileInSuper(this, node, scope);
      case "unary":
        return compileUnary(this, node, scope);
    }
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
        const found = variable(this, node, scope, true);
        if (found !== undefined) return lazyVariable(code, found);
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
