import { SIMPLE_KEY_CHARS_MAX } from "../limits.ts";
import { readBlock } from "./block.ts";
import { BOM, isBreak, isBreakOrEnd, isSpaceOrEnd, NUL, SPACE, TAB } from "./chars.ts";
import type { CommentReader } from "./comments.ts";
import { Cursor } from "./cursor.ts";
import type { Mark } from "./fault.ts";
import { KeyCandidates } from "./key-candidates.ts";
import { readPlain, type ScalarText } from "./plain.ts";
import { readAnchorName, readDirective, readTag } from "./properties.ts";
import { readQuoted } from "./quoted.ts";
import type { Source } from "./source.ts";
import * as token from "./tokens.ts";
import { TokenQueue } from "./tokens.ts";

/** Go's scanners refuse to go deeper, whatever our own limit is. */
const GO_DEPTH_MAX = 10_000;

/**
 * Turns text into tokens the way libyaml does. An implicit key is recognised only at its `:`, so tokens wait in the queue while their
 * first one may still become a key; `fill` reads on until the first token is certain. go-yaml v3 reads two tokens further than that,
 * which shows in where comments land and which of two faults is reported first; `lookahead` is that number.
 */
export class Scanner extends Cursor {
  readonly queue = new TokenQueue();
  readonly #indents: number[] = [];
  readonly #keys: KeyCandidates;
  readonly #answer: ScalarText = { value: "", end: 0, crossedLine: false };
  readonly #lookahead: number;
  readonly #comments: CommentReader | undefined;
  #isEnded = false;

  constructor(source: Source, pos: number, line: number, comments: CommentReader | undefined, lookahead: number) {
    super(source, pos, line);
    this.#comments = comments;
    this.#lookahead = lookahead;
    this.#keys = new KeyCandidates(this, this.queue);
    this.queue.push(token.STREAM_START, pos, pos, line, 0);
    if (pos === 0 && this.text.charCodeAt(0) === BOM) {
      this.pos = 1;
      this.lineStart = 1;
    }
  }

  /** Reads until the token at the queue's head can be handed out. */
  fill(): void {
    const { queue } = this;
    for (;;) {
      if (queue.length > this.#lookahead || this.#isEnded) {
        if (!this.#keys.mayBeginAtHead() || this.#isEnded) return;
      }
      this.#readToken();
    }
  }

  #readToken(): void {
    const scanMark = this.#comments === undefined ? undefined : this.mark();
    this.#passToToken(scanMark);
    if (this.flowLevel === 0 && this.indent > this.column) this.#closeBlocks(this.column, scanMark);
    const owner = this.#comments?.ownerOf(this);
    this.#dispatch();
    if (owner !== undefined) this.#comments?.afterToken(this, owner);
  }

  #dispatch(): void {
    const { text, pos } = this;
    const code = text.charCodeAt(pos);
    if ((code > 96 && code < 123) || (code > 64 && code < 91)) return this.#readPlainScalar();
    if (code === NUL) return this.#endStream();
    if (pos === this.lineStart) {
      if (code === 37) return this.#readDirective();
      if ((code === 45 || code === 46) && this.isDocumentMarker()) return this.#readDocumentMarker(code);
    }
    switch (code) {
      case 91:
        return this.#openFlow(token.FLOW_SEQUENCE_START);
      case 123:
        return this.#openFlow(token.FLOW_MAPPING_START);
      case 93:
        return this.#closeFlow(token.FLOW_SEQUENCE_END);
      case 125:
        return this.#closeFlow(token.FLOW_MAPPING_END);
      case 44:
        return this.#readFlowEntry();
      case 34:
        return this.#readQuotedScalar(false);
      case 39:
        return this.#readQuotedScalar(true);
      case 38:
        return this.#readAnchor(token.ANCHOR);
      case 42:
        return this.#readAnchor(token.ALIAS);
      case 33:
        return this.#readTag();
      default:
        return this.#dispatchByNext(code);
    }
  }

  /** Characters whose meaning hangs on the one behind them or on the context. */
  #dispatchByNext(code: number): void {
    const next = this.text.charCodeAt(this.pos + 1);
    const isBlock = this.flowLevel === 0;
    if (code === 45) {
      if (isSpaceOrEnd(next)) return this.#readBlockEntry();
      return this.#readPlainScalar();
    }
    if (code === 63 || code === 58) {
      if (isBlock && !isSpaceOrEnd(next)) return this.#readPlainScalar();
      return code === 63 ? this.#readKey() : this.#readValue();
    }
    if (code === 124 || code === 62) {
      if (isBlock) return this.#readBlockScalar(code === 124);
    } else if (code !== 35 && code !== 37 && code !== 64 && code !== 96 && !isSpaceOrEnd(code)) {
      return this.#readPlainScalar();
    }
    throw this.fault("found character that cannot start any token", this.mark());
  }

  /** Passes white space and comments. In block context a tab is white space only where no key may begin. */
  #passToToken(scanMark: Mark | undefined): void {
    const { text } = this;
    for (;;) {
      let code = text.charCodeAt(this.pos);
      if (code === BOM && this.pos === this.lineStart) code = text.charCodeAt(++this.pos);
      while (code === SPACE || (code === TAB && (this.flowLevel > 0 || !this.keyAllowed))) {
        code = text.charCodeAt(++this.pos);
      }
      if (scanMark !== undefined) this.#comments?.beforeToken(this);
      if (code === 35) {
        if (scanMark === undefined) this.#passComment();
        else this.#comments?.readAll(this, scanMark);
        code = text.charCodeAt(this.pos);
      }
      if (!isBreak(code)) return;
      this.passBreak();
      if (this.flowLevel === 0) this.keyAllowed = true;
    }
  }

  #passComment(): void {
    const { text } = this;
    let { pos } = this;
    while (!isBreakOrEnd(text.charCodeAt(pos))) pos++;
    this.pos = pos;
  }

  #push(kind: number, start: number, end: number, line: number, column: number): number {
    const slot = this.queue.push(kind, start, end, line, column);
    this.#keys.markNext(slot);
    return slot;
  }

  /** A token of `length` characters at the cursor. */
  #pushHere(kind: number, length: number): void {
    const { pos } = this;
    this.#push(kind, pos, pos + length, this.line, this.column);
    this.pos = pos + length;
  }

  // Indentation

  #openBlock(column: number, kind: number, number: number, mark: Mark): void {
    if (this.flowLevel > 0 || this.indent >= column) return;
    this.#indents.push(this.indent);
    this.indent = column;
    if (this.#indents.length > GO_DEPTH_MAX) {
      throw this.fault(`exceeded max depth of ${GO_DEPTH_MAX}`, this.#keys.innermost());
    }
    this.queue.insert(number, kind, mark.offset, mark.line, mark.column);
  }

  #closeBlocks(column: number, scanMark: Mark | undefined): void {
    if (this.flowLevel > 0) return;
    const endOf = scanMark === undefined ? undefined : this.#comments?.blockEnds(scanMark);
    while (this.indent > column) {
      const mark = endOf?.(this.indent);
      if (mark === undefined) this.#push(token.BLOCK_END, this.pos, this.pos, this.line, this.column);
      else this.#push(token.BLOCK_END, mark.offset, mark.offset, mark.line, mark.column);
      this.indent = this.#indents.pop() as number;
    }
  }

  // Tokens

  #endStream(): void {
    if (this.pos !== this.lineStart) {
      this.line++;
      this.lineStart = this.pos;
    }
    this.#closeBlocks(-1, this.#comments === undefined ? undefined : this.mark());
    this.#keys.drop();
    this.keyAllowed = false;
    this.#pushHere(token.STREAM_END, 0);
    this.#isEnded = true;
  }

  #beforeMarker(): void {
    this.#closeBlocks(-1, this.#comments === undefined ? undefined : this.mark());
    this.#keys.drop();
    this.keyAllowed = false;
  }

  #readDirective(): void {
    this.#beforeMarker();
    const { pos, line, column } = this;
    const directive = readDirective(this);
    if (directive.name === "YAML") {
      const slot = this.#push(token.VERSION_DIRECTIVE, pos, directive.end, line, column);
      this.queue.value[slot] = `${directive.major}.${directive.minor}`;
    } else {
      const slot = this.#push(token.TAG_DIRECTIVE, pos, directive.end, line, column);
      this.queue.value[slot] = directive.handle;
      this.queue.suffix[slot] = directive.prefix;
    }
  }

  #readDocumentMarker(code: number): void {
    this.#beforeMarker();
    this.#pushHere(code === 45 ? token.DOCUMENT_START : token.DOCUMENT_END, 3);
  }

  #openFlow(kind: number): void {
    this.#keys.save();
    this.#keys.open();
    this.flowLevel++;
    if (this.flowLevel > GO_DEPTH_MAX)
      throw this.fault(`exceeded max depth of ${GO_DEPTH_MAX}`, this.#keys.innermost());
    this.keyAllowed = true;
    this.#pushHere(kind, 1);
  }

  #closeFlow(kind: number): void {
    this.#keys.drop();
    if (this.flowLevel > 0) {
      this.#keys.close();
      this.flowLevel--;
    }
    this.keyAllowed = false;
    this.#pushHere(kind, 1);
  }

  #readFlowEntry(): void {
    this.#keys.drop();
    this.keyAllowed = true;
    this.#pushHere(token.FLOW_ENTRY, 1);
  }

  #readBlockEntry(): void {
    if (this.flowLevel === 0) {
      if (!this.keyAllowed) {
        throw this.fault("block sequence entries are not allowed in this context", this.mark());
      }
      if (this.indent < this.column) this.#openBlock(this.column, token.BLOCK_SEQUENCE_START, -1, this.mark());
    }
    this.#keys.drop();
    this.keyAllowed = true;
    this.#pushHere(token.BLOCK_ENTRY, 1);
  }

  #readKey(): void {
    if (this.flowLevel === 0) {
      if (!this.keyAllowed) throw this.fault("mapping keys are not allowed in this context", this.mark());
      this.#openBlock(this.column, token.BLOCK_MAPPING_START, -1, this.mark());
    }
    this.#keys.drop();
    this.keyAllowed = this.flowLevel === 0;
    this.#pushHere(token.KEY, 1);
  }

  #readValue(): void {
    const key = this.#keys.take();
    if (key !== undefined) {
      this.queue.insert(key.number, token.KEY, key.offset, key.line, key.column);
      if (this.indent < key.column) this.#openBlock(key.column, token.BLOCK_MAPPING_START, key.number, key);
      this.#keys.settle(key);
      this.keyAllowed = false;
    } else {
      if (this.flowLevel === 0) {
        if (!this.keyAllowed) throw this.fault("mapping values are not allowed in this context", this.mark());
        this.#openBlock(this.column, token.BLOCK_MAPPING_START, -1, this.mark());
      }
      this.keyAllowed = this.flowLevel === 0;
    }
    this.#pushHere(token.VALUE, 1);
  }

  #readAnchor(kind: number): void {
    this.#keys.save();
    this.keyAllowed = false;
    const { pos, line, column } = this;
    const name = readAnchorName(this);
    const slot = this.#push(kind, pos, this.pos, line, column);
    this.queue.value[slot] = name;
  }

  #readTag(): void {
    this.#keys.save();
    this.keyAllowed = false;
    const { pos, line, column } = this;
    const { handle, suffix } = readTag(this);
    const slot = this.#push(token.TAG, pos, this.pos, line, column);
    this.queue.value[slot] = handle;
    this.queue.suffix[slot] = suffix;
  }

  #readPlainScalar(): void {
    const mayBeKey = this.keyAllowed;
    this.#keys.save();
    this.keyAllowed = false;
    const { pos, line, column } = this;
    const answer = this.#answer;
    readPlain(this, answer);
    if (mayBeKey && this.flowLevel === 0 && line === this.line && this.#isColonHere(pos)) {
      return this.#pushPlainKey(pos, line, column);
    }
    this.#pushScalar(token.PLAIN, pos, line, column);
    if (answer.crossedLine) this.keyAllowed = true;
  }

  /** Whether a colon follows, and the scalar that began at `start` is short enough for a key. */
  #isColonHere(start: number): boolean {
    const { text, pos } = this;
    return text.charCodeAt(pos) === 58 && isSpaceOrEnd(text.charCodeAt(pos + 1)) && pos - start <= SIMPLE_KEY_CHARS_MAX;
  }

  /** The common case of a key: its tokens are queued in their order at once, where others are put in before the scalar later. */
  #pushPlainKey(start: number, line: number, column: number): void {
    this.#keys.settleNext();
    if (this.indent < column) this.#openBlock(column, token.BLOCK_MAPPING_START, -1, { offset: start, line, column });
    this.#push(token.KEY, start, start, line, column);
    this.#pushScalar(token.PLAIN, start, line, column);
    this.#pushHere(token.VALUE, 1);
  }

  #readQuotedScalar(isSingle: boolean): void {
    this.#keys.save();
    this.keyAllowed = false;
    const { pos, line, column } = this;
    readQuoted(this, isSingle, this.#answer);
    this.#pushScalar(isSingle ? token.SINGLE : token.DOUBLE, pos, line, column);
  }

  #readBlockScalar(isLiteral: boolean): void {
    this.#keys.drop();
    this.keyAllowed = true;
    const { pos, line, column } = this;
    const comments = this.#comments;
    const onHeader = comments === undefined ? undefined : (start: Mark): void => comments.readLine(this, start.offset);
    readBlock(this, isLiteral, this.#answer, onHeader);
    this.#pushScalar(isLiteral ? token.LITERAL : token.FOLDED, pos, line, column);
  }

  #pushScalar(style: number, start: number, line: number, column: number): void {
    const slot = this.#push(token.SCALAR, start, this.#answer.end, line, column);
    this.queue.style[slot] = style;
    this.queue.value[slot] = this.#answer.value;
  }
}
