import { fork } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { builtinSchemas, extractFields, FieldSet, gvkOf, type KubeObject } from "@fairlead/apimachinery";
import { jsonEqual, silentLogger, systemClock } from "@fairlead/base";
import { createClient, createInformer, createWorkQueue, type KubeClient, keyOf } from "@fairlead/kube";
import type { Bench, BenchContext, BenchRow } from "../types.ts";
import { deploymentText } from "./objects.ts";

const OBJECTS = 100_000;
const EVENTS_PER_SECOND = 5_000;
const KEYS = 1_000_000;
const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" };
const MIB = 2 ** 20;

export const bench: Bench = {
  name: "client",
  description: `an informer over ${OBJECTS} Deployments of 3 KB, events at ${EVENTS_PER_SECOND} a second, the work queue`,
  async run(context) {
    return [
      ...(await cacheRows(context)),
      ...(await eventRows(context)),
      ...queueRows(context),
      ownedFieldsRow(context),
    ];
  },
};

async function withFleet<T>(run: (client: KubeClient) => Promise<T>): Promise<T> {
  const child = fork(new URL("./fleet.child.ts", import.meta.url), [String(OBJECTS), String(EVENTS_PER_SECOND)]);
  try {
    const port = await new Promise<number>((resolve) => child.once("message", (message) => resolve(Number(message))));
    const client = createClient({ server: `http://127.0.0.1:${port}` }, { logger: silentLogger });
    try {
      return await run(client);
    } finally {
      client.close();
    }
  } finally {
    child.kill();
  }
}

/** By list and by streaming list: the label selector tells the bench's server which of the two to allow. */
async function cacheRows({ say }: BenchContext): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const how of ["list", "stream"] as const) {
    say(`caching ${OBJECTS} objects by ${how}`);
    const { seconds, heapMiB, size } = await withFleet(async (client) => {
      const before = heapUsed();
      const startedAt = performance.now();
      const stop = new AbortController();
      const informer = createInformer(client, { kind: DEPLOYMENT, labelSelector: how });
      informer.start(stop.signal);
      await informer.synced;
      const taken = (performance.now() - startedAt) / 1000;
      const grown = (heapUsed() - before) / MIB;
      stop.abort();
      return { seconds: taken, heapMiB: grown, size: informer.size };
    });
    if (size !== OBJECTS) throw new Error(`${size} objects came instead of ${OBJECTS}`);
    const megabytes = (OBJECTS * deploymentText(OBJECTS / 2).length) / 1e6;
    rows.push({
      what: `cached by ${how}: heap`,
      ours: heapMiB,
      unit: "MiB",
      peer: (OBJECTS * 14.2) / 1024,
      source: "Go informer without managedFields, 14.20 KiB an object of 200k (openkruise/agents#724)",
      target: { atMost: 350 },
    });
    rows.push({
      what: `cached by ${how}: objects read`,
      ours: megabytes / seconds,
      unit: "MB/s",
      target: { atLeast: 60 },
    });
  }
  return rows;
}

function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let count = 0; count < 3; count++) collect();
  const { heapUsed: used, external } = process.memoryUsage();
  return used + external;
}

async function eventRows({ say }: BenchContext): Promise<BenchRow[]> {
  say(`events at ${EVENTS_PER_SECOND} a second`);
  const delaysMs: number[] = [];
  const startedAt = performance.now();
  await withFleet(async (client) => {
    const stop = new AbortController();
    const queue = createWorkQueue({ clock: systemClock });
    const enough = Promise.withResolvers<void>();
    const informer = createInformer(client, { kind: DEPLOYMENT, labelSelector: "events", namespace: "team-0" });
    informer.subscribe(({ type, object }) => {
      queue.add(keyOf(object));
      const sent = object.metadata.annotations?.["sent"];
      if (type === "added" || sent === undefined) return;
      delaysMs.push(Number(process.hrtime.bigint() - BigInt(sent)) / 1e6);
      if (delaysMs.length >= EVENTS_PER_SECOND * 6) enough.resolve();
    });
    informer.start(stop.signal);
    await enough.promise;
    stop.abort();
  });
  say(`${delaysMs.length} events in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  // The first seconds hold the list, cold code and what piled up meanwhile.
  const sorted = delaysMs.slice(EVENTS_PER_SECOND * 3).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return [
    { what: "event sent to key queued, median", ours: at(0.5), unit: "ms", target: { atMost: 1 } },
    { what: "event sent to key queued, 99 of 100", ours: at(0.99), unit: "ms" },
  ];
}

function queueRows({ say }: BenchContext): BenchRow[] {
  say(`${KEYS} keys through the queue`);
  const keys = Array.from({ length: KEYS }, (_, index) => `team-${index % 100}/app-${index}`);
  const plain = createWorkQueue({ clock: systemClock });
  const fair = createWorkQueue({
    clock: systemClock,
    shareOf: (key) => key.slice(0, key.indexOf("/")),
    groupOf: (key) => `cluster-${key.length}`,
    groupLimit: 100,
  });
  const rate = (queue: typeof plain): number => {
    const startedAt = performance.now();
    // In lots of ten thousand, each key added twice: a queue is seldom that long, and seldom told things once.
    for (let from = 0; from < KEYS; from += 10_000) {
      const lot = keys.slice(from, from + 10_000);
      for (const key of lot) queue.add(key);
      for (const key of lot) queue.add(key);
      for (let key = queue.take(); key !== undefined; key = queue.take()) queue.done(key);
    }
    return KEYS / ((performance.now() - startedAt) / 1000);
  };
  rate(plain);
  return [
    { what: "queue: added twice, taken, done", ours: rate(plain), unit: "keys/s", target: { atLeast: 1_000_000 } },
    { what: "queue: the same with 100 shares and a limit per cluster", ours: rate(fair), unit: "keys/s" },
  ];
}

function ownedFieldsRow({ say }: BenchContext): BenchRow {
  say("owned fields");
  const live = { ...DEPLOYMENT, ...(JSON.parse(deploymentText(7)) as object) } as KubeObject;
  const schema = builtinSchemas().forKind(gvkOf(live));
  const entry = live.metadata.managedFields?.[0]?.fieldsV1;
  if (schema === undefined || entry === undefined) throw new Error("there is no schema or no entry to compare by");
  const owned = FieldSet.fromFieldsV1(entry);
  const baseline = extractFields(live, owned, schema);
  const rounds = 20_000;
  const compare = (): boolean => jsonEqual(extractFields(live, owned, schema), baseline);
  for (let count = 0; count < 2_000; count++) compare();
  const startedAt = performance.now();
  for (let count = 0; count < rounds; count++) if (!compare()) throw new Error("an object differs from itself");
  const ours = ((performance.now() - startedAt) * 1000) / rounds;
  return { what: "an object compared with its owned fields", ours, unit: "µs", target: { atMost: 20 } };
}
