import { systemClock, type Clock } from "@fairlead/base";
import { engineLimit, errorText, isEngineLimit, LimitError, TemplateError } from "../errors.ts";
import { goQuote } from "../fmt/quote.ts";
import type { FunctionSet } from "../values/types.ts";
import { EXEC_LIMITS, type ExecLimits } from "../limits.ts";
import { isEmptyList, type ParseTree } from "../parse/nodes.ts";
import { printNode } from "../parse/print.ts";
import { systemRandom, type RandomSource } from "../random.ts";
import { rejoin } from "../values/text.ts";
import type { CallContext, TemplateScope } from "./context.ts";
import type { Execute } from "./flow.ts";
import { programFor, type Program } from "./program.ts";
import { Budget, State, type MissingKey, type Run } from "./state.ts";

export interface ParseOptions {
  /** Beside the built-in functions, which every set has. */
  readonly functions: FunctionSet;
  /** `{{` when absent. */
  readonly leftDelim?: string;
  readonly rightDelim?: string;
  /** Name of the set's root, for the error about a template that is not there; that of the first text when absent. */
  readonly name?: string;
}

export interface ExecuteOptions {
  /** What a key that is not in a map gives; `default` prints `<no value>`. */
  readonly missingKey?: MissingKey;
  readonly limits?: Partial<ExecLimits>;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** IANA name of the zone that is Go's Local; UTC when absent. */
  readonly localZone?: string;
  /** Handed to functions as `context.environment`. */
  readonly environment?: unknown;
}

/** Templates that know each other by name, with the functions they may call. */
export class TemplateSet implements TemplateScope {
  readonly name: string;
  readonly #program: Program;
  readonly #trees: Map<string, ParseTree>;

  constructor(options: ParseOptions, from?: TemplateSet) {
    this.name = options.name ?? "";
    this.#program =
      from === undefined
        ? programFor(options.functions, options.leftDelim ?? "{{", options.rightDelim ?? "}}")
        : from.#program;
    this.#trees = new Map(from === undefined ? [] : from.#trees);
  }

  get functions(): FunctionSet {
    return this.#program.functions;
  }

  /**
   * Parses a text under a name, and every `define` and `block` in it under theirs. A body of nothing but space never replaces
   * one that is there; otherwise the last one wins, as in Go. Texts parsed before with the same functions are not parsed again.
   * @throws TemplateError
   */
  parse(name: string, text: string): this {
    for (const [treeName, tree] of this.#program.parse(name, text)) {
      if (!this.#trees.has(treeName) || !isEmptyList(tree.root)) this.#trees.set(treeName, tree);
    }
    return this;
  }

  /** As parse, but a text of nothing but space replaces what was there too. @throws TemplateError */
  replace(name: string, text: string): this {
    this.#trees.delete(name);
    return this.parse(name, text);
  }

  /**
   * Executes the template of this name.
   * @throws TemplateError with the text Go gives
   */
  execute(name: string, data: unknown, options: ExecuteOptions = {}): string {
    return executeIn(newRun(name, options), this, name, data);
  }

  has(name: string): boolean {
    return this.#trees.has(name);
  }

  /** Names of all templates, defines included, sorted. */
  names(): string[] {
    return [...this.#trees.keys()].sort();
  }

  /** A template as text again: what Go's Node.String() gives, which parses to the same tree. */
  print(name: string): string | undefined {
    const tree = this.#trees.get(name);
    return tree === undefined ? undefined : printNode(tree.root);
  }

  /** A set of its own with the same templates; parsing into it leaves this one alone. Costs one copy of a table. */
  clone(): TemplateSet {
    return new TemplateSet({ functions: this.functions, name: this.name }, this);
  }

  /** The body of a template, compiled when it is first wanted. For the engine. */
  compiled(name: string): Execute | undefined {
    const tree = this.#trees.get(name);
    return tree === undefined ? undefined : this.#program.compiled(tree);
  }
}

export function parseTemplate(name: string, text: string, options: ParseOptions): TemplateSet {
  return new TemplateSet({ name, ...options }).parse(name, text);
}

function newRun(name: string, options: ExecuteOptions): Run {
  return {
    name,
    budget: new Budget({ ...EXEC_LIMITS, ...options.limits }),
    missingKey: options.missingKey ?? "default",
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    localZone: options.localZone ?? "UTC",
    environment: options.environment,
    shared: new Map(),
    randomUses: new Map(),
  };
}

function executeIn(run: Run, set: TemplateSet, name: string, data: unknown): string {
  const body = set.compiled(name);
  // Data that is nil is no value, as reflect.ValueOf(nil) has it.
  const dot = data === null ? undefined : data;
  if (body === undefined) {
    const message = `no template ${goQuote(name)} associated with template ${goQuote(set.name)}`;
    throw new TemplateError("TemplateFailed", "exec", `template: ${message}`, message, undefined);
  }
  const state = newState(run, set, name, dot);
  const { depth } = run.budget;
  if (depth >= run.budget.limits.depthMax) {
    throw new LimitError(`exceeded maximum template depth (${run.budget.limits.depthMax})`);
  }
  run.budget.depth++;
  try {
    body(state, dot);
  } catch (error) {
    throw asTemplateError(state, error);
  } finally {
    run.budget.depth = depth;
  }
  return rejoin(state.text);
}

function newState(run: Run, set: TemplateSet, name: string, data: unknown): State {
  const context: CallContext = {
    set,
    clock: run.clock,
    localZone: run.localZone,
    environment: run.environment,
    shared: run.shared,
    random: () => randomAt(state),
    execute: (inner, innerName, innerData) => executeIn(run, inner as TemplateSet, innerName, innerData),
    spend: (steps) => run.budget.spend(steps),
    reserve: (chars) => run.budget.reserve(chars),
  };
  const state: State = new State(run, set, context, name, data);
  return state;
}

/**
 * Each place in a template has its own stream, so that one more call elsewhere changes nothing here. The template executed
 * counts as well: a helper that makes a password makes another one for each file that includes it, as without a seed.
 */
function randomAt(state: State): RandomSource {
  const { run, calling: node } = state;
  if (!run.random.isSeeded) return run.random;
  const place = `${node?.source.parseName ?? ""}:${node?.pos ?? 0}`;
  const use = run.randomUses.get(place) ?? 0;
  run.randomUses.set(place, use + 1);
  return run.random.fork(`${run.name}\0${place}:${use}`);
}

/** Limits reached while walking, and the end of JavaScript's stack, are faults of the template at the node they were reached. */
function asTemplateError(state: State, error: unknown): unknown {
  if (error instanceof TemplateError) return error;
  if (isEngineLimit(error)) return faultAt(state, engineLimit(error));
  return error instanceof LimitError ? faultAt(state, error) : error;
}

function faultAt(state: State, error: LimitError): unknown {
  try {
    return state.fail(errorText(error), error);
  } catch (fault) {
    return fault;
  }
}
