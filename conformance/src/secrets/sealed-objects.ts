/** What both controllers are asked about: their keys, the SealedSecrets and what they made of them. */
import type { KubeObject } from "@fairlead/apimachinery";
import type { Json } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import type { Judge, Run } from "./run.ts";

export const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
export const SEALED = { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret" } as const;
export const KEYS = "sealedsecrets.bitnami.com/sealed-secrets-key";
export type Stop = () => Promise<void>;

export interface Sides {
  readonly client: KubeClient;
  readonly folder: string;
  readonly judge: Judge;
  readonly kubectl: Run;
  readonly kubeseal: Run;
  readonly secrets: Run;
  /** @param cutoff keys from before it are too old to seal with */
  readonly runReal: (cutoff?: Date) => Promise<Stop>;
  readonly runOurs: (cutoff?: Date) => Promise<Stop>;
}

const WITHIN_MS = 120_000;

export function conditionOf(object: KubeObject): Record<string, string> | undefined {
  return (object["status"] as { conditions?: Record<string, string>[] } | undefined)?.conditions?.[0];
}

export function formOf({ metadata, data, type, immutable }: KubeObject): Json {
  const { labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  const owners = ownerReferences.map(({ apiVersion, kind, name, controller }) => ({
    apiVersion,
    kind,
    name,
    controller: controller ?? null,
  }));
  const sorted = (map: object): Json =>
    Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))) as Json;
  return {
    labels: sorted(labels),
    annotations: sorted(annotations),
    owners: owners as Json,
    data: sorted((data ?? {}) as object),
    type: type ?? null,
    immutable: immutable ?? null,
  };
}

export async function keys(client: KubeClient): Promise<readonly KubeObject[]> {
  return (await client.list(SECRET, { namespace: "kube-system", labelSelector: KEYS })).items;
}

export function certificateOf(secret: KubeObject | undefined): string {
  return Buffer.from(((secret?.["data"] ?? {}) as Record<string, string>)["tls.crt"] ?? "", "base64").toString();
}

export async function clear(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const { metadata } of objects) {
    await client.delete(SEALED, metadata.name ?? "", "default");
    if (await client.find(SECRET, metadata.name ?? "", "default"))
      await client.delete(SECRET, metadata.name ?? "", "default");
  }
  for (const { metadata } of await keys(client)) await client.delete(SECRET, metadata.name ?? "", "kube-system");
}

export async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WITHIN_MS; ;) {
    if (await look()) return;
    if (Date.now() > end) throw new Error(`not within ${WITHIN_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
