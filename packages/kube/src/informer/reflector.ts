import type { KubeObject } from "@fairlead/apimachinery";
import { type Clock, type Logger, ProblemError, problemError, sleep } from "@fairlead/base";
import type { KubeClient, ReadOptions, SelectOptions, WatchEvent } from "../client/types.ts";
import { ApiError, isExpired } from "../http/status.ts";
import type { ObjectCache } from "./cache.ts";
import { keyOf, type InformerOptions } from "./types.ts";
import { compareVersions, WatchPosition } from "./version.ts";

const INITIAL_EVENTS_END = "k8s.io/initial-events-end";
const BACKOFF_BASE_MS = 50;
const BACKOFF_MAX_MS = 30_000;
/** A connection that lasted this long counts as one that worked. */
const HEALTHY_MS = 5_000;
/** A streaming list in which nothing comes for so long is of a server that does not know streaming lists. */
const FILL_SILENCE_MS = 15_000;
/** A server may lag behind the version we know for a moment; after this many refusals its history is not ours. */
const TOO_NEW_MAX = 3;

/** Streaming lists that broke off in a row before one is read as a list: something between may not let streams through. */
const BROKEN_FILLS_MAX = 3;
/** A watch that ends in good order sooner and without an event is one that somebody in between does not let through. */
const WATCH_MS_MIN = 5_000;
/** After so many of them in a row the objects are listed, again and again with growing pauses, until a watch lasts. */
const FRUITLESS_WATCHES_MAX = 5;

/** `apiVersion`s whose server refused a streaming list, by client; they are listed. */
const listed = new WeakMap<KubeClient, Set<string>>();

interface ReflectorHooks {
  onSynced(): void;
  onError(error: Error | undefined): void;
}

interface Settings {
  readonly client: KubeClient;
  readonly options: InformerOptions;
  readonly cache: ObjectCache;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly hooks: ReflectorHooks;
}

/** Thrown inside to have the cache filled anew; never leaves this file. */
class StartOver extends Error {}

/**
 * Keeps a cache equal to the server's objects of one kind. Whatever ends a watch, the next one resumes where it ended; objects
 * are listed anew only when the server has forgotten that place (410) or has another history, and then absences are noticed.
 */
export class Reflector {
  readonly #it: Settings;
  #version: string | undefined;
  #isFilled = false;
  #compareContent = false;
  #failures = 0;
  #tooNew = 0;
  #expired = 0;
  #brokenFills = 0;
  #fruitless = 0;
  #isHistoryInDoubt = false;

  constructor(settings: Settings) {
    this.#it = settings;
  }

  /** Until the signal aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, hooks } = this.#it;
    while (!signal.aborted) {
      const startedAt = clock.now();
      let error: unknown;
      try {
        await this.#connect(signal);
        hooks.onError(undefined);
      } catch (caught) {
        error = caught;
      }
      if (signal.aborted) return;
      // Lists in place of watches are to grow rare, however long one takes.
      const isWatching = this.#fruitless < FRUITLESS_WATCHES_MAX;
      if (isWatching && clock.now() - startedAt > HEALTHY_MS) this.#failures = 0;
      if (error !== undefined && !this.#understand(error)) hooks.onError(error as Error);
      await this.#pause(signal);
    }
  }

  async #connect(signal: AbortSignal): Promise<void> {
    if (this.#version !== undefined) {
      if (this.#isHistoryInDoubt) await this.#verifyHistory(this.#version, signal);
      return this.#follow(this.#version, signal);
    }
    const isListed = listed.get(this.#it.client)?.has(this.#it.options.kind.apiVersion) === true;
    if (!isListed && this.#brokenFills < BROKEN_FILLS_MAX) {
      this.#brokenFills++;
      return this.#fillByStream(signal);
    }
    await this.#follow(await this.#fillByList(signal), signal);
  }

  /** What an error changes. True when it is part of the protocol and nothing to tell anybody about. */
  #understand(error: unknown): boolean {
    if (!(error instanceof ApiError)) this.#isHistoryInDoubt = true;
    if (error instanceof StartOver) return this.#startOver(true);
    if (isExpired(error)) {
      this.#expired++;
      return this.#startOver(false);
    }
    if (isTooNew(error) && ++this.#tooNew >= TOO_NEW_MAX) {
      this.#tooNew = 0;
      return this.#startOver(true);
    }
    if (isKindGone(error) && this.#isFilled) {
      // The definition was deleted, and with it every object.
      this.#it.cache.retainOnly(new Set());
      this.#startOver(false);
    }
    return false;
  }

  #startOver(compareContent: boolean): true {
    this.#version = undefined;
    this.#compareContent ||= compareContent;
    return true;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const doubled = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.min(this.#failures++, 20));
    const delayMs = doubled * (0.5 + this.#it.random() / 2);
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    // A kind that was not served may be from now on.
    const stopListening = this.#it.client.discovery.onChange(wake);
    signal.addEventListener("abort", wake, { once: true });
    await sleep(this.#it.clock, delayMs, woken.signal);
    signal.removeEventListener("abort", wake);
    stopListening();
  }

  /**
   * A server that went away may come back with a restored backup, in which our version lies in the future. A watch from there is
   * not refused: it is silent, for ever. One object is enough to be told the version of now.
   */
  async #verifyHistory(version: string, signal: AbortSignal): Promise<void> {
    for await (const page of this.#it.client.pages(this.#it.options.kind, { ...this.#select(), limit: 1, signal })) {
      const order = compareVersions(page.resourceVersion, version);
      if (order !== undefined && order < 0) throw new StartOver("the server's history is another one");
      break;
    }
    this.#isHistoryInDoubt = false;
    // It answers again; on a quiet kind the first event could be a minute away.
    this.#it.hooks.onError(undefined);
  }

  async #fillByStream(signal: AbortSignal): Promise<void> {
    const silence = new AbortController();
    const stop = (): void => silence.abort();
    signal.addEventListener("abort", stop, { once: true });
    let heard = 0;
    // One timer for all that comes: it is made anew when it runs out and not with every object.
    const listen = (heardBefore: number): (() => void) =>
      this.#it.clock.after(FILL_SILENCE_MS, () => {
        if (heard === heardBefore) stop();
        else cancelTimer = listen(heard);
      });
    let cancelTimer = listen(heard);
    const seen = this.#startFill();
    let position: WatchPosition | undefined;
    try {
      const options = { ...this.#select(), sendInitialEvents: true, signal: silence.signal };
      for await (const event of this.#it.client.watch(this.#it.options.kind, options)) {
        if (position !== undefined) this.#take(event, position);
        else if (isEndOfInitialEvents(event)) {
          cancelTimer();
          this.#finishFill(seen, versionOf(event));
          position = new WatchPosition(versionOf(event));
        } else {
          heard++;
          this.#takeInitial(event, seen);
        }
      }
      if (silence.signal.aborted && !signal.aborted) this.#listFromNowOn();
    } catch (error) {
      if (!isStreamRefused(error)) throw error;
      this.#listFromNowOn();
    } finally {
      cancelTimer();
      signal.removeEventListener("abort", stop);
    }
  }

  #listFromNowOn(): void {
    const { client, options } = this.#it;
    listed.set(client, (listed.get(client) ?? new Set()).add(options.kind.apiVersion));
  }

  /** The keys that come, so that what is there and does not come is known to be gone; nothing can be gone from an empty cache. */
  #startFill(): Set<string> | undefined {
    return this.#it.cache.store.objects.size === 0 ? undefined : new Set();
  }

  #takeInitial(event: WatchEvent, seen: Set<string> | undefined): void {
    if (event.type === "BOOKMARK") return;
    if (event.type === "DELETED") {
      seen?.delete(keyOf(event.object));
      return this.#it.cache.remove(event.object);
    }
    const key = this.#it.cache.fill(event.object, this.#compareContent);
    seen?.add(key);
  }

  async #fillByList(signal: AbortSignal): Promise<string> {
    const seen = this.#startFill();
    let version = "";
    // A snapshot that ends while its pages are read again and again is asked for in one piece.
    const limit = this.#expired >= 2 ? { limit: 0 } : {};
    const options = { ...this.#select(), ...limit, signal };
    for await (const page of this.#it.client.pages(this.#it.options.kind, options)) {
      version ||= page.resourceVersion;
      for (const item of page.items) {
        const key = this.#it.cache.fill(item, this.#compareContent);
        seen?.add(key);
      }
    }
    // Where a watch without a version begins, nobody can say.
    if (version === "")
      throw problemError("AnswerInvalid", `a list of ${this.#it.options.kind.kind} has no resourceVersion`);
    this.#finishFill(seen, version);
    return version;
  }

  #finishFill(seen: ReadonlySet<string> | undefined, version: string): void {
    if (seen !== undefined) this.#it.cache.retainOnly(seen);
    this.#version = version;
    this.#compareContent = false;
    this.#expired = 0;
    this.#brokenFills = 0;
    this.#isFilled = true;
    this.#isHistoryInDoubt = false;
    this.#it.hooks.onError(undefined);
    this.#it.hooks.onSynced();
  }

  async #follow(from: string, signal: AbortSignal): Promise<void> {
    const { clock, client, options: asked } = this.#it;
    const position = new WatchPosition(from);
    const options = { ...this.#select(), resourceVersion: from, signal };
    const startedAt = clock.now();
    let [count, broken]: [number, unknown] = [0, undefined];
    try {
      for await (const event of client.watch(asked.kind, options)) {
        count++;
        this.#take(event, position);
      }
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "AnswerInvalid") throw error;
      broken = error;
    }
    if (signal.aborted) return;
    const lasted = clock.now() - startedAt;
    this.#fruitless = count === 0 && lasted >= 0 && lasted < WATCH_MS_MIN ? this.#fruitless + 1 : 0;
    if (this.#fruitless >= FRUITLESS_WATCHES_MAX) {
      this.#startOver(false);
      const { kind } = asked.kind;
      broken ??= problemError("AnswerInvalid", `watches of ${kind} end as they begin; the objects are listed instead`);
    }
    if (broken !== undefined) throw broken;
  }

  #take(event: WatchEvent, position: WatchPosition): void {
    const version = versionOf(event);
    const order = compareVersions(version, position.start);
    // Older than what the watch was asked to begin after: the server's history is another one than it was.
    if (order !== undefined && order < 0) throw new StartOver("the server's history is another one");
    if (event.type === "BOOKMARK") position.onBookmark(version);
    else {
      if (event.type === "DELETED") this.#it.cache.remove(event.object);
      else this.#it.cache.upsert(event.object);
      position.onEvent(version);
    }
    // Only what moves forward counts as success: a server that repeats itself is met with growing pauses.
    if (position.version !== this.#version) this.#failures = 0;
    this.#version = position.version;
    this.#tooNew = 0;
    this.#it.hooks.onError(undefined);
  }

  #select(): SelectOptions & ReadOptions {
    const { namespace, labelSelector, fieldSelector, keepManagedFields } = this.#it.options;
    return {
      dropManagedFields: keepManagedFields !== true,
      shareFieldSets: true,
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    };
  }
}

function versionOf(event: { readonly object: KubeObject }): string {
  const version = event.object.metadata.resourceVersion;
  if (typeof version === "string" && version !== "") return version;
  throw problemError("AnswerInvalid", "a watch event has no resourceVersion");
}

function isEndOfInitialEvents(event: WatchEvent): boolean {
  return event.type === "BOOKMARK" && event.object.metadata.annotations?.[INITIAL_EVENTS_END] === "true";
}

/** 422 where the feature is off, 400 where the parameters are not known at all. */
function isStreamRefused(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 422 || error.code === 400);
}

function isTooNew(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.code !== 504) return false;
  const causes = error.status.details?.causes ?? [];
  return (
    causes.some((cause) => cause.reason === "ResourceVersionTooLarge") ||
    /too large resource version/i.test(error.message)
  );
}

function isKindGone(error: unknown): boolean {
  return error instanceof ProblemError && error.code === "KindNotServed";
}
