import { SyntaxFault, type Mark } from "../scan/fault.ts";
import type { Scanner } from "../scan/scanner.ts";
import * as token from "../scan/tokens.ts";
import type { TokenQueue } from "../scan/tokens.ts";

const CORE_PREFIX = "tag:yaml.org,2002:";

/** What was written before a node, and where. The same object serves every node of a parser, so nothing is made for plain nodes. */
export interface Properties {
  /** "" when there is none. */
  anchor: string;
  /** The full tag; "" when there is none, "!" for the non-specific one. */
  tag: string;
  start: number;
  /** Behind the anchor and tag, where there are any. */
  end: number;
  line: number;
  column: number;
}

/**
 * The grammar of libyaml as recursive descent over the scanner's tokens. What is built is up to the subclass: plain values (fast), or
 * nodes with comments. `S` and `M` are a sequence and a mapping in the making.
 *
 * Tokens are looked at in the same order as libyaml does, because looking at one is what gives out comments and faults.
 */
export abstract class Parser<T, S, M> {
  protected readonly scanner: Scanner;
  protected readonly queue: TokenQueue;
  readonly #depthMax: number;
  #depth = 0;
  #entryEnd = 0;
  #entryLine = 0;
  #entryColumn = 0;
  #tagHandles: Map<string, string> | undefined;
  readonly #properties: Properties = { anchor: "", tag: "", start: 0, end: 0, line: 0, column: 0 };

  constructor(scanner: Scanner, depthMax: number) {
    this.scanner = scanner;
    this.queue = scanner.queue;
    this.#depthMax = depthMax;
    this.take();
  }

  /** `slot` is the token of the scalar. */
  protected abstract scalar(slot: number, properties: Properties): T;
  /** A node without content at this place; properties only where there were any. */
  protected abstract empty(offset: number, line: number, column: number, properties: Properties | undefined): T;
  protected abstract alias(name: string, slot: number): T;
  protected abstract openSequence(isFlow: boolean, properties: Properties): S;
  protected abstract addItem(sequence: S, item: T): void;
  protected abstract closeSequence(sequence: S): T;
  protected abstract openMapping(isFlow: boolean, properties: Properties): M;
  protected abstract addKey(mapping: M, key: T): void;
  protected abstract addValue(mapping: M, value: T): void;
  protected abstract closeMapping(mapping: M): T;
  /** `isBare`: it begins without `---`. */
  protected abstract openDocument(line: number, column: number, isBare: boolean): void;
  protected abstract closeDocument(): void;

  /** Hooks for the reader of comments; they do nothing where values are built. */
  protected atPeek(): void {}
  protected beforeSequenceEntry(): void {}
  /** The kind of the token behind a `-`. */
  protected peekBehindEntry(): number {
    return this.peek();
  }

  /** The kind of the next token. */
  protected peek(): number {
    const { queue } = this;
    this.scanner.fill();
    this.atPeek();
    return queue.kind[queue.head] as number;
  }

  protected take(): void {
    this.queue.take();
  }

  /** The next document's content, or undefined at the end of the stream. */
  document(isFirst: boolean): { content: T; line: number } | undefined {
    let kind = this.peek();
    if (!isFirst) {
      while (kind === token.DOCUMENT_END) {
        this.take();
        kind = this.peek();
      }
    }
    if (kind === token.STREAM_END) return undefined;
    const line = this.#line();
    const isBare =
      isFirst && kind !== token.VERSION_DIRECTIVE && kind !== token.TAG_DIRECTIVE && kind !== token.DOCUMENT_START;
    this.#tagHandles = undefined;
    if (isBare) {
      this.openDocument(line, this.#column(), true);
      const content = this.#node(true, false);
      this.#endDocument();
      return { content, line };
    }
    const column = this.#column();
    this.#directives();
    if (this.peek() !== token.DOCUMENT_START) throw this.#fault("did not find expected <document start>");
    this.openDocument(line, column, false);
    this.take();
    this.peek();
    const contentLine = this.#line();
    const content = this.#documentContent();
    this.#endDocument();
    return { content, line: contentLine };
  }

  /** Where the next token stands, line from 0. To be asked between documents. */
  nextPlace(): { offset: number; line: number } {
    while (this.peek() === token.DOCUMENT_END) this.take();
    return { offset: this.queue.start[this.queue.head] as number, line: this.#line() };
  }

  #documentContent(): T {
    const kind = this.peek();
    const isEmpty =
      kind === token.VERSION_DIRECTIVE ||
      kind === token.TAG_DIRECTIVE ||
      kind === token.DOCUMENT_START ||
      kind === token.DOCUMENT_END ||
      kind === token.STREAM_END;
    return isEmpty ? this.#emptyHere() : this.#node(true, false);
  }

  #endDocument(): void {
    const kind = this.peek();
    if (kind === token.DOCUMENT_END) this.take();
    this.closeDocument();
  }

  #directives(): void {
    let hasVersion = false;
    for (let kind = this.peek(); ; kind = this.peek()) {
      const { queue } = this;
      if (kind === token.VERSION_DIRECTIVE) {
        if (hasVersion) throw this.#fault("found duplicate %YAML directive");
        hasVersion = true;
        if (!this.acceptsVersion(queue.value[queue.head] as string))
          throw this.#fault("found incompatible YAML document");
      } else if (kind === token.TAG_DIRECTIVE) {
        this.#tagHandles ??= new Map();
        const handle = queue.value[queue.head] as string;
        if (this.#tagHandles.has(handle)) throw this.#fault("found duplicate %TAG directive");
        this.#tagHandles.set(handle, queue.suffix[queue.head] as string);
      } else {
        return;
      }
      this.take();
    }
  }

  protected acceptsVersion(version: string): boolean {
    return version === "1.1";
  }

  /** A node. `isIndentless`: a sequence may stand at the column of the mapping whose value it is. */
  #node(isBlock: boolean, isIndentless: boolean): T {
    const { queue } = this;
    let kind = this.peek();
    const slot = queue.head;
    if (kind === token.ALIAS) {
      const node = this.alias(queue.value[slot] as string, slot);
      this.take();
      return node;
    }
    const properties = this.#properties;
    properties.anchor = "";
    properties.tag = "";
    properties.start = queue.start[slot] as number;
    properties.line = queue.line[slot] as number;
    properties.column = queue.column[slot] as number;
    if (kind === token.ANCHOR || kind === token.TAG) kind = this.#readProperties(kind);
    if (kind === token.SCALAR) {
      const node = this.scalar(queue.head, properties);
      this.take();
      return node;
    }
    return this.#collection(kind, isBlock, isIndentless);
  }

  #collection(kind: number, isBlock: boolean, isIndentless: boolean): T {
    const properties = this.#properties;
    if (++this.#depth > this.#depthMax) throw this.#tooDeep();
    let node: T;
    if (isIndentless && kind === token.BLOCK_ENTRY) node = this.#indentlessSequence(properties);
    else if (kind === token.FLOW_SEQUENCE_START) node = this.#flowSequence(properties);
    else if (kind === token.FLOW_MAPPING_START) node = this.#flowMapping(properties);
    else if (isBlock && kind === token.BLOCK_SEQUENCE_START) node = this.#blockSequence(properties);
    else if (isBlock && kind === token.BLOCK_MAPPING_START) node = this.#blockMapping(properties);
    else node = this.#bareProperties(properties);
    this.#depth--;
    return node;
  }

  #bareProperties(properties: Properties): T {
    const { start, line, column } = properties;
    if (properties.anchor === "" && properties.tag === "") {
      throw this.#fault("did not find expected node content", { offset: start, line, column });
    }
    return this.empty(properties.end, line, column, properties);
  }

  /** Reads anchor and tag in either order; answers the kind of the token behind them. */
  #readProperties(first: number): number {
    const { queue } = this;
    const properties = this.#properties;
    let kind = first;
    let tagMark: Mark | undefined;
    let handle = "";
    let suffix = "";
    for (let count = 0; count < 2; count++) {
      if (kind === token.ANCHOR && properties.anchor === "") {
        properties.anchor = queue.value[queue.head] as string;
      } else if (kind === token.TAG && tagMark === undefined) {
        tagMark = this.#markHere();
        handle = queue.value[queue.head] as string;
        suffix = queue.suffix[queue.head] as string;
      } else {
        break;
      }
      properties.end = queue.end[queue.head] as number;
      this.take();
      kind = this.peek();
    }
    if (tagMark !== undefined) properties.tag = this.#resolveTag(handle, suffix, tagMark);
    return kind;
  }

  #resolveTag(handle: string, suffix: string, at: Mark): string {
    if (handle === "") return suffix;
    const prefix = this.#tagHandles?.get(handle) ?? (handle === "!" ? "!" : handle === "!!" ? CORE_PREFIX : undefined);
    if (prefix !== undefined) return prefix + suffix;
    const { start, line, column } = this.#properties;
    throw new SyntaxFault("parser", "found undefined tag handle", at, { offset: start, line, column });
  }

  #blockSequence(properties: Properties): T {
    const sequence = this.openSequence(false, properties);
    const context = this.#markHere();
    this.take();
    for (let kind = this.peek(); kind === token.BLOCK_ENTRY; kind = this.peek()) {
      this.#takeEntry();
      kind = this.peekBehindEntry();
      const isEmpty = kind === token.BLOCK_ENTRY || kind === token.BLOCK_END;
      this.addItem(sequence, isEmpty ? this.#emptyItem() : this.#node(true, false));
    }
    if (this.#kind() !== token.BLOCK_END) throw this.#fault("did not find expected '-' indicator", context);
    const node = this.closeSequence(sequence);
    this.take();
    return node;
  }

  #indentlessSequence(properties: Properties): T {
    const sequence = this.openSequence(false, properties);
    for (let kind = this.peek(); kind === token.BLOCK_ENTRY; kind = this.peek()) {
      this.#takeEntry();
      kind = this.peekBehindEntry();
      const isEmpty =
        kind === token.BLOCK_ENTRY || kind === token.KEY || kind === token.VALUE || kind === token.BLOCK_END;
      this.addItem(sequence, isEmpty ? this.#emptyItem() : this.#node(true, false));
    }
    return this.closeSequence(sequence);
  }

  /** Takes a `-`; where it ended is kept for an item that is left out. */
  #takeEntry(): void {
    const { queue } = this;
    const { head } = queue;
    this.#entryEnd = queue.end[head] as number;
    this.#entryLine = queue.line[head] as number;
    this.#entryColumn = (queue.column[head] as number) + 1;
    this.beforeSequenceEntry();
    this.take();
  }

  #emptyItem(): T {
    return this.empty(this.#entryEnd, this.#entryLine, this.#entryColumn, undefined);
  }

  #blockMapping(properties: Properties): T {
    const mapping = this.openMapping(false, properties);
    const context = this.#markHere();
    this.take();
    for (let kind = this.peek(); ; kind = this.peek()) {
      if (kind === token.KEY) this.addKey(mapping, this.#blockPart());
      else if (kind === token.BLOCK_END) break;
      else throw this.#fault("did not find expected key", context);
      this.addValue(mapping, this.peek() === token.VALUE ? this.#blockPart() : this.#emptyHere());
    }
    const node = this.closeMapping(mapping);
    this.take();
    return node;
  }

  /** What stands behind `?` or `:` of a block mapping. */
  #blockPart(): T {
    const { queue } = this;
    const end = queue.end[queue.head] as number;
    const line = queue.line[queue.head] as number;
    const column = (queue.column[queue.head] as number) + end - (queue.start[queue.head] as number);
    this.take();
    const kind = this.peek();
    if (kind === token.KEY || kind === token.VALUE || kind === token.BLOCK_END) {
      return this.empty(end, line, column, undefined);
    }
    return this.#node(true, true);
  }

  #flowSequence(properties: Properties): T {
    const sequence = this.openSequence(true, properties);
    const context = this.#markHere();
    this.take();
    for (let isFirst = true; ; isFirst = false) {
      let kind = this.peek();
      if (kind === token.FLOW_SEQUENCE_END) break;
      if (!isFirst) {
        if (kind !== token.FLOW_ENTRY) throw this.#fault("did not find expected ',' or ']'", context);
        this.take();
        kind = this.peek();
      }
      if (kind === token.KEY) this.addItem(sequence, this.#singlePair());
      else if (kind === token.FLOW_SEQUENCE_END) break;
      else this.addItem(sequence, this.#node(false, false));
    }
    const node = this.closeSequence(sequence);
    this.take();
    return node;
  }

  /** `[a: b]` and `[? a : b]`: a mapping of one pair without braces. */
  #singlePair(): T {
    const { queue } = this;
    const properties = this.#properties;
    properties.anchor = "";
    properties.tag = "";
    properties.start = queue.start[queue.head] as number;
    properties.line = this.#line();
    properties.column = this.#column();
    if (++this.#depth > this.#depthMax) throw this.#tooDeep();
    const mapping = this.openMapping(true, properties);
    this.take();
    const kind = this.peek();
    if (kind === token.VALUE || kind === token.FLOW_ENTRY || kind === token.FLOW_SEQUENCE_END) {
      // libyaml passes over this token, so `[? : x]` and `[? ]` are read oddly; kept, because go-yaml has it.
      const end = this.queue.end[this.queue.head] as number;
      const line = this.#line();
      const column = this.#column() + 1;
      this.take();
      this.addKey(mapping, this.empty(end, line, column, undefined));
    } else {
      this.addKey(mapping, this.#node(false, false));
    }
    const colon = this.peek() === token.VALUE ? this.#markHere() : undefined;
    this.addValue(mapping, this.#flowValue(token.FLOW_SEQUENCE_END, colon));
    this.peek();
    this.#depth--;
    return this.closeMapping(mapping);
  }

  /** What stands behind `:`, if one comes. `emptyAt`: where libyaml puts a value that is left out, if not at what comes next. */
  #flowValue(closing: number, emptyAt: Mark | undefined): T {
    if (this.peek() === token.VALUE) {
      this.take();
      const kind = this.peek();
      if (kind !== token.FLOW_ENTRY && kind !== closing) return this.#node(false, false);
    }
    if (emptyAt !== undefined) return this.empty(emptyAt.offset, emptyAt.line, emptyAt.column, undefined);
    return this.#emptyHere();
  }

  #flowMapping(properties: Properties): T {
    const mapping = this.openMapping(true, properties);
    const context = this.#markHere();
    this.take();
    for (let isFirst = true; ; isFirst = false) {
      let kind = this.peek();
      if (kind === token.FLOW_MAPPING_END) break;
      if (!isFirst) {
        if (kind !== token.FLOW_ENTRY) throw this.#fault("did not find expected ',' or '}'", context);
        this.take();
        kind = this.peek();
      }
      if (kind === token.FLOW_MAPPING_END) break;
      this.#flowPair(mapping, kind);
    }
    const node = this.closeMapping(mapping);
    this.take();
    return node;
  }

  #flowPair(mapping: M, kind: number): void {
    if (kind !== token.KEY) {
      this.addKey(mapping, this.#node(false, false));
      this.peek();
      this.addValue(mapping, this.#emptyHere());
      return;
    }
    this.take();
    const next = this.peek();
    const isEmpty = next === token.VALUE || next === token.FLOW_ENTRY || next === token.FLOW_MAPPING_END;
    this.addKey(mapping, isEmpty ? this.#emptyHere() : this.#node(false, false));
    this.addValue(mapping, this.#flowValue(token.FLOW_MAPPING_END, undefined));
  }

  // The token at the head, which was looked at before

  #kind(): number {
    return this.queue.kind[this.queue.head] as number;
  }

  #line(): number {
    return this.queue.line[this.queue.head] as number;
  }

  #column(): number {
    return this.queue.column[this.queue.head] as number;
  }

  #markHere(): Mark {
    const { queue } = this;
    return { offset: queue.start[queue.head] as number, line: this.#line(), column: this.#column() };
  }

  #emptyHere(): T {
    const { queue } = this;
    return this.empty(queue.start[queue.head] as number, this.#line(), this.#column(), undefined);
  }

  #fault(problem: string, context?: Mark): SyntaxFault {
    return new SyntaxFault("parser", problem, this.#markHere(), context);
  }

  protected unknownAnchor(name: string): SyntaxFault {
    return new SyntaxFault("composer", `unknown anchor '${name}' referenced`, this.#markHere());
  }

  #tooDeep(): SyntaxFault {
    return new SyntaxFault("limit", `collections are nested more than ${this.#depthMax} deep`, this.#markHere());
  }
}
