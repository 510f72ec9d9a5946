import { controllerReference } from "@fairlead/apimachinery";
import { canonicalJson, jsonEqual } from "@fairlead/base";
import type { EndpointPort, EndpointSlice, Service, SliceEndpoint } from "../api/types.ts";
import type { Action } from "../engine/action.ts";
import type { Backend } from "./endpoints.ts";

/** Endpoints of one slice, kube-controller-manager's --max-endpoints-per-slice. */
const SLICE_ENDPOINTS_MAX = 100;
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslice-controller.k8s.io";
const SERVICE_NAME = "kubernetes.io/service-name";
const HEADLESS = "service.kubernetes.io/headless";

export function isOurSlice(slice: EndpointSlice): boolean {
  return slice.metadata.labels?.[MANAGED_BY] === MANAGER;
}

/**
 * Brings a Service's slices to its backends with as few writes as can be: an endpoint stays in the slice it is in, new ones fill
 * the gaps, and only slices that changed are written.
 */
export function sliceActions(
  service: Service,
  backends: readonly Backend[],
  slices: readonly EndpointSlice[],
): Action[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; wanted: Map<string, SliceEndpoint> }>();
  for (const { endpoint, ports } of backends) {
    const key = canonicalJson(ports);
    const group = groups.get(key) ?? { ports, wanted: new Map<string, SliceEndpoint>() };
    group.wanted.set(endpoint.targetRef.uid, endpoint);
    groups.set(key, group);
  }
  // A Service without backends still has one slice, with nothing in it.
  if (groups.size === 0) groups.set("[]", { ports: [], wanted: new Map() });
  const actions: Action[] = [];
  const isSpare = new Set(slices);
  for (const { ports, wanted } of groups.values()) {
    const own = slices.filter((slice) => jsonEqual(slice.ports ?? [], ports));
    for (const slice of own) isSpare.delete(slice);
    actions.push(...groupActions(service, ports, wanted, own));
  }
  return [...actions, ...[...isSpare].map((object): Action => ({ do: "delete", object }))];
}

function groupActions(
  service: Service,
  ports: readonly EndpointPort[],
  wanted: ReadonlyMap<string, SliceEndpoint>,
  own: readonly EndpointSlice[],
): Action[] {
  const left = new Map(wanted);
  const contents = own.map((slice) => {
    const kept = (slice.endpoints ?? []).flatMap(({ targetRef }) => {
      const endpoint = left.get(targetRef.uid);
      left.delete(targetRef.uid);
      return endpoint ? [endpoint] : [];
    });
    return { slice, kept };
  });
  const fresh = [...left.values()];
  for (const { kept } of contents) kept.push(...fresh.splice(0, Math.max(0, SLICE_ENDPOINTS_MAX - kept.length)));
  const actions = contents.flatMap(({ slice, kept }, index): Action[] => {
    if (kept.length === 0 && (index > 0 || wanted.size > 0)) return [{ do: "delete", object: slice }];
    const labels = labelsOf(service);
    const isSame = jsonEqual(slice.endpoints ?? [], kept) && jsonEqual(slice.metadata.labels, labels);
    return isSame ? [] : [{ do: "patch", object: slice, patch: { endpoints: kept, metadata: { labels } } }];
  });
  while (fresh.length > 0 || (own.length === 0 && actions.length === 0)) {
    actions.push(creation(service, ports, fresh.splice(0, SLICE_ENDPOINTS_MAX)));
  }
  return actions;
}

function creation(service: Service, ports: readonly EndpointPort[], endpoints: readonly SliceEndpoint[]): Action {
  const { namespace } = service.metadata;
  const object: EndpointSlice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${service.metadata.name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: labelsOf(service),
      ownerReferences: [controllerReference({ ...service, apiVersion: "v1", kind: "Service" })],
    },
    addressType: "IPv4",
    endpoints: [...endpoints],
    ports: [...ports],
  };
  return { do: "create", object };
}

function labelsOf(service: Service): Record<string, string> {
  const isHeadless = service.spec?.clusterIP === "None";
  return {
    ...service.metadata.labels,
    [SERVICE_NAME]: service.metadata.name ?? "",
    [MANAGED_BY]: MANAGER,
    ...(isHeadless ? { [HEADLESS]: "" } : {}),
  };
}
