/** Where a variable is. */
export interface Variable {
  /** Scopes outwards. */
  readonly hops: number;
  readonly slot: number;
  /** Whether it is `std`, of which every file has its own. */
  readonly isRoot: boolean;
}

/** Variables of one scope by name. What is compiled against it runs with an `Env` of the same shape. */
export class Scope {
  readonly parent: Scope | undefined;
  /** Objects that the code stands in. */
  readonly objects: number;
  readonly #slots: ReadonlyMap<string, number>;

  constructor(parent: Scope | undefined, names: readonly string[], objects: number) {
    this.parent = parent;
    this.objects = objects;
    this.#slots = new Map(names.map((name, slot) => [name, slot]));
  }

  inner(names: readonly string[]): Scope {
    return new Scope(this, names, this.objects);
  }

  /** Undefined for what nobody defined. */
  find(name: string): Variable | undefined {
    const slot = this.#slots.get(name);
    if (slot !== undefined) return { hops: 0, slot, isRoot: this.parent === undefined };
    const outer = this.parent?.find(name);
    return outer && { ...outer, hops: outer.hops + 1 };
  }
}
