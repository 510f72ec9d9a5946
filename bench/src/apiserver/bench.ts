import { memoryMib } from "../support/process.ts";
import type { Bench, BenchContext, BenchRow } from "../types.ts";
import { cpuOf, idleWatches, once, openPool, percentile, rate, watchers, type LoadRequest, type Pace } from "./load.ts";
import { startEmbedded, startPeer, type BenchedServer } from "./servers.ts";

const CONNECTIONS = 32;
/** How much is done: enough for steady figures, or (`--quick`) just enough for ratios on a busy machine; `--alone` leaves the peer out. */
const FULL = { warmUp: 3_000, writes: 2_000, reads: 6_000, objects: 10_000, idle: 5_000 };
const QUICK = { warmUp: 400, writes: 300, reads: 1_500, objects: 1_500, idle: 1_000 };
type Size = typeof FULL;
const WATCHERS = 100;
const CHANGES_PER_SECOND = 1_000;
const CHANGE_SECONDS = 4;
const TICKS_PER_SECOND = 50;
const LISTS = 5;
const REST_MS = 5_000;
const SOURCE = "kube-apiserver 1.35 + etcd, same run";

/** What one server came to. */
interface Figures {
  readonly readyMs: number;
  readonly create: Pace;
  readonly apply: Pace;
  readonly dryRun: Pace;
  readonly get: Pace;
  readonly listMs: number;
  readonly listCpuMs: number;
  readonly watchP99Ms: number;
  /** CPU time of one change and its events to all watchers. */
  readonly changeCpuMs: number;
  readonly memoryMib: number;
  /** Of one of many watches on which nothing happens. */
  readonly idleWatchKib: number;
}

const DEPLOYMENTS = "/apis/apps/v1/namespaces/bench/deployments";
const CONFIG_MAPS = "/api/v1/namespaces/bench/configmaps";

export const bench: Bench = {
  name: "apiserver",
  description:
    "the embedded API server (SQLite, durable) beside kube-apiserver + etcd: rates at 32 connections, lists, watches, memory",
  async run(context) {
    const size = context.args.includes("--quick") ? QUICK : FULL;
    const ours = await measure("embedded", await startEmbedded(), size, context);
    const peerServer = context.args.includes("--alone") ? undefined : await startPeer(context.say);
    const peer = peerServer === undefined ? undefined : await measure("kube-apiserver", peerServer, size, context);
    return rows(ours, peer, size);
  },
};

async function measure(name: string, server: BenchedServer, size: Size, { say }: BenchContext): Promise<Figures> {
  try {
    await rate(server, 1, [post("/api/v1/namespaces", { metadata: { name: "bench" } })]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await rate(server, CONNECTIONS, creates("warm", size.warmUp));
    const create = await rate(server, CONNECTIONS, creates("web", size.writes));
    say(`${name}: create ${shown(create)}`);
    const apply = await rate(server, CONNECTIONS, applies(size.writes, ""));
    say(`${name}: apply ${shown(apply)}`);
    const dryRun = await rate(server, CONNECTIONS, applies(size.writes, "&dryRun=All"));
    say(`${name}: dry run ${shown(dryRun)}`);
    const get = await rate(server, CONNECTIONS, gets(size));
    say(`${name}: get ${shown(get)}`);
    await rate(server, CONNECTIONS, creates("more", size.objects - size.writes - size.warmUp));
    const memory = await memoryAtRest(server);
    const cpuBefore = cpuOf(server);
    const listMs = await bestOf(LISTS, async () => (await once(server, { method: "GET", path: DEPLOYMENTS })).ms);
    const listCpuMs = ((cpuOf(server) - cpuBefore) * 1000) / LISTS;
    say(`${name}: list ${listMs.toFixed(0)} ms, ${listCpuMs.toFixed(0)} ms CPU, ${memory.toFixed(0)} MiB`);
    const watch = await fanOut(server, say);
    say(`${name}: watch p99 ${watch.watchP99Ms.toFixed(1)} ms, ${watch.changeCpuMs.toFixed(2)} ms CPU a change`);
    const idleWatchKib = await memoryOfIdleWatch(server, size.idle);
    say(`${name}: ${idleWatchKib.toFixed(1)} KiB an idle watch`);
    return {
      idleWatchKib,
      readyMs: server.readyMs,
      create,
      apply,
      dryRun,
      get,
      listMs,
      listCpuMs,
      memoryMib: memory,
      ...watch,
    };
  } finally {
    await server.stop();
  }
}

/** What it holds, not what a load has left lying: the same moment of rest for both. */
async function memoryAtRest(server: BenchedServer): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  return server.pids.reduce((sum, pid) => sum + memoryMib(pid).now, 0);
}

const KIB_A_MIB = 1024;

async function memoryOfIdleWatch(server: BenchedServer, count: number): Promise<number> {
  const before = await memoryAtRest(server);
  const watching = await idleWatches(server, `${CONFIG_MAPS}?watch=1&resourceVersion=0`, count);
  const after = await memoryAtRest(server);
  watching.close();
  return ((after - before) * KIB_A_MIB) / count;
}

function shown({ perSecond, cpuMs }: Pace): string {
  return `${perSecond.toFixed(0)}/s, ${cpuMs.toFixed(2)} ms CPU each`;
}

function post(path: string, object: object): LoadRequest {
  return { method: "POST", path, body: JSON.stringify(object) };
}

function deployment(name: string, image = "registry.example.com/shop/web:1.4.2"): object {
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop", tier: "web" };
  const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 10 };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "bench", labels },
    spec: {
      replicas: 3,
      selector: { matchLabels: { "app.kubernetes.io/name": name } },
      template: {
        metadata: { labels, annotations: { "prometheus.io/scrape": "true" } },
        spec: {
          containers: [
            {
              name: "web",
              image,
              ports: [{ name: "http", containerPort: 8080 }],
              env: Array.from({ length: 8 }, (_, index) => ({ name: `SETTING_${index}`, value: `value ${index}` })),
              resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
              livenessProbe: probe,
              readinessProbe: probe,
            },
          ],
        },
      },
    },
  };
}

function creates(prefix: string, count: number): LoadRequest[] {
  return Array.from({ length: count }, (_, index) => post(DEPLOYMENTS, deployment(`${prefix}-${index}`)));
}

function applies(count: number, query: string): LoadRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    method: "PATCH",
    path: `${DEPLOYMENTS}/web-${index}?fieldManager=bench&force=true${query}`,
    type: "application/apply-patch+yaml",
    body: JSON.stringify(deployment(`web-${index}`, `registry.example.com/shop/web:1.4.3${query === "" ? "" : "-rc"}`)),
  }));
}

function gets({ reads, writes }: Size): LoadRequest[] {
  return Array.from({ length: reads }, (_, index) => ({ method: "GET", path: `${DEPLOYMENTS}/web-${index % writes}` }));
}

/** Changes at a steady rate, seen by many watchers: how old the changes are when they arrive. */
async function fanOut(
  server: BenchedServer,
  say: (line: string) => void,
): Promise<Pick<Figures, "watchP99Ms" | "changeCpuMs">> {
  await rate(
    server,
    8,
    Array.from({ length: 50 }, (_, index) => post(CONFIG_MAPS, { metadata: { name: `w-${index}` } })),
  );
  const watching = await watchers(server, `${CONFIG_MAPS}?watch=1&resourceVersion=0`, WATCHERS);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const perTick = CHANGES_PER_SECOND / TICKS_PER_SECOND;
  const pool = await openPool(server, perTick);
  let behind: Promise<void> = Promise.resolve();
  const cpuBefore = cpuOf(server);
  const started = performance.now();
  for (let tick = 0; tick < CHANGE_SECONDS * TICKS_PER_SECOND; tick++) {
    // A server that cannot keep up makes the next batch late, not the queue longer.
    await behind;
    behind = pool.send(changes(tick, perTick));
    const due = started + ((tick + 1) * 1000) / TICKS_PER_SECOND;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  await behind;
  say(`changes: ${((CHANGE_SECONDS * CHANGES_PER_SECOND * 1000) / (performance.now() - started)).toFixed(0)}/s`);
  pool.close();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const changeCpuMs = ((cpuOf(server) - cpuBefore) * 1000) / (CHANGE_SECONDS * CHANGES_PER_SECOND);
  watching.close();
  // The first second warms up.
  const ages = watching.ages.slice(Math.floor(watching.ages.length / CHANGE_SECONDS));
  return { watchP99Ms: percentile(ages, 0.99), changeCpuMs };
}

function changes(tick: number, count: number): LoadRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    method: "PATCH",
    path: `${CONFIG_MAPS}/w-${(tick * count + index) % 50}`,
    type: "application/merge-patch+json",
    body: JSON.stringify({ data: { sentAt: String(performance.timeOrigin + performance.now()) } }),
  }));
}

async function bestOf(count: number, run: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let index = 0; index < count; index++) best = Math.min(best, await run());
  return best;
}

function rows(ours: Figures, peer: Figures | undefined, { objects }: Size): BenchRow[] {
  const source = peer === undefined ? undefined : SOURCE;
  const row = (what: string, unit: string, read: (of: Figures) => number, target?: BenchRow["target"]): BenchRow => ({
    what,
    ours: read(ours),
    unit,
    peer: peer && read(peer),
    source,
    target,
  });
  const pace = (what: string, read: (of: Figures) => Pace): BenchRow[] => [
    row(what, "/s", (of) => read(of).perSecond, peer && { atLeast: 2 * read(peer).perSecond }),
    row(`${what}, CPU of one`, "ms", (of) => read(of).cpuMs),
  ];
  return [
    row("process start to first answer", "ms", (of) => of.readyMs, { atMost: 200 }),
    ...pace("create a Deployment", (of) => of.create),
    ...pace("server-side apply", (of) => of.apply),
    ...pace("server-side apply, dry run", (of) => of.dryRun),
    ...pace("get", (of) => of.get),
    row(`list ${objects} Deployments`, "ms", (of) => of.listMs, peer && { atMost: peer.listMs }),
    row(`list ${objects} Deployments, CPU of one`, "ms", (of) => of.listCpuMs),
    row("1,000 changes/s to 100 watchers, p99 age", "ms", (of) => of.watchP99Ms, { atMost: 50 }),
    row("1,000 changes/s to 100 watchers, CPU of one", "ms", (of) => of.changeCpuMs),
    row("memory of an idle watch", "KiB", (of) => of.idleWatchKib),
    row(`memory at rest with ${objects} objects`, "MiB", (of) => of.memoryMib, peer && { atMost: peer.memoryMib / 4 }),
  ];
}
