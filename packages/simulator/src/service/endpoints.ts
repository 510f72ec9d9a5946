import { isFinished, isReady, isTerminating } from "../api/pods.ts";
import type { EndpointPort, Pod, Service, ServicePort, SliceEndpoint } from "../api/types.ts";

/** One pod behind a Service, and the ports it serves there. */
export interface Backend {
  readonly endpoint: SliceEndpoint;
  readonly ports: readonly EndpointPort[];
}

/** The pods behind a Service that have an address, by name; those at their end are out. */
export function backendsOf(service: Service, pods: readonly Pod[]): Backend[] {
  return pods
    .filter((pod) => !isFinished(pod) && pod.status?.podIP !== undefined)
    .sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))
    .map((pod) => ({ endpoint: endpointOf(service, pod), ports: portsOf(service, pod) }));
}

function endpointOf(service: Service, pod: Pod): SliceEndpoint {
  const isServing = isReady(pod);
  const isLeaving = isTerminating(pod);
  const publishes = service.spec?.publishNotReadyAddresses === true;
  const { name = "", namespace = "", uid = "" } = pod.metadata;
  const hostname = pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: { ready: publishes || (isServing && !isLeaving), serving: isServing, terminating: isLeaving },
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

/** Named target ports are looked up in the pod's containers; one that is not there is left out. */
function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetOf(port, pod);
    return number === undefined ? [] : [endpointPort(port, number)];
  });
}

function targetOf({ targetPort, port, protocol = "TCP" }: ServicePort, pod: Pod): number | undefined {
  if (targetPort === undefined) return port;
  if (typeof targetPort === "number") return targetPort;
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)];
  for (const container of containers) {
    const found = container.ports?.find((item) => item.name === targetPort && (item.protocol ?? "TCP") === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}

function isSidecar({ restartPolicy }: { readonly restartPolicy?: string }): boolean {
  return restartPolicy === "Always";
}

function endpointPort({ name = "", protocol = "TCP", appProtocol }: ServicePort, port: number): EndpointPort {
  return { name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) };
}
