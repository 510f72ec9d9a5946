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

  /** How many scopes outwards, and which slot there; undefined for what nobody defined. */
  find(name: string): { readonly hops: number; readonly slot: number; readonly isRoot: boolean } | undefined {
    let hops = 0;
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const slot = scope.#slots.get(name);
      if (slot !== undefined) return { hops, slot, isRoot: scope.parent === undefined };
      hops++;
    }
    return undefined;
  }
}
