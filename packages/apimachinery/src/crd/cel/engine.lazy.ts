import { Environment, Optional } from "@marcbachmann/cel-js";
import { Duration } from "@marcbachmann/cel-js/evaluator";
import { LIMITS } from "../../limits.ts";
import type { CelEngine, CelExpression } from "./expression.ts";
import type { CelFault, SyntaxNode } from "./syntax.ts";
import { syntaxFaults } from "./syntax-faults.ts";
import { registerAuthorizer } from "./authorizer.ts";
import { registerDomainFunctions } from "./domain-functions.ts";
import { registerListFunctions } from "./list-functions.ts";
import { lengthWeight, meter, wholeWeight } from "./meter.ts";
import { registerPairMacros, registerSingleMacros } from "./pair-macros.ts";
import { registerTextFunctions } from "./text-functions.ts";
import { registerVersionFunctions } from "./version-functions.ts";

export const engine: CelEngine = { compileCel, parseCel, Optional, Duration };

interface AstNode {
  op: string;
  args: unknown;
  evaluate: (...args: unknown[]) => unknown;
}

let base: Environment | undefined;
const environments = new Map<string, Environment>();
const compiled = new Map<string, CelExpression | { fault: string }>();
const EXPRESSIONS_KEPT_MAX = 5000;

function baseEnvironment(): Environment {
  if (base === undefined) {
    const fresh = new Environment({
      unlistedVariablesAreDyn: false,
      enableOptionalTypes: true,
      homogeneousAggregateLiterals: false,
      limits: { maxAstNodes: 10_000, maxDepth: 250 },
    });
    registerTextFunctions(fresh);
    registerListFunctions(fresh);
    registerDomainFunctions(fresh);
    registerVersionFunctions(fresh);
    registerAuthorizer(fresh);
    registerPairMacros(fresh);
    registerSingleMacros(fresh);
    base = fresh;
  }
  return base;
}

function environmentWith(variables: readonly string[]): Environment {
  const key = variables.join(",");
  let found = environments.get(key);
  if (found === undefined) {
    found = baseEnvironment().clone();
    for (const name of variables) {
      const isOptional = name.endsWith("?");
      found.registerVariable(isOptional ? name.slice(0, -1) : name, isOptional ? "optional" : "dyn");
    }
    environments.set(key, found);
  }
  return found;
}

/** Compiles an expression over these variables (`name?` is an optional value); the fault is the compiler's first line. Compiled once for each text. */
function compileCel(text: string, variables: readonly string[]): CelExpression | { fault: string } {
  const key = `${variables.join(",")}\n${text}`;
  let found = compiled.get(key);
  if (found === undefined) {
    found = compile(text, variables);
    if (compiled.size >= EXPRESSIONS_KEPT_MAX) compiled.clear();
    compiled.set(key, found);
  }
  return found;
}

function compile(text: string, variables: readonly string[]): CelExpression | { fault: string } {
  if (text.length > LIMITS.celExpressionLengthMax) return { fault: "expression is too long" };
  try {
    const program = environmentWith(variables).parse(text);
    const used = new Set<string>();
    prepare(program.ast as unknown as AstNode, used, new Set(), undefined);
    const checked = program.check();
    if (!checked.valid) return { fault: firstLine(checked.error?.message ?? "invalid") };
    return {
      variables: used,
      evaluate: (bindings, budget) => meter.run(budget, () => program({ ...bindings })),
    };
  } catch (error) {
    return { fault: firstLine(error instanceof Error ? error.message : String(error)) };
  }
}

/** The syntax tree of an expression, for checking it, or its faults with their places in the text. */
function parseCel(text: string): SyntaxNode | readonly CelFault[] {
  if (text.length > LIMITS.celExpressionLengthMax) return [{ at: 0, message: "expression is too long" }];
  const parse = (written: string): SyntaxNode => baseEnvironment().parse(written).ast as unknown as SyntaxNode;
  try {
    return parse(text);
  } catch {
    return syntaxFaults(text, parse);
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}

/**
 * Makes every node count when it is evaluated, and sends `matches` to our RE2: the library's own is the engine's backtracking one.
 * `weigh` is what the node's value costs the operator above it.
 */
function prepare(node: unknown, used: Set<string>, seen: Set<unknown>, weigh: Weigh | undefined): void {
  if (Array.isArray(node)) {
    for (const item of node) prepare(item, used, seen, weigh);
    return;
  }
  if (!isNode(node) || seen.has(node)) return;
  seen.add(node);
  if (node.op === "id" && typeof node.args === "string") used.add(node.args);
  if ((node.op === "rcall" || node.op === "call") && Array.isArray(node.args) && node.args[0] === "matches") {
    node.args[0] = "re2Matches";
  }
  count(node, weigh);
  prepare(node.args, used, seen, OPERAND_WEIGHTS[node.op]);
}

function isNode(value: unknown): value is AstNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}

type Weigh = (value: unknown) => number;

/** Operators whose work grows with their operands: functions read texts and lists, comparisons whole values. */
const OPERAND_WEIGHTS: Readonly<Record<string, Weigh>> = {
  call: lengthWeight,
  rcall: lengthWeight,
  "+": lengthWeight,
  "==": wholeWeight,
  "!=": wholeWeight,
  in: wholeWeight,
};

function count(node: AstNode, weigh: Weigh | undefined): void {
  let inner = node.evaluate;
  Object.defineProperty(node, "evaluate", {
    get: () =>
      function counted(this: AstNode, ...args: unknown[]): unknown {
        meter.spend(1);
        const result = inner.apply(this, args);
        if (weigh) meter.spend(weigh(result));
        return result;
      },
    // The library replaces the method by the chosen overload at the first call.
    set(chosen: AstNode["evaluate"]) {
      inner = chosen;
    },
  });
}
