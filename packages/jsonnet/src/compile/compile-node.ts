import { Closure, type Code } from "../runtime/machine.ts";
import type { Node } from "../syntax/nodes.ts";
import { compileCall, compileFunction } from "./calls.ts";
import type { Compiler } from "./compiler.ts";
import { compileArrayComp, compileObjectComp } from "./comprehensions.ts";
import { compileAssert, compileError, compileIf, compileLocal } from "./control.ts";
import { compileIndex, compileSlice, compileSuperIndex } from "./indexing.ts";
import { compileArray, compileImport, compileLiteral } from "./literals.ts";
import { compileObject } from "./objects.ts";
import { compileBinary, compileInSuper, compileUnary } from "./operators.ts";
import type { Scope } from "./scope.ts";
import { compileVariable } from "./variables.ts";

/** The code of one node, whatever it is. */
export function compileNode(compiler: Compiler, node: Node, scope: Scope, isTail: boolean): Code {
  switch (node.kind) {
    case "literal":
      return compileLiteral(compiler, node);
    case "array":
      return compileArray(compiler, node, scope);
    case "arrayComp":
      return compileArrayComp(compiler, node, scope);
    case "apply":
      return compileCall(compiler, node, scope, isTail);
    case "assert":
      return compileAssert(compiler, node, scope, isTail);
    case "applyBrace":
    case "binary":
      return compileBinary(compiler, node, scope);
    case "if":
      return compileIf(compiler, node, scope, isTail);
    case "dollar":
    case "self":
    case "var":
      return compileVariable(compiler, node, scope);
    case "error":
      return compileError(compiler, node, scope);
    case "function": {
      const code = compileFunction(compiler, node, scope);
      return (_machine, env) => new Closure(code, env);
    }
    case "import":
    case "importstr":
    case "importbin":
      return compileImport(compiler, node);
    case "index":
      return compileIndex(compiler, node, scope);
    case "slice":
      return compileSlice(compiler, node, scope);
    case "local":
      return compileLocal(compiler, node, scope, isTail);
    case "object":
      return compileObject(compiler, node, scope);
    case "objectComp":
      return compileObjectComp(compiler, node, scope);
    case "parens":
      return compiler.code(node.inner, scope, isTail);
    case "superIndex":
      return compileSuperIndex(compiler, node, scope);
    case "inSuper":
      return compileInSuper(compiler, node, scope);
    case "unary":
      return compileUnary(compiler, node, scope);
  }
}
