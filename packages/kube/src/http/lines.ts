const NEWLINE = 10;

/**
 * Cuts a stream of bytes into lines without copying, except for a line that came in several chunks. Half lines wait for their
 * other half; `rest` tells whether a stream ended inside one.
 */
export class LineSplitter {
  readonly #lineBytesMax: number;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #chunk: Buffer | undefined;
  #offset = 0;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** The chunk must be used up with `next` before another is pushed. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /**
   * The next line without its end, valid until the next push; undefined when more bytes are needed.
   * @throws RangeError for a line beyond the limit.
   */
  next(): Buffer | undefined {
    const chunk = this.#chunk;
    if (chunk === undefined) return undefined;
    const end = chunk.indexOf(NEWLINE, this.#offset);
    if (end < 0) {
      this.#keep(chunk.subarray(this.#offset));
      this.#chunk = undefined;
      return undefined;
    }
    const tail = chunk.subarray(this.#offset, end);
    this.#offset = end + 1;
    if (this.#parts.length === 0) return tail;
    this.#keep(tail);
    const line = Buffer.concat(this.#parts, this.#partBytes);
    this.#parts = [];
    this.#partBytes = 0;
    return line;
  }

  /** Bytes of the line that has not ended. */
  get rest(): number {
    return this.#partBytes;
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#partBytes += part.length;
    if (this.#partBytes > this.#lineBytesMax) throw new RangeError(`a line is longer than ${this.#lineBytesMax} bytes`);
    this.#parts.push(part);
  }
}
