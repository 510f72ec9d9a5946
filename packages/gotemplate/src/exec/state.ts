import type { Clock } from "@fairlead/base";
import { LimitError, TemplateError } from "../errors.ts";
import { goQuote } from "../fmt/quote.ts";
import type { ExecLimits } from "../limits.ts";
import type { Node } from "../parse/nodes.ts";
import { printNode } from "../parse/print.ts";
import { byteLength } from "../values/text.ts";
import type { RandomSource } from "../random.ts";
import type { CallContext } from "./context.ts";

/** Processor time of this thread: a template is not to blame for a machine that has other things to do. Node 24 knows only the wall clock. */
function threadTimeMs(): number {
  if (typeof process === "undefined" || typeof process.threadCpuUsage !== "function") return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** What is counted over a whole execution, nested executions included. */
export class Budget {
  readonly limits: ExecLimits;
  readonly #startedMs = threadTimeMs();
  depth = 0;
  #steps = 0;
  #chars = 0;

  constructor(limits: ExecLimits) {
    this.limits = limits;
  }

  spend(steps: number): void {
    const before = this.#steps;
    this.#steps += steps;
    if (before >> 10 !== this.#steps >> 10) this.#check();
  }

  #check(): void {
    if (this.#steps > this.limits.stepsMax) throw new LimitError(`takes more than ${this.limits.stepsMax} steps`);
    if (threadTimeMs() - this.#startedMs > this.limits.timeMsMax)
      throw new LimitError(`takes longer than ${this.limits.timeMsMax} ms`);
  }

  reserve(chars: number): void {
    if (chars > this.limits.valueCharsMax) {
      throw new LimitError(`makes a value larger than ${this.limits.valueCharsMax}`);
    }
  }

  write(chars: number): void {
    this.#chars += chars;
    if (this.#chars > this.limits.outputCharsMax) {
      throw new LimitError(`writes more than ${this.limits.outputCharsMax} characters`);
    }
  }
}

/** What a key that is not in a map gives. */
export type MissingKey = "default" | "zero" | "error";

/** The templates of a set, compiled. */
export interface CompiledSet {
  compiled(name: string): ((state: State, dot: unknown) => unknown) | undefined;
}

/** What stays the same over one execution and everything nested in it. */
export interface Run {
  /** Name of the template that was asked for. */
  readonly name: string;
  readonly budget: Budget;
  readonly missingKey: MissingKey;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly localZone: string;
  readonly environment: unknown;
  readonly shared: Map<unknown, unknown>;
  /** How often each place has asked for randomness. */
  readonly randomUses: Map<string, number>;
}

/** The state of one template being executed: Go's `state`, and the output of the execution it belongs to. */
export class State {
  readonly run: Run;
  readonly budget: Budget;
  readonly set: CompiledSet;
  readonly context: CallContext;
  /** Name of the template being executed. */
  templateName: string;
  text = "";
  /** The node errors are reported at; kept exactly as Go keeps it. */
  node: Node | undefined = undefined;
  /** The node of the function being called. */
  calling: Node | undefined = undefined;
  /** Variables by name, innermost last. */
  names: string[] = ["$"];
  values: unknown[];
  boxes: boolean[] = [false];
  /** Whether the value last evaluated was held in an interface: only error texts depend on it. */
  isBoxed = false;
  isDotBoxed = false;

  constructor(run: Run, set: CompiledSet, context: CallContext, templateName: string, data: unknown) {
    this.run = run;
    this.budget = run.budget;
    this.set = set;
    this.context = context;
    this.templateName = templateName;
    this.values = [data];
  }

  write(text: string): void {
    this.budget.write(text.length);
    this.text += text;
  }

  pushVariable(name: string, value: unknown, isBoxed: boolean): void {
    this.names.push(name);
    this.values.push(value);
    this.boxes.push(isBoxed);
  }

  popTo(count: number): void {
    if (this.names.length === count) return;
    this.names.length = count;
    this.values.length = count;
    this.boxes.length = count;
  }

  /** Index of the innermost variable of this name. A branch not taken may have left it undeclared. */
  variableIndex(name: string): number {
    const index = this.names.lastIndexOf(name);
    if (index < 0) this.fail(`undefined variable: ${name}`);
    return index;
  }

  /** Ends the execution with Go's text for a fault at the current node. */
  fail(message: string, inner?: Error): never {
    throw execError(this.templateName, this.node, message, inner);
  }
}

function execError(templateName: string, node: Node | undefined, message: string, inner?: Error): TemplateError {
  const code = isLimit(inner) ? "TemplateLimit" : "TemplateFailed";
  if (node === undefined) {
    return new TemplateError(code, "exec", `template: ${templateName}: ${message}`, message, undefined, inner);
  }
  const { parseName, text } = node.source;
  const before = text.slice(0, node.pos);
  const lineStart = before.lastIndexOf("\n") + 1;
  const line = before.split("\n").length;
  const columnText = before.slice(lineStart);
  const where = `${parseName}:${line}:${byteLength(columnText)}`;
  const told = `executing ${goQuote(templateName)} at <${printNode(node)}>: ${message}`;
  const at = { file: parseName, line, column: Array.from(columnText).length + 1 };
  return new TemplateError(code, "exec", `template: ${where}: ${told}`, told, at, inner);
}

function isLimit(error: unknown): boolean {
  if (error instanceof LimitError) return true;
  if (error instanceof TemplateError) return error.code === "TemplateLimit";
  return error instanceof Error && isLimit(error.cause);
}
