import { problemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { isNotFound, type KubeClient } from "@fairlead/kube";
import { LABELS, SECRET_KIND } from "../names.ts";

const FIELD_MANAGER = "fairlead-cli";

/** A Secret's decoded data. */
export function dataOf(secret: KubeObject): Record<string, string> {
  const data = (secret["data"] ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

export async function secretsOfType(hub: KubeClient, namespace: string, type: string): Promise<KubeObject[]> {
  const { items } = await hub.list(SECRET_KIND, { namespace, labelSelector: `${LABELS.secretType}=${type}` });
  return items;
}

/** Writes a Secret of the declarative setup; empty values are left out. @throws ProblemError when it exists and may not be replaced */
export async function writeSecret(
  hub: KubeClient,
  secret: {
    readonly namespace: string;
    readonly name: string;
    readonly type: string;
    readonly data: Readonly<Record<string, string | undefined>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  },
  replaces: boolean,
): Promise<void> {
  const { namespace, name, type, labels = {}, annotations } = secret;
  const found = await hub.find(SECRET_KIND, name, namespace);
  if (found && !replaces) {
    throw problemError("InvalidInput", `Secret ${namespace}/${name} for this is there already`, {
      hint: "--upsert replaces it",
    });
  }
  const filled = Object.entries(secret.data).flatMap(([key, value]) => (value ? [[key, value] as const] : []));
  const data = Object.fromEntries(filled.map(([key, value]) => [key, Buffer.from(value).toString("base64")]));
  const metadata = {
    name,
    namespace,
    labels: { ...labels, [LABELS.secretType]: type },
    ...(annotations ? { annotations } : {}),
  };
  const object: KubeObject = { ...SECRET_KIND, metadata, type: "Opaque", data };
  if (!found) await hub.create(object, { fieldManager: FIELD_MANAGER });
  else
    await hub.update(
      { ...found, ...object, metadata: { ...found.metadata, ...metadata } },
      { fieldManager: FIELD_MANAGER },
    );
}

/** False when it was not there. */
export async function removeObject(
  hub: KubeClient,
  kind: { apiVersion: string; kind: string },
  name: string,
  namespace?: string,
): Promise<boolean> {
  try {
    await hub.delete(kind, name, namespace);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** FNV-1a of 32 bits over UTF-8: how Argo CD names the Secrets of repositories and clusters. */
export function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** `key=value` flags as a map. @throws ProblemError */
export function pairsOf(flag: string, texts: readonly string[] = []): Record<string, string> {
  const pairs = texts.map((text) => {
    const cut = text.indexOf("=");
    if (cut <= 0) throw problemError("InvalidInput", `${flag} ${JSON.stringify(text)} is not KEY=VALUE`);
    return [text.slice(0, cut), text.slice(cut + 1)] as const;
  });
  return Object.fromEntries(pairs);
}
