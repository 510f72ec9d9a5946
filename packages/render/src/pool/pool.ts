import { availableParallelism } from "node:os";
import { problemError, ProblemError, type FileTree } from "@fairlead/base";
import { RENDER_LIMITS } from "../limits.ts";
import { renderSmall } from "../render.ts";
import type { RenderEnvironment, RenderOutcome, RenderOutside, SourceSpec } from "../types.ts";
import { Answers } from "./answers.ts";
import type { Job } from "./protocol.ts";
import { RenderThread, type Outcome, type ThreadLimits } from "./thread.ts";

export interface RenderPoolOptions extends Partial<ThreadLimits> {
  /** Threads kept busy at once; one less than there are processors unless given. */
  readonly size?: number | undefined;
  /** A render that takes longer no longer counts as a busy thread: another may start, up to `extra` more. */
  readonly slowMs?: number | undefined;
  readonly extra?: number | undefined;
  /** Threads without work for so long are ended. */
  readonly idleMs?: number | undefined;
}

interface Waiting {
  readonly job: Job;
  readonly answers: Answers;
  readonly settle: (outcome: Outcome) => void;
}

/**
 * Renders in worker threads: each render has memory and time of its own, and one that loops or explodes ends in a problem while
 * others go on. Threads start with the first render and end when there is none for a while.
 */
export class RenderPool {
  readonly #options: Required<{ [K in keyof RenderPoolOptions]: number }>;
  readonly #idle: { readonly thread: RenderThread; readonly timer: NodeJS.Timeout }[] = [];
  readonly #queue: Waiting[] = [];
  #busy = 0;
  /** Of the busy ones, those that are slow. */
  #slow = 0;
  readonly #threads = new Set<RenderThread>();
  #isClosed = false;

  constructor(options: RenderPoolOptions = {}) {
    this.#options = {
      size: options.size ?? Math.max(1, availableParallelism() - 1),
      extra: options.extra ?? RENDER_LIMITS.extraThreads,
      slowMs: options.slowMs ?? RENDER_LIMITS.slowMs,
      idleMs: options.idleMs ?? RENDER_LIMITS.threadIdleMs,
      memoryMib: options.memoryMib ?? RENDER_LIMITS.threadMemoryMib,
      timeMs: options.timeMs ?? RENDER_LIMITS.renderTimeMs,
    };
  }

  /**
   * Never throws for what is wrong with a source: that is the outcome. A small directory of manifests is rendered here and now:
   * its cost is bounded by its size, and a thread would cost more.
   */
  async render(
    tree: FileTree,
    spec: SourceSpec,
    environment: RenderEnvironment,
    outside: RenderOutside = {},
  ): Promise<RenderOutcome> {
    const { remotes, encrypted } = outside;
    const small = renderSmall(tree, spec, encrypted !== undefined);
    if (small) return small;
    const answers = new Answers(tree, outside);
    const job = {
      spec,
      environment,
      files: answers.likely(spec.path),
      hasRemotes: remotes !== undefined,
      hasCharts: remotes?.chart !== undefined,
      keysId: encrypted?.keysId,
    };
    const outcome = await new Promise<Outcome>((settle) => {
      this.#queue.push({ job, answers, settle });
      this.#next();
    });
    if ("rendered" in outcome) {
      const { rendered, keysId } = outcome;
      return { outcome: rendered, reads: rendered.reads, ...(keysId === undefined ? {} : { keysId }) };
    }
    if ("problems" in outcome) {
      const { problems, reads, keysId } = outcome;
      return { outcome: new ProblemError(problems), reads, ...(keysId === undefined ? {} : { keysId }) };
    }
    if ("stopped" in outcome) return { outcome: outcome.stopped, reads: undefined };
    throw new Error(`render failed: ${outcome.crash}`);
  }

  /** Ends all threads; renders under way end in a problem. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    const stopped = problemError("Cancelled", "rendering has ended");
    for (const { settle } of this.#queue.splice(0)) settle({ stopped });
    await Promise.all([...this.#threads].map((thread) => thread.close()));
  }

  #next(): void {
    const { size, extra } = this.#options;
    while (this.#busy < size + Math.min(this.#slow, extra)) {
      const waiting = this.#queue.shift();
      if (!waiting) return;
      void this.#run(waiting);
    }
  }

  async #run({ job, answers, settle }: Waiting): Promise<void> {
    const thread = this.#take();
    this.#busy++;
    let isSlow = false;
    const slowTimer = setTimeout(() => {
      isSlow = true;
      this.#slow++;
      this.#next();
    }, this.#options.slowMs);
    const outcome = await thread.run(job, answers);
    clearTimeout(slowTimer);
    if (isSlow) this.#slow--;
    this.#busy--;
    this.#giveBack(thread);
    settle(outcome);
    this.#next();
  }

  #take(): RenderThread {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.thread.isUsable) return idle.thread;
      this.#threads.delete(idle.thread);
    }
    const thread = new RenderThread(this.#options);
    this.#threads.add(thread);
    return thread;
  }

  #giveBack(thread: RenderThread): void {
    const end = (): void => {
      this.#threads.delete(thread);
      void thread.close();
    };
    if (this.#isClosed || !thread.isUsable) return end();
    const idle = {
      thread,
      timer: setTimeout(() => {
        this.#idle.splice(this.#idle.indexOf(idle), 1);
        end();
      }, this.#options.idleMs).unref(),
    };
    this.#idle.push(idle);
  }
}
