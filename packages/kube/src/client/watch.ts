import { isJsonObject, ProblemError, problemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { LineSplitter } from "../http/lines.ts";
import { ObjectReader } from "../http/object-reader.ts";
import { ApiError, statusOfAnswer } from "../http/status.ts";
import type { ByteStream } from "../http/stream.ts";
import { KUBE_LIMITS } from "../limits.ts";
import { managedFieldsUse } from "./answers.ts";
import type { WatchEvent, WatchOptions } from "./types.ts";

/**
 * The events of a watch's bytes. Lines are parsed only as they are asked for, so what waits here are bytes, of which the
 * stream holds few. Written as an iterator by hand: an async generator costs three turns of the event loop per event.
 */
export class WatchEvents implements AsyncIterableIterator<WatchEvent> {
  readonly #opening: () => Promise<ByteStream>;
  readonly #lines = new LineSplitter(KUBE_LIMITS.watchLineBytesMax);
  readonly #options: WatchOptions;
  #stream: ByteStream | undefined;
  #isOver = false;

  constructor(opening: () => Promise<ByteStream>, options: WatchOptions) {
    this.#opening = opening;
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<WatchEvent>> {
    if (this.#isOver) return { done: true, value: undefined };
    try {
      const value = await this.#nextEvent();
      if (value !== undefined) return { done: false, value };
      this.#finish();
      return { done: true, value: undefined };
    } catch (error) {
      this.#finish();
      if (this.#options.signal.aborted) return { done: true, value: undefined };
      if (error instanceof ApiError || error instanceof ProblemError) throw error;
      throw problemError("ServerUnreachable", `a watch broke off: ${(error as Error).message}`, {}, error);
    }
  }

  return(): Promise<IteratorResult<WatchEvent>> {
    this.#finish();
    return Promise.resolve({ done: true, value: undefined });
  }

  async #nextEvent(): Promise<WatchEvent | undefined> {
    this.#stream ??= await this.#opening();
    for (;;) {
      for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
        if (line.length > 0) return parseEvent(line, this.#options);
      }
      const chunk = this.#stream.take() ?? (await this.#stream.next());
      if (chunk === undefined) {
        if (this.#lines.rest > 0) throw invalid("ended inside a line");
        return undefined;
      }
      this.#lines.push(chunk);
    }
  }

  #nextLine(): Buffer | undefined {
    try {
      return this.#lines.next();
    } catch (error) {
      throw invalid((error as Error).message);
    }
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream?.cancel();
  }
}

/** @throws ApiError for an ERROR event, ProblemError AnswerInvalid for what is no event. */
function parseEvent(line: Buffer, options: WatchOptions): WatchEvent {
  let event: unknown;
  try {
    event = new ObjectReader(line, "event", managedFieldsUse(options)).read(0, line.length);
  } catch {
    throw invalid("holds a line that is not JSON");
  }
  const { type, object } = isJsonObject(event) ? event : {};
  if (type === "ERROR") {
    const code = isJsonObject(object) && typeof object["code"] === "number" ? object["code"] : 500;
    throw new ApiError(statusOfAnswer(code, object, ""));
  }
  if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED" && type !== "BOOKMARK") {
    throw invalid("holds an event of no known type");
  }
  if (!isJsonObject(object) || !isJsonObject(object["metadata"])) throw invalid("holds an event without an object");
  return { type, object: object as KubeObject };
}

function invalid(what: string): Error {
  return problemError("AnswerInvalid", `a watch ${what}`);
}
