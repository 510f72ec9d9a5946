import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@fairlead/base";
import { applicationCrds } from "@fairlead/apps";
import { createClient, kubeconfigFor, writeKubeconfig, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { allSettled } from "../support/all-settled.ts";
import { startController, sumOf, type BenchedController } from "../support/controller.ts";
import { inParallel } from "../support/in-parallel.ts";
import { cpuSeconds, memoryMib } from "../support/process.ts";
import type { Bench, BenchContext, BenchRow } from "../types.ts";
import { readyDeployments } from "./deployments.ts";
import { fleetApplication, makeFleetRepository, OBJECTS_PER_APPLICATION } from "./fleet.ts";

const CLUSTERS = 10;
const SMALL = 1000;
const FULL = 5000;
const CREATED_AT_ONCE = 16;
const SYNCED_WITHIN_MS = 60 * 60_000;
const WARM_WITHIN_MS = 10 * 60_000;
/** Long enough that a write which a cold start brings about late would be seen. */
const QUIET_MS = 5_000;
const POLL_MS = 1_000;
const MEMORY_MIB_MAX = 1536;
const COLD_START_S_MAX = 60;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One controller process for many applications on many clusters; `--full` is the 5,000 applications of the target. */
export const bench: Bench = {
  name: "fleet-scale",
  description: `${SMALL} applications × ${OBJECTS_PER_APPLICATION} objects on ${CLUSTERS} clusters, first sync and cold start (--full: ${FULL}, or --applications N)`,
  run,
};

async function run(context: BenchContext): Promise<BenchRow[]> {
  const applications = sizeOf(context.args);
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-fleet-"));
  const fleet = await startFleet(folder, applications, context);
  try {
    const first = await firstSync(fleet, applications, context);
    // The second half may take long, too: who waits for it knows the first.
    for (const { what, ours, unit } of first) context.say(`${what}: ${ours.toFixed(1)} ${unit}`);
    const cold = await coldStart(fleet, applications, context);
    return [...first, ...cold];
  } finally {
    await fleet.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function sizeOf(args: readonly string[]): number {
  const at = args.indexOf("--applications");
  if (at >= 0) return Number(args[at + 1]);
  return args.includes("--full") ? FULL : SMALL;
}

interface NamedAccess {
  readonly name: string;
  readonly access: ClusterConfig;
}

interface Fleet {
  readonly hub: KubeClient;
  readonly servers: readonly { readonly name: string; readonly client: KubeClient }[];
  readonly repository: string;
  start(): Promise<BenchedController>;
  stop(): Promise<void>;
}

async function startFleet(folder: string, applications: number, context: BenchContext): Promise<Fleet> {
  context.say("clusters and repository");
  const repository = join(folder, "repository");
  await makeFleetRepository(repository, applications);
  const stopping = new AbortController();
  const child = fork(join(import.meta.dirname, "clusters.child.ts"), [String(CLUSTERS)], {
    execArgv: ["--max-old-space-size=8192"],
    serialization: "advanced",
  });
  const answers = await accessesOf(child);
  const servers = answers.map(({ name, access }) => ({
    name,
    client: createClient(access, { clock: systemClock, logger: silentLogger, userAgent: "fairlead-bench" }),
  }));
  const [hubAccess] = answers;
  const [hub, ...others] = servers;
  if (!hub || !hubAccess) throw new Error("no hub");
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, writeKubeconfig(kubeconfigFor("hub", hubAccess.access)), { mode: 0o600 });
  await prepareHub(hub.client, answers.slice(1));
  for (const { client } of others) {
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "fleet" } });
    readyDeployments(client, stopping.signal);
  }
  return {
    hub: hub.client,
    servers,
    repository,
    start: () => startController({ kubeconfig, data: join(folder, "data") }),
    async stop() {
      stopping.abort();
      for (const { client } of servers) client.close();
      child.disconnect();
      await new Promise((resolve) => child.once("exit", resolve));
    },
  };
}

function accessesOf(child: ChildProcess): Promise<NamedAccess[]> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as NamedAccess[]));
    child.once("exit", (code) => reject(new Error(`the clusters ended with ${code}`)));
  });
}

async function prepareHub(hub: KubeClient, clusters: readonly NamedAccess[]): Promise<void> {
  for (const crd of applicationCrds()) await hub.apply(crd, { fieldManager: "bench", force: true });
  await hub.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } });
  for (const { name, access } of clusters) {
    const { server, caData, certData, keyData } = access;
    const config = JSON.stringify({ tlsClientConfig: { caData, certData, keyData } });
    await hub.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: "argocd", labels: { "argocd.argoproj.io/secret-type": "cluster" } },
      stringData: { name, server, config },
    });
  }
}

async function firstSync(fleet: Fleet, applications: number, context: BenchContext): Promise<BenchRow[]> {
  context.say(`first sync of ${applications} applications`);
  const controller = await fleet.start();
  try {
    const started = performance.now();
    const onProgress = (settled: number): void => {
      if (settled % 500 === 0) context.say(`${settled} are Synced and Healthy`);
    };
    const where = { client: fleet.hub, namespace: "argocd", count: applications, withinMs: SYNCED_WITHIN_MS };
    const healthy = allSettled({ ...where, onProgress });
    await inParallel(applications, CREATED_AT_ONCE, async (index) => {
      const { name } = fleet.servers[1 + (index % CLUSTERS)] ?? { name: "" };
      await fleet.hub.create(fleetApplication(fleet.repository, index, name));
    });
    await healthy;
    const seconds = (performance.now() - started) / 1000;
    return [
      { what: `first sync of ${applications}`, ours: applications / seconds, unit: "apps/s" },
      { what: "objects applied", ours: (applications * OBJECTS_PER_APPLICATION) / seconds, unit: "objects/s" },
      { what: "CPU of the first sync", ours: cpuSeconds(controller.pid), unit: "s" },
      memoryRow("peak memory of the first sync", memoryMib(controller.pid).peak),
    ];
  } finally {
    await controller.stop();
  }
}

async function coldStart(fleet: Fleet, applications: number, context: BenchContext): Promise<BenchRow[]> {
  context.say("cold start");
  const before = await writesServed(fleet);
  const started = performance.now();
  const controller = await fleet.start();
  try {
    const until = performance.now() + WARM_WITHIN_MS;
    while ((await controller.metric("fairlead_apps_compared")) < applications) {
      if (performance.now() > until) throw new Error("not every application was compared in time");
      await pause(POLL_MS);
    }
    const seconds = (performance.now() - started) / 1000;
    const cpu = cpuSeconds(controller.pid);
    await pause(QUIET_MS);
    return [
      { what: "cold start", ours: seconds, unit: "s", target: { atMost: COLD_START_S_MAX } },
      { what: "CPU of the cold start", ours: cpu, unit: "s" },
      {
        what: "writes of the cold start",
        ours: (await writesServed(fleet)) - before,
        unit: "writes",
        target: { atMost: 0 },
      },
      memoryRow("peak memory of the cold start", memoryMib(controller.pid).peak),
      memoryRow("memory when warm", memoryMib(controller.pid).now),
    ];
  } finally {
    await controller.stop();
  }
}

function memoryRow(what: string, ours: number): BenchRow {
  return { what, ours, unit: "MiB", target: { atMost: MEMORY_MIB_MAX } };
}

/** Writes that the servers answered, Leases of replicas left out: those are how a controller says that it lives. */
async function writesServed({ servers }: Fleet): Promise<number> {
  const counts = await Promise.all(
    servers.map(async ({ client }) => {
      const { body } = await client.request({ method: "GET", path: "/metrics" });
      return sumOf(body.toString("utf8"), "apiserver_request_total", WRITE);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

const WRITE = /^(?!.*resource="leases").*verb="(?:POST|PUT|PATCH|APPLY|DELETE)"/;
