import { deserialize } from "node:v8";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { problemError, type ProblemError } from "@fairlead/base";
import { RENDER_LIMITS } from "../limits.ts";
import { buffersOf, type Answers } from "./answers.ts";
import type { Job, Message, Result, ThreadData } from "./protocol.ts";

/** What a job ended in; a render that was stopped has read who knows what. */
export type Outcome = Result | { readonly stopped: ProblemError };

export interface ThreadLimits {
  /** Heap of a thread. */
  readonly memoryMib: number;
  /** One render, without the time in which remote bases are fetched. */
  readonly timeMs: number;
}

/** One worker thread, one render at a time. It is gone after a render that had to be stopped. */
export class RenderThread {
  readonly #limits: ThreadLimits;
  readonly #worker: Worker;
  readonly #answers: MessagePort;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  #isBroken = false;
  /** Loading its modules is not the first render's fault. */
  #isReady = false;

  constructor(limits: ThreadLimits) {
    this.#limits = limits;
    const { port1, port2 } = new MessageChannel();
    this.#answers = port1;
    this.#worker = new Worker(new URL("./render.worker.ts", import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMib },
      workerData: { answers: port2, signal: this.#signal.buffer } satisfies ThreadData,
      transferList: [port2],
    });
    this.#worker.unref();
    port1.unref();
    // Between two renders nobody else listens, and an error without a listener would end the process.
    this.#worker.on("error", () => (this.#isBroken = true));
  }

  /** False once a render had to be stopped, or the thread died. */
  get isUsable(): boolean {
    return !this.#isBroken;
  }

  run(job: Job, answers: Answers): Promise<Outcome> {
    const worker = this.#worker;
    worker.ref();
    return new Promise((resolve) => {
      const restart = (): void => {
        clearTimeout(timer);
        // Real time, whatever the clock: the thread runs in it.
        timer = setTimeout(() => stop(tookTooLong(job, this.#limits.timeMs)), this.#limits.timeMs);
      };
      let timer: NodeJS.Timeout | undefined;
      const end = (outcome: Outcome): void => {
        clearTimeout(timer);
        worker.off("message", onMessage).off("error", onError).off("exit", onExit).unref();
        resolve(outcome);
      };
      const stop = (stopped: ProblemError): void => {
        this.#isBroken = true;
        end({ stopped });
        void this.close();
      };
      const onMessage = (message: Message): void => {
        if ("result" in message) return end(unpack(job, message.result));
        if ("ready" in message) {
          this.#isReady = true;
          return restart();
        }
        clearTimeout(timer);
        void answers.answer(message.question).then((answer) => {
          if (this.#isBroken) return;
          restart();
          this.#answers.postMessage(answer, "known" in answer ? buffersOf(answer.known) : []);
          Atomics.add(this.#signal, 0, 1);
          Atomics.notify(this.#signal, 0);
        });
      };
      const onError = (error: Error & { code?: string }): void => {
        const isMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
        stop(isMemory ? tookTooMuch(job, this.#limits.memoryMib) : crashed(job, error.stack ?? error.message));
      };
      const onExit = (): void => stop(crashed(job, "its thread ended"));
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      worker.postMessage(job, buffersOf(job.files));
      if (this.#isReady) restart();
    });
  }

  async close(): Promise<void> {
    this.#isBroken = true;
    this.#answers.close();
    await this.#worker.terminate();
  }
}

function unpack(job: Job, packed: Uint8Array): Outcome {
  if (packed.byteLength <= RENDER_LIMITS.resultBytesMax) return deserialize(packed) as Result;
  const message = `the objects of ${nameOf(job)} have more than ${RENDER_LIMITS.resultBytesMax} bytes together`;
  return { stopped: problemError("LimitExceeded", message, { file: job.spec.path }) };
}

function nameOf({ spec }: Job): string {
  return JSON.stringify(spec.path === "" ? "." : spec.path);
}

function tookTooLong(job: Job, timeMs: number): ProblemError {
  const message = `rendering ${nameOf(job)} took longer than ${timeMs / 1000} s and was stopped`;
  return problemError("RenderTimeout", message, {
    file: job.spec.path,
    hint: "look for a loop in its templates, or split the source",
  });
}

function tookTooMuch(job: Job, memoryMib: number): ProblemError {
  const message = `rendering ${nameOf(job)} took more than ${memoryMib} MiB and was stopped`;
  return problemError("RenderOutOfMemory", message, {
    file: job.spec.path,
    hint: "look for a range or a repeat that makes too much, or split the source",
  });
}

function crashed(job: Job, why: string): ProblemError {
  return problemError("Internal", `rendering ${nameOf(job)} failed: ${why}`, { file: job.spec.path });
}
