import type { KubeObject } from "@fairlead/apimachinery";
import { jsonEqual } from "@fairlead/base";
import type { Internal } from "../controllers/internal.ts";
import { aggregatedRules } from "../controllers/role-aggregation.ts";
import { namespaceDefaults } from "../controllers/service-accounts.ts";
import { fillSystemFields, timestamp } from "../registry/metadata.ts";
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
 * Gives an empty store what a fresh cluster has, and an older one what it lacks. Written straight to storage, and all in the turn in
 * which this is called: these objects need no admission, and a start must not wait for 170 of them to pass it, nor more than once
 * for the disk.
 * @param caPem what the namespaces of the system are given as their authority; undefined where somebody else gives them theirs
 */
export async function bootstrap(internal: Internal, endpoint: Endpoint, caPem: string | undefined): Promise<void> {
  const writes: Promise<unknown>[] = [];
  const put = (object: KubeObject): void => {
    const pending = putMissing(internal, object);
    if (pending !== undefined) writes.push(pending);
  };
  for (const name of SYSTEM_NAMESPACES) put(systemNamespace(name));
  const objects = JSON.parse(BOOTSTRAP_OBJECTS) as KubeObject[];
  // Aggregation is a controller's, too: without controllers the roles wait for somebody else's.
  for (const object of caPem === undefined ? objects : withAggregatedRules(objects)) put(object);
  put(serviceCidr());
  put(kubernetesService(endpoint));
  if (caPem !== undefined) {
    for (const object of defaultsOfNamespaces(caPem, timestamp(internal.registry.clock.now()))) put(object);
  }
  await Promise.all([...writes, syncEndpoints(internal, endpoint), syncEndpointSlice(internal, endpoint)]);
}

/** The roles that aggregate others as they are once that is done, in whichever order they aggregate each other. */
function withAggregatedRules(objects: KubeObject[]): KubeObject[] {
  const roles = objects.filter(({ kind }) => kind === "ClusterRole");
  const aggregable = roles
    .map((role) => ({ name: role.metadata.name ?? "", labels: role.metadata.labels ?? {}, rules: () => role["rules"] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (let isSettled = false; !isSettled;) {
    isSettled = true;
    for (const role of roles) {
      const rules = aggregatedRules(role, aggregable);
      if (rules === undefined || jsonEqual(rules, role["rules"] ?? [])) continue;
      role["rules"] = rules;
      isSettled = false;
    }
  }
  return objects;
}

/** As the controller of service accounts would make them: passing all that a client's objects pass, they would take half of a start. */
function defaultsOfNamespaces(caPem: string, time: string): KubeObject[] {
  return SYSTEM_NAMESPACES.flatMap((name) => {
    const { account, authority } = namespaceDefaults(name, caPem);
    authority.metadata.managedFields = [
      {
        manager: "kube-controller-manager",
        operation: "Update",
        apiVersion: "v1",
        time,
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:data": { ".": {}, "f:ca.crt": {} },
          "f:metadata": { "f:annotations": { ".": {}, "f:kubernetes.io/description": {} } },
        },
      },
    ];
    return [account, authority];
  });
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
