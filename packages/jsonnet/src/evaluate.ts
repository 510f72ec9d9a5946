import { Machine, type Value, isFunction } from "./runtime/machine.ts";
import { systemClock, type Clock, type Json } from "@fairlead/base";
import { Failure, runtimeError, staticError, StaticFaults } from "./errors.ts";
import { EVALUATE_LIMITS, type EvaluateLimits } from "./limits.ts";
import { jsonText, toPlain } from "./manifest/json.ts";
import { programOf } from "./program.ts";
import { call } from "./runtime/call.ts";
import { EVALUATION, MANIFESTATION, TOP_LEVEL_CALL } from "./runtime/trace.ts";
import { textOf } from "./std/data/data.ts";
import { EvaluationWorld, type Variable, type WorldOptions } from "./world.ts";

export interface EvaluateOptions extends Omit<WorldOptions, "limits" | "clock"> {
  /** Arguments of a program that is a function; others ignore them. */
  readonly topLevelArguments?: readonly Variable[] | undefined;
  /** What is not given stays at its default. */
  readonly limits?: Partial<EvaluateLimits> | undefined;
  /** Tells how long an evaluation takes. */
  readonly clock?: Clock | undefined;
}

/** A text with the name its places are told with. `importName` is what imports are relative to, and `std.thisFile`. */
export interface Snippet {
  readonly name: string;
  readonly importName: string;
  readonly text: string;
}

/**
 * The value of a file as plain JSON. Numbers are doubles.
 * @param path as `options.read` knows it
 * @throws JsonnetError, also where the file is not there
 */
export function evaluateFile(path: string, options: EvaluateOptions): Json {
  return evaluateSnippet(snippetOf(path, options), options);
}

/** As `evaluateFile`, of a text. @throws JsonnetError */
export function evaluateSnippet(snippet: Snippet, options: EvaluateOptions): Json {
  return run(snippet, options, (machine, value) => toPlain(machine, value, MANIFESTATION));
}

/** What `jsonnet` prints for a text. @throws JsonnetError */
export function printSnippet(snippet: Snippet, options: EvaluateOptions): string {
  return run(snippet, options, (machine, value) => `${jsonText(machine, value, true, MANIFESTATION)}\n`);
}

function snippetOf(path: string, options: EvaluateOptions): Snippet {
  const bytes = options.read(path);
  if (bytes instanceof Uint8Array) return { name: path, importName: path, text: textOf(bytes) };
  throw runtimeError(new Failure(`couldn't open ${JSON.stringify(path)}: there is no such file`, []));
}

function run<T>(
  { name, importName, text }: Snippet,
  options: EvaluateOptions,
  manifest: (machine: Machine, value: Value) => T,
): T {
  const limits = { ...EVALUATE_LIMITS, ...options.limits };
  const machine = new Machine(new EvaluationWorld({ ...options, limits, clock: options.clock ?? systemClock }));
  try {
    const value = machine.evaluateProgram(programOf(name, importName, text), EVALUATION);
    return manifest(machine, withArguments(machine, value, options.topLevelArguments ?? []));
  } catch (error) {
    throw told(error, machine);
  }
}

function withArguments(machine: Machine, value: Value, given: readonly Variable[]): Value {
  if (value === null || !isFunction(value)) return value;
  const named = given.map((variable) => ({
    name: variable.name,
    value: EvaluationWorld.variable(variable, "top-level-arg"),
  }));
  return call(machine, value, [], named.length === 0 ? undefined : named, false, TOP_LEVEL_CALL);
}

function told(error: unknown, machine: Machine): unknown {
  if (error instanceof Failure) return runtimeError(error);
  if (error instanceof StaticFaults) return staticError(error.faults);
  if (!(error instanceof RangeError)) return error;
  const isStack = !error.message.startsWith("Invalid ");
  const message = isStack ? "max stack frames exceeded." : "a value is too large";
  return runtimeError(machine.fail(message, undefined, true));
}
