import type { Clock } from "@fairlead/base";
import { EXTERNAL_LIMITS } from "../limits.ts";

export interface Credential {
  /** Milliseconds; Infinity for one without an end. */
  readonly expiresAt: number;
}

/** A credential that is fetched once and again shortly before it ends; whoever comes meanwhile waits for the same one. */
export class Renewed<T extends Credential> {
  readonly #clock: Clock;
  readonly #fetch: (signal: AbortSignal) => Promise<T>;
  readonly #parent: Renewed<Credential> | undefined;
  #pending: Promise<T> | undefined;

  /** `parent`: the credential this one is got with. */
  constructor(clock: Clock, fetch: (signal: AbortSignal) => Promise<T>, parent?: Renewed<Credential>) {
    this.#clock = clock;
    this.#fetch = fetch;
    this.#parent = parent;
  }

  async get(signal: AbortSignal): Promise<T> {
    const known = await this.#pending?.catch(() => undefined);
    if (known !== undefined && this.#clock.now() < known.expiresAt - EXTERNAL_LIMITS.renewBeforeMs) return known;
    if (known !== undefined || this.#pending === undefined) this.#pending = this.#fetch(signal);
    const pending = this.#pending;
    try {
      return await pending;
    } catch (error) {
      if (this.#pending === pending) this.#pending = undefined;
      throw error;
    }
  }

  /** Forgets what was refused: a Secret may hold something else by now, and what it was got with may have ended too. */
  drop(): void {
    this.#pending = undefined;
    this.#parent?.drop();
  }
}
