import type { State } from "./state.ts";

/** How a statement ended: on to the next, out of the loop, or to the loop's next round. */
export type Flow = 0 | 1 | 2;
export const NEXT = 0;
export const BREAK = 1;
export const CONTINUE = 2;

/** A statement or list, compiled. */
export type Execute = (state: State, dot: unknown) => Flow;

/** Executes a list with another dot. */
export function withDot(state: State, dot: unknown, isBoxed: boolean, list: Execute): Flow {
  const outer = state.isDotBoxed;
  state.isDotBoxed = isBoxed;
  const flow = list(state, dot);
  state.isDotBoxed = outer;
  return flow;
}
