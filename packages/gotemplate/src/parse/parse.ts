import { goQuote } from "../fmt/quote.ts";
import { LIMITS } from "../limits.ts";
import { ItemReader } from "./items.ts";
import { Lexer, type Item } from "./lex.ts";
import {
  isEmptyList,
  type BranchNode,
  type ListNode,
  type ParseTree,
  type Source,
  type StatementNode,
  type TemplateNode,
} from "./nodes.ts";
import { PipelineParser, unquoted } from "./pipeline.ts";

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

export interface ParsedText {
  /** The tree under the text's own name and one for each define and block. */
  readonly trees: ReadonlyMap<string, ParseTree>;
  /** Items read: what the trees weigh. */
  readonly items: number;
}

/** Parses one text. @throws TemplateError with Go's words */
export function parseText(name: string, text: string, options: ParserOptions): ParsedText {
  return new Parser(name, text, options).parse();
}

class Parser {
  readonly #source: Source;
  readonly #name: string;
  readonly #items: ItemReader;
  readonly #pipelines: PipelineParser;
  readonly #trees = new Map<string, ParseTree>();
  #rangeDepth = 0;
  #blockDepth = 0;

  constructor(name: string, text: string, options: ParserOptions) {
    this.#source = { parseName: name, text };
    this.#name = name;
    const lexer = new Lexer(text, {
      left: options.leftDelim,
      right: options.rightDelim,
      breakKeyword: !options.hasFunction("break"),
      continueKeyword: !options.hasFunction("continue"),
    });
    this.#items = new ItemReader(this.#source, lexer);
    this.#pipelines = new PipelineParser(this.#items, options.hasFunction);
  }

  parse(): ParsedText {
    if (this.#source.text.length > LIMITS.templateCharsMax) this.#items.fail("template is too large", "TemplateLimit");
    const nodes: StatementNode[] = [];
    const pos = this.#items.peek().pos;
    while (this.#items.peek().type !== "eof") {
      if (this.#items.peek().type === "leftDelim") {
        const delim = this.#items.next();
        const word = this.#items.nextNonSpace();
        if (word.type === "define") {
          this.#definition();
          continue;
        }
        this.#items.backup(word);
        this.#items.backup(delim);
      }
      const node = this.#textOrAction();
      if (isEnding(node)) this.#items.fail(`unexpected {{${node.type}}}`);
      nodes.push(node);
    }
    this.#add(this.#name, { type: "list", pos, source: this.#source, nodes });
    return { trees: this.#trees, items: this.#items.count };
  }

  // Templates

  #add(name: string, root: ListNode): void {
    const known = this.#trees.get(name);
    if (known !== undefined && !isEmptyList(known.root)) {
      if (!isEmptyList(root)) this.#items.fail(`template: multiple definition of template ${goQuote(name)}`);
      return;
    }
    this.#trees.set(name, { name, parseName: this.#source.parseName, text: this.#source.text, root });
  }

  #definition(): void {
    const context = "define clause";
    const name = unquoted(this.#items, this.#items.expect(context, "string", "rawString"));
    this.#items.expect(context, "rightDelim");
    this.#subtree(name, context);
  }

  /** The body of a define or block: variables and range nesting start afresh in it. */
  #subtree(name: string, context: string): void {
    const outer = {
      variables: this.#pipelines.variables,
      rangeDepth: this.#rangeDepth,
      actionLine: this.#items.actionLine,
    };
    this.#pipelines.variables = ["$"];
    this.#rangeDepth = 0;
    this.#items.actionLine = 0;
    const [root, end] = this.#itemList();
    if (end.type !== "end") this.#items.fail(`unexpected {{${end.type}}} in ${context}`);
    this.#add(name, root);
    this.#pipelines.variables = outer.variables;
    this.#rangeDepth = outer.rangeDepth;
    this.#items.actionLine = outer.actionLine;
  }

  #itemList(): [ListNode, Ending] {
    if (++this.#blockDepth > LIMITS.blockDepthMax) this.#items.fail("max block depth exceeded", "TemplateLimit");
    const nodes: StatementNode[] = [];
    const pos = this.#items.peekNonSpace().pos;
    while (this.#items.peekNonSpace().type !== "eof") {
      const node = this.#textOrAction();
      if (isEnding(node)) {
        this.#blockDepth--;
        return [{ type: "list", pos, source: this.#source, nodes }, node];
      }
      nodes.push(node);
    }
    this.#items.fail("unexpected EOF");
  }

  #textOrAction(): StatementNode | Ending {
    const item = this.#items.nextNonSpace();
    if (item.type === "text") return { type: "text", pos: item.pos, source: this.#source, text: item.value };
    if (item.type !== "leftDelim") this.#items.unexpected(item, "input");
    this.#items.actionLine = item.line;
    const node = this.#action();
    this.#items.actionLine = 0;
    return node;
  }

  #action(): StatementNode | Ending {
    const item = this.#items.nextNonSpace();
    switch (item.type) {
      case "block":
        return this.#block();
      case "break":
      case "continue":
        return this.#loopControl(item, item.type);
      case "else":
        return this.#elseEnding();
      case "end":
        return { type: "end", pos: this.#items.expect("end", "rightDelim").pos };
      case "if":
      case "range":
      case "with":
        return this.#control(item.type);
      case "template":
        return this.#template();
    }
    this.#items.backup(item);
    const { pos } = this.#items.peek();
    return { type: "action", pos, source: this.#source, pipe: this.#pipelines.pipeline("command", "rightDelim") };
  }

  #loopControl(item: Item, type: "break" | "continue"): StatementNode {
    const end = this.#items.nextNonSpace();
    if (end.type !== "rightDelim") this.#items.unexpected(end, `{{${type}}}`);
    if (this.#rangeDepth === 0) this.#items.fail(`{{${type}}} outside {{range}}`);
    return { type, pos: item.pos, source: this.#source };
  }

  #elseEnding(): Ending {
    const next = this.#items.peekNonSpace();
    if (next.type === "if" || next.type === "with") return { type: "else", pos: next.pos };
    return { type: "else", pos: this.#items.expect("else", "rightDelim").pos };
  }

  #control(type: "if" | "range" | "with"): BranchNode {
    const scope = this.#pipelines.variables.length;
    const pipe = this.#pipelines.pipeline(type, "rightDelim");
    if (type === "range") this.#rangeDepth++;
    const [list, ending] = this.#itemList();
    if (type === "range") this.#rangeDepth--;
    const elseList = ending.type === "else" ? this.#elseList(type, ending) : undefined;
    this.#pipelines.variables.length = scope;
    return { type, pos: pipe.pos, source: this.#source, pipe, list, elseList };
  }

  #elseList(type: "if" | "range" | "with", ending: Ending): ListNode {
    // `{{else if}}` is an if of its own in the else list; both share the one end.
    if (type !== "range" && this.#items.peek().type === type) {
      this.#items.next();
      if (++this.#blockDepth > LIMITS.blockDepthMax) this.#items.fail("max block depth exceeded", "TemplateLimit");
      const nodes = [this.#control(type)];
      this.#blockDepth--;
      return { type: "list", pos: ending.pos, source: this.#source, nodes };
    }
    const [list, end] = this.#itemList();
    if (end.type !== "end") this.#items.fail(`expected end; found {{${end.type}}}`);
    return list;
  }

  #block(): TemplateNode {
    const context = "block clause";
    const item = this.#items.nextNonSpace();
    const name = this.#templateName(item, context);
    const pipe = this.#pipelines.pipeline(context, "rightDelim");
    this.#subtree(name, context);
    return { type: "template", pos: item.pos, source: this.#source, name, pipe };
  }

  #template(): TemplateNode {
    const context = "template clause";
    const item = this.#items.nextNonSpace();
    const name = this.#templateName(item, context);
    const next = this.#items.nextNonSpace();
    if (next.type === "rightDelim") {
      return { type: "template", pos: item.pos, source: this.#source, name, pipe: undefined };
    }
    this.#items.backup(next);
    const pipe = this.#pipelines.pipeline(context, "rightDelim");
    return { type: "template", pos: item.pos, source: this.#source, name, pipe };
  }

  #templateName(item: Item, context: string): string {
    if (item.type !== "string" && item.type !== "rawString") this.#items.unexpected(item, context);
    return unquoted(this.#items, item);
  }
}

function isEnding(node: StatementNode | Ending): node is Ending {
  return node.type === "end" || node.type === "else";
}
