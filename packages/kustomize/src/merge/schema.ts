import { CLUSTER_SCOPED, MERGE_KINDS, MERGE_NODES } from "./generated/builtin-schema.ts";

/** As much of a schema as merging needs. */
export interface MergeSchema {
  /** The schema of a field; undefined for one without lists that merge. */
  field(name: string): MergeSchema | undefined;
  /** The schema of a list's elements. */
  readonly elements: MergeSchema | undefined;
  /** For lists that merge: the keys of their elements, none for plain values. Undefined for all else. */
  readonly mergeKeys: readonly string[] | undefined;
}

/** Where merging finds schemas and scopes; a custom `openapi` file replaces the built-in one. */
export interface SchemaStore {
  schemaFor(apiVersion: string, kind: string): MergeSchema | undefined;
  /** True only for kinds known to be so: custom resources count as namespaced. */
  isClusterScoped(apiVersion: string, kind: string): boolean;
}

class TableSchema implements MergeSchema {
  readonly #type: string;
  #fields: Map<string, string> | undefined;

  /** `type` as in the generated table. */
  constructor(type: string) {
    this.#type = type;
  }

  get mergeKeys(): readonly string[] | undefined {
    if (!this.#type.startsWith("[")) return undefined;
    const mark = this.#type.lastIndexOf("!");
    if (mark < 0) return undefined;
    const keys = this.#type.slice(mark + 1);
    return keys === "" ? [] : keys.split("+");
  }

  get elements(): MergeSchema | undefined {
    if (!this.#type.startsWith("[")) return undefined;
    const mark = this.#type.lastIndexOf("!");
    return schemaOf(this.#type.slice(1, mark < 0 ? undefined : mark));
  }

  field(name: string): MergeSchema | undefined {
    if (this.#type.startsWith("{")) return schemaOf(this.#type.slice(1));
    this.#fields ??= new Map((nodes()[Number(this.#type)] ?? "").split(",").map(splitField));
    const type = this.#fields.get(name);
    return type === undefined ? undefined : schemaOf(type);
  }
}

function splitField(text: string): [string, string] {
  const equals = text.indexOf("=");
  return [text.slice(0, equals), text.slice(equals + 1)];
}

let nodeLines: string[] | undefined;
function nodes(): readonly string[] {
  return (nodeLines ??= MERGE_NODES.trim().split("\n"));
}

const schemas = new Map<string, MergeSchema>();
function schemaOf(type: string): MergeSchema | undefined {
  if (type === "-") return undefined;
  let schema = schemas.get(type);
  if (!schema) schemas.set(type, (schema = new TableSchema(type)));
  return schema;
}

/** `apiVersion/Kind` → type. */
let kinds: Map<string, string> | undefined;
let clusterScoped: Map<string, [apiVersion: string, kind: string][]> | undefined;

function* rows(table: string): Generator<[apiVersion: string, entry: string]> {
  for (const line of table.trim().split("\n")) {
    const [apiVersion = "", ...entries] = line.split(" ");
    for (const entry of entries) yield [apiVersion, entry];
  }
}

/** The schema that is built into Kustomize: Kubernetes v1.21.2, whatever the cluster's version is. */
export const builtinSchemas: SchemaStore = {
  schemaFor(apiVersion, kind) {
    kinds ??= new Map(
      [...rows(MERGE_KINDS)].map(([version, entry]) => {
        const [name, type] = splitField(entry);
        return [`${version}/${name}`, type];
      }),
    );
    const type = kinds.get(`${apiVersion}/${kind}`);
    return type === undefined ? undefined : schemaOf(type);
  },
  isClusterScoped(apiVersion, kind) {
    clusterScoped ??= Map.groupBy([...rows(CLUSTER_SCOPED)], ([version]) => version);
    return clusterScoped.get(apiVersion)?.some(([, name]) => name === kind) ?? false;
  },
};
