import { TemplateError } from "../errors.ts";
import { describeItem, type Item, type ItemType, type Lexer } from "./lex.ts";
import type { Source } from "./nodes.ts";

/** Items of a template with room to give some back, and the faults that name the line reached. */
export class ItemReader {
  readonly source: Source;
  readonly #lexer: Lexer;
  /** Items read and given back, the next one last. */
  readonly #waiting: Item[] = [];
  /** The line errors name: that of the last item taken from the lexer. */
  #line = 1;
  /** Line of the delimiter that opened the action at hand; 0 outside of actions. */
  actionLine = 0;
  /** Items taken from the lexer so far. */
  count = 0;

  constructor(source: Source, lexer: Lexer) {
    this.source = source;
    this.#lexer = lexer;
  }

  next(): Item {
    const waiting = this.#waiting.pop();
    if (waiting !== undefined) return waiting;
    const item = this.#lexer.next();
    this.#line = item.line;
    this.count++;
    return item;
  }

  backup(item: Item): void {
    this.#waiting.push(item);
  }

  peek(): Item {
    const item = this.next();
    this.backup(item);
    return item;
  }

  nextNonSpace(): Item {
    for (;;) {
      const item = this.next();
      if (item.type !== "space") return item;
    }
  }

  peekNonSpace(): Item {
    const item = this.nextNonSpace();
    this.backup(item);
    return item;
  }

  expect(context: string, ...types: readonly ItemType[]): Item {
    const item = this.nextNonSpace();
    if (!types.includes(item.type)) this.unexpected(item, context);
    return item;
  }

  fail(message: string, code: "TemplateSyntax" | "TemplateLimit" = "TemplateSyntax"): never {
    const { parseName } = this.source;
    const at = { file: parseName, line: this.#line };
    throw new TemplateError(code, "parse", `template: ${parseName}:${this.#line}: ${message}`, message, at);
  }

  unexpected(item: Item, context: string): never {
    if (item.type !== "error") this.fail(`unexpected ${describeItem(item)} in ${context}`);
    let extra = "";
    if (this.actionLine !== 0 && this.actionLine !== item.line) {
      extra = ` in action started at ${this.source.parseName}:${this.actionLine}`;
      if (item.value.endsWith(" action")) extra = extra.slice(" in action".length);
    }
    this.fail(describeItem(item) + extra);
  }
}
