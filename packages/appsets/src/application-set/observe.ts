import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { createInformer, keyOf, type Informer, type KubeClient } from "@fairlead/kube";
import type { ObjectReader } from "../generators/facts.ts";
import { APPLICATION_KIND, APPLICATION_SET_KIND } from "./types.ts";

const OWNER_INDEX = "owner";
const CLUSTER_INDEX = "cluster";
const CLUSTER_LABEL = "argocd.argoproj.io/secret-type";

export interface Observed {
  readonly sets: Informer;
  readonly applications: Informer;
  readonly secrets: Informer;
  readonly configMaps: Informer;
  readonly projects: Informer;
}

/** Everything sets are made of on the hub, watched. */
export function observe(hub: KubeClient, scope: { readonly namespace?: string }): Observed {
  return {
    sets: createInformer(hub, { kind: APPLICATION_SET_KIND, ...scope }),
    applications: createInformer(hub, {
      kind: APPLICATION_KIND,
      ...scope,
      transform: slim,
      indexes: { [OWNER_INDEX]: ownersOf },
    }),
    secrets: createInformer(hub, {
      kind: { apiVersion: "v1", kind: "Secret" },
      ...scope,
      indexes: { [CLUSTER_INDEX]: (secret) => (secret.metadata.labels?.[CLUSTER_LABEL] === "cluster" ? ["all"] : []) },
    }),
    configMaps: createInformer(hub, { kind: { apiVersion: "v1", kind: "ConfigMap" }, ...scope }),
    projects: createInformer(hub, { kind: { ...APPLICATION_KIND, kind: "AppProject" }, ...scope }),
  };
}

/** Applications a set owns, by its key. */
export function ownedBy(applications: Informer, key: string): KubeObject[] {
  return applications.byIndex(OWNER_INDEX, key);
}

export function ownersOf(application: KubeObject): string[] {
  const { namespace, ownerReferences = [] } = application.metadata;
  return ownerReferences
    .filter((owner) => owner.kind === APPLICATION_SET_KIND.kind && owner.apiVersion.startsWith("argoproj.io/"))
    .map((owner) => keyOf({ metadata: { ...(namespace ? { namespace } : {}), name: owner.name } }));
}

/** Status is by far the largest part of an Application; of it a set reads a few words. Of one that no set owns it reads nothing. */
function slim(application: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = application;
  if (ownersOf(application).length === 0) {
    const { name = "", namespace, uid, resourceVersion, ownerReferences } = metadata;
    return {
      apiVersion,
      kind,
      metadata: { name, namespace, uid, resourceVersion, ownerReferences } as KubeObject["metadata"],
    };
  }
  const status = isJsonObject(application["status"]) ? application["status"] : {};
  const operation = isJsonObject(status["operationState"]) ? status["operationState"] : {};
  const kept: JsonObject = { sync: status["sync"], health: status["health"] };
  if (isJsonObject(status["health"])) kept["health"] = { status: status["health"]["status"] };
  if (status["operationState"] !== undefined)
    kept["operationState"] = { phase: operation["phase"], startedAt: operation["startedAt"] };
  if (isJsonObject(status["summary"])) kept["summary"] = { externalURLs: status["summary"]["externalURLs"] };
  application["status"] = kept;
  return application;
}

/** The hub's objects as generators read them. */
export function hubReader(observed: Observed, controlNamespace: string): ObjectReader {
  const { secrets, configMaps, projects } = observed;
  return {
    clusterSecrets: () =>
      secrets.byIndex(CLUSTER_INDEX, "all").filter(({ metadata }) => metadata.namespace === controlNamespace),
    secret: (namespace, name) => secrets.get(`${namespace}/${name}`),
    configMap: (namespace, name) => configMaps.get(`${namespace}/${name}`),
    project: (name) => projects.get(`${controlNamespace}/${name}`),
    knowsProjects: true,
    knowsClusters: true,
  };
}
