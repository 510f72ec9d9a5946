import type { KubeObject } from "@fairlead/apimachinery";
import { canonicalJson, type JsonObject, jsonEqual } from "@fairlead/base";
import type { EndpointSlice, Pod, Service } from "../api/types.ts";
import { type Action, type Decision, statusAction } from "../engine/action.ts";
import { type Backend, backendsOf } from "./endpoints.ts";
import { isOurSlice, sliceActions } from "./slices.ts";

/** Addresses of one Endpoints object; what is beyond is cut and said so, as the real controller does. */
const ENDPOINTS_ADDRESSES_MAX = 1_000;
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";

export interface ServiceFacts {
  readonly service: Service;
  /** The pods its selector finds. */
  readonly pods: readonly Pod[];
  readonly slices: readonly EndpointSlice[];
  readonly endpoints: KubeObject | undefined;
  /** The address its load balancer has or is to have. */
  readonly balancerIp: string | undefined;
}

/** Endpoints, endpoint slices and a load balancer's address. A Service without a selector is its owner's affair. */
export function decideService(facts: ServiceFacts): Decision {
  const { service, pods, slices, endpoints } = facts;
  if (service.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const balancing = balancerActions(facts);
  if (Object.keys(service.spec?.selector ?? {}).length === 0 || service.spec?.type === "ExternalName") {
    return { actions: balancing };
  }
  const backends = backendsOf(service, pods);
  return {
    actions: [
      ...sliceActions(service, backends, slices.filter(isOurSlice)),
      ...endpointsActions(service, backends, endpoints),
      ...balancing,
    ],
  };
}

function balancerActions({ service, balancerIp }: ServiceFacts): Action[] {
  if (service.spec?.type !== "LoadBalancer") {
    const had = (service.status?.["loadBalancer"] as JsonObject | undefined)?.["ingress"] !== undefined;
    return had ? statusAction(service, { ...service.status, loadBalancer: {} }) : [];
  }
  if (balancerIp === undefined) return [];
  const status = { ...service.status, loadBalancer: { ingress: [{ ip: balancerIp, ipMode: "VIP" }] } };
  const actions = statusAction(service, status);
  if (actions.length === 0) return [];
  const message = "Ensured load balancer";
  return [...actions, { do: "event", about: service, type: "Normal", reason: "EnsuredLoadBalancer", message }];
}

function endpointsActions(service: Service, backends: readonly Backend[], known: KubeObject | undefined): Action[] {
  const subsets = subsetsOf(backends.slice(0, ENDPOINTS_ADDRESSES_MAX));
  const isCut = backends.length > ENDPOINTS_ADDRESSES_MAX;
  const labels = {
    ...service.metadata.labels,
    "endpoints.kubernetes.io/managed-by": "endpoint-controller",
    ...(service.spec?.clusterIP === "None" ? { "service.kubernetes.io/headless": "" } : {}),
  };
  if (known) {
    const isSame = jsonEqual(known["subsets"] ?? [], subsets) && jsonEqual(known.metadata.labels ?? {}, labels);
    if (isSame) return [];
    const annotations = { [OVER_CAPACITY]: isCut ? "truncated" : null };
    const marks = isCut || known.metadata.annotations?.[OVER_CAPACITY] !== undefined ? { annotations } : {};
    return [{ do: "patch", object: known, patch: { subsets, metadata: { labels, ...marks } } }];
  }
  const { name = "", namespace } = service.metadata;
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      ...(isCut ? { annotations: { [OVER_CAPACITY]: "truncated" } } : {}),
    },
    ...(subsets.length > 0 ? { subsets } : {}),
  };
  return [{ do: "create", object }];
}

/** Backends with the same ports share a subset; those that are ready and those that are not are kept apart. */
function subsetsOf(backends: readonly Backend[]): JsonObject[] {
  const groups = new Map<string, Backend[]>();
  for (const backend of backends) {
    if (backend.endpoint.conditions.terminating) continue;
    const key = canonicalJson(backend.ports);
    const group = groups.get(key);
    if (group) group.push(backend);
    else groups.set(key, [backend]);
  }
  return [...groups.values()].map((group) => {
    const ready = group.filter(({ endpoint }) => endpoint.conditions.ready);
    const notReady = group.filter(({ endpoint }) => !endpoint.conditions.ready);
    return {
      ...(ready.length > 0 ? { addresses: ready.map(addressOf) } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady.map(addressOf) } : {}),
      ports: (group[0]?.ports ?? []).map(({ name = "", ...rest }) => ({ ...rest, ...(name === "" ? {} : { name }) })),
    };
  });
}

function addressOf({ endpoint }: Backend): JsonObject {
  const { addresses, nodeName, hostname, targetRef } = endpoint;
  return {
    ip: addresses[0] ?? "",
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef,
  };
}
