import type { Machine } from "./machine.ts";
import type { JsonnetObject } from "./object.ts";
import type { Trace } from "./trace.ts";

/** A value: null, boolean, number and string are JavaScript's own. A string never holds half a surrogate pair. */
export type Value = null | boolean | number | string | JsonnetArray | JsonnetObject | JsonnetFunction;

/** A value, or what becomes one when somebody asks. */
export type Lazy = Value | Thunk;

/** What an expression is compiled to. */
export type Code = (machine: Machine, env: Env) => Value;

/** Variables of one scope, by slot; what is outside is reached by `parent`. */
export class Env {
  readonly parent: Env | undefined;
  readonly slots: Lazy[];
  /** The object that `self` is; undefined outside of objects. */
  readonly self: JsonnetObject | undefined;
  /** Which of the objects that `self` was added up from the code stands in, 0 for the last one; `super` is what comes after. */
  readonly depth: number;

  constructor(parent: Env | undefined, slots: Lazy[], self: JsonnetObject | undefined, depth: number) {
    this.parent = parent;
    this.slots = slots;
    this.self = self;
    this.depth = depth;
  }
}

/** An expression with its variables, evaluated at most once. */
export class Thunk {
  /** Undefined when the value is there. */
  code: Code | undefined;
  env: Env | undefined;
  value: Value = null;

  constructor(code: Code, env: Env | undefined) {
    this.code = code;
    this.env = env;
  }
}

export class JsonnetArray {
  readonly items: readonly Lazy[];

  constructor(items: readonly Lazy[]) {
    this.items = items;
  }
}

export interface Parameter {
  readonly name: string;
  readonly isOptional: boolean;
}

export type JsonnetFunction = Closure | Builtin;

/** What all closures of one function expression share. */
export interface FunctionCode {
  readonly params: readonly Parameter[];
  /** By parameter. */
  readonly fallbacks: readonly (Code | undefined)[];
  /** May give TAIL_CALL. */
  readonly body: Code;
}

export class Closure {
  readonly code: FunctionCode;
  readonly env: Env;

  constructor(code: FunctionCode, env: Env) {
    this.code = code;
    this.env = env;
  }

  get params(): readonly Parameter[] {
    return this.code.params;
  }
}

/** @param args one for each parameter; undefined for an optional one that was not given */
export type BuiltinBody = (machine: Machine, site: Trace, args: readonly (Lazy | undefined)[]) => Value;

/** A function of the standard library. Arguments are evaluated before it is called, but for those that `lazy` says. */
export class Builtin {
  readonly params: readonly Parameter[];
  readonly lazy: readonly boolean[];
  readonly run: BuiltinBody;

  constructor(params: readonly Parameter[], lazy: readonly boolean[], run: BuiltinBody) {
    this.params = params;
    this.lazy = lazy;
    this.run = run;
  }
}

export function isFunction(value: Value): value is JsonnetFunction {
  return value instanceof Closure || value instanceof Builtin;
}
