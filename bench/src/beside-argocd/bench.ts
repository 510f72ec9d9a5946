import { spawnSync } from "node:child_process";
import { goVersion } from "@fairlead/conformance/tools";
import type { KubeClient } from "@fairlead/kube";
import { allSettled } from "../support/all-settled.ts";
import { valueSeen } from "../support/await-value.ts";
import { directoryOf } from "../support/control-plane.ts";
import { inParallel } from "../support/in-parallel.ts";
import { cpuSeconds } from "../support/process.ts";
import type { Bench, BenchContext, BenchRow } from "../types.ts";
import { startRealCluster, type RealCluster } from "./cluster.ts";
import { ARGO, commitChange, OURS, type Side } from "./sides.ts";

const APPLICATIONS = 300;
const ROUNDS = 3;
const CREATED_AT_ONCE = 16;
const WITHIN_MS = 30 * 60_000;
const SETTLE_MS = 2_000;
const IDLE_SECONDS = 20;
const SOURCE = "Argo CD 3.1.9, same run";
const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" } as const;
const TOLD_CALLS_MIN = 0.05;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One after the other on the same API server, each with as many applications of its own. */
export const bench: Bench = {
  name: "beside-argocd",
  description: `${APPLICATIONS} Applications × 4 ConfigMaps on kube-apiserver + etcd, beside Argo CD's own controller (--applications N; --alone: without Argo CD)`,
  async run(context) {
    if (goVersion() === undefined) return skip(context, "Go is not on this machine to build the real tools with");
    const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
    const cluster = await startRealCluster(namesOf(context.args), (line) => context.say(line));
    try {
      const isAlone = context.args.includes("--alone") || !hasRedis;
      const argo = isAlone ? undefined : await measure(ARGO, cluster, context);
      const ours = await measure(OURS, cluster, context);
      return rowsOf(cluster.applications.length, ours, argo);
    } finally {
      await cluster.stop();
    }
  },
};

function skip(context: BenchContext, why: string): BenchRow[] {
  context.say(`skipped: ${why}`);
  return [];
}

function namesOf(args: readonly string[]): string[] {
  const at = args.indexOf("--applications");
  const count = at >= 0 ? Number(args[at + 1]) : APPLICATIONS;
  return Array.from({ length: count }, (_, index) => nameOf(index));
}

function nameOf(index: number): string {
  return `app-${String(index).padStart(4, "0")}`;
}

interface Figures {
  readonly perSecond: number;
  readonly firstSyncCpu: number;
  readonly firstSyncServerCpu: number;
  readonly commitMs: number;
  readonly rendersPerCommit: number | undefined;
  readonly healMs: number;
  readonly idleCalls: number;
  readonly memory: number;
}

async function measure(side: Side, cluster: RealCluster, context: BenchContext): Promise<Figures> {
  const { client } = cluster;
  const count = cluster.applications.length;
  const running = await side.start(cluster);
  try {
    context.say(`${side.name}: first sync of ${count}`);
    const callsAtFirst = await cluster.callsByKind();
    const serverCpuAtFirst = serverCpu(cluster);
    const cpuAtFirst = running.cost().cpu;
    const started = performance.now();
    const settled = allSettled({ client, namespace: side.namespace, count, withinMs: WITHIN_MS });
    await inParallel(
      count,
      CREATED_AT_ONCE,
      async (index) => void (await client.create(application(cluster, side, index))),
    );
    await settled;
    const seconds = (performance.now() - started) / 1000;
    const cpu = running.cost().cpu - cpuAtFirst;
    const firstSyncServerCpu = serverCpu(cluster) - serverCpuAtFirst;
    tellCalls(callsAtFirst, await cluster.callsByKind(), count, context);
    await pause(SETTLE_MS);
    context.say(`${side.name}: commits`);
    const rendersBefore = running.renders();
    const commits: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const index = (round * 37 + 17) % count;
      const value = `${side.namespace}-${round}`;
      const seen = valueSeen(client, `${nameOf(index)}-0`, value, WITHIN_MS, destinationOf(side));
      await commitChange(cluster.repository, index, value);
      const committed = performance.now();
      await running.notify();
      commits.push((await seen) - committed);
      await pause(SETTLE_MS);
    }
    const renders = running.renders();
    context.say(`${side.name}: drift`);
    const heals: number[] = [];
    for (let round = 0; round < ROUNDS; round++) heals.push(await heal(client, side, (round * 41 + 5) % count));
    await pause(SETTLE_MS);
    context.say(`${side.name}: idle for ${IDLE_SECONDS} s`);
    const callsBefore = await cluster.calls();
    await pause(IDLE_SECONDS * 1000);
    return {
      perSecond: count / seconds,
      firstSyncCpu: cpu,
      firstSyncServerCpu,
      commitMs: Math.max(...commits),
      rendersPerCommit: renders === undefined ? undefined : (renders - (rendersBefore ?? 0)) / ROUNDS,
      healMs: Math.max(...heals),
      idleCalls: (await cluster.calls()) - callsBefore,
      memory: running.cost().memory,
    };
  } finally {
    await running.stop();
    await clear(cluster, side);
  }
}

/**
 * The next side finds the server as this one found it. Were its Applications and their objects left, they would bear the names of the
 * next side's: both installations mark objects by the name of the Application alone, and neither would ever call its own Synced.
 */
async function clear({ client }: RealCluster, side: Side): Promise<void> {
  const collections = [
    `/apis/${APPLICATION.apiVersion}/namespaces/${side.namespace}/applications`,
    `/api/v1/namespaces/${destinationOf(side)}/configmaps`,
  ];
  for (const path of collections) {
    const { status, body } = await client.request({ method: "DELETE", path });
    if (status !== 200) throw new Error(`${path} was not emptied: ${status} ${body.toString("utf8")}`);
  }
}

function serverCpu({ server }: RealCluster): number {
  return server.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

/** What an application costs its server, this benchmark's own calls among it. */
function tellCalls(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  applications: number,
  context: BenchContext,
): void {
  for (const [kind, count] of [...after].sort(([, one], [, two]) => two - one)) {
    const each = (count - (before.get(kind) ?? 0)) / applications;
    if (each >= TOLD_CALLS_MIN) context.say(`${each.toFixed(2)} ${kind} an application`);
  }
}

function destinationOf({ namespace }: Side): string {
  return `bench-${namespace}`;
}

async function heal(client: KubeClient, side: Side, index: number): Promise<number> {
  const name = `${nameOf(index)}-1`;
  const namespace = destinationOf(side);
  const body = { data: { value: "by hand" } };
  const ref = { apiVersion: "v1", kind: "ConfigMap", name, namespace };
  await client.patch(ref, { type: "merge", body }, { fieldManager: "a-person" });
  const broken = performance.now();
  return (await valueSeen(client, name, "one", WITHIN_MS, namespace)) - broken;
}

function application(cluster: RealCluster, side: Side, index: number): Parameters<KubeClient["create"]>[0] {
  return {
    ...APPLICATION,
    metadata: { name: nameOf(index), namespace: side.namespace },
    spec: {
      project: "default",
      source: { repoURL: `file://${cluster.repository}`, targetRevision: "main", path: directoryOf(index) },
      destination: { server: "https://kubernetes.default.svc", namespace: destinationOf(side) },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    },
  };
}

const TIMES_AT_LEAST = 15;

function rowsOf(count: number, ours: Figures, argo: Figures | undefined): BenchRow[] {
  const beside = (
    what: string,
    unit: string,
    value: (figures: Figures) => number | undefined,
    target?: BenchRow["target"],
  ): BenchRow => ({
    what,
    ours: value(ours) ?? Number.NaN,
    unit,
    ...(argo ? { peer: value(argo), source: SOURCE } : {}),
    ...(target ? { target } : {}),
  });
  return [
    beside(`first sync of ${count}`, "apps/s", ({ perSecond }) => perSecond),
    ...(argo
      ? [
          {
            what: "first sync, times Argo CD's rate",
            ours: ours.perSecond / argo.perSecond,
            unit: "×",
            target: { atLeast: TIMES_AT_LEAST },
          },
        ]
      : []),
    beside("CPU of the first sync", "s", ({ firstSyncCpu }) => firstSyncCpu),
    beside("CPU of kube-apiserver and etcd meanwhile", "s", ({ firstSyncServerCpu }) => firstSyncServerCpu),
    beside(`webhook to applied, worst of ${ROUNDS}`, "ms", ({ commitMs }) => commitMs, { atMost: 500 }),
    beside("renders per commit", "renders", ({ rendersPerCommit }) => rendersPerCommit, { atMost: 1 }),
    beside(`drift healed, worst of ${ROUNDS}`, "ms", ({ healMs }) => healMs, { atMost: 150 }),
    beside(`API calls but watches in ${IDLE_SECONDS} s`, "calls", ({ idleCalls }) => idleCalls, { atMost: 0 }),
    beside("peak memory", "MiB", ({ memory }) => memory),
  ];
}
