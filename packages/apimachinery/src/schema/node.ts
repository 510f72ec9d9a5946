import type { SchemaFacts, SchemaNode } from "./types.ts";

/** How a node's children are made, each at most once. */
export interface LazyChildren {
  readonly properties?: (() => Record<string, SchemaNode>) | undefined;
  readonly additionalProperties?: (() => SchemaNode | boolean) | undefined;
  readonly items?: (() => SchemaNode) | undefined;
  readonly allOf?: (() => readonly SchemaNode[]) | undefined;
  readonly anyOf?: (() => readonly SchemaNode[]) | undefined;
  readonly oneOf?: (() => readonly SchemaNode[]) | undefined;
  readonly not?: (() => SchemaNode) | undefined;
}

class LazyNode {
  readonly #make: LazyChildren;
  readonly #made: { -readonly [K in keyof LazyChildren]?: SchemaNode[K] } = {};

  constructor(make: LazyChildren) {
    this.#make = make;
  }

  get properties(): SchemaNode["properties"] {
    return (this.#made.properties ??= this.#make.properties?.());
  }
  get additionalProperties(): SchemaNode["additionalProperties"] {
    return (this.#made.additionalProperties ??= this.#make.additionalProperties?.());
  }
  get items(): SchemaNode["items"] {
    return (this.#made.items ??= this.#make.items?.());
  }
  get allOf(): SchemaNode["allOf"] {
    return (this.#made.allOf ??= this.#make.allOf?.());
  }
  get anyOf(): SchemaNode["anyOf"] {
    return (this.#made.anyOf ??= this.#make.anyOf?.());
  }
  get oneOf(): SchemaNode["oneOf"] {
    return (this.#made.oneOf ??= this.#make.oneOf?.());
  }
  get not(): SchemaNode["not"] {
    return (this.#made.not ??= this.#make.not?.());
  }
}

export function schemaNode(facts: SchemaFacts, children: LazyChildren): SchemaNode {
  return Object.assign(new LazyNode(children), facts);
}

/** The schema of one property of a value, declared or by additionalProperties; undefined for a field the schema doesn't know. */
export function propertySchema(node: SchemaNode, name: string): SchemaNode | undefined {
  const declared = node.properties;
  if (declared !== undefined && Object.hasOwn(declared, name)) return declared[name];
  return typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
}
