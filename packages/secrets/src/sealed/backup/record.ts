/** Which keys are known to be in a backup: a ConfigMap beside the keys, one entry a key, written by `fairlead secrets backup`. */
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";
import { isAlreadyExists, type KubeClient } from "@fairlead/kube";

export const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;
export const RECORD_NAME = "sealed-secrets-backup";

/** Key id → when it went into a backup, RFC 3339. */
export type BackupRecord = ReadonlyMap<string, string>;

export function readRecord(object: KubeObject | undefined): BackupRecord {
  const data = isJsonObject(object?.["data"]) ? object["data"] : {};
  return new Map(Object.entries(data).map(([id, at]) => [id, String(at)]));
}

export async function findRecord(client: KubeClient, namespace: string): Promise<BackupRecord> {
  return readRecord(await client.find(CONFIG_MAP, RECORD_NAME, namespace));
}

/** @param now RFC 3339 */
export async function recordBackup(
  client: KubeClient,
  namespace: string,
  ids: readonly string[],
  now: string,
): Promise<void> {
  const data = Object.fromEntries(ids.map((id) => [id, now]));
  const metadata = { name: RECORD_NAME, namespace, labels: { "app.kubernetes.io/part-of": "fairlead" } };
  try {
    await client.create({ ...CONFIG_MAP, metadata, data });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await client.patch({ ...CONFIG_MAP, name: RECORD_NAME, namespace }, { type: "merge", body: { data } });
  }
}
