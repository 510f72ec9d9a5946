/** Addresses of load balancers: 254 of their own, then shared ones, since nothing listens there anyway. */
export class BalancerPool {
  readonly #prefix: string;
  readonly #byOwner = new Map<string, string>();
  readonly #used = new Map<string, number>();
  #next = 1;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The owner's address: the one it wants or has, else the next. */
  give(owner: string, wanted?: string): string {
    const known = this.#byOwner.get(owner);
    if (known !== undefined && (wanted === undefined || wanted === known)) return known;
    if (known !== undefined) this.free(owner);
    const address = wanted ?? this.#fresh();
    this.#byOwner.set(owner, address);
    this.#used.set(address, (this.#used.get(address) ?? 0) + 1);
    return address;
  }

  free(owner: string): void {
    const address = this.#byOwner.get(owner);
    if (address === undefined) return;
    this.#byOwner.delete(owner);
    const left = (this.#used.get(address) ?? 1) - 1;
    if (left > 0) this.#used.set(address, left);
    else this.#used.delete(address);
  }

  #fresh(): string {
    for (let tries = 0; tries < 254; tries++) {
      const address = this.#step();
      if (!this.#used.has(address)) return address;
    }
    return this.#step();
  }

  #step(): string {
    const address = `${this.#prefix}.${this.#next}`;
    this.#next = (this.#next % 254) + 1;
    return address;
  }
}
