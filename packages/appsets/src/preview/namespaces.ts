import { createHash } from "node:crypto";
import { cloneJson, isJsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { isAlreadyExists, isNotFound, type KindRef, type KubeClient } from "@fairlead/kube";
import { PREVIEW_APPLICATION_ANNOTATION, PREVIEW_LABEL, type PreviewConfig } from "./config.ts";

const NAMESPACE: KindRef = { apiVersion: "v1", kind: "Namespace" };
const FIELD_MANAGER = "fairlead-preview";
const LABEL_CHARS_MAX = 63;

/** Kinds without a namespace that a preview's manifests may hold, and volumes, which outlive their claims. */
const CLUSTER_SCOPED: readonly KindRef[] = [
  { apiVersion: "v1", kind: "PersistentVolume" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" },
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration" },
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" },
  { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
  { apiVersion: "networking.k8s.io/v1", kind: "IngressClass" },
  { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" },
  { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass" },
];

/** The label value a set's namespaces carry. */
function previewLabel(set: KubeObject): string {
  const text = `${set.metadata.namespace ?? ""}.${set.metadata.name ?? ""}`;
  return text.length <= LABEL_CHARS_MAX ? text : createHash("sha256").update(text).digest("hex").slice(0, 40);
}

/** Namespaces made for a set's previews on one cluster. */
export async function listNamespaces(client: KubeClient, set: KubeObject): Promise<KubeObject[]> {
  const { items } = await client.list(NAMESPACE, { labelSelector: `${PREVIEW_LABEL}=${previewLabel(set)}` });
  return items;
}

export function applicationOf(namespace: KubeObject): string {
  return namespace.metadata.annotations?.[PREVIEW_APPLICATION_ANNOTATION] ?? "";
}

/**
 * A preview's namespace with what the template puts in it. One that was there before is somebody else's: it is used and never deleted.
 */
export async function makeNamespace(
  client: KubeClient,
  set: KubeObject,
  name: string,
  application: string,
  config: PreviewConfig,
): Promise<void> {
  const namespace: KubeObject = {
    ...NAMESPACE,
    metadata: {
      name,
      labels: { [PREVIEW_LABEL]: previewLabel(set) },
      annotations: { [PREVIEW_APPLICATION_ANNOTATION]: application },
    },
  };
  try {
    await client.create(namespace, { fieldManager: FIELD_MANAGER });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return;
  }
  for (const object of config.objects) {
    const copy = cloneJson(object) as unknown as KubeObject;
    copy.metadata = { ...copy.metadata, namespace: name };
    await client.apply(copy, { fieldManager: FIELD_MANAGER, force: true });
  }
}

export async function deleteNamespace(client: KubeClient, namespace: KubeObject): Promise<void> {
  if (namespace.metadata.deletionTimestamp !== undefined) return;
  try {
    await client.delete(NAMESPACE, namespace.metadata.name ?? "");
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** What is still there of a preview whose namespace is gone: `Kind name`, sorted. */
export async function findLeftovers(client: KubeClient, namespace: string, application: string): Promise<string[]> {
  const found = await Promise.all(
    CLUSTER_SCOPED.map(async (kind) => {
      try {
        const { items } = await client.list(kind);
        return items
          .filter((item) => isLeft(item, namespace, application))
          .map((item) => `${kind.kind} ${item.metadata.name ?? ""}`);
      } catch {
        // A kind this cluster does not serve holds nothing.
        return [];
      }
    }),
  );
  return found.flat().sort();
}

function isLeft(object: KubeObject, namespace: string, application: string): boolean {
  const { annotations, labels } = object.metadata;
  const tracking = annotations?.["argocd.argoproj.io/tracking-id"];
  if (tracking?.startsWith(`${application}:`)) return true;
  if (labels?.["argocd.argoproj.io/instance"] === application) return true;
  const claim = isJsonObject(object["spec"]) ? object["spec"]["claimRef"] : undefined;
  return isJsonObject(claim) && claim["namespace"] === namespace;
}
