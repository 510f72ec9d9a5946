import { Worker } from "node:worker_threads";
import { ProblemError, problemsOf, type Problem } from "@fairlead/base";
import type { Change, LogRow } from "./types.ts";

/** What the thread is asked; answered in order, one answer a request. */
export type WriterRequest =
  | {
      readonly id: number;
      readonly op: "open";
      readonly file: number;
      readonly path: string;
      readonly bytesMax: number;
    }
  | { readonly id: number; readonly op: "append"; readonly file: number; readonly rows: PackedRows }
  | {
      readonly id: number;
      readonly op: "remove";
      readonly file: number;
      readonly revisions: readonly number[];
      readonly compacted: number;
    }
  | { readonly id: number; readonly op: "close"; readonly file: number };

export interface WriterAnswer {
  readonly id: number;
  readonly problems?: readonly Problem[];
}

/** Rows with all bodies in one buffer: a message copies whole buffers, and small ones are slices of a large shared one. */
export interface PackedRows {
  readonly heads: readonly Omit<LogRow, "body">[];
  readonly lengths: readonly number[];
  readonly bodies: Uint8Array<ArrayBuffer>;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Without the options a worker inherits flags (profilers, inspectors) that are meant for the main thread. */
const WORKER_OPTIONS = { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 } };

let shared: DiskWriter | undefined;

/** One thread that writes every database of the process; it ends with the last of them. */
export class DiskWriter {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #lastFile = 0;
  #openFiles = 0;
  #failure: ProblemError | undefined;

  static shared(): DiskWriter {
    shared ??= new DiskWriter();
    return shared;
  }

  private constructor() {
    this.#worker = new Worker(new URL("./disk.worker.ts", import.meta.url), WORKER_OPTIONS);
    this.#worker.on("message", (answer: WriterAnswer) => this.#take(answer));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.unref();
  }

  /** A failure to open is told by the first write. */
  open(path: string, bytesMax: number): number {
    const file = ++this.#lastFile;
    this.#openFiles++;
    this.#ask({ op: "open", file, path, bytesMax }).catch(() => undefined);
    return file;
  }

  /** Resolves when the changes are on the disk. */
  append(file: number, changes: readonly Change[]): Promise<void> {
    const packed = pack(changes);
    return this.#ask({ op: "append", file, rows: packed }, [packed.bodies.buffer]);
  }

  remove(file: number, revisions: readonly number[], compacted: number): Promise<void> {
    return this.#ask({ op: "remove", file, revisions, compacted });
  }

  async close(file: number): Promise<void> {
    await this.#ask({ op: "close", file });
    if (--this.#openFiles > 0) return;
    if (shared === this) shared = undefined;
    await this.#worker.terminate();
  }

  #ask(request: WithoutId<WriterRequest>, transfer: ArrayBuffer[] = []): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = ++this.#lastId;
    // Held while something is under way, so that the process does not end with a write in the air.
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id }, transfer);
    });
  }

  #take({ id, problems }: WriterAnswer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (problems) waiting?.reject(new ProblemError(problems));
    else waiting?.resolve();
  }

  #fail(error: unknown): void {
    if (shared === this) shared = undefined;
    this.#failure = new ProblemError(problemsOf(error));
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

function pack(changes: readonly Change[]): PackedRows {
  const lengths = changes.map(({ entry }) => entry.length);
  const bodies = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const { entry } of changes) at = entry.writeTo(bodies, at);
  const heads = changes.map(({ entry: { revision, key, version }, deleted }) => ({ revision, key, version, deleted }));
  return { heads, lengths, bodies };
}
