import type { KubeObject } from "@fairlead/apimachinery";
import { jsonEqual } from "@fairlead/base";
import type { Internal } from "../controllers/internal.ts";
import { fillSystemFields } from "../registry/metadata.ts";
import type { Resource } from "../registry/types.ts";
import { BOOTSTRAP_OBJECTS } from "./generated/objects.ts";

const SYSTEM_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];
const SERVICE_CIDR = "10.96.0.0/16";
const KUBERNETES_SERVICE_IP = "10.96.0.1";

/** Where clients inside the cluster would find the server. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * Gives an empty store what a fresh cluster has, and an older one what it lacks. Written straight to storage: these objects need
 * no admission, and a start must not wait for 170 of them to pass it.
 */
export async function bootstrap(internal: Internal, endpoint: Endpoint): Promise<void> {
  const writes: Promise<unknown>[] = [];
  const put = (object: KubeObject): void => {
    const pending = putMissing(internal, object);
    if (pending !== undefined) writes.push(pending);
  };
  for (const name of SYSTEM_NAMESPACES) put(systemNamespace(name));
  for (const object of JSON.parse(BOOTSTRAP_OBJECTS) as KubeObject[]) put(object);
  put(serviceCidr());
  put(kubernetesService(endpoint));
  await Promise.all(writes);
  await Promise.all([syncEndpoints(internal, endpoint), syncEndpointSlice(internal, endpoint)]);
}

/** Undefined where the object is there already. */
export function putMissing(internal: Internal, object: KubeObject): Promise<unknown> | undefined {
  const { registry } = internal;
  const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : ["", object.apiVersion];
  const resource = registry.resources.findKind(group ?? "", version ?? "", object.kind) as Resource;
  const { name = "", namespace = "" } = object.metadata;
  const key = { resource: resource.storage, namespace, name };
  if (registry.store.getForWrite(key) !== undefined) return undefined;
  fillSystemFields(object, registry.clock.now());
  if (resource.strategy.generation !== undefined) object.metadata.generation = 1;
  return registry.put(resource, namespace, name, object, undefined);
}

function systemNamespace(name: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
}

function serviceCidr(): KubeObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name: "kubernetes" },
    spec: { cidrs: [SERVICE_CIDR] },
    status: {},
  };
}

function kubernetesService(endpoint: Endpoint): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      clusterIP: KUBERNETES_SERVICE_IP,
      clusterIPs: [KUBERNETES_SERVICE_IP],
      internalTrafficPolicy: "Cluster",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: endpoint.port }],
      sessionAffinity: "None",
      type: "ClusterIP",
    },
    status: { loadBalancer: {} },
  };
}

/** The port may be another one than at the last start. */
async function syncEndpoints(internal: Internal, endpoint: Endpoint): Promise<void> {
  const resource = internal.resource("", "v1", "endpoints");
  const subsets = [
    { addresses: [{ ip: endpoint.address }], ports: [{ name: "https", port: endpoint.port, protocol: "TCP" }] },
  ];
  await replace(internal, resource, {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
    },
    subsets,
  });
}

async function syncEndpointSlice(internal: Internal, endpoint: Endpoint): Promise<void> {
  const resource = internal.resource("discovery.k8s.io", "v1", "endpointslices");
  await replace(internal, resource, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [endpoint.address], conditions: { ready: true } }],
    ports: [{ name: "https", port: endpoint.port, protocol: "TCP" }],
  });
}

/** Past validation, which refuses addresses on loopback: where this server listens is not for it to judge. */
async function replace(internal: Internal, resource: Resource, object: KubeObject): Promise<void> {
  const pending = putMissing(internal, structuredClone(object));
  if (pending !== undefined) {
    await pending;
    return;
  }
  const { registry } = internal;
  const entry = registry.store.getForWrite({ resource: resource.storage, namespace: "default", name: "kubernetes" });
  if (entry === undefined) return;
  const current = internal.decode(resource, entry);
  const { metadata: _metadata, ...rest } = object;
  const next = { ...current, ...rest };
  if (!jsonEqual(current, next)) await registry.put(resource, "default", "kubernetes", next, entry);
}
