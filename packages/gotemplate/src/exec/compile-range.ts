import { LimitError } from "../errors.ts";
import { sprint } from "../fmt/printf.ts";
import type { BranchNode, ListNode } from "../parse/nodes.ts";
import { elementType, indirect, integerValue, isListLike, isMapLike, listItems } from "../values/reflect.ts";
import { hasBoxedValues, sortedEntries } from "../values/sort.ts";
import type { FunctionSet } from "../values/types.ts";
import { GoFunc, GoInt, GoNamed, int } from "../values/values.ts";
import { compilePipe, setVariable } from "./compile-pipe.ts";
import { BREAK, CONTINUE, NEXT, withDot, type Execute, type Flow } from "./flow.ts";
import type { State } from "./state.ts";

/** One round of a loop. `index` is undefined where the range gives single values. */
type Round = (index: unknown, element: unknown, isBoxed: boolean) => Flow;

export function compileRange(
  node: BranchNode,
  functions: FunctionSet,
  compileList: (list: ListNode, functions: FunctionSet) => Execute,
): Execute {
  const pipe = compilePipe(node.pipe, functions);
  const list = compileList(node.list, functions);
  const elseList = node.elseList === undefined ? undefined : compileList(node.elseList, functions);
  const names = node.pipe.decl.map((variable) => variable.ident[0] as string);
  const { isAssign } = node.pipe;

  function roundsIn(state: State): Round {
    const mark = state.names.length;
    return (index, element, isBoxed) => {
      spend(state);
      if (isAssign) assignRound(state, names, index, element, isBoxed);
      else if (names.length > 0) {
        // The pipeline has declared the variables; they are the last ones.
        setTop(state, 1, element, isBoxed);
        if (names.length > 1) setTop(state, 2, index, false);
      }
      const flow = withDot(state, element, isBoxed, list);
      state.popTo(mark);
      return flow === CONTINUE ? NEXT : flow;
    };
  }

  return (state, dot) => {
    state.node = node;
    const outer = state.names.length;
    const { value } = indirect(pipe(state, dot));
    const wasRun = rangeOver(state, value, names.length, roundsIn(state));
    // A range that ran, and one that was left by break, both skip the else list.
    const flow = !wasRun && elseList !== undefined ? elseList(state, dot) : NEXT;
    state.popTo(outer);
    // In Go a break in the else list leaves this range, though its rounds are over, and not the one around it.
    return flow === BREAK ? NEXT : flow;
  };
}

function spend(state: State): void {
  try {
    state.budget.spend(1);
  } catch (error) {
    if (error instanceof LimitError) state.fail(error.message, error);
    throw error;
  }
}

function setTop(state: State, fromTop: number, value: unknown, isBoxed: boolean): void {
  const index = state.values.length - fromTop;
  state.values[index] = value;
  state.boxes[index] = isBoxed;
}

function assignRound(state: State, names: readonly string[], index: unknown, element: unknown, isBoxed: boolean): void {
  const [first = "", second] = names;
  if (second === undefined) setVariable(state, first, element, isBoxed);
  else {
    setVariable(state, first, index, false);
    setVariable(state, second, element, isBoxed);
  }
}

/** True when there was at least one round. */
function rangeOver(state: State, value: unknown, variables: number, round: Round): boolean {
  if (value === undefined) return false;
  const count = integerValue(value);
  if (count !== undefined) return rangeInteger(state, value, count, variables, round);
  if (isListLike(value)) {
    const isBoxed = elementType(value).kind === "interface";
    const items = listItems(value);
    for (let index = 0; index < items.length; index++) {
      if (round(int(index), items[index], isBoxed) === BREAK) return true;
    }
    return items.length > 0;
  }
  if (isMapLike(value)) {
    const isBoxed = hasBoxedValues(value);
    const entries = sortedEntries(value);
    for (const [key, element] of entries) if (round(key, element, isBoxed) === BREAK) return true;
    return entries.length > 0;
  }
  if (value instanceof GoFunc && value.iterate !== undefined) return rangeFunction(state, value, variables, round);
  return state.fail(`range can't iterate over ${shown(state, value)}`);
}

function rangeInteger(state: State, value: unknown, count: number | bigint, variables: number, round: Round): boolean {
  if (variables > 1) {
    state.fail(`can't use ${shown(state, value)} to iterate over more than one variable`);
  }
  for (let index = 0; index < count; index++) {
    if (round(undefined, sameKind(value, index), false) === BREAK) return true;
  }
  return count > 0;
}

/** The counter of a range has the kind of its bound. */
function sameKind(value: unknown, index: number): unknown {
  if (value instanceof GoInt) return value.type.name === "int" ? int(index) : new GoInt(value.type, index);
  return value instanceof GoNamed ? new GoNamed(value.type, index) : int(index);
}

function rangeFunction(state: State, value: GoFunc, variables: number, round: Round): boolean {
  if (value.iterates === 1 && variables > 1) {
    state.fail(`can't use ${shown(state, value)} iterate over more than one variable`);
  }
  let wasRun = false;
  for (const [first, second] of value.iterate?.() ?? []) {
    wasRun = true;
    const isPair = value.iterates === 2 && variables > 1;
    if (round(isPair ? first : undefined, isPair ? second : first, false) === BREAK) return true;
  }
  return wasRun;
}

function shown(state: State, value: unknown): string {
  return sprint([value], (steps) => state.budget.spend(steps));
}
