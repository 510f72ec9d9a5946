import type { KeyObject } from "node:crypto";
import { ProblemError, setOwn } from "@fairlead/base";
import { unsealBytes } from "./cipher.ts";
import { decodeBase64, type Place } from "./read.ts";
import { ANNOTATIONS, labelFor, scopeOf } from "./scope.ts";
import { fillTemplate } from "./template.ts";
import { SEALED_SECRET, SECRET, type Metadata, type SealedSecret, type Secret } from "./types.ts";

/** Opens one sealed value, or nothing; in the controller a worker does it. */
export type OpenValue = (sealed: Uint8Array, label: string) => Uint8Array | undefined;

/** Tries every key, newest first: nothing in a sealed value says which one made it. */
export function openWith(keys: readonly KeyObject[]): OpenValue {
  return (sealed, label) => {
    for (const key of keys) {
      const value = unsealBytes(key, sealed, label);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

/**
 * The values of a SealedSecret. Where it may be unsealed is read from its own metadata, never from spec.template: else whoever can
 * write a SealedSecret could widen a scope (CVE-2026-22728).
 * @throws ProblemError NoKeyDecrypts naming every key that does not open
 */
export function unsealValues(sealed: SealedSecret, open: OpenValue, place: Place = {}): Map<string, Uint8Array> {
  const { name = "", namespace = "", annotations } = sealed.metadata;
  const label = labelFor(scopeOf(annotations), namespace, name);
  const values = new Map<string, Uint8Array>();
  const closed: string[] = [];
  for (const [key, text] of Object.entries(sealed.spec.encryptedData)) {
    const bytes = decodeBase64(text);
    const value = bytes && open(bytes, label);
    if (value === undefined) closed.push(key);
    else values.set(key, value);
  }
  if (closed.length === 0) return values;
  throw new ProblemError({
    code: "NoKeyDecrypts",
    message: `no key could decrypt secret (${closed.sort().join(", ")})`,
    object: `SealedSecret ${namespace}/${name}`,
    hint: "another cluster's key, a name, namespace or scope other than at sealing, or a text that was cut or changed",
    ...place,
  });
}

/**
 * The Secret a SealedSecret stands for, owned by it.
 * @throws ProblemError NoKeyDecrypts, SecretTemplateFailed
 */
export function unsealSecret(sealed: SealedSecret, open: OpenValue, place: Place = {}): Secret {
  return secretFrom(sealed, unsealValues(sealed, open, place), place);
}

/** The Secret made of values that were opened already. @throws ProblemError SecretTemplateFailed */
export function secretFrom(sealed: SealedSecret, opened: ReadonlyMap<string, Uint8Array>, place: Place = {}): Secret {
  const { template } = sealed.spec;
  const object = `SealedSecret ${sealed.metadata.namespace ?? ""}/${sealed.metadata.name ?? ""}`;
  const values = fillTemplate(opened, template, { object, ...place });
  const data: Record<string, string> = {};
  for (const key of [...values.keys()].sort()) setOwn(data, key, Buffer.from(values.get(key) ?? []).toString("base64"));
  return {
    ...SECRET,
    metadata: secretMetadata(sealed),
    ...(template?.immutable !== undefined && { immutable: template.immutable }),
    ...(values.size > 0 && { data }),
    ...(template?.type !== undefined && { type: template.type }),
  };
}

/** Name and namespace are the SealedSecret's whatever the template says: another's Secret is not for it to write. */
function secretMetadata(sealed: SealedSecret): Metadata {
  const { name = "", namespace, uid = "" } = sealed.metadata;
  const { labels, annotations, finalizers } = sealed.spec.template?.metadata ?? {};
  const owner = { ...SEALED_SECRET, name, uid, controller: true };
  const isOwned = annotations?.[ANNOTATIONS.skipSetOwnerReferences] !== "true";
  return {
    name,
    ...(namespace && { namespace }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(isOwned && { ownerReferences: [ownerReference(owner)] }),
    ...(finalizers && { finalizers }),
  };
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
}

function ownerReference({ apiVersion, kind, name, uid, controller }: Owner): Record<string, string | boolean> {
  return { apiVersion, kind, name, uid, controller };
}
