import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import type { EndpointSlice, Pod, Service } from "../src/api/types.ts";
import type { Action } from "../src/engine/action.ts";
import { BalancerPool } from "../src/service/balancer-pool.ts";
import { decideService } from "../src/service/decide.ts";

function service(spec: Service["spec"] = {}): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop", uid: "service-uid", labels: { team: "shop" } },
    spec: {
      selector: { app: "web" },
      ports: [{ name: "http", port: 80, targetPort: "web", protocol: "TCP" }],
      ...spec,
    },
  };
}

function pod(name: string, isReady = true, changes: Partial<Pod["metadata"]> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", uid: `${name}-uid`, labels: { app: "web" }, ...changes },
    spec: { nodeName: "sim-0", containers: [{ name: "main", ports: [{ name: "web", containerPort: 8080 }] }] },
    status: {
      phase: "Running",
      podIP: `10.240.0.${name.length}`,
      conditions: [{ type: "Ready", status: isReady ? "True" : "False" }],
    },
  };
}

function decide(
  of: Service,
  pods: readonly Pod[],
  slices: readonly EndpointSlice[] = [],
  endpoints?: KubeObject,
): readonly Action[] {
  return decideService({ service: of, pods, slices, endpoints, balancerIp: undefined }).actions;
}

function created<T extends KubeObject>(actions: readonly Action[], kind: string): T[] {
  return actions.flatMap((action) =>
    action.do === "create" && action.object.kind === kind ? [action.object as T] : [],
  );
}

test("a Service's pods are in its slices and endpoints, by readiness, at the port of their container", () => {
  const actions = decide(service(), [pod("a"), pod("bb", false)]);
  const [slice] = created<EndpointSlice>(actions, "EndpointSlice");
  assert.deepEqual(slice?.ports, [{ name: "http", port: 8080, protocol: "TCP" }]);
  assert.deepEqual(
    slice?.endpoints?.map(({ targetRef, conditions }) => [targetRef.name, conditions.ready, conditions.terminating]),
    [
      ["a", true, false],
      ["bb", false, false],
    ],
  );
  assert.deepEqual(slice?.metadata.labels, {
    team: "shop",
    "kubernetes.io/service-name": "web",
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
  });
  const [endpoints] = created(actions, "Endpoints");
  assert.deepEqual(endpoints?.["subsets"], [
    {
      addresses: [
        { ip: "10.240.0.1", nodeName: "sim-0", targetRef: { kind: "Pod", namespace: "shop", name: "a", uid: "a-uid" } },
      ],
      notReadyAddresses: [
        {
          ip: "10.240.0.2",
          nodeName: "sim-0",
          targetRef: { kind: "Pod", namespace: "shop", name: "bb", uid: "bb-uid" },
        },
      ],
      ports: [{ port: 8080, protocol: "TCP", name: "http" }],
    },
  ]);
});

test("a pod on its way out still serves but takes nothing new; one at its end is out", () => {
  const leaving = pod("a", true, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  const ended = pod("bb");
  ended.status = { ...ended.status, phase: "Succeeded" };
  const [slice] = created<EndpointSlice>(decide(service(), [leaving, ended]), "EndpointSlice");
  assert.deepEqual(
    slice?.endpoints?.map(({ conditions }) => conditions),
    [{ ready: false, serving: true, terminating: true }],
  );
});

test("when nothing changed nothing is written, and one more pod costs one slice", () => {
  const pods = Array.from({ length: 150 }, (_, index) => pod(`pod-${String(index).padStart(3, "0")}`));
  const first = decide(service(), pods);
  const slices = created<EndpointSlice>(first, "EndpointSlice").map((slice, index) => ({
    ...slice,
    metadata: { ...slice.metadata, name: `web-${index}` },
  }));
  const [endpoints] = created(first, "Endpoints");
  assert.deepEqual(
    slices.map((slice) => slice.endpoints?.length),
    [100, 50],
  );
  assert.deepEqual(decide(service(), pods, slices, endpoints), []);
  const more = decide(service(), [...pods, pod("pod-999")], slices, endpoints).filter(
    (action) => action.do !== "event" && action.object.kind === "EndpointSlice",
  );
  assert.equal(more.length, 1);
});

test("slices of others and Services without a selector are left alone", () => {
  const foreign: EndpointSlice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "mine", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
  };
  const actions = decide(service(), [pod("a")], [foreign]);
  assert.ok(actions.every((action) => action.do === "event" || action.object !== foreign));
  assert.deepEqual(decide(service({ selector: {} }), [pod("a")]), []);
});

test("a load balancer gets its address, the one it asks for or had, and keeps it", () => {
  const pool = new BalancerPool("172.18.255");
  assert.equal(pool.give("a"), "172.18.255.1");
  assert.equal(pool.give("b"), "172.18.255.2");
  assert.equal(pool.give("a"), "172.18.255.1");
  assert.equal(pool.give("c", "10.0.0.9"), "10.0.0.9");
  pool.free("a");
  assert.equal(pool.give("d"), "172.18.255.3");
  const balancer = service({ type: "LoadBalancer", selector: {} });
  const { actions } = decideService({
    service: balancer,
    pods: [],
    slices: [],
    endpoints: undefined,
    balancerIp: "172.18.255.1",
  });
  assert.deepEqual(actions[0], {
    do: "patch",
    object: balancer,
    patch: { status: { loadBalancer: { ingress: [{ ip: "172.18.255.1", ipMode: "VIP" }] } } },
    subresource: "status",
  });
});
