import { problemError } from "@fairlead/base";

interface Source {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

/**
 * The bytes of an answer as they come. The sender is held back while more than `bufferedBytesMax` wait to be read, so a slow
 * reader costs no memory.
 */
export class ByteStream {
  readonly #bufferedBytesMax: number;
  readonly #source: Source;
  readonly #chunks: Buffer[] = [];
  #buffered = 0;
  #isPaused = false;
  #end: { error?: Error } | undefined;
  #wake: (() => void) | undefined;
  #onFinish: (() => void) | undefined;

  constructor(source: Source, bufferedBytesMax: number) {
    this.#source = source;
    this.#bufferedBytesMax = bufferedBytesMax;
  }

  push(chunk: Buffer): void {
    if (this.#end !== undefined) return;
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (!this.#isPaused && this.#buffered > this.#bufferedBytesMax) {
      this.#isPaused = true;
      this.#source.pause();
    }
    this.#awake();
  }

  finish(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    this.#onFinish?.();
    this.#awake();
  }

  /** Called once when the last byte has come or none will come any more. */
  whenFinished(callback: () => void): void {
    if (this.#end === undefined) this.#onFinish = callback;
    else callback();
  }

  /** A chunk that is already here. */
  take(): Buffer | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    this.#buffered -= chunk.length;
    if (this.#isPaused && this.#buffered <= this.#bufferedBytesMax / 2) {
      this.#isPaused = false;
      this.#source.resume();
    }
    return chunk;
  }

  /** Waits for a chunk; undefined at the end in good order. @throws the error that broke the stream, after its last chunk. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.take();
      if (chunk !== undefined) return chunk;
      if (this.#end?.error) throw this.#end.error;
      if (this.#end) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Everything until the end. @throws ProblemError AnswerInvalid beyond `bytesMax`. */
  async readAll(bytesMax: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let bytes = 0;
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        const error = problemError("AnswerInvalid", `the answer is longer than ${bytesMax} bytes`);
        this.cancel(error);
        throw error;
      }
      parts.push(chunk);
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, bytes);
  }

  /** Lets go of the connection; what was buffered is dropped. */
  cancel(reason: Error = new Error("the stream is no longer wanted")): void {
    this.#chunks.length = 0;
    if (this.#end === undefined) {
      this.finish(reason);
      this.#source.abort(reason);
    }
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
