/** 10.240.0.0/12: a million addresses outside of the usual ranges of Services. */
const FIRST = (10 << 24) | (240 << 16);
const SIZE = 1 << 20;

/** Addresses of pods, each given once until it is returned, oldest first so that a reused one is long forgotten. */
export class AddressPool {
  readonly #used = new Set<number>();
  #next = 2;

  /** Marks an address that a pod already has. */
  take(address: string): void {
    const number = toNumber(address);
    if (number !== undefined) this.#used.add(number);
  }

  give(): string {
    for (let tries = 0; tries < SIZE; tries++) {
      const candidate = this.#next;
      this.#next = this.#next + 1 >= SIZE ? 2 : this.#next + 1;
      if (this.#used.has(candidate)) continue;
      this.#used.add(candidate);
      return toText(candidate);
    }
    throw new Error("no address is left for another pod");
  }

  free(address: string): void {
    const number = toNumber(address);
    if (number !== undefined) this.#used.delete(number);
  }
}

function toText(index: number): string {
  const value = FIRST + index;
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".");
}

function toNumber(address: string): number | undefined {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4) return undefined;
  const value = parts.reduce((sum, part) => sum * 256 + part, 0) - (FIRST >>> 0);
  return value >= 0 && value < SIZE ? value : undefined;
}
