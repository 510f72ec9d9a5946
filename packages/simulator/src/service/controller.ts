import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";
import { keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import type { EndpointSlice, Pod, Service } from "../api/types.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import type { BalancerPool } from "./balancer-pool.ts";
import { decideService } from "./decide.ts";

const SERVICE_NAME = "kubernetes.io/service-name";

/** Endpoints, slices and load balancers. Pods that come and go at once are written together. */
export function services(world: World, pool: BalancerPool): Loop {
  const objects = world.store<Service>(KINDS.service);
  const pods = world.store<Pod>(KINDS.pod);
  const slices = world.store<EndpointSlice>(KINDS.endpointSlice);
  const endpoints = world.store<KubeObject>(KINDS.endpoints);
  const loop = createLoop(world, {
    component: "endpoint-slice-controller",
    manager: MANAGERS.controllers,
    settleMs: 50,
    decide(key) {
      const service = objects.get(key);
      if (!service) return undefined;
      const { namespace, name, uid = "" } = service.metadata;
      return decideService({
        service,
        pods: pods.inNamespace(namespace).filter((pod) => selects(service, pod)),
        slices: slices.inNamespace(namespace).filter((slice) => slice.metadata.labels?.[SERVICE_NAME] === name),
        endpoints: endpoints.get(key),
        balancerIp: balancerIp(service, pool, uid),
      });
    },
  });
  objects.subscribe((service, _, isGone) => {
    if (!isGone) return loop.add(keyOf(service));
    pool.free(service.metadata.uid ?? "");
  });
  pods.subscribe((pod, old, isGone) => {
    if (!isGone && old && !matters(pod, old)) return;
    for (const service of objects.inNamespace(pod.metadata.namespace)) {
      if (selects(service, pod) || (old && selects(service, old))) loop.add(keyOf(service));
    }
  });
  slices.subscribe((slice, old) => {
    const name = slice.metadata.labels?.[SERVICE_NAME];
    if (old && name !== undefined) loop.add(`${slice.metadata.namespace}/${name}`);
  });
  endpoints.subscribe((object, old) => {
    if (old && objects.get(keyOf(object))) loop.add(keyOf(object));
  });
  return loop;
}

function selects(service: Service, { metadata }: Pod): boolean {
  const selector = Object.entries(service.spec?.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => metadata.labels?.[key] === value);
}

/** Whether a change of a pod can change what a Service says of it. */
function matters(pod: Pod, old: Pod): boolean {
  return (
    pod.status !== old.status ||
    pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
    pod.metadata.labels !== old.metadata.labels
  );
}

function balancerIp(service: Service, pool: BalancerPool, uid: string): string | undefined {
  const { type, loadBalancerClass, loadBalancerIP } = service.spec ?? {};
  if (type !== "LoadBalancer" || loadBalancerClass) {
    pool.free(uid);
    return undefined;
  }
  const balancer = service.status?.["loadBalancer"];
  const ingress: unknown =
    isJsonObject(balancer) && Array.isArray(balancer["ingress"]) ? balancer["ingress"][0] : undefined;
  const known = isJsonObject(ingress) && typeof ingress["ip"] === "string" ? ingress["ip"] : undefined;
  return pool.give(uid, loadBalancerIP || known);
}
