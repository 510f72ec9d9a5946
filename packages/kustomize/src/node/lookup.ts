import { problemError } from "@fairlead/base";
import { isIndexNumber, isListIndex, splitListIndex } from "./path.ts";
import type { NodeAccess, NodeKind } from "./access.ts";

/** A place in a document: what stands there, and how to put something else there. */
export interface Slot<N> {
  readonly node: N;
  replace(node: N): void;
}

const NAMES = { scalar: "ScalarNode", mapping: "MappingNode", sequence: "SequenceNode" } as const;

function wrongKind<N>(access: NodeAccess<N>, expected: NodeKind, found: N): Error {
  const kinds = `expected ${NAMES[expected]} but got ${NAMES[access.kindOf(found)]}`;
  return problemError("KustomizeTransform", `wrong node kind: ${kinds}: node contents:\n${access.print(found)}`);
}

/**
 * The node at a path of keys, indexes (`0`, `-` for the last) and `[name=value]`; undefined where any part is missing.
 * @throws ProblemError where a part does not fit what stands there
 */
export function lookup<N>(access: NodeAccess<N>, root: N, parts: readonly string[]): N | undefined {
  let node: N | undefined = root;
  for (const part of parts.map((text) => text.trim()).filter(Boolean)) {
    if (node === undefined || access.isNull(node)) return undefined;
    node = step(access, node, part);
  }
  return node;
}

function step<N>(access: NodeAccess<N>, node: N, part: string): N | undefined {
  if (/^[-+]?\d+$/.test(part)) {
    const index = Number(part);
    if (index < 0) throw problemError("KustomizeTransform", `array index ${index} cannot be negative`);
    return elements(access, node)[index];
  }
  if (part === "-") return elements(access, node).at(-1);
  if (part === "*") throw problemError("KustomizeTransform", "wildcard is not supported in PathGetter");
  if (!isListIndex(part)) return field(access, node, part);
  const { name, value } = splitIndex(part);
  return elements(access, node).find((item) => {
    if (name === "") return access.textOf(item) === value;
    const found = access.fieldOf(item, name);
    return found !== undefined && access.textOf(found) === value;
  });
}

function splitIndex(part: string): { readonly name: string; readonly value: string } {
  const split = splitListIndex(part);
  if (split) return split;
  throw problemError("KustomizeTransform", "list path element must contain fieldName=fieldValue for element to match");
}

function elements<N>(access: NodeAccess<N>, node: N): readonly N[] {
  if (access.isNull(node)) return [];
  if (access.kindOf(node) !== "sequence") throw wrongKind(access, "sequence", node);
  return access.itemsOf(node);
}

function field<N>(access: NodeAccess<N>, node: N, name: string): N | undefined {
  if (access.isNull(node)) return undefined;
  if (access.kindOf(node) !== "mapping") throw wrongKind(access, "mapping", node);
  return access.fieldOf(node, name);
}

/**
 * All places a path leads to: `*` goes to every element, `[name=pattern]` to those that match a regular expression anywhere. With
 * `create`, missing parts are made on the way and the last one is of that kind.
 * @throws ProblemError where a part does not fit what stands there
 */
export function matchPath<N>(
  access: NodeAccess<N>,
  slot: Slot<N>,
  path: readonly string[],
  create: NodeKind | undefined,
  compile: (pattern: string) => { test(text: string): boolean },
): Slot<N>[] {
  const matcher = new PathMatcher(access, create, compile);
  return matcher.match(slot, path);
}

class PathMatcher<N> {
  readonly #access: NodeAccess<N>;
  readonly #create: NodeKind | undefined;
  readonly #compile: (pattern: string) => { test(text: string): boolean };

  constructor(
    access: NodeAccess<N>,
    create: NodeKind | undefined,
    compile: (pattern: string) => { test(text: string): boolean },
  ) {
    this.#access = access;
    this.#create = create;
    this.#compile = compile;
  }

  match(slot: Slot<N>, path: readonly string[]): Slot<N>[] {
    const [part, ...rest] = path;
    if (part === undefined) return [slot];
    if (isIndexNumber(part)) return this.#index(slot.node, Number(part), rest);
    if (isListIndex(part)) return this.#elements(slot.node, part, rest);
    if (part === "*") {
      return elements(this.#access, slot.node).flatMap((_, index) => this.match(this.#item(slot.node, index), rest));
    }
    return this.#field(slot.node, part, rest);
  }

  #item(list: N, index: number): Slot<N> {
    const node = this.#access.itemsOf(list)[index] as N;
    return { node, replace: (next) => this.#access.setItem(list, index, next) };
  }

  /** What to make for a part, by what follows it. */
  #kindBefore(rest: readonly string[]): NodeKind {
    const [next] = rest;
    if (next === undefined) return this.#create ?? "scalar";
    return isListIndex(next) || isIndexNumber(next) ? "sequence" : "mapping";
  }

  #field(parent: N, name: string, rest: readonly string[]): Slot<N>[] {
    let node = field(this.#access, parent, name);
    if (node === undefined) {
      if (!this.#create || this.#access.isNull(parent)) return [];
      node = this.#access.make(this.#kindBefore(rest));
      this.#access.setField(parent, name, node);
    }
    if (this.#access.kindOf(node) === "scalar" && rest.length > 0 && !this.#access.isNull(node)) {
      return this.#withinText(node, rest);
    }
    return this.match({ node, replace: (next) => this.#access.setField(parent, name, next) }, rest);
  }

  /** The real tool looks into a string that holds YAML here too, but what it changes there is lost. */
  #withinText(node: N, rest: readonly string[]): Slot<N>[] {
    const document = this.#access.parse(this.#access.textOf(node));
    if (document === undefined) throw problemError("KustomizeTransform", "the text is no YAML document");
    return this.match({ node: document, replace: () => {} }, rest);
  }

  #index(list: N, index: number, rest: readonly string[]): Slot<N>[] {
    const { length } = elements(this.#access, list);
    if (length === index && this.#create) this.#access.append(list, this.#access.make(this.#kindBefore(rest)));
    else if (index >= length) {
      throw problemError("KustomizeTransform", `index ${index} specified but only ${length} elements found`);
    }
    return this.match(this.#item(list, index), rest);
  }

  #elements(list: N, part: string, rest: readonly string[]): Slot<N>[] {
    const { name, value } = splitIndex(part);
    const pattern = this.#compile(value);
    const find = (): Slot<N>[] =>
      elements(this.#access, list).flatMap((item, index) => {
        const slot = this.#item(list, index);
        if (name === "") return pattern.test(this.#access.writtenOf(item)) ? [slot] : [];
        const found = this.#access.fieldOf(item, name);
        return found !== undefined && pattern.test(this.#access.writtenOf(found)) ? this.match(slot, rest) : [];
      });
    const found = find();
    if (found.length > 0 || !this.#create) return found;
    const element = this.#access.make(name === "" ? "scalar" : "mapping", value);
    if (name !== "") this.#access.setField(element, name, this.#access.make("scalar", value));
    this.#access.append(list, element);
    return find();
  }
}
