import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";
import { createInformer, type Informer, type KubeClient } from "@fairlead/kube";
import {
  CLUSTER_EXTERNAL_SECRET,
  CLUSTER_PUSH_SECRET,
  CLUSTER_SECRET_STORE,
  EXTERNAL_SECRET,
  LABEL_MANAGED,
  GENERATOR_STATE,
  PUSH_SECRET,
  SECRET,
  SECRET_STORE,
} from "./model/names.ts";
import { storeKey } from "./store/registry.ts";

export interface Observed {
  readonly externalSecrets: Informer;
  readonly clusterExternalSecrets: Informer;
  readonly pushSecrets: Informer;
  readonly clusterPushSecrets: Informer;
  readonly generatorStates: Informer;
  readonly stores: Informer;
  readonly clusterStores: Informer;
  readonly namespaces: Informer;
  /** Only Secrets that were written here: others are read when they are needed, and not kept. */
  readonly targets: Informer;
}

export function observe(hub: KubeClient): Observed {
  return {
    externalSecrets: createInformer(hub, {
      kind: EXTERNAL_SECRET,
      indexes: { store: storesOf, target: (object) => [targetKey(object)] },
    }),
    clusterExternalSecrets: createInformer(hub, { kind: CLUSTER_EXTERNAL_SECRET }),
    pushSecrets: createInformer(hub, {
      kind: PUSH_SECRET,
      indexes: { source: (object) => [sourceKey(object)], namespace: ({ metadata }) => [metadata.namespace ?? ""] },
    }),
    clusterPushSecrets: createInformer(hub, { kind: CLUSTER_PUSH_SECRET }),
    generatorStates: createInformer(hub, {
      kind: GENERATOR_STATE,
      indexes: { owner: ({ metadata }) => (metadata.ownerReferences ?? []).map(({ uid }) => uid) },
    }),
    stores: createInformer(hub, { kind: SECRET_STORE }),
    clusterStores: createInformer(hub, { kind: CLUSTER_SECRET_STORE }),
    namespaces: createInformer(hub, { kind: { apiVersion: "v1", kind: "Namespace" } }),
    // managedFields tell which keys were ours.
    targets: createInformer(hub, { kind: SECRET, labelSelector: `${LABEL_MANAGED}=true`, keepManagedFields: true }),
  };
}

/** `namespace/name` of the Secret that a PushSecret names. */
function sourceKey(object: KubeObject): string {
  const name = at(at(at(object["spec"], "selector"), "secret"), "name");
  return `${object.metadata.namespace ?? ""}/${typeof name === "string" ? name : ""}`;
}

/** Where an ExternalSecret writes: `namespace/name` of a Secret, with the kind before it for any other. */
function targetKey(object: KubeObject): string {
  const target = at(object["spec"], "target");
  const key = `${object.metadata.namespace ?? ""}/${targetName(target, object)}`;
  const [apiVersion, kind] = [at(at(target, "manifest"), "apiVersion"), at(at(target, "manifest"), "kind")];
  if (typeof apiVersion !== "string" || typeof kind !== "string" || (apiVersion === "v1" && kind === "Secret"))
    return key;
  return manifestKey({ apiVersion, kind }, key);
}

export function manifestKey({ apiVersion, kind }: { apiVersion: string; kind: string }, key: string): string {
  return `${apiVersion} ${kind} ${key}`;
}

function targetName(target: unknown, object: KubeObject): string {
  const name = at(target, "name");
  return typeof name === "string" && name !== "" ? name : (object.metadata.name ?? "");
}

/** Every store an ExternalSecret names, in whatever state its spec is. */
function storesOf(object: KubeObject): string[] {
  const spec = object["spec"];
  const namespace = object.metadata.namespace ?? "";
  const entries = ["data", "dataFrom"].flatMap((key) => {
    const list = at(spec, key);
    return Array.isArray(list) ? list.map((item) => at(at(item, "sourceRef"), "storeRef")) : [];
  });
  const keys = [at(spec, "secretStoreRef"), ...entries].flatMap((ref) => {
    const name = at(ref, "name");
    const kind = at(ref, "kind") === "ClusterSecretStore" ? "ClusterSecretStore" : "SecretStore";
    return typeof name === "string" ? [storeKey({ kind, name }, namespace)] : [];
  });
  return [...new Set(keys)];
}

function at(value: unknown, key: string): unknown {
  return isJsonObject(value) ? value[key] : undefined;
}
