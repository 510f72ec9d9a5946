import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { rawText } from "../node/ops.ts";
import { toJson } from "../node/value.ts";
import type { MappingNode } from "../node/types.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import type { Resource } from "../resource/resource.ts";
import { goJson } from "./go-json.ts";

/** Appends the hash of their contents to the names of generated resources. */
export function transformHashes(map: ResourceMap): void {
  for (const resource of map.resources) {
    if (!resource.needsHash || !resource.root) continue;
    const hash = contentHash(resource, resource.root);
    resource.rememberId();
    resource.setName(`${resource.name}-${hash}`);
  }
  map.changed();
}

/** The name is not part of it: the real tool looks for it under a path that nothing has. */
function contentHash(resource: Resource, root: MappingNode): string {
  const { kind } = resource;
  if (kind === "ConfigMap") return encode(fields(root, { data: "data" }, { kind, name: "" }, "binaryData"));
  if (kind === "Secret") return encode(fields(root, { data: "data", type: "type" }, { kind, name: "" }, "stringData"));
  return encode(toJson(root) as JsonObject);
}

function fields(
  root: MappingNode,
  always: Readonly<Record<string, string>>,
  fixed: JsonObject,
  optional: string,
): JsonObject {
  const result: JsonObject = { ...fixed };
  for (const name of Object.keys(always)) result[name] = valueOf(root, name);
  const extra = valueOf(root, optional);
  if (isJsonObject(extra)) result[optional] = extra;
  return result;
}

function valueOf(root: MappingNode, name: string): Json {
  const node = root.fields.get(name);
  if (node === undefined) return "";
  return node.kind === "scalar" ? rawText(node) : toJson(node);
}

const LETTERS: Readonly<Record<string, string>> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };

/** Ten digits of the SHA-256, without those that make words. */
function encode(value: JsonObject): string {
  const digest = createHash("sha256").update(goJson(value)).digest("hex").slice(0, 10);
  return digest.replace(/[013ae]/g, (digit) => LETTERS[digit] ?? digit);
}
