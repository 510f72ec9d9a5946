import { isEngineLimit, LimitError, StackFullError } from "../errors.ts";
import { goQuote } from "../fmt/quote.ts";
import { sprint } from "../fmt/printf.ts";
import type { ActionNode, BranchNode, ListNode, ParseTree, StatementNode, TemplateNode } from "../parse/nodes.ts";
import { printNode } from "../parse/print.ts";
import { isTrue, typeName } from "../values/reflect.ts";
import type { FunctionSet } from "../values/types.ts";
import { GoFunc, GoPointer } from "../values/values.ts";
import type { Evaluate } from "./call.ts";
import { compilePipe } from "./compile-pipe.ts";
import { compileRange } from "./compile-range.ts";
import { BREAK, CONTINUE, NEXT, withDot, type Execute, type Flow } from "./flow.ts";
import type { State } from "./state.ts";

/** Compiles a tree to closures over the functions of a set. Trees are compiled once for a set of functions. */
export function compileTree(tree: ParseTree, functions: FunctionSet): Execute {
  return compileList(tree.root, functions);
}

function compileList(list: ListNode, functions: FunctionSet): Execute {
  const statements = list.nodes.map((node) => compileStatement(node, functions));
  return (state, dot) => {
    state.node = list;
    for (const statement of statements) {
      const flow = statement(state, dot);
      if (flow !== NEXT) return flow;
    }
    return NEXT;
  };
}

function compileStatement(node: StatementNode, functions: FunctionSet): Execute {
  switch (node.type) {
    case "text":
      return (state) => {
        state.node = node;
        state.write(node.text);
        return NEXT;
      };
    case "comment":
      return () => NEXT;
    case "action":
      return compileAction(node, functions);
    case "if":
    case "with":
      return compileIfOrWith(node, functions);
    case "range":
      return compileRange(node, functions, compileList);
    case "template":
      return compileTemplate(node, functions);
    case "break":
      return () => BREAK;
    case "continue":
      return () => CONTINUE;
  }
}

function compileAction(node: ActionNode, functions: FunctionSet): Execute {
  const pipe = compilePipe(node.pipe, functions);
  const isSilent = node.pipe.decl.length > 0;
  return (state, dot) => {
    state.node = node;
    state.budget.spend(1);
    const value = pipe(state, dot);
    if (isSilent) return NEXT;
    state.node = node;
    if (typeof value === "string") state.write(value);
    else printValue(state, node, value);
    return NEXT;
  };
}

function printValue(state: State, node: ActionNode, value: unknown): void {
  let shown = value;
  while (shown instanceof GoPointer && shown.type.text === undefined && shown.target !== null) shown = shown.target;
  if (shown === undefined) state.write("<no value>");
  else if (shown instanceof GoFunc) state.fail(`can't print ${printNode(node)} of type ${typeName(shown)}`);
  else state.write(sprint([shown], (steps) => state.budget.spend(steps)));
}

function compileIfOrWith(node: BranchNode, functions: FunctionSet): Execute {
  const pipe = compilePipe(node.pipe, functions);
  const list = compileList(node.list, functions);
  const elseList = node.elseList === undefined ? undefined : compileList(node.elseList, functions);
  const isWith = node.type === "with";
  return (state, dot) => {
    state.node = node;
    state.budget.spend(1);
    const mark = state.names.length;
    const value = pipe(state, dot);
    let flow: Flow = NEXT;
    if (isTrue(value)) flow = isWith ? withDot(state, value, false, list) : list(state, dot);
    else if (elseList !== undefined) flow = elseList(state, dot);
    state.popTo(mark);
    return flow;
  };
}

function compileTemplate(node: TemplateNode, functions: FunctionSet): Execute {
  const pipe: Evaluate | undefined = node.pipe === undefined ? undefined : compilePipe(node.pipe, functions);
  return (state, dot) => {
    state.node = node;
    const { budget } = state;
    budget.spend(1);
    const body = state.set.compiled(node.name);
    if (body === undefined) return state.fail(`template ${goQuote(node.name)} not defined`);
    if (budget.depth >= budget.limits.depthMax) state.fail(depthMessage(state), new LimitError("too deep"));
    const value = pipe?.(state, dot);
    callTemplate(state, node, body, value);
    return NEXT;
  };
}

/** Executes a template with variables and a dot of its own. */
function callTemplate(
  state: State,
  node: TemplateNode,
  body: (state: State, dot: unknown) => unknown,
  value: unknown,
): void {
  const { budget } = state;
  const outer = {
    names: state.names,
    values: state.values,
    boxes: state.boxes,
    templateName: state.templateName,
    isDotBoxed: state.isDotBoxed,
    node: state.node,
  };
  state.names = ["$"];
  state.values = [value];
  state.boxes = [false];
  state.templateName = node.name;
  state.isDotBoxed = false;
  budget.depth++;
  try {
    body(state, value);
  } catch (error) {
    if (!isEngineLimit(error)) throw error;
    // JavaScript's stack is full before Go's bound is reached; where there is room to say so, it is said as Go says it.
    Object.assign(state, outer, { node });
    state.fail(depthMessage(state), new StackFullError());
  }
  budget.depth--;
  Object.assign(state, outer);
}

function depthMessage(state: State): string {
  return `exceeded maximum template depth (${state.budget.limits.depthMax})`;
}
