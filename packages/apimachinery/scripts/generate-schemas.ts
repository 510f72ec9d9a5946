/**
 * Writes src/schema/generated/table.ts from a kube-apiserver: the schemas of every built-in kind without descriptions, and the
 * resources of its discovery. Equal nodes are stored once, so the table is a fraction of the OpenAPI documents.
 *
 *   (cd packages/apimachinery/scripts/go-zero-values && go run -mod=mod . > /tmp/zero.json)
 *   node packages/apimachinery/scripts/generate-schemas.ts --zero /tmp/zero.json --server https://127.0.0.1:6443 --token TOKEN
 *   node packages/apimachinery/scripts/generate-schemas.ts --zero /tmp/zero.json --folder DIR    (`api` of a Kubernetes release)
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

type Raw = Record<string, unknown>;

interface Source {
  readonly version: string;
  /** Definition name → OpenAPI v3 schema. */
  readonly definitions: Map<string, Raw>;
  readonly groups: Raw[];
}

const SHORT: readonly (readonly [long: string, short: string])[] = [
  ["format", "f"],
  ["default", "d"],
  ["required", "r"],
  ["x-kubernetes-list-type", "l"],
  ["x-kubernetes-list-map-keys", "k"],
  ["x-kubernetes-map-type", "m"],
  ["x-kubernetes-patch-strategy", "s"],
  ["x-kubernetes-patch-merge-key", "y"],
  ["x-kubernetes-preserve-unknown-fields", "u"],
  ["x-kubernetes-unions", "n"],
  ["x-kubernetes-group-version-kind", "g"],
  ["zero", "z"],
];
const TYPES: Record<string, string> = {
  object: "o",
  array: "a",
  string: "s",
  integer: "i",
  number: "n",
  boolean: "b",
};
const REF_PREFIX = "#/components/schemas/";

async function fromServer(url: string, token: string): Promise<Source> {
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  const get = async (path: string, accept = "application/json"): Promise<Raw> => {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}`, accept } });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return (await response.json()) as Raw;
  };
  const definitions = new Map<string, Raw>();
  const index = (await get("/openapi/v3"))["paths"] as Record<string, { serverRelativeURL: string }>;
  for (const entry of Object.values(index)) collectDefinitions(await get(entry.serverRelativeURL), definitions);
  const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const core = (await get("/api", aggregated))["items"] as Raw[];
  const named = (await get("/apis", aggregated))["items"] as Raw[];
  const groups = [...core, ...named].filter(isBuiltinGroup);
  return { version: String((await get("/version"))["gitVersion"]), definitions, groups };
}

/** Custom resources of the server at hand don't belong into the table. */
function isBuiltinGroup(group: Raw): boolean {
  const name = String((group["metadata"] as Raw | undefined)?.["name"] ?? "");
  return !name.includes(".") || name.endsWith(".k8s.io");
}

function fromFolder(folder: string): Source {
  const read = (path: string): Raw => JSON.parse(readFileSync(join(folder, path), "utf8")) as Raw;
  const definitions = new Map<string, Raw>();
  for (const file of globSync("openapi-spec/v3/*.json", { cwd: folder }).sort())
    collectDefinitions(read(file), definitions);
  const isGa = (version: Raw): boolean => /^v\d+$/.test(String(version["version"]));
  const groups = (read("discovery/aggregated_v2.json")["items"] as Raw[])
    .map((group) => ({ ...group, versions: (group["versions"] as Raw[]).filter(isGa) }))
    .filter((group) => group.versions.length > 0);
  const core = {
    metadata: {},
    versions: [{ version: "v1", resources: nestSubresources(read("discovery/api__v1.json")) }],
  };
  return { version: "unknown", definitions, groups: [core, ...groups] };
}

/** An APIResourceList names subresources `pods/log` beside `pods`; aggregated discovery nests them. */
function nestSubresources(list: Raw): Raw[] {
  const all = list["resources"] as Raw[];
  const nested = (resource: Raw): Raw => ({
    resource: resource["name"],
    responseKind: { group: resource["group"], version: resource["version"], kind: resource["kind"] },
    scope: resource["namespaced"] ? "Namespaced" : "Cluster",
    singularResource: resource["singularName"],
    verbs: resource["verbs"],
    ...(resource["shortNames"] ? { shortNames: resource["shortNames"] } : {}),
    ...(resource["categories"] ? { categories: resource["categories"] } : {}),
    subresources: all
      .filter((sub) => String(sub["name"]).startsWith(`${String(resource["name"])}/`))
      .map((sub) => ({
        ...nested({ ...sub, subs: [] }),
        subresource: String(sub["name"]).split("/")[1],
        subresources: [],
      })),
  });
  return all.filter((resource) => !String(resource["name"]).includes("/")).map(nested);
}

function collectDefinitions(document: Raw, into: Map<string, Raw>): void {
  const components = (document["components"] as Raw | undefined)?.["schemas"] as Record<string, Raw> | undefined;
  for (const [name, schema] of Object.entries(components ?? {})) into.set(name, schema);
}

class Interner {
  readonly nodes: string[] = [];
  readonly #known = new Map<string, number>();

  add(node: Raw): number {
    const text = JSON.stringify(node);
    let index = this.#known.get(text);
    if (index === undefined) {
      index = this.nodes.push(text) - 1;
      this.#known.set(text, index);
    }
    return index;
  }
}

/** How Go writes a field that is not set, where the OpenAPI document doesn't tell: 1 zero values vanish, 2 absent is null, 3 absent is "0". */
interface ZeroValues {
  readonly omitted: Record<string, string[]>;
  readonly written: Record<string, string[]>;
  readonly zero: Record<string, string[]>;
}

function markZeroValues(name: string, schema: Raw, zero: ZeroValues): Raw {
  const properties = { ...(schema["properties"] as Record<string, Raw> | undefined) };
  for (const [fields, mark] of [
    [zero.omitted[name], 1],
    [zero.written[name], 2],
    [zero.zero[name], 3],
  ] as const) {
    for (const field of fields ?? []) if (properties[field]) properties[field] = { ...properties[field], zero: mark };
  }
  return { ...schema, ...(schema["properties"] ? { properties } : {}) };
}

function compact(schema: Raw, intern: Interner, names: Map<string, number>): number {
  const node: Raw = {};
  const ref = (schema["$ref"] ?? (schema["allOf"] as Raw[] | undefined)?.[0]?.["$ref"]) as string | undefined;
  if (ref !== undefined) node["$"] = names.get(ref.slice(REF_PREFIX.length));
  const type = schema["type"] as string | undefined;
  if (type !== undefined) node["t"] = TYPES[type];
  for (const [long, short] of SHORT) {
    // `default: {}` says only that the Go field is a struct, and `""` and 0 only that it has no omitempty; see schema/table.ts.
    if (schema[long] !== undefined) node[short] = schema[long];
  }
  if (schema["oneOf"]) node["o"] = (schema["oneOf"] as Raw[]).map((branch) => TYPES[branch["type"] as string]).join("");
  if (schema["items"]) node["i"] = compact(schema["items"] as Raw, intern, names);
  const additional = schema["additionalProperties"];
  if (additional !== undefined) {
    node["a"] = typeof additional === "boolean" ? additional : compact(additional as Raw, intern, names);
  }
  const properties = schema["properties"] as Record<string, Raw> | undefined;
  if (properties) {
    const compacted = Object.entries(properties).map(([name, property]) => [name, compact(property, intern, names)]);
    node["p"] = Object.fromEntries(compacted);
  }
  return intern.add(node);
}

/** Group-version of the definitions that a server without this group version doesn't need, and everything they refer to. */
function reachable(source: Source): string[] {
  const served = new Set<string>();
  for (const group of source.groups) {
    const name = (group["metadata"] as Raw | undefined)?.["name"] ?? "";
    for (const version of group["versions"] as Raw[]) served.add(`${String(name)}/${String(version["version"])}`);
  }
  const kept = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === "string" && value.startsWith(REF_PREFIX)) keep(value.slice(REF_PREFIX.length));
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
  };
  const keep = (name: string): void => {
    if (kept.has(name)) return;
    kept.add(name);
    visit(source.definitions.get(name));
  };
  for (const [name, schema] of source.definitions) {
    const kinds = (schema["x-kubernetes-group-version-kind"] ?? []) as Raw[];
    if (kinds.some((gvk) => served.has(`${String(gvk["group"])}/${String(gvk["version"])}`))) keep(name);
  }
  return [...kept].sort();
}

function resourcesOf(groups: readonly Raw[]): Raw[] {
  const all: Raw[] = [];
  for (const group of groups) {
    const groupName = String((group["metadata"] as Raw | undefined)?.["name"] ?? "");
    for (const version of group["versions"] as Raw[]) {
      const versionName = String(version["version"]);
      for (const resource of (version["resources"] ?? []) as Raw[])
        all.push(resourceRow(groupName, versionName, resource));
    }
  }
  return all;
}

function resourceRow(group: string, version: string, resource: Raw): Raw {
  const kindOf = (raw: Raw): Raw => {
    const response = (raw["responseKind"] ?? {}) as Raw;
    return {
      kind: response["kind"],
      ...(response["group"] && response["group"] !== group ? { kindGroup: response["group"] } : {}),
      ...(response["version"] && response["version"] !== version ? { kindVersion: response["version"] } : {}),
    };
  };
  const subresources = ((resource["subresources"] ?? []) as Raw[]).map((sub) => ({
    name: sub["subresource"],
    ...kindOf(sub),
    verbs: sub["verbs"],
  }));
  return {
    group,
    version,
    plural: resource["resource"],
    singular: resource["singularResource"],
    ...kindOf(resource),
    namespaced: resource["scope"] === "Namespaced",
    ...(resource["shortNames"] ? { shortNames: resource["shortNames"] } : {}),
    ...(resource["categories"] ? { categories: resource["categories"] } : {}),
    verbs: resource["verbs"],
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

const { values } = parseArgs({
  options: {
    server: { type: "string" },
    token: { type: "string" },
    folder: { type: "string" },
    zero: { type: "string" },
  },
});
const source = values.server
  ? await fromServer(values.server, values.token ?? "")
  : fromFolder(values.folder ?? process.exit(2));
const zero = JSON.parse(readFileSync(values.zero ?? process.exit(2), "utf8")) as ZeroValues;
const kept = reachable(source);
const names = new Map(kept.map((name, index) => [name, index]));
const intern = new Interner();
const definitions = kept.map((name) =>
  compact(markZeroValues(name, source.definitions.get(name) ?? {}, zero), intern, names),
);
const parts = {
  version: JSON.stringify(source.version),
  names: JSON.stringify(kept),
  definitions: JSON.stringify(definitions),
  nodes: `[${intern.nodes.join(",")}]`,
  resources: JSON.stringify(resourcesOf(source.groups)),
};
const table = `{${Object.entries(parts)
  .map(([key, value]) => `${JSON.stringify(key)}:${value}`)
  .join(",")}}`;
const out = join(import.meta.dirname, "..", "src", "schema", "generated");
mkdirSync(out, { recursive: true });
const header = "// Written by scripts/generate-schemas.ts; do not edit.\n";
const literal = `'${table.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
writeFileSync(join(out, "table.ts"), `${header}export const SCHEMA_TABLE: string =\n  ${literal};\n`);
process.stdout.write(`${kept.length} definitions, ${intern.nodes.length} nodes, ${table.length} bytes\n`);
