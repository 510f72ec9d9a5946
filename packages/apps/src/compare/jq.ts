import { Worker } from "node:worker_threads";
import { isJsonObject, type Clock } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import type { JqAnswer, JqRequest } from "./jq.worker.ts";
import type { ValuePath } from "./plain-path.ts";

/** What an expression selects of one object; `fault` in jq's words when it cannot say. */
export type JqPaths = { readonly paths: readonly ValuePath[] } | { readonly fault: string };

/** Evaluates jq path expressions, as Argo CD does with `del(expression)` (facts/argocd.md §1.6). */
export interface Jq {
  /** What is wrong with the expression whatever it is applied to, as the end of a sentence; undefined when nothing is. */
  check(expression: string): Promise<string | undefined>;
  /**
   * Evaluates every expression on every object; afterwards `paths` knows the answers.
   * @returns what kept it from that (a limit that was met); undefined when nothing did
   */
  learn(expressions: readonly string[], objects: readonly object[]): Promise<string | undefined>;
  /** Undefined before `learn`. */
  paths(expression: string, object: object): JqPaths | undefined;
  close(): Promise<void>;
}

interface Started {
  readonly worker: Worker;
  readonly ready: Promise<void>;
}

interface Failure {
  readonly message: string;
  readonly until: number;
}

/**
 * Real jq in a worker thread, started with the first expression that needs it and ended when nobody has asked for a while. One
 * program at a time, each within limits of time, memory and output; what is too slow is not tried again for a minute, so that one
 * bad rule in a thousand applications costs one second and not a thousand.
 */
export class JqWorker implements Jq {
  readonly #patience: number;
  readonly #clock: Clock;
  readonly #checked = new Map<string, Promise<string | undefined>>();
  readonly #known = new WeakMap<object, Map<string, JqPaths>>();
  readonly #failed = new Map<string, Failure>();
  #worker: Started | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #stopIdle: (() => void) | undefined;

  /** @param patience how many times the limits of time are waited for: tests share their machine */
  constructor(clock: Clock, patience = 1) {
    this.#patience = patience;
    this.#clock = clock;
  }

  check(expression: string): Promise<string | undefined> {
    const failure = this.#failed.get(expression);
    if (failure && this.#clock.now() < failure.until) return Promise.resolve(failure.message);
    let known = this.#checked.get(expression);
    if (!known) {
      if (this.#checked.size >= LIMITS.jqProgramsMax) this.#checked.clear();
      this.#checked.set(expression, (known = this.#check(expression)));
    }
    return known;
  }

  paths(expression: string, object: object): JqPaths | undefined {
    return this.#known.get(object)?.get(expression);
  }

  async learn(expressions: readonly string[], objects: readonly object[]): Promise<string | undefined> {
    const open = objects.filter((object) => expressions.some((text) => !this.#known.get(object)?.has(text)));
    for (let at = 0; at < open.length; at += LIMITS.jqBatch) {
      const fault = await this.#learn(expressions, open.slice(at, at + LIMITS.jqBatch));
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#stopIdle?.();
    await this.#stop();
  }

  async #check(expression: string): Promise<string | undefined> {
    if (expression.length > LIMITS.jqExpressionChars) {
      return `is longer than ${LIMITS.jqExpressionChars} characters`;
    }
    const answer = await this.#run({ program: expression, input: "{}" }, LIMITS.jqTimeMs);
    if ("output" in answer) return undefined;
    // What goes wrong while it runs says nothing: the input has no fields.
    return /compile error|takes too much|gives too much|longer than/.test(answer.error)
      ? firstLine(answer.error)
      : undefined;
  }

  async #learn(expressions: readonly string[], objects: readonly object[]): Promise<string | undefined> {
    const one = expressions.map((text) => `(try [path(\n${text}\n)] catch {fault: tostring})`);
    const program = `[.[] | [${one.join(",")}]]`;
    const limit = LIMITS.jqTimeMs + LIMITS.jqTimePerObjectMs * objects.length;
    const answer = await this.#run({ program, input: JSON.stringify(objects) }, limit);
    const rows = "output" in answer ? rowsOf(answer.output, objects.length) : undefined;
    if (!rows) {
      const fault = "error" in answer ? firstLine(answer.error) : "ends jq before it has an answer";
      for (const text of expressions) this.#fail(text, fault);
      return fault;
    }
    objects.forEach((object, index) => {
      const known = this.#known.get(object) ?? new Map<string, JqPaths>();
      this.#known.set(object, known);
      expressions.forEach((text, column) => known.set(text, outcomeOf(rows[index]?.[column], object)));
    });
    return undefined;
  }

  #fail(expression: string, message: string): void {
    if (this.#failed.size >= LIMITS.jqProgramsMax) this.#failed.clear();
    this.#failed.set(expression, { message, until: this.#clock.now() + LIMITS.jqFailureMs });
  }

  #run(request: JqRequest, limitMs: number): Promise<JqAnswer> {
    const next = this.#queue.then(() => this.#ask(request, limitMs));
    this.#queue = next.catch(() => undefined);
    return next;
  }

  async #ask(request: JqRequest, limitMs: number): Promise<JqAnswer> {
    this.#stopIdle?.();
    const { worker, ready } = (this.#worker ??= this.#start());
    worker.ref();
    try {
      await ready;
    } catch (error) {
      void this.#stop();
      return { error: error instanceof Error ? error.message : String(error) };
    }
    return new Promise((resolve) => {
      const settle = (answer: JqAnswer, isBroken: boolean): void => {
        clearTimeout(timer);
        worker.off("message", onAnswer).off("error", onError).unref();
        if (isBroken) void this.#stop();
        else this.#stopIdle = this.#clock.after(LIMITS.jqIdleMs, () => void this.#stop());
        resolve(answer);
      };
      const onAnswer = (answer: JqAnswer): void => settle(answer, false);
      const onError = (error: Error): void => settle({ error: error.message }, true);
      // Real time, whatever the clock: the thread runs in it.
      const late = (): void => settle({ error: `takes longer than ${limitMs} ms` }, true);
      const timer = setTimeout(late, limitMs * this.#patience);
      worker.on("message", onAnswer).on("error", onError);
      worker.postMessage(request);
    });
  }

  #start(): Started {
    const worker = new Worker(new URL("./jq.worker.ts", import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 },
      workerData: { memoryBytesMax: LIMITS.jqMemoryBytes, outputCharsMax: LIMITS.jqOutputChars },
    });
    // Between two questions nobody else listens, and an error without a listener would end the process.
    worker.on("error", () => {
      if (this.#worker?.worker === worker) this.#worker = undefined;
    });
    const ready = new Promise<void>((resolve, reject) => {
      const late = (): void => reject(new Error("jq takes too much time to start"));
      const timer = setTimeout(late, LIMITS.jqStartMs * this.#patience);
      worker.once("message", () => (clearTimeout(timer), resolve()));
      worker.once("error", (error) => (clearTimeout(timer), reject(error)));
    });
    // Whoever asks hears of it.
    ready.catch(() => undefined);
    return { worker, ready };
  }

  async #stop(): Promise<void> {
    const started = this.#worker;
    this.#worker = undefined;
    await started?.worker.terminate();
  }
}

function firstLine(error: string): string {
  const [line = "", second = ""] = error.replace(/^jq: error: /, "").split("\n");
  return `${line}${second && /at <top-level>/.test(line) ? ` ${second.trim()}` : ""}`.trim();
}

function rowsOf(output: string, count: number): readonly (readonly unknown[])[] | undefined {
  try {
    const rows: unknown = JSON.parse(output);
    return Array.isArray(rows) && rows.length === count ? (rows as unknown[][]) : undefined;
  } catch {
    return undefined;
  }
}

function outcomeOf(cell: unknown, object: object): JqPaths {
  if (Array.isArray(cell)) {
    return { paths: cell.slice(0, LIMITS.jqPathsMax).flatMap((path) => flatten(path as unknown[], object)) };
  }
  const fault = isJsonObject(cell) ? String(cell["fault"]) : "gives nothing";
  // An object without the list has nothing to ignore.
  return fault.startsWith("Cannot iterate over null") ? { paths: [] } : { fault };
}

/** jq writes a slice (`.a[1:3]`) as one step; here it is the items it covers. */
function flatten(path: readonly unknown[], object: object): ValuePath[] {
  let found: { path: (string | number)[]; value: unknown }[] = [{ path: [], value: object }];
  for (const step of path) {
    found = found.flatMap(({ path: before, value }) => {
      if (!isJsonObject(step)) {
        const name = step as string | number;
        return [{ path: [...before, name], value: (value as Record<string, unknown> | undefined)?.[name] }];
      }
      const list = Array.isArray(value) ? (value as unknown[]) : [];
      const { start, end } = step as { start?: number | null; end?: number | null };
      const chosen = list.map((item, index) => ({ item, index })).slice(start ?? 0, end ?? undefined);
      return chosen.map(({ item, index }) => ({ path: [...before, index], value: item }));
    });
  }
  return found.map(({ path: whole }) => whole);
}
