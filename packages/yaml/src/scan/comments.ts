import { COMMENT_LOOKAHEAD_CHARS } from "../limits.ts";
import { isBlank, isBreak, isBreakOrEnd, NUL } from "./chars.ts";
import type { Cursor } from "./cursor.ts";
import type { Mark } from "./fault.ts";
import * as token from "./tokens.ts";
import type { TokenQueue } from "./tokens.ts";

/** A comment in wait of the token that it is given to: the first one at or behind `ownerOffset`. Exactly one of the texts is set. */
export interface PendingComment {
  ownerOffset: number;
  /** Where the white space it was found in began, and where looking ended: comments in one stretch touch at these. */
  scanOffset: number;
  /** Column from 1 where a head or foot comment starts, as go-yaml counts here. */
  start: Mark;
  endOffset: number;
  head: string;
  line: string;
  foot: string;
}

/** The block of comment lines that is being gathered. */
interface Gathering {
  text: string;
  start: Mark;
  scanOffset: number;
  ownerOffset: number;
}

const NOWHERE: Mark = { offset: 0, line: 0, column: 0 };
const HASH = 35;

/**
 * Reads comments and decides whether each is a head, line or foot comment and of which token, by go.yaml.in/yaml/v3's rules: a comment
 * directly below content and followed by an empty line is its foot; one that stands further left than the open block belongs to what
 * comes; the rest are heads. A comment behind content on its line is a line comment.
 */
export class CommentReader {
  /** In the order of the text; the parser takes from `taken` on. */
  readonly list: PendingComment[] = [];
  taken = 0;
  readonly #queue: () => TokenQueue;

  constructor(queue: () => TokenQueue) {
    this.#queue = queue;
  }

  /**
   * White space is passed and a comment or token comes. A line comment behind the first `-` of a sequence is the head of what follows
   * on the next line (`- # about`, then the item).
   */
  beforeToken(cursor: Cursor): void {
    const last = this.list.at(-1);
    if (last === undefined || last.line === "") return;
    const queue = this.#queue();
    if (queue.previousKind !== token.BLOCK_SEQUENCE_START || queue.lastKind !== token.BLOCK_ENTRY) return;
    if (isBreak(cursor.text.charCodeAt(cursor.pos))) return;
    last.head = last.line;
    last.line = "";
    if (last.start.line === cursor.line - 1) last.ownerOffset = cursor.pos;
  }

  /** The offset of the token to which a comment behind the coming one belongs: behind `:` and `,` that is the token before. */
  ownerOf(cursor: Cursor): number | undefined {
    const code = cursor.text.charCodeAt(cursor.pos);
    if (code === NUL) return undefined;
    if (cursor.pos === cursor.lineStart && (code === 37 || cursor.isDocumentMarker())) return undefined;
    const belongsToLast = cursor.flowLevel === 0 ? code === 58 : code === 44;
    return belongsToLast ? this.#queue().lastStart : cursor.pos;
  }

  /** A token was read; a comment may follow on its line. Behind a `-` alone it is no line comment. */
  afterToken(cursor: Cursor, ownerOffset: number): void {
    if (this.#queue().lastKind === token.BLOCK_ENTRY) return;
    this.readLine(cursor, ownerOffset);
  }

  readLine(cursor: Cursor, ownerOffset: number): void {
    const { text } = cursor;
    let at = cursor.pos;
    const end = at + COMMENT_LOOKAHEAD_CHARS;
    while (at < end && isBlank(text.charCodeAt(at))) at++;
    if (at === end || text.charCodeAt(at) !== HASH || breaksBefore(cursor) > 0) return;
    cursor.pos = at;
    const start = cursor.mark();
    const line = readToBreak(cursor);
    this.#add({ ownerOffset, start, line });
  }

  #add(comment: Partial<PendingComment>): void {
    this.list.push({
      ownerOffset: 0,
      scanOffset: 0,
      start: NOWHERE,
      endOffset: 0,
      head: "",
      line: "",
      foot: "",
      ...comment,
    });
  }

  /** Reads the comments that begin at the `#` here, over empty lines too, up to the next token. */
  readAll(cursor: Cursor, scanMark: Mark): void {
    const { text } = cursor;
    const place = this.#placeOf(cursor, scanMark);
    const gathering: Gathering = {
      text: "",
      start: NOWHERE,
      scanOffset: scanMark.offset,
      ownerOffset: place.ownerOffset,
    };
    let isFirstEmpty = breaksBefore(cursor) <= 1;
    let isAfterEmpty = false;
    let nextIndent = Math.max(cursor.indent, 0);
    let { line } = cursor;
    let column = cursor.column;
    let ahead = 0;
    for (; ahead < COMMENT_LOOKAHEAD_CHARS; ahead++) {
      column++;
      const at = cursor.pos + ahead;
      // Behind a comment that ends the text, the loop's step leads beyond the NUL; libyaml's buffer is padded with more.
      const code = text.charCodeAt(at) || NUL;
      if (isBlank(code)) continue;
      const closesFlow = cursor.flowLevel > 0 && (code === 93 || code === 125);
      if (closesFlow || isBreakOrEnd(code)) {
        if (closesFlow || !isAfterEmpty) {
          const isDedented = gathering.start.column - 1 < nextIndent;
          const isFoot = (gathering.start.line === place.footLine && place.mayHaveFoot) || isDedented;
          if (closesFlow || (isFirstEmpty && isFoot)) this.#endFoot(gathering, at, isDedented);
          else if (gathering.text !== "" && code !== NUL) gathering.text += "\n";
        }
        if (!isBreak(code)) break;
        isFirstEmpty = false;
        isAfterEmpty = true;
        column = 0;
        line++;
        continue;
      }
      if (gathering.text !== "" && column - 1 < nextIndent && column !== gathering.start.column) {
        this.#endFoot(gathering, at, false);
      }
      if (code !== HASH) break;
      if (gathering.text === "") gathering.start = { offset: at, line, column };
      else gathering.text += "\n";
      isAfterEmpty = false;
      goTo(cursor, at);
      gathering.text += readToBreak(cursor);
      // The break behind the comment is passed by the step of the loop.
      ahead = 0;
      column = 0;
      ({ line } = cursor);
      nextIndent = Math.max(cursor.indent, 0);
    }
    if (gathering.text === "") return;
    const { start, scanOffset, text: head } = gathering;
    this.#add({ scanOffset, ownerOffset: start.offset, start, endOffset: cursor.pos + ahead - 1, head });
  }

  /** Where a comment must begin to be the foot of the content before, and whose foot it is. */
  #placeOf(cursor: Cursor, scanMark: Mark): { ownerOffset: number; footLine: number; mayHaveFoot: boolean } {
    const queue = this.#queue();
    const isEntry = queue.lastKind === token.FLOW_ENTRY;
    const kind = isEntry ? queue.previousKind : queue.lastKind;
    const ownerOffset = isEntry ? queue.previousStart : queue.lastStart;
    let footLine = -1;
    if (scanMark.line > 0) {
      const breaks = breaksBefore(cursor);
      footLine = cursor.line - breaks + 1;
      if (breaks === 0 && cursor.column > 1) footLine++;
    }
    return { ownerOffset, footLine, mayHaveFoot: kind !== token.VALUE };
  }

  #endFoot(gathering: Gathering, endOffset: number, isDedented: boolean): void {
    if (gathering.text === "") return;
    const { start, scanOffset, text: foot } = gathering;
    const ownerOffset = isDedented ? start.offset : gathering.ownerOffset;
    this.#add({ scanOffset, ownerOffset, start, endOffset, foot });
    gathering.scanOffset = endOffset;
    gathering.ownerOffset = endOffset;
    gathering.text = "";
  }

  /**
   * Answers, block by block from the inside, where a block that closes here ended: before the comments at its own column, so that they
   * become its foot and not the head of what follows.
   */
  blockEnds(scanMark: Mark): (indent: number) => Mark {
    let mark: Mark = { ...scanMark, offset: scanMark.offset - 1 };
    return (indent) => {
      let stop = mark.offset;
      for (let index = this.list.length - 1; index >= 0; index--) {
        const comment = this.list[index] as PendingComment;
        if (comment.endOffset < stop) break;
        if (comment.start.column === indent + 1) mark = comment.start;
        stop = comment.scanOffset;
      }
      return mark;
    };
  }
}

/** Line breaks between the last character that is no white space and the cursor. */
function breaksBefore(cursor: Cursor): number {
  const { text } = cursor;
  let breaks = 0;
  for (let at = cursor.pos - 1; at >= 0; at--) {
    const code = text.charCodeAt(at);
    if (isBreak(code)) breaks += code === 10 && text.charCodeAt(at - 1) === 13 ? 0 : 1;
    else if (!isBlank(code)) break;
  }
  return breaks;
}

function goTo(cursor: Cursor, offset: number): void {
  while (cursor.pos < offset) {
    if (isBreak(cursor.text.charCodeAt(cursor.pos))) cursor.passBreak();
    else cursor.pos++;
  }
}

function readToBreak(cursor: Cursor): string {
  const from = cursor.pos;
  while (!isBreakOrEnd(cursor.text.charCodeAt(cursor.pos))) cursor.pos++;
  return cursor.text.slice(from, cursor.pos);
}
