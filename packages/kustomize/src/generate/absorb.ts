import { problemError } from "@fairlead/base";
import { fieldOf, mapping, textOf } from "../node/ops.ts";
import { stringNode } from "../node/scalar.ts";
import type { KNode, MappingNode } from "../node/types.ts";
import { setStringMap, stringMapOf } from "../resource/annotations.ts";
import { formatId, idEquals, type ResourceId } from "../resource/id.ts";
import { addressOf, type Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { touch } from "../resource/provenance.ts";
import { base64Lines } from "./config-map.ts";

/**
 * Adds what a generator made: as something new, or in place of (or merged over) the resource that has, or had, its identity.
 * @throws ProblemError KustomizeGenerator when the behavior does not fit what is there
 */
export function absorbGenerated(map: ResourceMap, generated: Resource): void {
  const id = generated.currentId;
  const present = map.withAnyId(id.name, (other) => idEquals(id, other));
  const { behavior } = generated;
  const at = addressOf(generated);
  const [old, ...more] = present;
  if (!old) {
    if (behavior !== "merge" && behavior !== "replace") return map.appendAll([generated]);
    const message = `id ${goId(id)} does not exist; cannot merge or replace`;
    throw problemError("KustomizeGenerator", message, {
      ...at,
      hint: "without a resource to change, leave behavior out",
    });
  }
  if (more.length > 0) {
    const ids = present.map((other) => formatId(other.currentId)).join(" ");
    const message = `found multiple objects [${ids}] that could accept merge of ${formatId(id)}`;
    throw problemError("KustomizeGenerator", message, at);
  }
  if (behavior !== "merge" && behavior !== "replace") {
    const message = `id ${goId(id)} exists; can not use behavior: '${behavior || "unspecified"}', behavior must be merge or replace`;
    throw problemError("KustomizeGenerator", message, at);
  }
  takeMetadata(generated, old);
  if (behavior === "merge") mergeData(generated, old);
  const by = generated.provenance.file;
  generated.provenance = { ...old.provenance, overlays: [...old.provenance.overlays] };
  touch(generated.provenance, by);
  map.replace(old, generated);
}

/** A struct as Go prints it with %#v, which is how the real tool names identities here. */
function goId({ gvk, name, namespace, effectiveNamespace }: ResourceId): string {
  const { group, version, kind } = gvk;
  const scoped = effectiveNamespace.startsWith("_");
  const inner = `resid.Gvk{Group:"${group}", Version:"${version}", Kind:"${kind}", isClusterScoped:${scoped}}`;
  return `resid.ResId{Gvk:${inner}, Name:"${name}", Namespace:"${namespace}"}`;
}

/** Labels and annotations are merged; name, namespace and all notes are those of the resource that was there. */
function takeMetadata(generated: Resource, old: Resource): void {
  const { root } = generated;
  if (!root || !old.root) return;
  for (const field of ["labels", "annotations"] as const) {
    setStringMap(root, field, new Map([...stringMapOf(old.root, field), ...stringMapOf(root, field)]));
  }
  generated.setName(old.name);
  generated.setNamespace(old.namespace);
  generated.needsHash &&= old.needsHash;
  generated.previous = [...old.previous];
  generated.prefixes = [...old.prefixes];
  generated.suffixes = [...old.suffixes];
  generated.varNames = [...old.varNames];
  generated.behavior = old.behavior;
  generated.isHelmGenerated = old.isHelmGenerated;
}

function mergeData(generated: Resource, old: Resource): void {
  const { root } = generated;
  if (!root || !old.root) return;
  const isSecret = generated.apiVersion === "v1" && generated.kind === "Secret";
  const oldData = new Map(stringsOf(old.root, "data"));
  // A Secret's stringData wins over its data, as it does in the cluster.
  if (isSecret)
    for (const [key, text] of stringsOf(old.root, "stringData")) oldData.set(key, base64Lines(Buffer.from(text)));
  setStrings(root, "data", new Map([...oldData, ...stringsOf(root, "data")]));
  setStrings(root, "binaryData", new Map([...stringsOf(old.root, "binaryData"), ...stringsOf(root, "binaryData")]));
}

function stringsOf(root: MappingNode, field: string): Map<string, string> {
  const result = new Map<string, string>();
  const present = fieldOf(root, field);
  if (present?.kind === "mapping") for (const [key, value] of present.fields) result.set(key, textOf(value));
  return result;
}

function setStrings(root: MappingNode, field: string, values: ReadonlyMap<string, string>): void {
  root.fields.delete(field);
  if (values.size === 0) return;
  const keys = [...values.keys()].sort();
  const node = (key: string): KNode => {
    const text = values.get(key) ?? "";
    return { ...stringNode(text), quoted: text.includes("\n") };
  };
  root.fields.set(field, mapping(keys.map((key) => [key, node(key)])));
}
