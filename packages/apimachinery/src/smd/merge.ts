import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";
import { atomOf, fieldSchema, kindOfValue, type ListAtom, type MapAtom } from "./atom.ts";
import { itemElements } from "./list-items.ts";
import type { PathElement } from "./path-element.ts";

type Value = Json | undefined;

/**
 * Lays an applied value over a live one: its leaves win, what it leaves out stays, associative lists are merged item by item
 * with the applied order kept. Undefined when nothing is left (a map whose fields all vanish is absent).
 */
export function mergeTyped(live: Value, applied: Value, schema: SchemaNode): Value {
  const atom = atomOf(schema);
  const kind = kindOfValue(atom, applied === undefined ? live : applied);
  if (kind === "map") return mergeMaps(atom.map as MapAtom, live, applied);
  if (kind === "list") return mergeLists(atom.list as ListAtom, live, applied);
  return keepApplied(live, applied);
}

function keepApplied(live: Value, applied: Value): Value {
  return applied === undefined ? live : applied;
}

function mergeMaps(map: MapAtom, live: Value, applied: Value): Value {
  const left = isJsonObject(live) ? live : undefined;
  const right = isJsonObject(applied) ? applied : undefined;
  if (map.isAtomic || (isEmpty(left) && isEmpty(right))) return keepApplied(live, applied);
  const out: JsonObject = {};
  for (const name in left) mergeField(map, out, name, left[name], right?.[name]);
  for (const name in right) {
    if (left === undefined || left[name] === undefined) mergeField(map, out, name, undefined, right[name]);
  }
  return isEmpty(out) ? undefined : out;
}

function mergeField(map: MapAtom, out: JsonObject, name: string, live: Value, applied: Value): void {
  if (live === undefined && applied === undefined) return;
  const schema = fieldSchema(map, name);
  const merged = schema === undefined ? keepApplied(live, applied) : mergeTyped(live, applied, schema);
  if (merged !== undefined) setOwn(out, name, merged);
}

function mergeLists(list: ListAtom, live: Value, applied: Value): Value {
  const left = Array.isArray(live) ? live : [];
  const right = Array.isArray(applied) ? applied : [];
  if (list.isAtomic || (left.length === 0 && right.length === 0)) return keepApplied(live, applied);
  return new ListMerge(list, left, right).run();
}

/**
 * Interleaves two associative lists. Items of both stand in the applied order; items only the live list has keep their place
 * relative to the shared ones before them.
 */
class ListMerge {
  readonly #list: ListAtom;
  readonly #live: readonly Json[];
  readonly #liveElements: readonly PathElement[];
  readonly #appliedElements: readonly PathElement[];
  readonly #liveByElement = new Map<PathElement, Json | undefined>();
  readonly #appliedByElement = new Map<PathElement, Json>();
  readonly #out: Json[] = [];

  constructor(list: ListAtom, live: readonly Json[], applied: readonly Json[]) {
    this.#list = list;
    this.#live = live;
    this.#liveElements = itemElements(list, live);
    this.#appliedElements = itemElements(list, applied);
    for (const [index, element] of this.#liveElements.entries()) {
      // Of live duplicates none can be merged with: the applied item stands alone.
      this.#liveByElement.set(element, this.#liveByElement.has(element) ? undefined : live[index]);
    }
    for (const [index, element] of this.#appliedElements.entries()) {
      this.#appliedByElement.set(element, applied[index] as Json);
    }
  }

  run(): Value {
    const shared = this.#appliedElements.filter((element) => this.#liveByElement.has(element));
    const merged = new Set<PathElement>();
    let [liveIndex, appliedIndex, sharedIndex] = [0, 0, 0];
    const isLiveLeft = (): boolean => liveIndex < this.#liveElements.length;
    while (isLiveLeft() || appliedIndex < this.#appliedElements.length) {
      const liveElement = this.#liveElements[liveIndex] ?? "";
      const appliedElement = this.#appliedElements[appliedIndex] ?? "";
      if (isLiveLeft() && appliedIndex < this.#appliedElements.length) {
        if (liveElement === appliedElement) {
          merged.add(liveElement);
          this.#emit(liveElement);
          liveIndex++;
          appliedIndex++;
          sharedIndex++;
          continue;
        }
        const next = shared[sharedIndex];
        if (this.#appliedByElement.has(liveElement) && next !== undefined && next !== liveElement) {
          liveIndex++;
          continue;
        }
      }
      if (isLiveLeft()) {
        if (!this.#appliedByElement.has(liveElement)) {
          this.#push(mergeTyped(this.#live[liveIndex], undefined, this.#list.element));
          liveIndex++;
          continue;
        }
        if (merged.has(liveElement)) liveIndex++;
      }
      if (appliedIndex < this.#appliedElements.length) {
        merged.add(appliedElement);
        this.#emit(appliedElement);
        appliedIndex++;
        if (shared[sharedIndex] === appliedElement) sharedIndex++;
      }
    }
    return this.#out.length > 0 ? this.#out : undefined;
  }

  #emit(element: PathElement): void {
    this.#push(mergeTyped(this.#liveByElement.get(element), this.#appliedByElement.get(element), this.#list.element));
  }

  #push(item: Value): void {
    if (item !== undefined) this.#out.push(item);
  }
}

function isEmpty(object: JsonObject | undefined): boolean {
  for (const key in object) if (object[key] !== undefined) return false;
  return true;
}
