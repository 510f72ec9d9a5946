import { Builtin, JsonnetArray, type Lazy, type Machine, Thunk, type Value } from "../runtime/machine.ts";
import type { Trace } from "../runtime/trace.ts";

/** What is named is left out of a call becomes undefined. */
type Strict = (machine: Machine, site: Trace, a: Value, b: Value, c: Value, d: Value) => Value;
type WithLazy = (machine: Machine, site: Trace, args: readonly (Lazy | undefined)[]) => Value;

function parametersOf(spec: string): { params: { name: string; isOptional: boolean }[]; lazy: boolean[] } {
  const words = spec.split(" ");
  const params = words.map((word) => ({ name: word.replace(/[?~]/g, ""), isOptional: word.includes("?") }));
  return { params, lazy: words.map((word) => word.includes("~")) };
}

/** @param spec names of the parameters, `?` after those that may be left out */
export function strict(spec: string, run: Strict): Builtin {
  const { params, lazy } = parametersOf(spec);
  return new Builtin(params, lazy, (machine, site, [a, b, c, d]) => {
    return run(machine, site, a as Value, b as Value, c as Value, d as Value);
  });
}

/** @param spec as of `strict`, `~` after those that are not evaluated beforehand */
export function withLazy(spec: string, run: WithLazy): Builtin {
  const { params, lazy } = parametersOf(spec);
  return new Builtin(params, lazy, run);
}

/** A value that is worked out when somebody asks for it. */
export function later(work: (machine: Machine) => Value): Thunk {
  return new Thunk(work, undefined);
}

export function arrayOf(items: readonly Lazy[]): JsonnetArray {
  return new JsonnetArray(items);
}
