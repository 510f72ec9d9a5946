/** Kinds of tokens, as in YAML 1.1's grammar for libyaml. Plain numbers, because they live in a typed array. */
export const STREAM_START = 1;
export const STREAM_END = 2;
export const VERSION_DIRECTIVE = 3;
export const TAG_DIRECTIVE = 4;
export const DOCUMENT_START = 5;
export const DOCUMENT_END = 6;
export const BLOCK_SEQUENCE_START = 7;
export const BLOCK_MAPPING_START = 8;
export const BLOCK_END = 9;
export const FLOW_SEQUENCE_START = 10;
export const FLOW_SEQUENCE_END = 11;
export const FLOW_MAPPING_START = 12;
export const FLOW_MAPPING_END = 13;
export const BLOCK_ENTRY = 14;
export const FLOW_ENTRY = 15;
export const KEY = 16;
export const VALUE = 17;
export const ALIAS = 18;
export const ANCHOR = 19;
export const TAG = 20;
export const SCALAR = 21;

/** Scalar styles. 0 is for tokens that are no scalar. */
export const PLAIN = 1;
export const SINGLE = 2;
export const DOUBLE = 3;
export const LITERAL = 4;
export const FOLDED = 5;

const CAPACITY_AT_START = 64;

/**
 * The few tokens between scanner and parser. Fields are columns of typed arrays, so that no object is made for a token; a manifest has
 * one for every six bytes or so. `keyLevel` marks a token at which an implicit key may begin: 1 + the flow level, else 0.
 */
export class TokenQueue {
  kind: Uint8Array<ArrayBuffer> = new Uint8Array(CAPACITY_AT_START);
  /** Of scalars only. */
  style: Uint8Array<ArrayBuffer> = new Uint8Array(CAPACITY_AT_START);
  start: Int32Array<ArrayBuffer> = new Int32Array(CAPACITY_AT_START);
  end: Int32Array<ArrayBuffer> = new Int32Array(CAPACITY_AT_START);
  line: Int32Array<ArrayBuffer> = new Int32Array(CAPACITY_AT_START);
  column: Int32Array<ArrayBuffer> = new Int32Array(CAPACITY_AT_START);
  keyLevel: Int32Array<ArrayBuffer> = new Int32Array(CAPACITY_AT_START);
  /** The scalar's content, the anchor's name, the tag's or directive's handle; for other tokens whatever was there. */
  value: string[] = [];
  /** The tag's suffix or the directive's prefix; undefined for others. */
  suffix: string[] = [];
  head = 0;
  tail = 0;
  /** Tokens taken since the start of the stream: the number of the token at `head`. */
  taken = 0;
  /** The last token of the queue and the one before it, even when they were taken: comments are placed by them. */
  lastKind = 0;
  lastStart = 0;
  previousKind = 0;
  previousStart = 0;

  get length(): number {
    return this.tail - this.head;
  }

  /** Adds a token at the end and returns its slot. */
  push(kind: number, start: number, end: number, line: number, column: number): number {
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
    } else if (this.tail === this.kind.length) {
      this.#makeRoom();
    }
    const slot = this.tail++;
    this.kind[slot] = kind;
    this.start[slot] = start;
    this.end[slot] = end;
    this.line[slot] = line;
    this.column[slot] = column;
    this.keyLevel[slot] = 0;
    this.previousKind = this.lastKind;
    this.previousStart = this.lastStart;
    this.lastKind = kind;
    this.lastStart = start;
    return slot;
  }

  /** Puts a token before the one with this number; a number already taken means the end, as in libyaml. */
  insert(number: number, kind: number, start: number, line: number, column: number): void {
    const ahead = number - this.taken;
    const last = this.push(kind, start, start, line, column);
    if (ahead < 0) return;
    const slot = this.head + ahead;
    if (slot < last) this.#keepLast(slot === last - 1, kind, start);
    for (let to = last; to > slot; to--) this.#move(to - 1, to);
    this.kind[slot] = kind;
    this.start[slot] = start;
    this.end[slot] = start;
    this.line[slot] = line;
    this.column[slot] = column;
    this.keyLevel[slot] = 0;
  }

  /** After a token was put in before the end: the last one is still the last, and the new one may be the one before it. */
  #keepLast(isBeforeLast: boolean, kind: number, start: number): void {
    this.lastKind = this.previousKind;
    this.lastStart = this.previousStart;
    if (!isBeforeLast) {
      this.previousKind = this.kind[this.tail - 3] as number;
      this.previousStart = this.start[this.tail - 3] as number;
    } else {
      this.previousKind = kind;
      this.previousStart = start;
    }
  }

  take(): void {
    this.head++;
    this.taken++;
  }

  #move(from: number, to: number): void {
    this.kind[to] = this.kind[from] as number;
    this.style[to] = this.style[from] as number;
    this.start[to] = this.start[from] as number;
    this.end[to] = this.end[from] as number;
    this.line[to] = this.line[from] as number;
    this.column[to] = this.column[from] as number;
    this.keyLevel[to] = this.keyLevel[from] as number;
    this.value[to] = this.value[from] as string;
    this.suffix[to] = this.suffix[from] as string;
  }

  #makeRoom(): void {
    if (this.head > 0) {
      const count = this.length;
      for (let index = 0; index < count; index++) this.#move(this.head + index, index);
      this.head = 0;
      this.tail = count;
      if (count < this.kind.length / 2) return;
    }
    const capacity = this.kind.length * 2;
    this.kind = grown(this.kind, new Uint8Array(capacity));
    this.style = grown(this.style, new Uint8Array(capacity));
    this.start = grown(this.start, new Int32Array(capacity));
    this.end = grown(this.end, new Int32Array(capacity));
    this.line = grown(this.line, new Int32Array(capacity));
    this.column = grown(this.column, new Int32Array(capacity));
    this.keyLevel = grown(this.keyLevel, new Int32Array(capacity));
  }
}

function grown<T extends Uint8Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
