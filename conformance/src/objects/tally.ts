import type { Difference, Skipped, SuiteResult } from "../suite.ts";

/** Counts agreement and keeps the differences. */
export class Tally {
  #same = 0;
  readonly #different: Difference[] = [];
  readonly #skipped: Skipped[] = [];

  agrees(): void {
    this.#same++;
  }

  differs(name: string, detail: string): void {
    this.#different.push({ name, detail });
  }

  skips(name: string, reason: string): void {
    this.#skipped.push({ name, reason });
  }

  result(): SuiteResult {
    return { same: this.#same, different: this.#different, skipped: this.#skipped };
  }
}
