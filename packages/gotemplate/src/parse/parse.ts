import { TemplateError } from "../errors.ts";
import { goQuote } from "../fmt/quote.ts";
import { LIMITS } from "../limits.ts";
import { describeItem, Lexer, type Item, type ItemType } from "./lex.ts";
import {
  isEmptyList,
  type BranchNode,
  type CommandNode,
  type ListNode,
  type OperandNode,
  type ParseTree,
  type PipeNode,
  type Source,
  type StatementNode,
  type TemplateNode,
  type VariableNode,
} from "./nodes.ts";
import { readNumber } from "./number.ts";
import { printNode } from "./print.ts";
import { unquote } from "./unquote.ts";

export interface ParserOptions {
  readonly leftDelim: string;
  readonly rightDelim: string;
  hasFunction(name: string): boolean;
}

/** What ends a list beside end of text. Never part of a tree. */
interface Ending {
  readonly type: "end" | "else";
  readonly pos: number;
}

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

/**
 * Parses one text: the tree under its own name and one for each define and block.
 * @throws TemplateError with Go's words
 */
export function parseText(name: string, text: string, options: ParserOptions): Map<string, ParseTree> {
  return new Parser(name, text, options).parse();
}

class Parser {
  readonly #source: Source;
  readonly #name: string;
  readonly #options: ParserOptions;
  readonly #lexer: Lexer;
  readonly #trees = new Map<string, ParseTree>();
  /** Items read and given back, the next one last. */
  readonly #waiting: Item[] = [];
  /** The line errors name: that of the last item taken from the lexer (or put in its place by backing up). */
  #line = 1;
  #variables: string[] = ["$"];
  #actionLine = 0;
  #rangeDepth = 0;
  #expressionDepth = 0;
  #blockDepth = 0;

  constructor(name: string, text: string, options: ParserOptions) {
    this.#source = { parseName: name, text };
    this.#name = name;
    this.#options = options;
    this.#lexer = new Lexer(text, {
      left: options.leftDelim,
      right: options.rightDelim,
      breakKeyword: !options.hasFunction("break"),
      continueKeyword: !options.hasFunction("continue"),
    });
  }

  parse(): Map<string, ParseTree> {
    if (this.#source.text.length > LIMITS.templateCharsMax) this.#fail("template is too large", "TemplateLimit");
    const nodes: StatementNode[] = [];
    const pos = this.#peek().pos;
    while (this.#peek().type !== "eof") {
      if (this.#peek().type === "leftDelim") {
        const delim = this.#next();
        const word = this.#nextNonSpace();
        if (word.type === "define") {
          this.#definition();
          continue;
        }
        this.#backup(word);
        this.#backup(delim);
      }
      const node = this.#textOrAction();
      if (isEnding(node)) this.#fail(`unexpected {{${node.type}}}`);
      nodes.push(node);
    }
    this.#add(this.#name, { type: "list", pos, source: this.#source, nodes });
    return this.#trees;
  }

  // Items

  #next(): Item {
    const waiting = this.#waiting.pop();
    if (waiting !== undefined) return waiting;
    const item = this.#lexer.next();
    this.#line = item.line;
    return item;
  }

  #backup(item: Item): void {
    this.#waiting.push(item);
  }

  #peek(): Item {
    const item = this.#next();
    this.#backup(item);
    return item;
  }

  #nextNonSpace(): Item {
    for (;;) {
      const item = this.#next();
      if (item.type !== "space") return item;
    }
  }

  #peekNonSpace(): Item {
    const item = this.#nextNonSpace();
    this.#backup(item);
    return item;
  }

  #expect(context: string, ...types: readonly ItemType[]): Item {
    const item = this.#nextNonSpace();
    if (!types.includes(item.type)) this.#unexpected(item, context);
    return item;
  }

  // Faults

  #fail(message: string, code: "TemplateSyntax" | "TemplateLimit" = "TemplateSyntax"): never {
    const { parseName } = this.#source;
    const at = { file: parseName, line: this.#line };
    throw new TemplateError(code, "parse", `template: ${parseName}:${this.#line}: ${message}`, message, at);
  }

  #unexpected(item: Item, context: string): never {
    if (item.type !== "error") this.#fail(`unexpected ${describeItem(item)} in ${context}`);
    let extra = "";
    if (this.#actionLine !== 0 && this.#actionLine !== item.line) {
      extra = ` in action started at ${this.#source.parseName}:${this.#actionLine}`;
      if (item.value.endsWith(" action")) extra = extra.slice(" in action".length);
    }
    this.#fail(describeItem(item) + extra);
  }

  // Templates

  #add(name: string, root: ListNode): void {
    const known = this.#trees.get(name);
    if (known !== undefined && !isEmptyList(known.root)) {
      if (!isEmptyList(root)) this.#fail(`template: multiple definition of template ${goQuote(name)}`);
      return;
    }
    this.#trees.set(name, { name, parseName: this.#source.parseName, text: this.#source.text, root });
  }

  #definition(): void {
    const context = "define clause";
    const name = this.#unquoted(this.#expect(context, "string", "rawString"));
    this.#expect(context, "rightDelim");
    this.#subtree(name, context);
  }

  /** The body of a define or block: variables and range nesting start afresh in it. */
  #subtree(name: string, context: string): void {
    const outer = { variables: this.#variables, rangeDepth: this.#rangeDepth, actionLine: this.#actionLine };
    this.#variables = ["$"];
    this.#rangeDepth = 0;
    this.#actionLine = 0;
    const [root, end] = this.#itemList();
    if (end.type !== "end") this.#fail(`unexpected {{${end.type}}} in ${context}`);
    this.#add(name, root);
    this.#variables = outer.variables;
    this.#rangeDepth = outer.rangeDepth;
    this.#actionLine = outer.actionLine;
  }

  #itemList(): [ListNode, Ending] {
    if (++this.#blockDepth > LIMITS.blockDepthMax) this.#fail("max block depth exceeded", "TemplateLimit");
    const nodes: StatementNode[] = [];
    const pos = this.#peekNonSpace().pos;
    while (this.#peekNonSpace().type !== "eof") {
      const node = this.#textOrAction();
      if (isEnding(node)) {
        this.#blockDepth--;
        return [{ type: "list", pos, source: this.#source, nodes }, node];
      }
      nodes.push(node);
    }
    this.#fail("unexpected EOF");
  }

  #textOrAction(): StatementNode | Ending {
    const item = this.#nextNonSpace();
    if (item.type === "text") return { type: "text", pos: item.pos, source: this.#source, text: item.value };
    if (item.type !== "leftDelim") this.#unexpected(item, "input");
    this.#actionLine = item.line;
    const node = this.#action();
    this.#actionLine = 0;
    return node;
  }

  #action(): StatementNode | Ending {
    const item = this.#nextNonSpace();
    switch (item.type) {
      case "block":
        return this.#block();
      case "break":
      case "continue":
        return this.#loopControl(item, item.type);
      case "else":
        return this.#elseEnding();
      case "end":
        return { type: "end", pos: this.#expect("end", "rightDelim").pos };
      case "if":
      case "range":
      case "with":
        return this.#control(item.type);
      case "template":
        return this.#template();
    }
    this.#backup(item);
    const { pos } = this.#peek();
    return { type: "action", pos, source: this.#source, pipe: this.#pipeline("command", "rightDelim") };
  }

  #loopControl(item: Item, type: "break" | "continue"): StatementNode {
    const end = this.#nextNonSpace();
    if (end.type !== "rightDelim") this.#unexpected(end, `{{${type}}}`);
    if (this.#rangeDepth === 0) this.#fail(`{{${type}}} outside {{range}}`);
    return { type, pos: item.pos, source: this.#source };
  }

  #elseEnding(): Ending {
    const next = this.#peekNonSpace();
    if (next.type === "if" || next.type === "with") return { type: "else", pos: next.pos };
    return { type: "else", pos: this.#expect("else", "rightDelim").pos };
  }

  #control(type: "if" | "range" | "with"): BranchNode {
    const scope = this.#variables.length;
    const pipe = this.#pipeline(type, "rightDelim");
    if (type === "range") this.#rangeDepth++;
    const [list, ending] = this.#itemList();
    if (type === "range") this.#rangeDepth--;
    const elseList = ending.type === "else" ? this.#elseList(type, ending) : undefined;
    this.#variables.length = scope;
    return { type, pos: pipe.pos, source: this.#source, pipe, list, elseList };
  }

  #elseList(type: "if" | "range" | "with", ending: Ending): ListNode {
    // `{{else if}}` is an if of its own in the else list; both share the one end.
    if (type !== "range" && this.#peek().type === type) {
      this.#next();
      if (++this.#blockDepth > LIMITS.blockDepthMax) this.#fail("max block depth exceeded", "TemplateLimit");
      const nodes = [this.#control(type)];
      this.#blockDepth--;
      return { type: "list", pos: ending.pos, source: this.#source, nodes };
    }
    const [list, end] = this.#itemList();
    if (end.type !== "end") this.#fail(`expected end; found {{${end.type}}}`);
    return list;
  }

  #block(): TemplateNode {
    const context = "block clause";
    const item = this.#nextNonSpace();
    const name = this.#templateName(item, context);
    const pipe = this.#pipeline(context, "rightDelim");
    this.#subtree(name, context);
    return { type: "template", pos: item.pos, source: this.#source, name, pipe };
  }

  #template(): TemplateNode {
    const context = "template clause";
    const item = this.#nextNonSpace();
    const name = this.#templateName(item, context);
    const next = this.#nextNonSpace();
    if (next.type === "rightDelim") {
      return { type: "template", pos: item.pos, source: this.#source, name, pipe: undefined };
    }
    this.#backup(next);
    const pipe = this.#pipeline(context, "rightDelim");
    return { type: "template", pos: item.pos, source: this.#source, name, pipe };
  }

  #templateName(item: Item, context: string): string {
    if (item.type !== "string" && item.type !== "rawString") this.#unexpected(item, context);
    return this.#unquoted(item);
  }

  #unquoted(item: Item): string {
    const text = unquote(item.value);
    if (text === undefined) this.#fail("invalid syntax");
    return text;
  }

  // Pipelines

  #pipeline(context: string, end: "rightDelim" | "rightParen"): PipeNode {
    const { pos } = this.#peekNonSpace();
    const { decl, isAssign } = this.#declarations(context);
    const cmds: CommandNode[] = [];
    for (;;) {
      const item = this.#nextNonSpace();
      if (item.type === end) break;
      if (!OPERAND_STARTS.has(item.type)) this.#unexpected(item, context);
      this.#backup(item);
      cmds.push(this.#command());
    }
    this.#checkPipeline(cmds, context);
    return { type: "pipe", pos, source: this.#source, isAssign, decl, cmds };
  }

  #declarations(context: string): { decl: VariableNode[]; isAssign: boolean } {
    const decl: VariableNode[] = [];
    for (;;) {
      const variable = this.#peekNonSpace();
      if (variable.type !== "variable") return { decl, isAssign: false };
      this.#next();
      const after = this.#peek();
      const next = this.#peekNonSpace();
      if (next.type === "assign" || next.type === "declare") {
        this.#nextNonSpace();
        this.#declare(decl, variable);
        return { decl, isAssign: next.type === "assign" };
      }
      if (next.type !== "char" || next.value !== ",") {
        // Not a declaration: give back the variable, and the space that tells `$x .y` from `$x.y`.
        if (after.type === "space") this.#backup(after);
        this.#backup(variable);
        return { decl, isAssign: false };
      }
      this.#nextNonSpace();
      this.#declare(decl, variable);
      if (context !== "range" || decl.length >= 2) this.#fail(`too many declarations in ${context}`);
      const following = this.#peekNonSpace().type;
      if (following !== "variable" && following !== "rightDelim" && following !== "rightParen") {
        this.#fail("range can only initialize variables");
      }
    }
  }

  #declare(decl: VariableNode[], item: Item): void {
    decl.push(this.#variable(item));
    this.#variables.push(item.value);
  }

  #variable(item: Item): VariableNode {
    return { type: "variable", pos: item.pos, source: this.#source, ident: item.value.split(".") };
  }

  #checkPipeline(cmds: readonly CommandNode[], context: string): void {
    if (cmds.length === 0) this.#fail(`missing value for ${context}`);
    for (const [index, command] of cmds.entries()) {
      if (index > 0 && NOT_EXECUTABLE.has(command.args[0]?.type ?? "")) {
        this.#fail(`non executable command in pipeline stage ${index + 1}`);
      }
    }
  }

  #command(): CommandNode {
    const { pos } = this.#peekNonSpace();
    const args: OperandNode[] = [];
    for (;;) {
      this.#peekNonSpace();
      const operand = this.#operand();
      if (operand !== undefined) args.push(operand);
      const item = this.#next();
      if (item.type === "space") continue;
      if (item.type === "rightDelim" || item.type === "rightParen") this.#backup(item);
      else if (item.type !== "pipe") this.#unexpected(item, "operand");
      break;
    }
    if (args.length === 0) this.#fail("empty command");
    return { type: "command", pos, source: this.#source, args };
  }

  #operand(): OperandNode | undefined {
    const term = this.#term();
    if (term === undefined || this.#peek().type !== "field") return term;
    const { pos } = this.#peek();
    const field: string[] = [];
    while (this.#peek().type === "field") field.push(this.#next().value.slice(1));
    switch (term.type) {
      case "field":
      case "variable":
        return { ...term, pos, ident: [...term.ident, ...field] };
      case "bool":
      case "string":
      case "number":
      case "nil":
      case "dot":
        return this.#fail(`unexpected . after term ${goQuote(printNode(term))}`);
      default:
        return { type: "chain", pos, source: this.#source, node: term, field };
    }
  }

  #term(): OperandNode | undefined {
    const item = this.#nextNonSpace();
    const base = { pos: item.pos, source: this.#source };
    switch (item.type) {
      case "identifier":
        if (!this.#options.hasFunction(item.value)) this.#fail(`function ${goQuote(item.value)} not defined`);
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
        if (typeof value === "string") this.#fail(value);
        return { type: "number", ...base, text: item.value, ...value };
      }
      case "leftParen":
        return this.#parenthesized();
      case "string":
      case "rawString":
        return { type: "string", ...base, quoted: item.value, text: this.#unquoted(item) };
    }
    this.#backup(item);
    return undefined;
  }

  #parenthesized(): PipeNode {
    if (this.#expressionDepth >= LIMITS.expressionDepthMax) this.#fail("max expression depth exceeded");
    this.#expressionDepth++;
    const pipe = this.#pipeline("parenthesized pipeline", "rightParen");
    this.#expressionDepth--;
    return pipe;
  }

  #useVariable(item: Item): VariableNode {
    const variable = this.#variable(item);
    const name = variable.ident[0] ?? "";
    if (!this.#variables.includes(name)) this.#fail(`undefined variable ${goQuote(name)}`);
    return variable;
  }
}

function isEnding(node: StatementNode | Ending): node is Ending {
  return node.type === "end" || node.type === "else";
}
