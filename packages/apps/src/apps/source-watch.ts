import { firstChange, type Clock, type Logger } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { parseApplication } from "../application/parse.ts";
import type { AppState } from "../application/state.ts";
import type { ApplicationSource } from "../application/types.ts";
import { ANNOTATIONS } from "../names.ts";
import type { ResolvedSource, SourceAccess } from "../source/types.ts";
import type { Engine } from "./engine.ts";

export interface SourceWatchOptions {
  readonly sources: SourceAccess;
  readonly states: ReadonlyMap<string, AppState>;
  readonly application: (key: string) => KubeObject | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly wake: Engine["wake"];
  readonly priority: number;
}

interface Followed {
  /** Any of the sources that come from there. */
  readonly source: ApplicationSource;
  readonly apps: Set<string>;
  readonly undo: () => void;
}

/** What moves as one: a Git repository, or one chart of a chart repository. */
function originOf({ repoURL, chart }: ApplicationSource): string {
  return chart === undefined ? repoURL : `${repoURL} ${chart}`;
}

/** Applications looked at between two breaths of the event loop: a commit must not stall everything else. */
const BATCH = 50;

/**
 * Follows each repository once, whatever the number of applications that use it. When it moves, what each application read is
 * checked against the new tree, and only those for which something differs are woken: a commit costs in proportion to what it
 * changes (ARCHITECTURE.md, content decides).
 */
export class SourceWatch {
  readonly #options: SourceWatchOptions;
  readonly #byRepository = new Map<string, Followed>();
  readonly #byApp = new Map<string, ReadonlySet<string>>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  #isClosed = false;

  constructor(options: SourceWatchOptions) {
    this.#options = options;
  }

  follow(key: string, sources: readonly ApplicationSource[]): void {
    const wanted = new Set(sources.map(originOf));
    const before = this.#byApp.get(key);
    if (before && before.size === wanted.size && [...wanted].every((url) => before.has(url))) return;
    for (const url of before ?? []) if (!wanted.has(url)) this.#leave(key, url);
    for (const source of sources) this.#join(key, source);
    this.#byApp.set(key, wanted);
  }

  unfollow(key: string): void {
    for (const url of this.#byApp.get(key) ?? []) this.#leave(key, url);
    this.#byApp.delete(key);
  }

  /** One source of each repository that applications follow. */
  followed(): ApplicationSource[] {
    return [...this.#byRepository.values()].map(({ source }) => source);
  }

  close(): void {
    this.#isClosed = true;
    for (const { undo } of this.#byRepository.values()) undo();
    this.#byRepository.clear();
  }

  #join(key: string, source: ApplicationSource): void {
    const origin = originOf(source);
    const known = this.#byRepository.get(origin);
    if (known) return void known.apps.add(key);
    const undo = this.#options.sources.watch(source, () => this.#moved(origin));
    this.#byRepository.set(origin, { source, apps: new Set([key]), undo });
  }

  #leave(key: string, url: string): void {
    const known = this.#byRepository.get(url);
    known?.apps.delete(key);
    if (known?.apps.size !== 0) return;
    known.undo();
    this.#byRepository.delete(url);
  }

  /** One pass at a time for each repository; moves during a pass give one more. */
  #moved(url: string): void {
    if (this.#running.has(url)) return void this.#again.add(url);
    const pass = this.#pass(url)
      .catch((error: unknown) => {
        this.#options.logger.warn("could not look at a moved repository", { url, error: String(error) });
        for (const key of this.#byRepository.get(url)?.apps ?? []) this.#options.wake(key, "repository moved");
      })
      .finally(() => {
        this.#running.delete(url);
        if (this.#again.delete(url) && !this.#isClosed) this.#moved(url);
      });
    this.#running.set(url, pass);
  }

  async #pass(url: string): Promise<void> {
    const resolved = new Map<string, Promise<ResolvedSource>>();
    let count = 0;
    for (const key of this.#byRepository.get(url)?.apps ?? []) {
      if (this.#isClosed) return;
      if (++count % BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
      const why = await this.#reason(key, resolved);
      if (why !== undefined) this.#options.wake(key, why, { priority: this.#options.priority });
    }
  }

  /** Why the application has to be looked at; undefined when the commit is nothing to it. */
  async #reason(key: string, resolved: Map<string, Promise<ResolvedSource>>): Promise<string | undefined> {
    const state = this.#options.states.get(key);
    const object = this.#options.application(key);
    if (!object) return undefined;
    const memory = state?.sources;
    const { sources } = parseApplication(object).application.spec;
    const [source] = sources;
    const [known] = memory ?? [];
    if (!state || !memory || !known?.reads || sources.length !== 1 || !source) return "repository moved";
    if (object.metadata.annotations?.[ANNOTATIONS.heldAt]) return undefined;
    const where = JSON.stringify([source.repoURL, source.targetRevision, source.chart, source.path === undefined]);
    const pending = resolved.get(where) ?? this.#options.sources.resolve(source);
    resolved.set(where, pending);
    const { revision, tree } = await pending;
    if (revision === known.revision) return undefined;
    const path = firstChange(tree, known.reads);
    if (path !== undefined) return `${path} changed`;
    state.sources = [{ revision, reads: known.reads }];
    return undefined;
  }
}
