import type { KubeObject } from "@fairlead/apimachinery";
import { applicationCrds } from "@fairlead/apps";
import { isAlreadyExists, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { defaultProject } from "../install/manifests.ts";

export const ARGOCD_NAMESPACE = "argocd";
const FIELD_MANAGER = "fairlead-up";

export interface RegisteredCluster {
  readonly name: string;
  /** With an identity of its own for Fairlead. */
  readonly access: ClusterConfig;
}

/** Brings what the controllers need onto the hub: kinds, namespace, the default project, the clusters. Same again is no change. */
export async function bootstrapHub(hub: KubeClient, clusters: readonly RegisteredCluster[]): Promise<void> {
  const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: ARGOCD_NAMESPACE } };
  const first = [...applicationCrds(), namespace];
  await Promise.all(first.map((object) => hub.apply(object, { fieldManager: FIELD_MANAGER, force: true })));
  await createIfAbsent(hub, defaultProject(ARGOCD_NAMESPACE));
  const secrets = clusters.map(clusterSecret);
  await Promise.all(secrets.map((secret) => hub.apply(secret, { fieldManager: FIELD_MANAGER, force: true })));
}

async function createIfAbsent(hub: KubeClient, object: KubeObject): Promise<void> {
  try {
    await hub.create(object, { fieldManager: FIELD_MANAGER });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** A cluster as `argocd cluster add` registers one (facts/argocd.md §1.9). */
function clusterSecret({ name, access }: RegisteredCluster): KubeObject {
  const { caData, certData, keyData, bearerToken, insecure } = access;
  const config = { bearerToken, tlsClientConfig: { insecure, caData, certData, keyData } };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: `cluster-${name}`,
      namespace: ARGOCD_NAMESPACE,
      labels: { "argocd.argoproj.io/secret-type": "cluster" },
    },
    type: "Opaque",
    data: encode({ name, server: access.server, config: JSON.stringify(config) }),
  };
}

function encode(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));
}
