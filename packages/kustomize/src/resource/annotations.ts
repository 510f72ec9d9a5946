import { ensureMapping, fieldOf, rawText } from "../node/ops.ts";
import { stringNode } from "../node/scalar.ts";
import type { KNode, MappingNode } from "../node/types.ts";
import type { Resource } from "./resource.ts";

/** The prefix of annotations that the real tool keeps its notes in during a build. Here they are fields of Resource. */
export const INTERNAL_PREFIX = "internal.config.kubernetes.io/";
const ENABLED = "enabled";

/** Never written out, whoever set them. */
const BUILD_ANNOTATIONS: ReadonlySet<string> = new Set([
  ...(
    "previousKinds previousNames prefixes suffixes previousNamespaces allowNameChange allowKindChange refBy generatorBehavior " +
    "needsHashSuffix path index seqindent id annotations-migration-resource-id helm-generated"
  )
    .split(" ")
    .map((name) => INTERNAL_PREFIX + name),
  "config.kubernetes.io/path",
  "config.kubernetes.io/index",
  "config.k8s.io/id",
]);

/** metadata's string map as the real tool reads it: raw texts, a written null included. */
export function stringMapOf(root: MappingNode, field: "annotations" | "labels"): Map<string, string> {
  const result = new Map<string, string>();
  const present = fieldOf(fieldOf(root, "metadata"), field);
  if (present?.kind === "mapping") for (const [key, value] of present.fields) result.set(key, rawText(value));
  return result;
}

/** Rebuilds metadata's string map: sorted, every value a string; an empty one is taken away. */
export function setStringMap(
  root: MappingNode,
  field: "annotations" | "labels",
  values: ReadonlyMap<string, string>,
): void {
  const metadata = ensureMapping(root, "metadata");
  if (!metadata) return;
  metadata.fields.delete(field);
  if (values.size === 0) return;
  const keys = [...values.keys()].sort();
  const fields = new Map<string, KNode>(keys.map((key) => [key, stringNode(values.get(key) ?? "")]));
  metadata.fields.set(field, { kind: "mapping", fields });
}

/**
 * Moves internal annotations into the resource's own fields: some manifests (and Helm's output, and the answers of JSON patches)
 * carry them.
 */
export function absorbInternal(resource: Resource): void {
  const annotations = fieldOf(fieldOf(resource.root, "metadata"), "annotations");
  if (annotations?.kind !== "mapping") return;
  let found = false;
  for (const key of annotations.fields.keys()) found ||= key.startsWith(INTERNAL_PREFIX);
  if (!found) return;
  const take = (name: string): string | undefined => {
    const value = annotations.fields.get(INTERNAL_PREFIX + name);
    annotations.fields.delete(INTERNAL_PREFIX + name);
    return value && rawText(value);
  };
  const list = (name: string): string[] => take(name)?.split(",") ?? [];
  const [names, namespaces, kinds] = [list("previousNames"), list("previousNamespaces"), list("previousKinds")];
  resource.previous = names.map((name, index) => ({
    name,
    namespace: namespaces[index] ?? "",
    kind: kinds[index] ?? "",
  }));
  resource.prefixes = list("prefixes");
  resource.suffixes = list("suffixes");
  resource.needsHash = take("needsHashSuffix") === ENABLED;
  resource.behavior = take("generatorBehavior") ?? resource.behavior;
  resource.allowNameChange = take("allowNameChange") === ENABLED;
  resource.allowKindChange = take("allowKindChange") === ENABLED;
  resource.isHelmGenerated = take("helm-generated") === "true";
}

/** Writes the notes as annotations, for operations that see the whole document (JSON patches, `$patch: replace`). */
export function materializeInternal(resource: Resource): void {
  const entries: [string, string][] = [];
  if (resource.previous.length > 0) {
    entries.push(["previousKinds", resource.previous.map(({ kind }) => kind).join(",")]);
    entries.push(["previousNames", resource.previous.map(({ name }) => name).join(",")]);
    entries.push(["previousNamespaces", resource.previous.map(({ namespace }) => namespace).join(",")]);
  }
  if (resource.prefixes.length > 0) entries.push(["prefixes", resource.prefixes.join(",")]);
  if (resource.suffixes.length > 0) entries.push(["suffixes", resource.suffixes.join(",")]);
  if (resource.needsHash) entries.push(["needsHashSuffix", ENABLED]);
  if (resource.behavior !== "") entries.push(["generatorBehavior", resource.behavior]);
  if (resource.isHelmGenerated) entries.push(["helm-generated", "true"]);
  if (entries.length === 0 || !resource.root) return;
  const metadata = ensureMapping(resource.root, "metadata");
  const annotations = metadata && ensureMapping(metadata, "annotations");
  for (const [name, value] of entries) annotations?.fields.set(INTERNAL_PREFIX + name, stringNode(value));
}

/**
 * What is written out: annotations are strings, build annotations are gone, and so is an empty map. Metadata is there, if only empty,
 * since the real tool takes its notes there.
 */
export function finishAnnotations(root: MappingNode): void {
  const metadata = ensureMapping(root, "metadata");
  const annotations = metadata?.fields.get("annotations");
  if (!metadata || annotations === undefined) return;
  if (annotations.kind !== "mapping") {
    metadata.fields.delete("annotations");
    return;
  }
  const finished = new Map<string, KNode>();
  for (const [key, value] of annotations.fields) {
    if (!BUILD_ANNOTATIONS.has(key)) finished.set(key, stringNode(rawText(value)));
  }
  if (finished.size === 0) metadata.fields.delete("annotations");
  else metadata.fields.set("annotations", { kind: "mapping", fields: finished, badKey: annotations.badKey });
}
