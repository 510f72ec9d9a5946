import { goQuote } from "../fmt/quote.ts";
import { LIMITS } from "../limits.ts";
import type { ItemReader } from "./items.ts";
import type { Item, ItemType } from "./lex.ts";
import type { CommandNode, OperandNode, PipeNode, VariableNode } from "./nodes.ts";
import { readNumber } from "./number.ts";
import { printNode } from "./print.ts";
import { unquote } from "./unquote.ts";

const OPERAND_STARTS: ReadonlySet<ItemType> = new Set([
  "bool",
  "charConstant",
  "complex",
  "dot",
  "field",
  "identifier",
  "number",
  "nil",
  "rawString",
  "string",
  "variable",
  "leftParen",
]);
const NOT_EXECUTABLE: ReadonlySet<string> = new Set(["bool", "dot", "nil", "number", "string"]);

/** The text of a string item. */
export function unquoted(items: ItemReader, item: Item): string {
  const text = unquote(item.value);
  if (text === undefined) items.fail("invalid syntax");
  return text;
}

/** Parses what stands inside actions: pipelines, their declarations, commands and operands. */
export class PipelineParser {
  readonly #items: ItemReader;
  readonly #hasFunction: (name: string) => boolean;
  /** Names declared where the parser is, outermost first. */
  variables: string[] = ["$"];
  #expressionDepth = 0;

  constructor(items: ItemReader, hasFunction: (name: string) => boolean) {
    this.#items = items;
    this.#hasFunction = hasFunction;
  }

  pipeline(context: string, end: "rightDelim" | "rightParen"): PipeNode {
    const { pos } = this.#items.peekNonSpace();
    const { decl, isAssign } = this.#declarations(context);
    const cmds: CommandNode[] = [];
    for (;;) {
      const item = this.#items.nextNonSpace();
      if (item.type === end) break;
      if (!OPERAND_STARTS.has(item.type)) this.#items.unexpected(item, context);
      this.#items.backup(item);
      cmds.push(this.#command());
    }
    this.#checkPipeline(cmds, context);
    return { type: "pipe", pos, source: this.#items.source, isAssign, decl, cmds };
  }

  #declarations(context: string): { decl: VariableNode[]; isAssign: boolean } {
    const decl: VariableNode[] = [];
    for (;;) {
      const variable = this.#items.peekNonSpace();
      if (variable.type !== "variable") return { decl, isAssign: false };
      this.#items.next();
      const after = this.#items.peek();
      const next = this.#items.peekNonSpace();
      if (next.type === "assign" || next.type === "declare") {
        this.#items.nextNonSpace();
        this.#declare(decl, variable);
        return { decl, isAssign: next.type === "assign" };
      }
      if (next.type !== "char" || next.value !== ",") {
        // Not a declaration: give back the variable, and the space that tells `$x .y` from `$x.y`.
        if (after.type === "space") this.#items.backup(after);
        this.#items.backup(variable);
        return { decl, isAssign: false };
      }
      this.#items.nextNonSpace();
      this.#declare(decl, variable);
      if (context !== "range" || decl.length >= 2) this.#items.fail(`too many declarations in ${context}`);
      const following = this.#items.peekNonSpace().type;
      if (following !== "variable" && following !== "rightDelim" && following !== "rightParen") {
        this.#items.fail("range can only initialize variables");
      }
    }
  }

  #declare(decl: VariableNode[], item: Item): void {
    decl.push(this.#variable(item));
    this.variables.push(item.value);
  }

  #variable(item: Item): VariableNode {
    return { type: "variable", pos: item.pos, source: this.#items.source, ident: item.value.split(".") };
  }

  #checkPipeline(cmds: readonly CommandNode[], context: string): void {
    if (cmds.length === 0) this.#items.fail(`missing value for ${context}`);
    for (const [index, command] of cmds.entries()) {
      if (index > 0 && NOT_EXECUTABLE.has(command.args[0]?.type ?? "")) {
        this.#items.fail(`non executable command in pipeline stage ${index + 1}`);
      }
    }
  }

  #command(): CommandNode {
    const { pos } = this.#items.peekNonSpace();
    const args: OperandNode[] = [];
    for (;;) {
      this.#items.peekNonSpace();
      const operand = this.#operand();
      if (operand !== undefined) args.push(operand);
      const item = this.#items.next();
      if (item.type === "space") continue;
      if (item.type === "rightDelim" || item.type === "rightParen") this.#items.backup(item);
      else if (item.type !== "pipe") this.#items.unexpected(item, "operand");
      break;
    }
    if (args.length === 0) this.#items.fail("empty command");
    return { type: "command", pos, source: this.#items.source, args };
  }

  #operand(): OperandNode | undefined {
    const term = this.#term();
    if (term === undefined || this.#items.peek().type !== "field") return term;
    const { pos } = this.#items.peek();
    const field: string[] = [];
    while (this.#items.peek().type === "field") field.push(this.#items.next().value.slice(1));
    switch (term.type) {
      case "field":
      case "variable":
        return { ...term, pos, ident: [...term.ident, ...field] };
      case "bool":
      case "string":
      case "number":
      case "nil":
      case "dot":
        return this.#items.fail(`unexpected . after term ${goQuote(printNode(term))}`);
      default:
        return { type: "chain", pos, source: this.#items.source, node: term, field };
    }
  }

  #term(): OperandNode | undefined {
    const item = this.#items.nextNonSpace();
    const base = { pos: item.pos, source: this.#items.source };
    switch (item.type) {
      case "identifier":
        if (!this.#hasFunction(item.value)) this.#items.fail(`function ${goQuote(item.value)} not defined`);
        return { type: "identifier", ...base, ident: item.value };
      case "dot":
      case "nil":
        return { type: item.type, ...base };
      case "variable":
        return this.#useVariable(item);
      case "field":
        return { type: "field", ...base, ident: item.value.slice(1).split(".") };
      case "bool":
        return { type: "bool", ...base, value: item.value === "true" };
      case "charConstant":
      case "complex":
      case "number": {
        const value = readNumber(item.value, item.type === "charConstant", item.type === "complex");
        if (typeof value === "string") this.#items.fail(value);
        return { type: "number", ...base, text: item.value, ...value };
      }
      case "leftParen":
        return this.#parenthesized();
      case "string":
      case "rawString":
        return { type: "string", ...base, quoted: item.value, text: unquoted(this.#items, item) };
    }
    this.#items.backup(item);
    return undefined;
  }

  #parenthesized(): PipeNode {
    if (this.#expressionDepth >= LIMITS.expressionDepthMax) this.#items.fail("max expression depth exceeded");
    this.#expressionDepth++;
    const pipe = this.pipeline("parenthesized pipeline", "rightParen");
    this.#expressionDepth--;
    return pipe;
  }

  #useVariable(item: Item): VariableNode {
    const variable = this.#variable(item);
    const name = variable.ident[0] ?? "";
    if (!this.variables.includes(name)) this.#items.fail(`undefined variable ${goQuote(name)}`);
    return variable;
  }
}
