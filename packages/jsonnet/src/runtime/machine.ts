import { Failure, StaticFaults } from "../errors.ts";
import type { Clock } from "@fairlead/base";
import { JSONNET_LIMITS, type EvaluateLimits } from "../limits.ts";
import type { Site, Source } from "../syntax/source.ts";
import type { StaticFault } from "../syntax/static-fault.ts";
import { LayeredObject, type FieldOf, type FoundOf, type LayerCodeOf, type LayerOf } from "./object.ts";
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

/** How a `+:` field is added to what the layers before have, and where its stack line points to. */
export interface PlusField {
  readonly site: Site;
  readonly add: (machine: Machine, left: Value, right: Value, site: Trace) => Value;
}

export type FieldDef = FieldOf<Code, Env, PlusField>;
export type LayerCode = LayerCodeOf<Code>;
export type Layer = LayerOf<Code, Env, PlusField>;
export type Found = FoundOf<Code, Env, PlusField>;

export class JsonnetObject extends LayeredObject<Value, Code, Env, PlusField> {
  static sum(left: JsonnetObject, right: JsonnetObject): JsonnetObject {
    return new JsonnetObject(undefined, left, right);
  }
}

/** A text compiled, or what is wrong with it, the fault that go-jsonnet tells first at the head. */
export type Program =
  | { readonly source: Source; readonly code: Code; readonly faults?: undefined }
  | { readonly source: Source; readonly code?: undefined; readonly faults: readonly [StaticFault, ...StaticFault[]] };

/** As `std.type` says. */
export function typeName(value: Value): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  if (value instanceof JsonnetArray) return "array";
  return isFunction(value) ? "function" : "object";
}

export type NamedArguments = readonly { readonly name: string; readonly value: Lazy }[];

export interface PendingCall {
  readonly target: JsonnetFunction;
  readonly args: Lazy[];
  readonly named: NamedArguments | undefined;
  readonly isTailStrict: boolean;
  readonly site: Trace;
}

/** What a program may ask of the world; all of it given beforehand. */
export interface World {
  readonly limits: EvaluateLimits;
  readonly clock: Clock;
  importCode(from: Source, path: string, machine: Machine, site: Trace): Value;
  importText(from: Source, path: string): { readonly text: string } | { readonly fault: string };
  importBytes(from: Source, path: string): { readonly bytes: Uint8Array } | { readonly fault: string };
  /** Undefined where there is no such variable. */
  externalVariable(name: string): Lazy | undefined;
  /** `std` of one file: it knows the file's name. */
  standardLibrary(source: Source): JsonnetObject;
  trace(line: string): void;
}

/** One evaluation: the stack of calls, and what is left of the limits. */
export class Machine {
  readonly world: World;
  /** Where each frame was called from; only the first `depth` count. */
  readonly stack: Trace[] = [];
  /** Whether a frame was called with tailstrict, and gives way to the call that is its last act. */
  readonly gives: boolean[] = [];
  depth = 0;
  /** The call that a function left to its caller. */
  pending: PendingCall | undefined;
  #stepsLeft: number;
  #fuel: number = JSONNET_LIMITS.stepsPerLook;
  readonly #startedMs: number;
  readonly #framesMax: number;

  constructor(world: World) {
    this.world = world;
    this.#stepsLeft = world.limits.stepsMax;
    this.#framesMax = world.limits.framesMax;
    this.#startedMs = world.clock.now();
  }

  /** Whether there is no frame left. */
  get isFull(): boolean {
    return this.depth >= this.#framesMax;
  }

  outOfFrames(site: Trace): Failure {
    return this.fail("max stack frames exceeded.", site, true);
  }

  /** Begins a call, a thunk or a field. @throws Failure */
  push(site: Trace, gives: boolean): void {
    if (this.depth >= this.#framesMax) throw this.outOfFrames(site);
    this.stack[this.depth] = site;
    this.gives[this.depth] = gives;
    this.depth++;
    if (--this.#fuel < 0) this.spend(0, site);
  }

  /** Counts steps beyond the one of each frame: elements made, characters copied. @throws Failure */
  spend(steps: number, site: Trace): void {
    this.#stepsLeft -= JSONNET_LIMITS.stepsPerLook - this.#fuel + steps;
    this.#fuel = JSONNET_LIMITS.stepsPerLook;
    const { limits, clock } = this.world;
    if (this.#stepsLeft < 0) throw this.fail(`evaluation takes more than ${limits.stepsMax} steps`, site, true);
    if (clock.now() - this.#startedMs > limits.timeMsMax) {
      throw this.fail(`evaluation takes longer than ${limits.timeMsMax} ms`, site, true);
    }
  }

  /** For a text that was or will be made. @throws Failure */
  checkLength(length: number, site: Trace): void {
    const { outputCharsMax } = this.world.limits;
    if (length > outputCharsMax) throw this.fail(`a text has more than ${outputCharsMax} characters`, site, true);
  }

  /** For an array that grows element by element. @throws Failure */
  checkCount(count: number, site: Trace): void {
    const { arrayElementsMax } = this.world.limits;
    if (count > arrayElementsMax) throw this.fail(`an array has more than ${arrayElementsMax} elements`, site, true);
  }

  /** For an array that will be made in one go: its elements are steps. @throws Failure */
  checkElements(count: number, site: Trace): void {
    this.checkCount(count, site);
    if (count > JSONNET_LIMITS.stepsPerLook) this.spend(count, site);
  }

  fail(message: string, site: Trace | undefined, isLimit = false): Failure {
    const frames = this.stack.slice(0, this.depth);
    if (site !== undefined) frames.push(site);
    return new Failure(message, frames, isLimit);
  }

  force(lazy: Lazy, site: Trace): Value {
    if (!(lazy instanceof Thunk)) return lazy;
    const { code } = lazy;
    if (code === undefined) return lazy.value;
    this.push(site, false);
    const value = code(this, lazy.env as never);
    this.depth--;
    lazy.value = value;
    lazy.code = undefined;
    lazy.env = undefined;
    return value;
  }

  /** A file's code, in a frame of its own. @throws StaticFaults, Failure */
  evaluateProgram(program: Program, site: Trace): Value {
    this.push(site, false);
    const value = this.runProgram(program);
    this.depth--;
    return value;
  }

  /** @throws StaticFaults, Failure */
  runProgram({ code, faults }: Program): Value {
    if (faults !== undefined) throw new StaticFaults(faults);
    return code(this, new Env(undefined, [], undefined, 0));
  }

  number(value: Value, site: Trace): number {
    if (typeof value === "number") return value;
    throw this.wrongType(value, "number", site);
  }

  string(value: Value, site: Trace): string {
    if (typeof value === "string") return value;
    throw this.wrongType(value, "string", site);
  }

  boolean(value: Value, site: Trace): boolean {
    if (typeof value === "boolean") return value;
    throw this.wrongType(value, "boolean", site);
  }

  array(value: Value, site: Trace): JsonnetArray {
    if (value instanceof JsonnetArray) return value;
    throw this.wrongType(value, "array", site);
  }

  function(value: Value, site: Trace): JsonnetFunction {
    if (isFunction(value)) return value;
    throw this.wrongType(value, "function", site);
  }

  object(value: Value, site: Trace): JsonnetObject {
    if (typeName(value) === "object") return value as JsonnetObject;
    throw this.wrongType(value, "object", site);
  }

  wrongType(value: Value, expected: string, site: Trace): Failure {
    return this.fail(`Unexpected type ${typeName(value)}, expected ${expected}`, site);
  }
}
