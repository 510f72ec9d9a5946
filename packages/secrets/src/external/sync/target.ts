import { cloneJson, isJsonObject, jsonEqual, problemError, setOwn } from "@fairlead/base";
import type { KubeObject, OwnerReference } from "@fairlead/apimachinery";
import { ANNOTATION_DATA_HASH, EXTERNAL_SECRET, GROUP, LABEL_MANAGED, LABEL_OWNER, SECRET } from "../model/names.ts";
import type { ExternalSecretSpec } from "../model/types.ts";
import { dataOf } from "../values/secret-data.ts";
import { applyTemplate, type TemplateTexts } from "../template/apply.ts";
import { dataHash, fieldManager, ownerHash } from "../values/hash.ts";
import type { Entries } from "../values/keys.ts";

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The Secret as it is to be, from what is there. Keys, labels and annotations that this object wrote before and no longer wants go;
 * with Merge and CreateOrMerge those of others stay.
 * @throws ProblemError ExternalTargetRefused, SecretTemplateFailed, InvalidRemoteValue
 */
export function targetSecret(
  owner: KubeObject,
  spec: ExternalSecretSpec,
  existing: KubeObject | undefined,
  values: Entries,
  texts: TemplateTexts,
): KubeObject {
  const { target } = spec;
  const name = owner.metadata.name ?? "";
  const secret = existing ? cloneJson(existing) : emptySecret(owner, target.name);
  const { metadata } = secret;
  const labels: Record<string, string> = { ...metadata.labels };
  const annotations: Record<string, string> = { ...metadata.annotations };
  if (target.immutable) secret["immutable"] = true;
  // What is immutable already cannot take other data; only what is said about it is kept right.
  if (existing === undefined || !target.immutable) {
    const before = existing ? dataOf(existing) : new Map<string, Uint8Array>();
    const scopes = { data: keptData(before, existing, spec, name), labels, annotations };
    setMetadata(owner, spec, existing, scopes);
    fillData(spec, values, scopes, texts);
    const data: Record<string, string> = {};
    for (const key of [...scopes.data.keys()].sort())
      setOwn(data, key, Buffer.from(scopes.data.get(key) ?? []).toString("base64"));
    secret["data"] = data;
    if (target.template?.type) secret["type"] = target.template.type;
    const finalizers = target.template?.finalizers ?? [];
    if (finalizers.length > 0) metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), ...finalizers])];
  }
  metadata.labels = labels;
  metadata.annotations = annotations;
  applyOwnership(owner, spec, secret);
  labels[LABEL_MANAGED] = "true";
  annotations[ANNOTATION_DATA_HASH] = dataHash(
    isJsonObject(secret["data"]) ? (secret["data"] as Record<string, string>) : {},
  );
  return secret;
}

function emptySecret(owner: KubeObject, name: string): KubeObject {
  const { namespace } = owner.metadata;
  return { ...SECRET, metadata: { name, ...(namespace !== undefined && { namespace }) }, type: "Opaque" };
}

function keptData(before: Entries, existing: KubeObject | undefined, spec: ExternalSecretSpec, name: string): Entries {
  if (!["Merge", "CreateOrMerge"].includes(spec.target.creationPolicy)) return new Map();
  const ours = managedKeys(existing, name, ["f:data"]);
  return new Map([...before].filter(([key]) => !ours.has(key)));
}

function setMetadata(
  owner: KubeObject,
  spec: ExternalSecretSpec,
  existing: KubeObject | undefined,
  scopes: { labels: Record<string, string>; annotations: Record<string, string> },
): void {
  const name = owner.metadata.name ?? "";
  for (const key of managedKeys(existing, name, ["f:metadata", "f:labels"])) delete scopes.labels[key];
  for (const key of managedKeys(existing, name, ["f:metadata", "f:annotations"])) delete scopes.annotations[key];
  // A template's own are filled in later.
  if (spec.target.template !== undefined) return;
  for (const [key, value] of Object.entries(owner.metadata.labels ?? {})) setOwn(scopes.labels, key, value);
  for (const [key, value] of Object.entries(owner.metadata.annotations ?? {}))
    if (key !== LAST_APPLIED) setOwn(scopes.annotations, key, value);
}

function fillData(
  { target }: ExternalSecretSpec,
  values: Entries,
  scopes: { data: Entries; labels: Record<string, string>; annotations: Record<string, string> },
  texts: TemplateTexts,
): void {
  const { template } = target;
  const hasTemplates = template !== undefined && (template.from.length > 0 || Object.keys(template.data).length > 0);
  if (!hasTemplates || template.merges) for (const [key, value] of values) scopes.data.set(key, value);
  if (template !== undefined) applyTemplate(template, values, scopes, texts);
}

/** Keys below a field that this object's own field manager wrote. */
function managedKeys(secret: KubeObject | undefined, name: string, path: readonly string[]): Set<string> {
  const manager = fieldManager(name);
  const keys = new Set<string>();
  for (const entry of secret?.metadata.managedFields ?? []) {
    if (entry.manager !== manager) continue;
    let fields: unknown = entry.fieldsV1;
    for (const step of path) fields = isJsonObject(fields) ? fields[step] : undefined;
    if (!isJsonObject(fields)) continue;
    for (const key of Object.keys(fields)) if (key.startsWith("f:")) keys.add(key.slice(2));
  }
  return keys;
}

/** @throws ProblemError ExternalTargetRefused: another ExternalSecret, or anything else, controls the Secret */
export function applyOwnership(owner: KubeObject, spec: ExternalSecretSpec, secret: KubeObject): void {
  const references = secret.metadata.ownerReferences ?? [];
  const controller = references.find((reference) => reference.controller === true);
  const isOurs = controller !== undefined && controller.uid === owner.metadata.uid;
  const isExternalSecret = controller?.kind === EXTERNAL_SECRET.kind && controller.apiVersion.startsWith(`${GROUP}/`);
  if (isExternalSecret && !isOurs)
    throw problemError("ExternalTargetRefused", `target is owned by another ExternalSecret: ${controller.name}`);
  const others = references.filter((reference) => reference.uid !== owner.metadata.uid);
  const labels = secret.metadata.labels ?? {};
  if (spec.target.creationPolicy === "Owner") {
    if (controller !== undefined && !isOurs)
      throw problemError(
        "ExternalTargetRefused",
        `failed to take ownership of target secret: it is controlled by ${controller.kind} ${controller.name}`,
      );
    secret.metadata.ownerReferences = [...others, referenceTo(owner)];
    labels[LABEL_OWNER] = ownerHash(owner.metadata.namespace ?? "", owner.metadata.name ?? "");
    return;
  }
  delete labels[LABEL_OWNER];
  if (others.length > 0) secret.metadata.ownerReferences = others;
  else delete secret.metadata.ownerReferences;
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return (object.metadata.ownerReferences ?? []).some(
    (reference) => reference.controller === true && reference.uid === owner.metadata.uid,
  );
}

function referenceTo({ metadata }: KubeObject): OwnerReference {
  const { name = "", uid = "" } = metadata;
  return { ...EXTERNAL_SECRET, name, uid, controller: true, blockOwnerDeletion: true };
}

export type Write =
  | { readonly kind: "none" }
  | { readonly kind: "create" | "update"; readonly secret: KubeObject }
  /** The Secret is immutable: only its metadata may be written, and `isRefused` tells that more would have had to. */
  | { readonly kind: "metadata"; readonly secret: KubeObject; readonly isRefused: boolean };

/** What has to be written for `wanted` to be there. */
export function planWrite(existing: KubeObject | undefined, wanted: KubeObject): Write {
  if (existing === undefined) return { kind: "create", secret: wanted };
  if (jsonEqual(existing, wanted)) return { kind: "none" };
  if (existing["immutable"] !== true) return { kind: "update", secret: wanted };
  const metadataOnly = { ...existing, metadata: wanted.metadata };
  const isRefused = !jsonEqual(metadataOnly, wanted);
  return { kind: "metadata", secret: metadataOnly, isRefused };
}
