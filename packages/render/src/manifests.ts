import { isJsonObject, type Json, type JsonObject, type Problem } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { decodeDocuments } from "@fairlead/yaml";
import { RENDER_LIMITS } from "./limits.ts";
import type { RenderedObject } from "./types.ts";

/** The Kubernetes objects of a YAML or JSON stream, List kinds taken apart; every fault with its position. */
export function readManifests(text: string, file: string): { objects: RenderedObject[]; problems: Problem[] } {
  const { documents, problems } = decodeDocuments(text, { file });
  const objects: RenderedObject[] = [];
  const found: Problem[] = [...problems];
  for (const { value, line } of documents) collect(value, { file, line }, objects, found, 0);
  return { objects, problems: found };
}

/** The objects among values that a program made; they all have the program's place. */
export function objectsOf(
  values: readonly Json[],
  at: { file: string; line: number },
): { objects: RenderedObject[]; problems: Problem[] } {
  const objects: RenderedObject[] = [];
  const problems: Problem[] = [];
  for (const value of values) collect(value, at, objects, problems, 0);
  return { objects, problems };
}

function collect(
  value: Json,
  at: { file: string; line: number },
  objects: RenderedObject[],
  problems: Problem[],
  depth: number,
): void {
  const fault = (message: string, hint?: string): void =>
    void problems.push({ code: "NotAManifest", message, ...at, hint });
  if (value === null) return;
  if (!isJsonObject(value))
    return fault("document is not an object", "every document needs apiVersion, kind and metadata");
  const missing = ["apiVersion", "kind"].filter((field) => typeof value[field] !== "string" || value[field] === "");
  if (missing.length > 0)
    return fault(`document has no ${missing.join(" and no ")}`, "is this file a manifest at all?");
  if (isList(value)) {
    if (depth >= RENDER_LIMITS.listDepthMax) return fault("Lists are nested too deep");
    for (const item of value.items) collect(item, at, objects, problems, depth + 1);
    return;
  }
  const { metadata } = value;
  const name = isJsonObject(metadata) ? (metadata["name"] ?? metadata["generateName"]) : undefined;
  if (typeof name !== "string" || name === "") return fault(`${String(value["kind"])} has no metadata.name`);
  if (objects.length >= RENDER_LIMITS.objectsMax) return fault(`more than ${RENDER_LIMITS.objectsMax} objects`);
  objects.push({ object: value as KubeObject, origin: at });
}

function isList(value: JsonObject): value is JsonObject & { items: Json[] } {
  return String(value["kind"]).endsWith("List") && Array.isArray(value["items"]);
}
