import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigOf, startApiServer, type ApiServer } from "@fairlead/apiserver";
import { silentLogger, systemClock } from "@fairlead/base";
import { createClient, type KubeClient } from "@fairlead/kube";
import type { SuiteContext } from "../suite.ts";
import type { Tally } from "./tally.ts";

const WITHIN_MS = 120_000;
const POLL_MS = 100;

interface Ground {
  readonly context: SuiteContext;
  readonly server: ApiServer;
  readonly client: KubeClient;
  readonly kubeconfig: string;
  /** Ports of programs on loopback that stand for pods, by HOST:PORT of the pod. */
  readonly pods: Map<string, number>;
}

/** Undefined when the client did what it does anywhere; else what it did instead. */
type Trial = (ground: Ground) => Promise<string | undefined>;

const TRIALS: Readonly<Record<string, Trial>> = {
  "kubeseal fetches a certificate through the service proxy": fetchCertificate,
  "kubectl argo rollouts lists and shows a Rollout": listRollouts,
  "kwok runs nodes and pods": runKwok,
  "kubectl proxy passes requests on": proxyRequests,
};

/** Other people's programs that only need an API server: each does its work on the embedded one. */
export async function tryClients(context: SuiteContext, tally: Tally): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-clients-"));
  const pods = new Map<string, number>();
  const podRoute = (host: string, port: number): { host: string; port: number } | undefined => {
    const known = pods.get(`${host}:${port}`);
    return known === undefined ? undefined : { host: "127.0.0.1", port: known };
  };
  const server = await startApiServer({ data: "memory", logger: silentLogger, podRoute });
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, kubeconfigOf("embedded", server.adminConfig()));
  const client = createClient(server.adminConfig(), { clock: systemClock, logger: silentLogger });
  try {
    for (const [name, trial] of Object.entries(TRIALS)) {
      const fault = await trial({ context, server, client, kubeconfig, pods }).catch((error: unknown) => String(error));
      if (fault === undefined) tally.same++;
      else tally.different.push({ name, detail: fault });
    }
    context.say(`clients: ${Object.keys(TRIALS).length} programs`);
  } finally {
    client.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The controller is a program on loopback behind a Service, its Endpoints and a pod. */
async function fetchCertificate({ context, server, client, kubeconfig, pods }: Ground): Promise<string | undefined> {
  const certificate = Buffer.from(server.adminConfig().caData, "base64").toString("utf8").trim();
  const asked: string[] = [];
  const controller = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(200, { "content-type": "application/x-pem-file" }).end(`${certificate}\n`);
  });
  await new Promise<void>((resolve) => controller.listen(0, "127.0.0.1", resolve));
  try {
    pods.set("10.244.0.9:8080", (controller.address() as AddressInfo).port);
    await makeController(client, "10.244.0.9");
    const { output } = await exec(join(context.toolDirectory("kubeseal"), "kubeseal"), [
      "--kubeconfig",
      kubeconfig,
      "--fetch-cert",
    ]);
    if (output.trim() === certificate && asked.includes("/v1/cert.pem")) return undefined;
    return `asked for ${asked.join(", ")}; printed ${output}`;
  } finally {
    controller.close();
  }
}

async function makeController(client: KubeClient, ip: string): Promise<void> {
  const metadata = { name: "sealed-secrets-controller", namespace: "kube-system" };
  const ports = [{ name: "http", port: 8080 }];
  await client.create({ apiVersion: "v1", kind: "Service", metadata, spec: { ports } });
  const pod = { apiVersion: "v1", kind: "Pod", metadata };
  const spec = { nodeName: "n", containers: [{ name: "main", image: "x", ports: [{ containerPort: 8080 }] }] };
  const made = await client.create({ ...pod, spec });
  await client.update(
    { ...made, status: { phase: "Running", podIP: ip, podIPs: [{ ip }] } },
    { subresource: "status" },
  );
  const targetRef = { kind: "Pod", ...metadata };
  const subsets = [{ addresses: [{ ip, targetRef }], ports }];
  await client.create({ apiVersion: "v1", kind: "Endpoints", metadata, subsets });
}

/** As much of the definition as the plugin reads. */
const ROLLOUTS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "rollouts.argoproj.io" },
  spec: {
    group: "argoproj.io",
    scope: "Namespaced",
    names: { plural: "rollouts", singular: "rollout", kind: "Rollout", shortNames: ["ro"] },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

async function listRollouts({ context, client, kubeconfig }: Ground): Promise<string | undefined> {
  const plural = ["analysisruns", "experiments", "analysistemplates", "clusteranalysistemplates"];
  const kinds = ["AnalysisRun", "Experiment", "AnalysisTemplate", "ClusterAnalysisTemplate"];
  const others = plural.map((name, index) => ({
    ...ROLLOUTS,
    metadata: { name: `${name}.argoproj.io` },
    spec: {
      ...ROLLOUTS.spec,
      scope: name.startsWith("cluster") ? "Cluster" : "Namespaced",
      names: { plural: name, singular: (kinds[index] ?? "").toLowerCase(), kind: kinds[index] ?? "" },
    },
  }));
  for (const definition of [ROLLOUTS, ...others]) await client.create(definition);
  await client.create({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      strategy: { canary: { steps: [{ setWeight: 50 }] } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "nginx:1.27" }] } },
    },
  });
  const plugin = join(context.toolDirectory("kubectl-argo-rollouts"), "kubectl-argo-rollouts");
  const list = await exec(plugin, ["--kubeconfig", kubeconfig, "list", "rollouts"]);
  const shown = await exec(plugin, ["--kubeconfig", kubeconfig, "get", "rollout", "web", "--no-color"]);
  const isListed = /^web\s+Canary\s/m.test(list.output);
  const isShown = /^Name:\s+web$/m.test(shown.output) && /^Strategy:\s+Canary$/m.test(shown.output);
  return isListed && isShown ? undefined : `${list.output}\n${shown.output}`;
}

async function runKwok({ context, client, kubeconfig }: Ground): Promise<string | undefined> {
  const kwok = spawn(
    join(context.toolDirectory("kwok"), "kwok"),
    ["--kubeconfig", kubeconfig, "--manage-all-nodes=true", "--node-lease-duration-seconds=40"],
    { stdio: "ignore" },
  );
  try {
    await client.create({ apiVersion: "v1", kind: "Node", metadata: { name: "kwok-0" } });
    const isReady = await until(async () => hasCondition(await client.get(NODE, "kwok-0"), "Ready"));
    if (!isReady) return "the node did not become Ready";
    await client.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "on-kwok", namespace: "default" },
      spec: { nodeName: "kwok-0", containers: [{ name: "main", image: "busybox" }] },
    });
    const isRunning = await until(async () => hasCondition(await client.get(POD, "on-kwok", "default"), "Ready"));
    if (!isRunning) return "the pod did not become Ready";
    await client.delete(POD, "on-kwok", "default");
    const isGone = await until(async () => (await client.find(POD, "on-kwok", "default")) === undefined);
    return isGone ? undefined : "the pod did not go";
  } finally {
    kwok.kill("SIGKILL");
  }
}

const NODE = { apiVersion: "v1", kind: "Node" };
const POD = { apiVersion: "v1", kind: "Pod" };

function hasCondition(object: Record<string, unknown>, type: string): boolean {
  const { conditions = [] } = (object["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((condition) => condition.type === type && condition.status === "True");
}

async function proxyRequests({ context, kubeconfig }: Ground): Promise<string | undefined> {
  const kubectl = join(context.toolDirectory("kubernetes"), "kubectl");
  const child = spawn(kubectl, ["--kubeconfig", kubeconfig, "proxy", "--port=0"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
    await until(() => Promise.resolve(/:\d+\s/.test(said)));
    const address = /127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (address === undefined) return `said ${said}`;
    const answer = await fetch(`http://${address}/api/v1/namespaces/default`);
    const body = (await answer.json()) as { kind?: string };
    return answer.status === 200 && body.kind === "Namespace" ? undefined : JSON.stringify(body);
  } finally {
    child.kill("SIGKILL");
  }
}

async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + WITHIN_MS;
  while (Date.now() < end) {
    if (await isSo()) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

function exec(command: string, args: readonly string[]): Promise<{ output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: WITHIN_MS }, (_error, stdout, stderr) =>
      resolve({ output: `${stdout}${stderr}` }),
    );
  });
}
