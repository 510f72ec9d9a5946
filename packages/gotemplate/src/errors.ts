import { ProblemError, type Problem } from "@fairlead/base";
import type { CODES } from "./codes.ts";

type TemplateCode = keyof typeof CODES;

/** Where a template error is: the name it was parsed under, 1-based line and 1-based column in characters. */
export interface TemplatePosition {
  readonly file: string;
  readonly line: number;
  readonly column?: number | undefined;
}

/**
 * A template that does not parse or does not execute. `goText` is the error text Go gives, to the byte; Helm and others take
 * it apart. The problem carries the same as message and position; where a template was included, the innermost position.
 */
export class TemplateError extends ProblemError {
  readonly goText: string;
  /** For an error of a function: what it threw. */
  readonly inner: Error | undefined;
  readonly kind: "parse" | "exec";

  constructor(
    code: TemplateCode,
    kind: "parse" | "exec",
    goText: string,
    message: string,
    at: TemplatePosition | undefined,
    inner?: Error,
  ) {
    super(problemOf(code, message, at, inner), inner === undefined ? undefined : { cause: inner });
    this.name = "TemplateError";
    this.goText = goText;
    this.inner = inner;
    this.kind = kind;
  }
}

function problemOf(code: string, message: string, at: TemplatePosition | undefined, inner: Error | undefined): Problem {
  const deepest = inner instanceof TemplateError ? inner.problems[0] : undefined;
  if (deepest !== undefined) return deepest;
  return { code, message, ...at };
}

/** What a template function throws for an error Go's own would return or panic with; the message is Go's. */
export class GoError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "GoError";
  }
}

/** A limit that was reached inside a function; becomes a TemplateError with code TemplateLimit at the call. */
export class LimitError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "LimitError";
  }
}

/** JavaScript's stack is full: templates inside each other, or values inside each other, without end. */
export class StackFullError extends LimitError {
  constructor() {
    super("exceeded maximum template depth (stack is full)");
    this.name = "StackFullError";
  }
}

/**
 * JavaScript's own limits: a full stack, a string or array beyond what it can hold. With little stack left, a regular expression
 * that is compiled then says so in a SyntaxError.
 */
export function isEngineLimit(error: unknown): error is Error {
  return error instanceof RangeError || (error instanceof SyntaxError && error.message.endsWith("Stack overflow"));
}

/** The limit that was reached. Says it without regular expressions: there may be no stack left for one. */
export function engineLimit(error: Error): LimitError {
  const isSize = error.message.startsWith("Invalid ") && error instanceof RangeError;
  return isSize ? new LimitError("makes a value that is too large") : new StackFullError();
}

/** The text Go would print for whatever a function threw. */
export function errorText(error: unknown): string {
  if (error instanceof TemplateError) return error.goText;
  // A codec's problem: its message is what the Go library says, its place is ours.
  if (error instanceof ProblemError) return error.problems[0]?.message ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
