import type { Visibility } from "../syntax/nodes.ts";
import { compareStrings } from "./characters.ts";

/** A field as an object expression has it, not bound to an object yet. */
export interface FieldOf<Code, Env, Plus> {
  readonly code: Code;
  readonly visibility: Visibility;
  /** Of a `+:` field: how it is added to what was there before. */
  readonly plus: Plus | undefined;
  /** Where its value is kept, counted within the layer. */
  readonly slot: number;
  /** Variables of its own: each field of a comprehension was made in another turn. */
  readonly env: Env | undefined;
}

/** What all objects of one object expression share. */
export interface LayerCodeOf<Code> {
  /** Whether the first slot is `$`. */
  readonly hasRoot: boolean;
  readonly locals: readonly Code[];
  readonly asserts: readonly Code[];
  readonly slotCount: number;
}

/** One object expression evaluated: field names are known, values are not. */
export interface LayerOf<Code, Env, Plus> {
  readonly fields: ReadonlyMap<string, FieldOf<Code, Env, Plus>>;
  readonly code: LayerCodeOf<Code>;
  readonly env: Env | undefined;
  /** Of what `std.objectRemoveKey` gives: the fields that the next `covers` layers still have. The layer itself has none. */
  readonly kept: ReadonlyMap<string, Visibility> | undefined;
  readonly covers: number;
}

export interface FoundOf<Code, Env, Plus> {
  readonly field: FieldOf<Code, Env, Plus>;
  readonly layer: LayerOf<Code, Env, Plus>;
  readonly depth: number;
}

/**
 * An object: layers that were added up, the last one first. Adding costs nothing until somebody looks. What values and code are is
 * said by machine.ts: they know objects, and objects know them.
 */
export class LayeredObject<Value, Code, Env, Plus> {
  #left: LayeredObject<Value, Code, Env, Plus> | undefined;
  #right: LayeredObject<Value, Code, Env, Plus> | undefined;
  #layers: readonly LayerOf<Code, Env, Plus>[] | undefined;
  #visibilities: ReadonlyMap<string, Visibility> | undefined;
  #shown: readonly string[] | undefined;
  #byName: Map<string, FoundOf<Code, Env, Plus>> | undefined;
  /** Values of fields by layer and slot. */
  readonly #values: (Value[] | undefined)[] = [];
  /** Variables of each layer's fields, `self` bound. */
  readonly envs: (Env | undefined)[] = [];
  isChecked = false;

  constructor(
    layers: readonly LayerOf<Code, Env, Plus>[] | undefined,
    left?: LayeredObject<Value, Code, Env, Plus>,
    right?: LayeredObject<Value, Code, Env, Plus>,
  ) {
    this.#layers = layers;
    this.#left = left;
    this.#right = right;
  }

  get layers(): readonly LayerOf<Code, Env, Plus>[] {
    if (this.#layers !== undefined) return this.#layers;
    const layers: LayerOf<Code, Env, Plus>[] = [];
    // Sums lean to one side or the other, a thousand deep: no recursion.
    const waiting: LayeredObject<Value, Code, Env, Plus>[] = [this];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next.#layers === undefined)
        waiting.push(
          next.#left as LayeredObject<Value, Code, Env, Plus>,
          next.#right as LayeredObject<Value, Code, Env, Plus>,
        );
      else for (const layer of next.#layers) layers.push(layer);
    }
    this.#left = undefined;
    this.#right = undefined;
    return (this.#layers = layers);
  }

  /** The field that counts, seen from a layer on. */
  find(name: string, from: number): FoundOf<Code, Env, Plus> | undefined {
    const { layers } = this;
    if (from > 0 || layers.length === 1) return this.#search(name, from);
    const byName = (this.#byName ??= new Map());
    const known = byName.get(name);
    if (known !== undefined) return known;
    const found = this.#search(name, 0);
    if (found !== undefined) byName.set(name, found);
    return found;
  }

  #search(name: string, from: number): FoundOf<Code, Env, Plus> | undefined {
    const { layers } = this;
    for (let depth = from; depth < layers.length; depth++) {
      const layer = layers[depth] as LayerOf<Code, Env, Plus>;
      // A removed key is missed only from where it was removed on, as in go-jsonnet.
      if (layer.kept !== undefined && depth === from && !layer.kept.has(name)) depth += layer.covers;
      const field = layer.fields.get(name);
      if (field !== undefined && layer.kept === undefined) return { field, layer, depth };
    }
    return undefined;
  }

  valueAt(depth: number, slot: number): Value | undefined {
    return this.#values[depth]?.[slot];
  }

  keep(depth: number, slot: number, value: Value): void {
    const values = (this.#values[depth] ??= []);
    values[slot] = value;
  }

  /** Every field with what decides whether it shows. */
  get visibilities(): ReadonlyMap<string, Visibility> {
    return (this.#visibilities ??= visibilitiesOf(this.layers));
  }

  has(name: string): boolean {
    const [only] = this.layers;
    if (this.layers.length === 1 && only !== undefined) return only.fields.has(name);
    return this.visibilities.has(name);
  }

  shows(name: string): boolean {
    const [only] = this.layers;
    const visibility =
      this.layers.length === 1 && only !== undefined ? only.fields.get(name)?.visibility : this.visibilities.get(name);
    return visibility !== undefined && visibility !== "hidden";
  }

  /** Names of the fields that show, in order of code points. */
  get shown(): readonly string[] {
    return (this.#shown ??= sortedNames(this.visibilities, false));
  }

  get allNames(): readonly string[] {
    return sortedNames(this.visibilities, true);
  }
}

type AnyLayer = LayerOf<unknown, unknown, unknown>;

function visibilitiesOf(layers: readonly AnyLayer[]): ReadonlyMap<string, Visibility> {
  const found = new Map<string, Visibility>();
  for (const own of unitsFromTheFirst(layers)) {
    for (const [name, visibility] of own) {
      if (visibility !== "inherit" || !found.has(name)) found.set(name, visibility);
    }
  }
  return found;
}

/** What each layer says, the first one added first; layers that a restriction covers say nothing themselves. */
function unitsFromTheFirst(layers: readonly AnyLayer[]): Iterable<readonly [string, Visibility]>[] {
  const units: Iterable<readonly [string, Visibility]>[] = [];
  for (let at = 0; at < layers.length; at++) {
    const { kept, covers, fields } = layers[at] as AnyLayer;
    if (kept === undefined) units.push([...fields].map(([name, field]) => [name, field.visibility] as const));
    else {
      units.push(kept);
      at += covers;
    }
  }
  return units.reverse();
}

function sortedNames(visibilities: ReadonlyMap<string, Visibility>, withHidden: boolean): readonly string[] {
  const names: string[] = [];
  for (const [name, visibility] of visibilities) if (withHidden || visibility !== "hidden") names.push(name);
  return names.sort(compareStrings);
}
