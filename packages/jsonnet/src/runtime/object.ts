import type { Visibility } from "../syntax/nodes.ts";
import type { Site } from "../syntax/source.ts";
import type { Code, Env, Value } from "./values.ts";

/** A field as an object expression has it, not bound to an object yet. */
export interface FieldDef {
  readonly code: Code;
  readonly visibility: Visibility;
  /** Of a `+:` field: where its stack line points to. */
  readonly plus: Site | undefined;
  /** Where its value is kept, counted within the layer. */
  readonly slot: number;
  /** Variables of its own: each field of a comprehension was made in another turn. */
  readonly env: Env | undefined;
}

/** What all objects of one object expression share. */
export interface LayerCode {
  /** Whether the first slot is `$`. */
  readonly hasRoot: boolean;
  readonly locals: readonly Code[];
  readonly asserts: readonly Code[];
  readonly slotCount: number;
}

/** One object expression evaluated: field names are known, values are not. */
export interface Layer {
  readonly fields: ReadonlyMap<string, FieldDef>;
  readonly code: LayerCode;
  readonly env: Env | undefined;
  /** Of what `std.objectRemoveKey` gives: the fields that the next `covers` layers still have. The layer itself has none. */
  readonly kept: ReadonlyMap<string, Visibility> | undefined;
  readonly covers: number;
}

export interface Found {
  readonly field: FieldDef;
  readonly layer: Layer;
  readonly depth: number;
}

/** An object: layers that were added up, the last one first. Adding costs nothing until somebody looks. */
export class JsonnetObject {
  #left: JsonnetObject | undefined;
  #right: JsonnetObject | undefined;
  #layers: readonly Layer[] | undefined;
  #visibilities: ReadonlyMap<string, Visibility> | undefined;
  #shown: readonly string[] | undefined;
  #byName: Map<string, Found> | undefined;
  /** Values of fields by layer and slot. */
  readonly #values: (Value[] | undefined)[] = [];
  /** Variables of each layer's fields, `self` bound. */
  readonly envs: (Env | undefined)[] = [];
  isChecked = false;

  constructor(layers: readonly Layer[] | undefined, left?: JsonnetObject, right?: JsonnetObject) {
    this.#layers = layers;
    this.#left = left;
    this.#right = right;
  }

  static sum(left: JsonnetObject, right: JsonnetObject): JsonnetObject {
    return new JsonnetObject(undefined, left, right);
  }

  get layers(): readonly Layer[] {
    if (this.#layers !== undefined) return this.#layers;
    const layers: Layer[] = [];
    // Sums lean to one side or the other, a thousand deep: no recursion.
    const waiting: JsonnetObject[] = [this];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next.#layers === undefined) waiting.push(next.#left as JsonnetObject, next.#right as JsonnetObject);
      else for (const layer of next.#layers) layers.push(layer);
    }
    this.#left = undefined;
    this.#right = undefined;
    return (this.#layers = layers);
  }

  /** The field that counts, seen from a layer on. */
  find(name: string, from: number): Found | undefined {
    const { layers } = this;
    if (from > 0 || layers.length === 1) return this.#search(name, from);
    const byName = (this.#byName ??= new Map());
    const known = byName.get(name);
    if (known !== undefined) return known;
    const found = this.#search(name, 0);
    if (found !== undefined) byName.set(name, found);
    return found;
  }

  #search(name: string, from: number): Found | undefined {
    const { layers } = this;
    for (let depth = from; depth < layers.length; depth++) {
      const layer = layers[depth] as Layer;
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

function visibilitiesOf(layers: readonly Layer[]): ReadonlyMap<string, Visibility> {
  const found = new Map<string, Visibility>();
  for (const own of unitsFromTheFirst(layers)) {
    for (const [name, visibility] of own) {
      if (visibility !== "inherit" || !found.has(name)) found.set(name, visibility);
    }
  }
  return found;
}

/** What each layer says, the first one added first; layers that a restriction covers say nothing themselves. */
function unitsFromTheFirst(layers: readonly Layer[]): Iterable<readonly [string, Visibility]>[] {
  const units: Iterable<readonly [string, Visibility]>[] = [];
  for (let at = 0; at < layers.length; at++) {
    const { kept, covers, fields } = layers[at] as Layer;
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

const SURROGATE = /[\ud800-\udfff]/;

/** By code points: JavaScript's own order is by UTF-16 units, which differs where a surrogate meets what lies above them. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  if (!SURROGATE.test(left) && !SURROGATE.test(right)) return left < right ? -1 : 1;
  const [a, b] = [[...left], [...right]];
  const at = a.findIndex((char, index) => char !== b[index]);
  if (at < 0) return -1;
  if (at >= b.length) return 1;
  return (a[at]?.codePointAt(0) as number) < (b[at]?.codePointAt(0) as number) ? -1 : 1;
}
