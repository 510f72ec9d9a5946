import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { type ApiServer, startApiServer } from "@fairlead/apiserver";
import { ProblemError, silentLogger, systemClock } from "@fairlead/base";
import { createClient, type KindRef, type KubeClient } from "@fairlead/kube";
import { podLogSource, type Simulator, startSimulator } from "@fairlead/simulator";
import type { Deployment, Job, Pod, Service } from "../src/api/types.ts";
import { workload } from "./support/cluster.ts";

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" };
const POD = { apiVersion: "v1", kind: "Pod" };

let api: ApiServer;
let client: KubeClient;
let simulator: Simulator;

before(async () => {
  api = await startApiServer({ data: "memory", logger: silentLogger });
  client = createClient(api.adminConfig(), { clock: systemClock, logger: silentLogger });
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  simulator = startSimulator({ client, clock: systemClock, logger: silentLogger, options: { nodes: 2 } });
  await simulator.ready;
  api.podLogs.use(podLogSource);
});

after(async () => {
  await simulator.stop();
  client.close();
  await api.close();
});

/** Looks again and again until it is so; the test's own time limit ends it. */
async function until<T extends KubeObject>(kind: KindRef, name: string, isSo: (object: T) => boolean): Promise<T> {
  for (;;) {
    const found = (await client.find(kind, name, "shop")) as T | undefined;
    if (found && isSo(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isRolledOut({ spec, status, metadata }: Deployment): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    status?.updatedReplicas === spec.replicas &&
    status?.availableReplicas === spec.replicas &&
    status?.replicas === spec.replicas
  );
}

test("on an API server a Deployment rolls out, its Service finds the pods, and a failing release is held", async () => {
  await client.create(workload("apps/v1", "Deployment", "web", { replicas: 3 }));
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop" },
    spec: { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80 }] },
  };
  await client.create(service);
  await until(DEPLOYMENT, "web", isRolledOut);
  const endpoints = await until<KubeObject>({ apiVersion: "v1", kind: "Endpoints" }, "web", (found) => {
    const [subset] = (found["subsets"] ?? []) as Array<{ addresses?: unknown[] }>;
    return subset?.addresses?.length === 3;
  });
  assert.equal(endpoints.metadata.name, "web");
  const balanced = await until<Service>(service, "web", ({ status }) => status?.["loadBalancer"] !== undefined);
  assert.deepEqual(balanced.status?.["loadBalancer"], { ingress: [{ ip: "172.18.255.1", ipMode: "VIP" }] });

  const ref = { ...DEPLOYMENT, name: "web", namespace: "shop" };
  const annotations = { "simulator.fairlead.dev/fail": "crash-loop" };
  const containers = [{ name: "main", image: "app:2" }];
  await client.patch(ref, {
    type: "merge",
    body: { spec: { template: { metadata: { annotations }, spec: { containers } } } },
  });
  const held = await until<Deployment>(DEPLOYMENT, "web", ({ status }) => status?.updatedReplicas === 1);
  assert.equal(held.status?.availableReplicas, 3);

  await client.delete(DEPLOYMENT, "web", "shop", { propagationPolicy: "Background" });
});

test("a Job ends, and its pods can be read in the words of a kubelet", async () => {
  const spec = { completions: 2, parallelism: 2 };
  await client.create(workload("batch/v1", "Job", "work", spec, { spec: { restartPolicy: "Never" } }));
  const isComplete = ({ status }: Job): boolean =>
    (status?.conditions ?? []).some(({ type, status: value }) => type === "Complete" && value === "True");
  const done = await until<Job>({ apiVersion: "batch/v1", kind: "Job" }, "work", isComplete);
  assert.equal(done.status?.succeeded, 2);
  const { items } = await client.list(POD, { namespace: "shop", labelSelector: "job-name=work" });
  assert.deepEqual(
    (items as Pod[]).map(({ status }) => status?.phase),
    ["Succeeded", "Succeeded"],
  );
  const path = `/api/v1/namespaces/shop/pods/${items[0]?.metadata.name}/log`;
  const log = await client.request({ method: "GET", path });
  assert.match(log.body.toString(), /"msg":"starting".*\n.*"msg":"listening".*\ndone, exiting\n$/);
});

test("an annotation on a Deployment changes its running pods at once, and back, without a rollout", async () => {
  await client.create(workload("apps/v1", "Deployment", "moody", { replicas: 1 }));
  await until(DEPLOYMENT, "moody", isRolledOut);
  const annotate = (value: string | null): Promise<unknown> => {
    const body = { metadata: { annotations: { "simulator.fairlead.dev/fail": value } } };
    return client.patch({ ...DEPLOYMENT, name: "moody", namespace: "shop" }, { type: "merge", body });
  };
  await annotate("never-ready");
  await until<Deployment>(DEPLOYMENT, "moody", ({ status }) => status?.unavailableReplicas === 1);
  await annotate(null);
  await until(DEPLOYMENT, "moody", isRolledOut);
  const sets = await client.list(
    { apiVersion: "apps/v1", kind: "ReplicaSet" },
    { namespace: "shop", labelSelector: "app=moody" },
  );
  assert.equal(sets.items.length, 1);
});

test("a pod that is taken aside is let go and replaced", async () => {
  await client.create(workload("apps/v1", "Deployment", "sick", { replicas: 1 }));
  await until(DEPLOYMENT, "sick", isRolledOut);
  const pods = async (): Promise<KubeObject[]> =>
    (await client.list(POD, { namespace: "shop", labelSelector: "app in (sick,aside)" })).items;
  const [pod] = await pods();
  const name = pod?.metadata.name ?? "";
  const body = { metadata: { labels: { app: "aside" } } };
  await client.patch({ ...POD, name, namespace: "shop" }, { type: "merge", body });
  await until<Pod>(POD, name, ({ metadata }) => (metadata.ownerReferences ?? []).length === 0);
  await until(DEPLOYMENT, "sick", isRolledOut);
  while ((await pods()).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
});

test("a Deployment that comes back finds the set it left behind", async () => {
  await client.create(workload("apps/v1", "Deployment", "back", { replicas: 1 }));
  await until(DEPLOYMENT, "back", isRolledOut);
  const sets = async (): Promise<KubeObject[]> =>
    (await client.list({ apiVersion: "apps/v1", kind: "ReplicaSet" }, { namespace: "shop", labelSelector: "app=back" }))
      .items;
  const [set] = await sets();
  await client.delete(DEPLOYMENT, "back", "shop", { propagationPolicy: "Orphan" });
  await until<KubeObject>(
    set ?? DEPLOYMENT,
    set?.metadata.name ?? "",
    ({ metadata }) => metadata.ownerReferences === undefined,
  );
  await client.create(workload("apps/v1", "Deployment", "back", { replicas: 1 }));
  await until(DEPLOYMENT, "back", isRolledOut);
  assert.deepEqual(
    (await sets()).map(({ metadata }) => metadata.uid),
    [set?.metadata.uid],
  );
});

test("after a restart it goes on where it was and disturbs nothing", async () => {
  await client.create(workload("apps/v1", "Deployment", "steady", { replicas: 2 }));
  await until(DEPLOYMENT, "steady", isRolledOut);
  const before = (await client.list(POD, { namespace: "shop", labelSelector: "app=steady" })).items;
  await simulator.stop();
  simulator = startSimulator({ client, clock: systemClock, logger: silentLogger, options: { nodes: 2 } });
  await simulator.ready;
  await client.patch(
    { ...DEPLOYMENT, name: "steady", namespace: "shop" },
    { type: "merge", body: { spec: { replicas: 3 } } },
  );
  await until(DEPLOYMENT, "steady", isRolledOut);
  const now = (await client.list(POD, { namespace: "shop", labelSelector: "app=steady" })).items;
  for (const { metadata } of before) {
    const same = now.find((pod) => pod.metadata.uid === metadata.uid);
    assert.equal(same?.metadata.resourceVersion, metadata.resourceVersion, `${metadata.name} was written again`);
  }
});

test("options out of range are refused, all at once", () => {
  assert.throws(
    () => startSimulator({ client, clock: systemClock, logger: silentLogger, options: { nodes: 0, stopMs: -1 } }),
    (error) => error instanceof ProblemError && /nodes: 0.*stopMs: -1/.test(error.message),
  );
});
