import type { Clock } from "@fairlead/base";

/** In place of an answer that has not come yet: whoever asked ends here and is woken when it has. */
export class StillWaiting extends Error {}

interface Answer {
  readonly promise: Promise<unknown>;
  isSuccess: boolean;
}

interface PatienceOptions {
  readonly clock: Clock;
  readonly waitMs: number;
  readonly wake: (who: string) => void;
}

/**
 * Waits a little for what others may take long to answer. A worker that waited for a Git host to the end would be missing to
 * everybody: two dozen applications of one slow host would hold up all that have nothing to do with it.
 */
export class Patience {
  readonly #options: PatienceOptions;
  /** What is late → who wants to be woken. */
  readonly #late = new Map<string, Set<string>>();
  /** Who → what → the late answer that nobody has taken yet. */
  readonly #answers = new Map<string, Map<string, Answer>>();

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /**
   * The answer, if it comes in time. A late failure is handed to each who waited, once. So is a late success with `keeps`; without, it
   * is asked for again, since it may have become old, and waited for then.
   * @throws StillWaiting when it does not come in time; `wake` is called once it has
   */
  async within<T>(what: string, who: string, ask: () => Promise<T>, keeps = false): Promise<T> {
    const known = this.#take(what, who);
    if (known) return keeps || !known.isSuccess ? (known.promise as Promise<T>) : ask();
    const late = this.#late.get(what);
    if (late) {
      late.add(who);
      throw new StillWaiting(what);
    }
    const promise = ask();
    if (await this.#settles(promise)) return promise;
    this.#follow(what, promise).add(who);
    throw new StillWaiting(what);
  }

  /** It is gone; nobody will ask for it. */
  forget(who: string): void {
    this.#answers.delete(who);
    for (const waiting of this.#late.values()) waiting.delete(who);
  }

  #take(what: string, who: string): Answer | undefined {
    const answers = this.#answers.get(who);
    const found = answers?.get(what);
    answers?.delete(what);
    if (answers?.size === 0) this.#answers.delete(who);
    return found;
  }

  #settles(promise: Promise<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(this.#options.waitMs, () => resolve(false));
      const settled = (): void => {
        cancel();
        resolve(true);
      };
      promise.then(settled, settled);
    });
  }

  /** Who waits for it: several may have asked before it was known to be late. */
  #follow(what: string, promise: Promise<unknown>): Set<string> {
    const known = this.#late.get(what);
    if (known) return known;
    const waiting = new Set<string>();
    this.#late.set(what, waiting);
    const tell = (isSuccess: boolean): void => {
      this.#late.delete(what);
      for (const who of waiting) {
        const answers = this.#answers.get(who) ?? new Map<string, Answer>();
        answers.set(what, { promise, isSuccess });
        this.#answers.set(who, answers);
        this.#options.wake(who);
      }
    };
    promise.then(
      () => tell(true),
      () => tell(false),
    );
    return waiting;
  }
}
