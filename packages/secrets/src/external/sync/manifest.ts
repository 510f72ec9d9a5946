import { createHash } from "node:crypto";
import { cloneJson, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { fromBytes } from "@fairlead/gotemplate";
import { ANNOTATION_DATA_HASH, LABEL_MANAGED } from "../model/names.ts";
import type { ExternalSecretSpec, ManifestKind } from "../model/types.ts";
import type { TemplateTexts } from "../template/apply.ts";
import { fillManifest } from "../template/fill-manifest.ts";
import { fillText } from "../template/fill.ts";
import type { Entries } from "../values/keys.ts";
import { applyOwnership, LAST_APPLIED } from "./target.ts";

/**
 * The object as it is to be (facts/secrets.md §1D, target.manifest): with Merge and CreateOrMerge what is there with the template
 * filled in, else a new one. Without a template values are the data of a ConfigMap and spec.data of every other kind.
 * @throws ProblemError ExternalTargetRefused, SecretTemplateFailed, InvalidRemoteValue
 */
export function targetManifest(
  owner: KubeObject,
  spec: ExternalSecretSpec,
  kind: ManifestKind,
  existing: KubeObject | undefined,
  values: Entries,
  texts: TemplateTexts,
): KubeObject {
  const { template, creationPolicy } = spec.target;
  const isMerged = existing !== undefined && ["Merge", "CreateOrMerge"].includes(creationPolicy);
  const base = isMerged ? cloneJson(existing) : emptyObject(owner, spec, kind, existing);
  const labels: Record<string, string> = { ...base.metadata.labels };
  const annotations: Record<string, string> = { ...base.metadata.annotations };
  const texted: Record<string, string> = {};
  for (const [key, value] of values) setOwn(texted, key, fromBytes(value));
  const from = template ?? owner.metadata;
  for (const [key, text] of Object.entries(from.labels ?? {}))
    setOwn(labels, key, template ? fillText(key, text, texted) : text);
  for (const [key, text] of Object.entries(from.annotations ?? {}))
    if (key !== LAST_APPLIED) setOwn(annotations, key, template ? fillText(key, text, texted) : text);
  labels[LABEL_MANAGED] = "true";
  const named = { ...base, metadata: { ...base.metadata, labels, annotations } };
  const filled = template ? fillManifest(named, template, values, texts) : withData(named, kind, texted);
  filled.metadata.annotations = { ...filled.metadata.annotations, [ANNOTATION_DATA_HASH]: contentHash(filled) };
  applyOwnership(owner, spec, filled);
  return filled;
}

/** What others hold on to of an object stays, also where its content is made anew. */
function emptyObject(
  owner: KubeObject,
  { target }: ExternalSecretSpec,
  kind: ManifestKind,
  existing: KubeObject | undefined,
): KubeObject {
  const { namespace = "" } = owner.metadata;
  const { uid, resourceVersion, ownerReferences, finalizers } = existing?.metadata ?? {};
  const kept = { uid, resourceVersion, ownerReferences, finalizers };
  const known = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
  const content = kind.kind === "ConfigMap" ? { data: {} } : { spec: {} };
  return { ...kind, metadata: { name: target.name, namespace, ...known }, ...content } as unknown as KubeObject;
}

function withData(object: KubeObject, { kind }: ManifestKind, values: JsonObject): KubeObject {
  if (kind === "ConfigMap") return { ...object, data: values };
  return { ...object, spec: { ...(object["spec"] as JsonObject | undefined), data: values } };
}

/** Of an object's content; another value means that somebody edited it. */
export function contentHash(object: KubeObject): string {
  const { apiVersion: _, kind: _kind, metadata: _metadata, status: _status, ...content } = object;
  return createHash("sha3-224").update(ordered(content)).digest("hex");
}

/** JSON with members in order of their names. */
function ordered(value: Json | object | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => ordered(item)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value as JsonObject).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${ordered(member)}`).join(",")}}`;
}
