import { SyntaxFault, type Mark } from "../scan/fault.ts";
import * as token from "../scan/tokens.ts";
import { BlockParser } from "./block.ts";
import type { Properties } from "./builder.ts";

const CORE_PREFIX = "tag:yaml.org,2002:";

/** The grammar of libyaml as recursive descent over the scanner's tokens: documents and nodes. */
export abstract class Parser<T, S, M> extends BlockParser<T, S, M> {
  #tagHandles: Map<string, string> | undefined;

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
    const line = this.tokenLine;
    const isBare =
      isFirst && kind !== token.VERSION_DIRECTIVE && kind !== token.TAG_DIRECTIVE && kind !== token.DOCUMENT_START;
    this.#tagHandles = undefined;
    if (isBare) {
      this.openDocument(line, this.tokenColumn, true);
      const content = this.node(true, false);
      this.#endDocument();
      return { content, line };
    }
    const column = this.tokenColumn;
    this.#directives();
    if (this.peek() !== token.DOCUMENT_START) throw this.fault("did not find expected <document start>");
    this.openDocument(line, column, false);
    this.take();
    this.peek();
    const contentLine = this.tokenLine;
    const content = this.#documentContent();
    this.#endDocument();
    return { content, line: contentLine };
  }

  /** Where the next token stands, line from 0. To be asked between documents. */
  nextPlace(): { offset: number; line: number } {
    while (this.peek() === token.DOCUMENT_END) this.take();
    return { offset: this.tokenStart, line: this.tokenLine };
  }

  #documentContent(): T {
    const kind = this.peek();
    const isEmpty =
      kind === token.VERSION_DIRECTIVE ||
      kind === token.TAG_DIRECTIVE ||
      kind === token.DOCUMENT_START ||
      kind === token.DOCUMENT_END ||
      kind === token.STREAM_END;
    return isEmpty ? this.emptyHere() : this.node(true, false);
  }

  #endDocument(): void {
    const kind = this.peek();
    if (kind === token.DOCUMENT_END) this.take();
    this.closeDocument();
  }

  #directives(): void {
    let hasVersion = false;
    for (let kind = this.peek(); ; kind = this.peek()) {
      if (kind === token.VERSION_DIRECTIVE) {
        if (hasVersion) throw this.fault("found duplicate %YAML directive");
        hasVersion = true;
        if (this.tokenValue !== "1.1") throw this.fault("found incompatible YAML document");
      } else if (kind === token.TAG_DIRECTIVE) {
        this.#tagHandles ??= new Map();
        const handle = this.tokenValue;
        if (this.#tagHandles.has(handle)) throw this.fault("found duplicate %TAG directive");
        this.#tagHandles.set(handle, this.tokenSuffix);
      } else {
        return;
      }
      this.take();
    }
  }

  /** A node. `isIndentless`: a sequence may stand at the column of the mapping whose value it is. */
  protected override node(isBlock: boolean, isIndentless: boolean): T {
    const { queue } = this;
    let kind = this.peek();
    const slot = queue.head;
    if (kind === token.ALIAS) {
      const node = this.alias(queue.value[slot] as string, slot);
      this.take();
      return node;
    }
    const { properties } = this;
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
    const { properties } = this;
    this.enter();
    let node: T;
    if (isIndentless && kind === token.BLOCK_ENTRY) node = this.indentlessSequence(properties);
    else if (kind === token.FLOW_SEQUENCE_START) node = this.flowSequence(properties);
    else if (kind === token.FLOW_MAPPING_START) node = this.flowMapping(properties);
    else if (isBlock && kind === token.BLOCK_SEQUENCE_START) node = this.blockSequence(properties);
    else if (isBlock && kind === token.BLOCK_MAPPING_START) node = this.blockMapping(properties);
    else node = this.#bareProperties(properties);
    this.leave();
    return node;
  }

  #bareProperties(properties: Properties): T {
    const { start, line, column } = properties;
    if (properties.anchor === "" && properties.tag === "") {
      throw this.fault("did not find expected node content", { offset: start, line, column });
    }
    return this.empty(properties.end, line, column, properties);
  }

  /** Reads anchor and tag in either order; answers the kind of the token behind them. */
  #readProperties(first: number): number {
    const { properties } = this;
    let kind = first;
    let tagMark: Mark | undefined;
    let handle = "";
    let suffix = "";
    for (let count = 0; count < 2; count++) {
      if (kind === token.ANCHOR && properties.anchor === "") {
        properties.anchor = this.tokenValue;
      } else if (kind === token.TAG && tagMark === undefined) {
        tagMark = this.tokenMark();
        handle = this.tokenValue;
        suffix = this.tokenSuffix;
      } else {
        break;
      }
      properties.end = this.tokenEnd;
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
    const { start, line, column } = this.properties;
    throw new SyntaxFault("parser", "found undefined tag handle", at, { offset: start, line, column });
  }
}
