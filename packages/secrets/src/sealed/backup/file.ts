/**
 * Backups of sealing keys, in the form `kubectl get secret -n kube-system -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml`
 * prints: kubectl applies them, kubeseal's --recovery-private-key reads them, and so does whatever restores a cluster.
 */
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, problemError, type Json, type JsonObject } from "@fairlead/base";
import { decodeDocuments, encodeYaml } from "@fairlead/yaml";
import { KEY_ACTIVE, KEY_LABEL, readKeySecret, type SealingKey } from "../key-secret.ts";

/** What the server gave an object is of no use to another cluster, and kubectl would stumble over some of it. */
const OF_THE_SERVER = ["uid", "resourceVersion", "managedFields", "creationTimestamp", "selfLink", "ownerReferences"];

/** YAML, oldest key first, so that a newer backup differs at its end. */
export function writeBackup(secrets: readonly KubeObject[]): string {
  const items = [...secrets].sort(byBirth).map(({ metadata, data, type }) => ({
    apiVersion: "v1",
    ...(data !== undefined && { data }),
    kind: "Secret",
    metadata: Object.fromEntries(Object.entries(metadata).filter(([name]) => !OF_THE_SERVER.includes(name))),
    ...(type !== undefined && { type }),
  }));
  return encodeYaml({ apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } });
}

function byBirth(a: KubeObject, b: KubeObject): number {
  const [left, right] = [readKeySecret(a), readKeySecret(b)].map((key) => ("fault" in key ? 0 : key.notBefore));
  return (left ?? 0) - (right ?? 0) || ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1);
}

export interface BackedUpKey extends SealingKey {
  readonly secret: KubeObject;
}

/**
 * The keys of a backup: one Secret, several documents, or a List, in YAML or JSON.
 * @throws ProblemError InvalidKey with every Secret that holds none, by its name
 */
export function readBackup(text: string, file?: string): BackedUpKey[] {
  const { documents, problems } = decodeDocuments(text, file === undefined ? {} : { file });
  if (problems.length > 0) throw problemError("InvalidKey", "the backup is neither YAML nor JSON", { file });
  const objects = documents.flatMap(({ value }) => itemsOf(value)).filter(isJsonObject);
  const secrets = objects.filter(({ kind }) => kind === undefined || kind === "Secret").map(asSecret);
  const read = secrets.map((secret) => ({ secret, key: readKeySecret(secret) }));
  for (const { secret, key } of read) {
    if ("fault" in key)
      throw problemError("InvalidKey", `Secret ${secret.metadata.name ?? "(without a name)"}: ${key.fault}`, { file });
  }
  if (read.length === 0) {
    const hint = "kubectl get secret -n kube-system -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml";
    throw problemError("InvalidKey", "the backup holds no sealing key", { file, hint });
  }
  return read.flatMap(({ secret, key }) => ("fault" in key ? [] : [{ ...key, secret }]));
}

function itemsOf(value: Json): readonly Json[] {
  const items = isJsonObject(value) ? value["items"] : undefined;
  return Array.isArray(items) ? items : value === null ? [] : [value];
}

/** Plain text of stringData counts too: people write keys of their own so. */
function asSecret(object: JsonObject): KubeObject {
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  const plain = isJsonObject(object["stringData"]) ? object["stringData"] : {};
  const encoded = Object.entries(plain).map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")]);
  const data = { ...(isJsonObject(object["data"]) ? object["data"] : {}), ...Object.fromEntries(encoded) };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    type: object["type"] ?? "kubernetes.io/tls",
    data,
  } as KubeObject;
}

/** A key's Secret as it is made in `namespace`; one that has no label (the peer's oldest) gets it. */
export function restored({ secret }: BackedUpKey, namespace: string, name: string | undefined): KubeObject {
  const { labels = {}, annotations } = secret.metadata;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      ...(name === undefined ? { generateName: "sealed-secrets-key" } : { name }),
      namespace,
      labels: { [KEY_LABEL]: KEY_ACTIVE, ...labels },
      ...(annotations && { annotations }),
    },
    type: "kubernetes.io/tls",
    data: secret["data"] ?? {},
  };
}
