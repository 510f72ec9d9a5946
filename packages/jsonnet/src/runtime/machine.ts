import type { Clock } from "@fairlead/base";
import { Failure, StaticFaults } from "../errors.ts";
import { JSONNET_LIMITS, type EvaluateLimits } from "../limits.ts";
import type { Program } from "../program.ts";
import type { Source } from "../syntax/source.ts";
import type { PendingCall } from "./call.ts";
import type { JsonnetObject } from "./object.ts";
import type { Trace } from "./trace.ts";
import { typeName } from "./type-name.ts";
import { Env, isFunction, JsonnetArray, Thunk, type JsonnetFunction, type Lazy, type Value } from "./values.ts";

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

  /** Begins a call, a thunk or a field. @throws Failure */
  push(site: Trace, gives: boolean): void {
    if (this.depth >= this.#framesMax) throw this.fail("max stack frames exceeded.", site, true);
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
