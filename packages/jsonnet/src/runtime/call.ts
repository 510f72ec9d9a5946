import {
  Builtin,
  type Closure,
  Env,
  type JsonnetFunction,
  type Lazy,
  type Machine,
  type NamedArguments,
  type PendingCall,
  Thunk,
  type Value,
} from "./machine.ts";
import type { Trace } from "./trace.ts";

/** What the body of a function gives whose last act is a call that takes its place; the call waits in the machine's `pending`. */
const TAIL_CALL: Value = Symbol("tail call") as never;

/** @param args belongs to the call from here on: it may become the variables of the function */
export function call(
  machine: Machine,
  target: JsonnetFunction,
  args: Lazy[],
  named: NamedArguments | undefined,
  isTailStrict: boolean,
  site: Trace,
): Value {
  if (target instanceof Builtin) return callBuiltin(machine, target, args, named, site);
  const env = bind(machine, target, args, named, isTailStrict, site);
  machine.push(site, isTailStrict);
  const value = target.code.body(machine, env);
  machine.depth--;
  return value === TAIL_CALL ? followTail(machine) : value;
}

/** With as many arguments as a caller of the standard library gives: by position. */
export function callWith(machine: Machine, target: JsonnetFunction, args: Lazy[], site: Trace): Value {
  return call(machine, target, args, undefined, false, site);
}

/** Notes the call for `followTail`. */
export function leaveCall(machine: Machine, waiting: PendingCall): Value {
  machine.pending = waiting;
  return TAIL_CALL;
}

/** A loop where the program recurses: each call has taken the place of the one before. */
function followTail(machine: Machine): Value {
  for (;;) {
    const { target, args, named, isTailStrict, site } = machine.pending as PendingCall;
    if (target instanceof Builtin) return callBuiltin(machine, target, args, named, site);
    const env = bind(machine, target, args, named, isTailStrict, site);
    machine.push(site, isTailStrict);
    const value = target.code.body(machine, env);
    machine.depth--;
    if (value !== TAIL_CALL) return value;
  }
}

/** The variables of a function's body. Parameters that were not given have their default, seen from within. */
function bind(
  machine: Machine,
  { code, env: outer }: Closure,
  args: Lazy[],
  named: NamedArguments | undefined,
  isTailStrict: boolean,
  site: Trace,
): Env {
  const isWhole = named === undefined && args.length === code.params.length;
  const slots = isWhole ? args : arrange(machine, code.params, args, named, site);
  const env = new Env(outer, slots, outer.self, outer.depth);
  if (!isWhole) {
    for (let at = 0; at < code.params.length; at++) {
      if (slots[at] === undefined) slots[at] = new Thunk(code.fallbacks[at] as never, env);
    }
  }
  if (isTailStrict) for (const slot of slots) machine.force(slot, site);
  return env;
}

function callBuiltin(
  machine: Machine,
  target: Builtin,
  args: Lazy[],
  named: NamedArguments | undefined,
  site: Trace,
): Value {
  const isWhole = named === undefined && args.length === target.params.length;
  const slots: (Lazy | undefined)[] = isWhole ? args : arrange(machine, target.params, args, named, site);
  for (let at = 0; at < slots.length; at++) {
    const slot = slots[at];
    if (slot instanceof Thunk && !target.lazy[at]) slots[at] = machine.force(slot, site);
  }
  return target.run(machine, site, slots);
}

/** Arguments by parameter, undefined where one was not given and need not be. @throws Failure */
function arrange(
  machine: Machine,
  params: readonly { readonly name: string; readonly isOptional: boolean }[],
  args: readonly Lazy[],
  named: NamedArguments | undefined,
  site: Trace,
): Lazy[] {
  if (args.length > params.length) {
    const counts = `${params.length} positional argument(s), but got ${args.length}`;
    throw machine.fail(`function expected ${counts}`, site);
  }
  const slots = [...args];
  slots.length = params.length;
  for (const { name, value } of named ?? []) {
    const at = params.findIndex((param) => param.name === name);
    if (at >= 0 && slots[at] !== undefined) throw machine.fail(`Argument ${name} already provided`, site);
    if (at < 0) throw machine.fail(`function has no parameter ${name}`, site);
    slots[at] = value;
  }
  const missing = params.find((param, at) => slots[at] === undefined && !param.isOptional);
  if (missing !== undefined) throw machine.fail(`Missing argument: ${missing.name}`, site);
  return slots;
}
