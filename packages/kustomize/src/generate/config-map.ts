import { problemError } from "@fairlead/base";
import type { GeneratorOptionsSpec, GeneratorSpec } from "../kustomization/types.ts";
import type { Loader } from "../load/loader.ts";
import type { SchemaStore } from "../merge/schema.ts";
import { ensureMapping, mapping } from "../node/ops.ts";
import { stringNode, untypedNode } from "../node/scalar.ts";
import { BOOL, type KNode, type MappingNode } from "../node/types.ts";
import { Resource } from "../resource/resource.ts";
import { loadPairs, type Pairs } from "./pairs.ts";

const LINE_CHARS = 70;

/** Base64, in lines of 70 characters where one is not enough. */
export function base64Lines(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  if (text.length < LINE_CHARS) return text;
  return text.replace(/.{1,70}/g, "$&\n");
}

/** A ConfigMap: text goes into data, anything else into binaryData. @throws ProblemError KustomizeGenerator */
export function generateConfigMap(loader: Loader, spec: GeneratorSpec, schemas: SchemaStore, file: string): Resource {
  const root = baseObject("ConfigMap", spec);
  for (const [key, bytes] of sorted(loadPairs(loader, spec))) {
    const text = textOf(bytes);
    const field = text === undefined ? "binaryData" : "data";
    ensureMapping(root, field)?.fields.set(key, valueNode(text ?? base64Lines(bytes)));
  }
  addOptions(root, spec.options);
  return generated(root, spec, schemas, file);
}

/** A Secret: everything is base64 in data. @throws ProblemError KustomizeGenerator */
export function generateSecret(loader: Loader, spec: GeneratorSpec, schemas: SchemaStore, file: string): Resource {
  const root = baseObject("Secret", spec);
  root.fields.set("type", stringNode(spec.type || "Opaque"));
  const data = mapping();
  root.fields.set("data", data);
  for (const [key, bytes] of sorted(loadPairs(loader, spec))) data.fields.set(key, valueNode(base64Lines(bytes)));
  addOptions(root, spec.options);
  return generated(root, spec, schemas, file);
}

function sorted(pairs: Pairs): [string, Uint8Array][] {
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
}

function valueNode(text: string): KNode {
  return { ...stringNode(text), quoted: text.includes("\n") };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function baseObject(kind: string, { name, namespace }: GeneratorSpec): MappingNode {
  if (!name) throw problemError("KustomizeGenerator", "a configmap must have a name");
  const metadata = mapping([["name", untypedNode(name)]]);
  if (namespace) metadata.fields.set("namespace", untypedNode(namespace));
  return mapping([
    ["apiVersion", stringNode("v1")],
    ["kind", stringNode(kind)],
    ["metadata", metadata],
  ]);
}

function addOptions(root: MappingNode, options: GeneratorOptionsSpec | undefined): void {
  const metadata = ensureMapping(root, "metadata");
  for (const field of ["labels", "annotations"] as const) {
    const values = options?.[field];
    if (!metadata || !values?.size) continue;
    const target = ensureMapping(metadata, field);
    for (const key of [...values.keys()].sort()) target?.fields.set(key, stringNode(values.get(key) ?? ""));
  }
  if (options?.immutable) root.fields.set("immutable", { kind: "scalar", text: "true", tag: BOOL, quoted: false });
}

function generated(root: MappingNode, spec: GeneratorSpec, schemas: SchemaStore, file: string): Resource {
  const resource = new Resource(root, schemas, { file, line: undefined, overlays: [] });
  resource.needsHash = !spec.options?.disableNameSuffixHash;
  const { behavior = "" } = spec;
  resource.behavior = ["create", "merge", "replace"].includes(behavior) ? behavior : "unspecified";
  return resource;
}
