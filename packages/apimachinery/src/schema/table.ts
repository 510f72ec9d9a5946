import { setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { GroupVersionKind } from "../object/types.ts";
import { SCHEMA_TABLE } from "./generated/table.ts";
import { schemaNode, type LazyChildren } from "./node.ts";
import type { ApiResourceInfo, SchemaFacts, SchemaNode, SchemaSet, SchemaType } from "./types.ts";

/** One node of the generated table; scripts/generate-schemas.ts says what the letters mean. Numbers are indexes of nodes. */
interface TableNode {
  readonly $?: number;
  readonly t?: string;
  readonly f?: string;
  readonly d?: Json;
  readonly r?: string[];
  readonly l?: "atomic" | "set" | "map";
  readonly k?: string[];
  readonly m?: "atomic" | "granular";
  readonly s?: string;
  readonly y?: string;
  readonly u?: boolean;
  readonly n?: JsonObject[];
  readonly g?: GroupVersionKind[];
  readonly o?: string;
  readonly z?: 1 | 2 | 3;
  readonly i?: number;
  readonly a?: number | boolean;
  readonly p?: Record<string, number>;
}

interface Table {
  readonly version: string;
  readonly names: string[];
  readonly definitions: number[];
  readonly nodes: TableNode[];
  readonly resources: ApiResourceInfo[];
}

const TYPES: Record<string, SchemaType> = {
  o: "object",
  a: "array",
  s: "string",
  i: "integer",
  n: "number",
  b: "boolean",
};
const ZERO_VALUES = { 1: "omitted", 2: "null", 3: "0" } as const;
const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
/** Any JSON may stand here although the OpenAPI document says `type: object` (k8s.io/kube-openapi#364). */
const RAW_EXTENSION = "io.k8s.apimachinery.pkg.runtime.RawExtension";

let table: Table | undefined;
let schemas: SchemaSet | undefined;

function loadTable(): Table {
  return (table ??= JSON.parse(SCHEMA_TABLE) as Table);
}

/** Resources of a fresh kube-apiserver as its discovery lists them, in its order. */
export function builtinResources(): readonly ApiResourceInfo[] {
  return loadTable().resources;
}

/** The schemas of every built-in kind. The table is parsed at the first call (some milliseconds), nodes when they are used. */
export function builtinSchemas(): SchemaSet {
  return (schemas ??= new BuiltinSchemas(loadTable()));
}

class BuiltinSchemas implements SchemaSet {
  readonly serverVersion: string;
  readonly definitionNames: readonly string[];
  readonly #table: Table;
  readonly #nodes: (SchemaNode | undefined)[] = [];
  readonly #definitionIndex: Map<string, number>;
  #kinds: Map<string, number> | undefined;

  constructor(source: Table) {
    this.#table = source;
    this.serverVersion = source.version;
    this.definitionNames = source.names;
    this.#definitionIndex = new Map(source.names.map((name, index) => [name, index]));
  }

  forKind(gvk: GroupVersionKind): SchemaNode | undefined {
    this.#kinds ??= this.#indexKinds();
    const index = this.#kinds.get(`${gvk.group}/${gvk.version}/${gvk.kind}`);
    return index === undefined ? undefined : this.#definitionAt(index);
  }

  definition(name: string): SchemaNode | undefined {
    const index = this.#definitionIndex.get(name);
    return index === undefined ? undefined : this.#definitionAt(index);
  }

  #indexKinds(): Map<string, number> {
    const kinds = new Map<string, number>();
    this.#table.definitions.forEach((nodeIndex, index) => {
      for (const { group, version, kind } of this.#table.nodes[nodeIndex]?.g ?? []) {
        kinds.set(`${group}/${version}/${kind}`, index);
      }
    });
    return kinds;
  }

  #definitionAt(index: number): SchemaNode {
    const nodeIndex = this.#table.definitions[index] ?? 0;
    return (this.#nodes[nodeIndex] ??= this.#make(this.#table.nodes[nodeIndex] ?? {}, this.#table.names[index]));
  }

  #nodeAt(index: number): SchemaNode {
    return (this.#nodes[index] ??= this.#make(this.#table.nodes[index] ?? {}, undefined));
  }

  #make(raw: TableNode, name: string | undefined): SchemaNode {
    if (raw.$ !== undefined) return this.#makeReference(raw, raw.$);
    const { p: properties, i: items, a: additional } = raw;
    const children: LazyChildren = {
      properties: properties && (() => this.#makeProperties(properties)),
      items: items === undefined ? undefined : () => this.#nodeAt(items),
      additionalProperties:
        additional === undefined
          ? undefined
          : () => (typeof additional === "boolean" ? additional : this.#nodeAt(additional)),
    };
    return schemaNode(factsOf(raw, name), children);
  }

  /** A property that refers to a definition: the definition, with what the property says itself laid over it. */
  #makeReference(raw: TableNode, index: number): SchemaNode {
    const target = this.#definitionAt(index);
    const facts = { ...target, ...factsOf(raw, this.#table.names[index]) } as SchemaFacts;
    return schemaNode(facts, {
      properties: () => target.properties as Record<string, SchemaNode>,
      items: () => target.items as SchemaNode,
      additionalProperties: () => target.additionalProperties as SchemaNode | boolean,
    });
  }

  #makeProperties(indexes: Record<string, number>): Record<string, SchemaNode> {
    const made = Object.create(null) as Record<string, SchemaNode>;
    for (const [name, index] of Object.entries(indexes)) setOwn(made, name, this.#nodeAt(index));
    return made;
  }
}

function factsOf(raw: TableNode, name: string | undefined): SchemaFacts {
  const facts: { -readonly [K in keyof SchemaFacts]: SchemaFacts[K] } = {};
  if (name !== undefined) facts.ref = name;
  if (raw.t !== undefined) facts.type = TYPES[raw.t];
  if (raw.f !== undefined) facts.format = raw.f;
  if (raw.f === "int-or-string") facts.intOrString = true;
  if (name === QUANTITY) facts.untypedScalar = true;
  if (name === RAW_EXTENSION) facts.preserveUnknown = true;
  if (raw.d !== undefined) facts.default = raw.d;
  if (raw.r !== undefined) facts.required = raw.r;
  if (raw.l !== undefined) facts.listType = raw.l;
  if (raw.k !== undefined) facts.listMapKeys = raw.k;
  if (raw.m !== undefined) facts.mapType = raw.m;
  if (raw.s !== undefined) facts.patchStrategy = raw.s;
  if (raw.y !== undefined) facts.patchMergeKey = raw.y;
  if (raw.u !== undefined) facts.preserveUnknown = raw.u;
  if (raw.n !== undefined) facts.unions = raw.n;
  if (raw.g !== undefined) facts.kinds = raw.g;
  if (raw.z !== undefined) facts.zeroValue = ZERO_VALUES[raw.z];
  return facts;
}
