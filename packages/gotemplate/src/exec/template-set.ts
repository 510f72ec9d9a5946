import type { Clock } from "@fairlead/base";
import type { FunctionSet } from "../functions/define.ts";
import type { ExecLimits } from "../limits.ts";
import type { RandomSource } from "../random.ts";

export type MissingKey = "default" | "zero" | "error";

export interface ParseOptions {
  readonly functions: FunctionSet;
  /** `{{` when absent. */
  readonly leftDelim?: string;
  readonly rightDelim?: string;
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
export class TemplateSet {
  readonly functions: FunctionSet;

  constructor(options: ParseOptions) {
    this.functions = options.functions;
  }

  /**
   * Parses a text under a name, and every `define` and `block` in it under theirs. A body of nothing but space never replaces
   * one that is there; otherwise the last one wins, as in Go.
   * @throws TemplateError
   */
  parse(_name: string, _text: string): this {
    throw new Error("not yet");
  }

  /** @throws TemplateError with the text Go gives. */
  execute(_name: string, _data: unknown, _options: ExecuteOptions = {}): string {
    throw new Error("not yet");
  }

  has(_name: string): boolean {
    throw new Error("not yet");
  }

  names(): string[] {
    throw new Error("not yet");
  }

  /** A set of its own with the same templates; parsing into it leaves this one alone. Costs one copy of a table. */
  clone(): TemplateSet {
    throw new Error("not yet");
  }
}

export function parseTemplate(name: string, text: string, options: ParseOptions): TemplateSet {
  return new TemplateSet(options).parse(name, text);
}
