import type { FieldSpec } from "../fields/field-spec.ts";
import { visitField } from "../fields/visit.ts";
import type { ImageSpec } from "../kustomization/types.ts";
import { wrongKind } from "../merge/element.ts";
import { isNull } from "../node/ops.ts";
import type { KNode, ScalarNode } from "../node/types.ts";
import { compilePattern, type Pattern } from "../pattern.ts";
import type { Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../resource/resource-map.ts";

/** Image references apart: `registry:5000/app:1@sha256:…` → name, tag, digest. A colon before the first slash is a port. */
export function splitImage(reference: string): {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
} {
  const slash = Math.max(reference.indexOf("/"), 0);
  const at = reference.indexOf("@", slash);
  const colon = reference.indexOf(":", slash);
  if (at < 0 && colon < 0) return { name: reference, tag: "", digest: "" };
  if (at >= 0 && (colon < 0 || at < colon))
    return { name: reference.slice(0, at), tag: "", digest: reference.slice(at + 1) };
  const tagEnd = at < 0 ? undefined : at;
  return {
    name: reference.slice(0, colon),
    tag: reference.slice(colon + 1, tagEnd),
    digest: tagEnd === undefined ? "" : reference.slice(tagEnd + 1),
  };
}

const TAG_AND_DIGEST = "(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?";

/** The name is a pattern, dots included; one that does not compile matches nothing, as in the real tool. */
function matcherOf(name: string): Pattern {
  const plain = /^[\w\-/:.]*$/.test(name);
  if (plain) {
    const pattern = new RegExp(`^${name}${TAG_AND_DIGEST}$`);
    return { test: (text) => pattern.test(text) };
  }
  try {
    return compilePattern(`^${name}${TAG_AND_DIGEST}$`);
  } catch {
    return { test: () => false };
  }
}

/** A new tag takes the digest away and a digest the tag, unless both are given. */
function changed(reference: string, image: ImageSpec): string {
  const parts = splitImage(reference);
  const name = image.newName || parts.name;
  let { tag, digest } = parts;
  if (image.newTag || image.digest) {
    tag = image.newTag ?? "";
    digest = image.digest ?? "";
  } else if (image.tagSuffix) {
    tag += image.tagSuffix;
    digest = "";
  }
  return `${name}${tag && `:${tag}`}${digest && `@${digest}`}`;
}

/** Changes image references in all lists called containers or initContainers, then in the fields of the specs. */
export function transformImages(
  map: ResourceMap,
  images: readonly ImageSpec[],
  fieldSpecs: readonly FieldSpec[],
  note: (resource: Resource) => void = () => {},
): void {
  const matchers = images.map((image) => matcherOf(image.name ?? ""));
  for (const resource of map.resources) {
    if (!resource.root || resource.kind === "CustomResourceDefinition") continue;
    const inContainers: ScalarNode[] = [];
    collectContainerImages(resource.root, inContainers);
    const inFields = imagesInFields(resource, fieldSpecs);
    let isTouched = false;
    for (const [index, image] of images.entries()) {
      for (const node of [...inContainers, ...inFields]) {
        if (!matchers[index]?.test(node.text)) continue;
        node.text = changed(node.text, image);
        node.tag = "";
        isTouched = true;
      }
    }
    if (isTouched) note(resource);
  }
}

function collectContainerImages(node: KNode, found: ScalarNode[]): void {
  if (node.kind === "sequence") {
    for (const item of node.items) collectContainerImages(item, found);
  } else if (node.kind === "mapping") {
    for (const [key, value] of node.fields) {
      if (value.kind === "scalar") continue;
      collectContainerImages(value, found);
      if ((key === "containers" || key === "initContainers") && value.kind === "sequence") {
        for (const item of value.items) addImage(item, found);
      }
    }
  }
}

function addImage(container: KNode, found: ScalarNode[]): void {
  if (container.kind !== "mapping") {
    if (isNull(container)) return;
    throw wrongKind("MappingNode", container);
  }
  const image = container.fields.get("image");
  if (image) addScalar(image, found);
}

function addScalar(node: KNode, found: ScalarNode[]): void {
  if (node.kind !== "scalar") throw wrongKind("ScalarNode", node);
  if (!isNull(node)) found.push(node);
}

function imagesInFields(resource: Resource, fieldSpecs: readonly FieldSpec[]): ScalarNode[] {
  const found: ScalarNode[] = [];
  const { gvk } = resource;
  const collect = (node: KNode): undefined => addScalar(node, found) as undefined;
  for (const spec of fieldSpecs) visitField(resource, spec, "nothing", collect, gvk);
  return found;
}
