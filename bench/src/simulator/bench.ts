import { connect } from "node:tls";
import { cpuOf, once, rate, type LoadRequest } from "../apiserver/load.ts";
import { startEmbedded, type BenchedServer } from "../apiserver/servers.ts";
import { median } from "../support/measure.ts";
import { memoryMib } from "../support/process.ts";
import type { Bench, BenchContext } from "../types.ts";

const REPLICAS = 100;
const ROUNDS = 5;
/** From a pod's node until it is Ready, where nothing else is asked for: the simulator's own delay. */
const READY_AFTER_MS = 300;
/** `--quick`: a tenth of the pods. */
const FULL = 10_000;
const QUICK = 1_000;
const CONNECTIONS = 8;
const REST_MS = 5_000;
const DEPLOYMENTS = "/apis/apps/v1/namespaces/bench/deployments";

export const bench: Bench = {
  name: "simulator",
  description:
    "`fairlead apiserver --simulate`: how soon a Deployment is ready after its pods' own delays; ten thousand pods",
  async run(context) {
    const pods = context.args.includes("--quick") ? QUICK : FULL;
    const server = await startEmbedded(["--simulate"]);
    try {
      await rate(server, 1, [post("/api/v1/namespaces", { metadata: { name: "bench" } })]);
      const readyMs = await readyTimes(server, context);
      const many = await manyPods(server, pods, context);
      return [
        {
          what: `Deployment of ${REPLICAS} replicas ready, without its pods' ${READY_AFTER_MS} ms`,
          ours: median(readyMs) - READY_AFTER_MS,
          unit: "ms",
          target: { atMost: 200 },
        },
        { what: `${pods} pods ready`, ours: many.seconds, unit: "s" },
        { what: `${pods} pods ready, CPU of a pod`, ours: many.cpuMs, unit: "ms" },
        { what: `memory at rest with ${pods} pods`, ours: many.memoryMib, unit: "MiB" },
      ];
    } finally {
      await server.stop();
    }
  },
};

async function readyTimes(server: BenchedServer, { say }: BenchContext): Promise<number[]> {
  const times: number[] = [];
  // The first one warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    const name = `ready-${round}`;
    const started = performance.now();
    const ready = whenReady(server, name, REPLICAS);
    await once(server, post(DEPLOYMENTS, deployment(name, REPLICAS)));
    await ready;
    if (round > 0) times.push(performance.now() - started);
  }
  say(`ready after ${times.map((ms) => ms.toFixed(0)).join(", ")} ms`);
  return times;
}

async function manyPods(
  server: BenchedServer,
  pods: number,
  { say }: BenchContext,
): Promise<{ seconds: number; cpuMs: number; memoryMib: number }> {
  const names = Array.from({ length: pods / REPLICAS }, (_, index) => `many-${index}`);
  const cpuBefore = cpuOf(server);
  const started = performance.now();
  const ready = names.map((name) => whenReady(server, name, REPLICAS));
  await rate(
    server,
    CONNECTIONS,
    names.map((name) => post(DEPLOYMENTS, deployment(name, REPLICAS))),
  );
  await Promise.all(ready);
  const seconds = (performance.now() - started) / 1000;
  const cpuMs = ((cpuOf(server) - cpuBefore) * 1000) / pods;
  say(`${pods} pods after ${seconds.toFixed(1)} s`);
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  return { seconds, cpuMs, memoryMib: server.pids.reduce((sum, pid) => sum + memoryMib(pid).now, 0) };
}

/** Resolves when a watch of the Deployment tells so many ready replicas. */
function whenReady({ host, port, token }: BenchedServer, name: string, replicas: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = `${DEPLOYMENTS}?watch=1&resourceVersion=0&fieldSelector=metadata.name%3D${name}`;
    const socket = connect({ host, port, rejectUnauthorized: false }, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`),
    );
    socket.on("error", reject);
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes(`"readyReplicas":${replicas}`)) {
        socket.destroy();
        resolve();
      }
      text = text.slice(text.lastIndexOf("\n") + 1);
    });
  });
}

function post(path: string, object: object): LoadRequest {
  return { method: "POST", path, body: JSON.stringify(object) };
}

function deployment(name: string, replicas: number): object {
  const labels = { app: name };
  return {
    metadata: { name, namespace: "bench" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "registry.example.com/web:1" }] } },
    },
  };
}
