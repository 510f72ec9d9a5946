import { memoryMib } from "../support/process.ts";
import type { Bench, BenchContext, BenchRow } from "../types.ts";
import { once, openPool, percentile, rate, watchers, type LoadRequest } from "./load.ts";
import { startEmbedded, startPeer, type BenchedServer } from "./servers.ts";

const CONNECTIONS = 32;
/** How much is done: enough for steady figures, or (`-- apiserver --quick`) just enough for ratios on a busy machine. */
const FULL = { warmUp: 400, writes: 1_500, reads: 6_000, objects: 10_000 };
const QUICK = { warmUp: 100, writes: 300, reads: 1_500, objects: 1_500 };
type Size = typeof FULL;
const WATCHERS = 100;
const CHANGES_PER_SECOND = 1_000;
const CHANGE_SECONDS = 4;
const TICKS_PER_SECOND = 50;
const SOURCE = "kube-apiserver 1.35 + etcd, same run";

/** What one server came to. */
interface Figures {
  readonly readyMs: number;
  readonly create: number;
  readonly apply: number;
  readonly dryRun: number;
  readonly get: number;
  readonly listMs: number;
  readonly watchP99Ms: number;
  readonly memoryMib: number;
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
    const peerServer = await startPeer(context.say);
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
    say(`${name}: create ${create.toFixed(0)}/s`);
    const apply = await rate(server, CONNECTIONS, applies(size.writes, ""));
    say(`${name}: apply ${apply.toFixed(0)}/s`);
    const dryRun = await rate(server, CONNECTIONS, applies(size.writes, "&dryRun=All"));
    say(`${name}: dry run ${dryRun.toFixed(0)}/s`);
    const get = await rate(server, CONNECTIONS, gets(size));
    say(`${name}: get ${get.toFixed(0)}/s`);
    await rate(server, CONNECTIONS, creates("more", size.objects - size.writes - size.warmUp));
    const memory = server.pids.reduce((sum, pid) => sum + memoryMib(pid).now, 0);
    const listMs = await bestOf(5, async () => (await once(server, { method: "GET", path: DEPLOYMENTS })).ms);
    say(`${name}: list ${listMs.toFixed(0)} ms, ${memory.toFixed(0)} MiB`);
    const watchP99Ms = await fanOut(server, say);
    say(`${name}: watch p99 ${watchP99Ms.toFixed(1)} ms`);
    return { readyMs: server.readyMs, create, apply, dryRun, get, listMs, watchP99Ms, memoryMib: memory };
  } finally {
    await server.stop();
  }
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
async function fanOut(server: BenchedServer, say: (line: string) => void): Promise<number> {
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
  watching.close();
  // The first second warms up.
  return percentile(watching.ages.slice(Math.floor(watching.ages.length / CHANGE_SECONDS)), 0.99);
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
  const twice = (value: number | undefined): BenchRow["target"] =>
    value === undefined ? undefined : { atLeast: 2 * value };
  const row = (what: string, unit: string, key: keyof Figures, target: BenchRow["target"]): BenchRow => ({
    what,
    ours: ours[key],
    unit,
    peer: peer?.[key],
    source: peer === undefined ? undefined : SOURCE,
    target,
  });
  return [
    row("process start to first answer", "ms", "readyMs", { atMost: 300 }),
    row("create a Deployment", "/s", "create", twice(peer?.create)),
    row("server-side apply", "/s", "apply", twice(peer?.apply)),
    row("server-side apply, dry run", "/s", "dryRun", twice(peer?.dryRun)),
    row("get", "/s", "get", twice(peer?.get)),
    row(`list ${objects} Deployments`, "ms", "listMs", peer && { atMost: peer.listMs }),
    row("1,000 changes/s to 100 watchers, p99 age", "ms", "watchP99Ms", { atMost: 50 }),
    row(`memory at ${objects} objects`, "MiB", "memoryMib", peer && { atMost: peer.memoryMib / 4 }),
  ];
}
