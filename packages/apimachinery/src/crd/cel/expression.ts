import { lazyModule } from "@fairlead/base";
import type { Optional } from "@marcbachmann/cel-js";
import type { Duration } from "@marcbachmann/cel-js/evaluator";
import type { CelFault, SyntaxNode } from "./syntax.ts";

/** An expression that compiles. */
export interface CelExpression {
  /** Names of the variables it uses. */
  readonly variables: ReadonlySet<string>;
  /**
   * Evaluates within a budget of cost units.
   * @throws CostExceeded, or the error of the evaluation
   */
  evaluate(
    bindings: Readonly<Record<string, unknown>>,
    budget: number,
  ): { readonly result: unknown; readonly cost: number };
}

/** What engine.lazy.ts is. */
export interface CelEngine {
  compileCel(text: string, variables: readonly string[]): CelExpression | { fault: string };
  parseCel(text: string): SyntaxNode | readonly CelFault[];
  readonly Optional: typeof Optional;
  readonly Duration: typeof Duration;
}

/** The library registers some three hundred functions when it is loaded, and most servers and commands never see an expression. */
const loadEngine = lazyModule<{ readonly engine: CelEngine }>(new URL("./engine.lazy.ts", import.meta.url));

/** Compiles an expression over these variables (`name?` is an optional value); the fault is the compiler's first line. Compiled once for each text. */
export function compileCel(text: string, variables: readonly string[]): CelExpression | { fault: string } {
  return loadEngine().engine.compileCel(text, variables);
}

/** The syntax tree of an expression, for checking it, or its faults with their places in the text. */
export function parseCel(text: string): SyntaxNode | readonly CelFault[] {
  return loadEngine().engine.parseCel(text);
}

/** A value that may be absent, as expressions have it. */
export function celOptional(value: unknown): Optional {
  const { engine } = loadEngine();
  return value === undefined ? engine.Optional.none() : engine.Optional.of(value);
}

/** A duration as expressions have it. */
export function celDuration(seconds: number, nanoseconds: number): Duration {
  const { engine } = loadEngine();
  return new engine.Duration(BigInt(seconds), nanoseconds);
}
