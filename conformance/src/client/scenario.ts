import type { KubeObject } from "@fairlead/apimachinery";
import { type Clock, silentLogger, systemClock } from "@fairlead/base";
import { type Change, createClient, createInformer, type Informer, type KubeClient, keyOf } from "@fairlead/kube";
import { ANSWER_FAULTS, FaultProxy, LINE_FAULTS, type Upstream } from "./fault-proxy.ts";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
const NAMES = ["a", "b", "c", "d", "e"];
const STEPS = 40;
/** Far beyond any pause; a machine may be slow. */
const SETTLE_WITHIN_MS = 120_000;
/** Pauses after failures pass faster, so that many fit into a run; how long something took is told as it was. */
const HURRY = 20;
const hurried: Clock = {
  now: () => systemClock.now(),
  after: (delayMs, callback) => systemClock.after(delayMs / HURRY, callback),
};

/** A small generator with a seed, so that a scenario that failed can be run again. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What handlers were told, replayed: each change must be possible after those before it. */
class Replay {
  readonly versions = new Map<string, string>();
  readonly faults: string[] = [];

  take({ type, object }: Change): void {
    const key = keyOf(object);
    const known = this.versions.get(key);
    const version = object.metadata.resourceVersion ?? "";
    if (type === "added" && known !== undefined) this.faults.push(`${key} was added twice`);
    if (type !== "added" && known === undefined) this.faults.push(`${key} was ${type} without being there`);
    if (type === "updated" && Number(version) <= Number(known))
      this.faults.push(`${key} went from ${known} to ${version}`);
    if (type === "deleted") this.versions.delete(key);
    else this.versions.set(key, version);
  }
}

/**
 * One run: writes go straight to the server, the informer sees it through the proxy only. Gives the first thing that went
 * wrong; undefined when the cache ended equal to a fresh list and every change was told once.
 */
export async function runScenario(
  upstream: Upstream,
  writer: KubeClient,
  namespace: string,
  seed: number,
): Promise<string | undefined> {
  const random = seeded(seed);
  const proxy = new FaultProxy(upstream, { listsOnly: seed % 2 === 0 });
  const server = await proxy.start();
  let handedOut = 0;
  const runProgram = () => {
    handedOut++;
    const status = { token: proxy.token };
    const stdout = JSON.stringify({ apiVersion: EXEC.apiVersion, kind: "ExecCredential", status });
    return Promise.resolve({ code: 0, stdout, stderr: "" });
  };
  const client = createClient(
    { server, exec: EXEC, insecure: true },
    { logger: silentLogger, auth: { runProgram }, clock: hurried },
  );
  const stop = new AbortController();
  try {
    const informer = createInformer(client, { kind: CONFIG_MAP, namespace, clock: hurried });
    const replay = new Replay();
    informer.subscribe((change) => replay.take(change));
    informer.start(stop.signal);
    if (random() < 0.7) await informer.synced;
    for (let count = 0; count < STEPS; count++) await step(random, proxy, writer, namespace);
    proxy.answerFaults.length = 0;
    proxy.lineFaults.length = 0;
    const wrong = await settle(informer, writer, namespace);
    if (handedOut === 0) return "no credential was asked for";
    return wrong ?? replay.faults[0];
  } finally {
    stop.abort();
    client.close();
    await proxy.stop();
  }
}

const EXEC = { apiVersion: "client.authentication.k8s.io/v1", command: "login", args: [], env: [] };

async function step(random: () => number, proxy: FaultProxy, writer: KubeClient, namespace: string): Promise<void> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const dice = random();
  if (dice < 0.45) await write(writer, namespace, pick(NAMES), random());
  else if (dice < 0.6) await remove(writer, namespace, pick(NAMES));
  else if (dice < 0.75) proxy.lineFaults.push(pick(LINE_FAULTS));
  else if (dice < 0.85) proxy.answerFaults.push(pick(ANSWER_FAULTS));
  else if (dice < 0.9) proxy.endWatches();
  else if (dice < 0.95) proxy.cutAll();
  else if (dice < 0.97) proxy.token = `token-${random()}`;
  else await new Promise((resolve) => setTimeout(resolve, 10));
}

async function write(writer: KubeClient, namespace: string, name: string, content: number): Promise<void> {
  const object: KubeObject = { ...CONFIG_MAP, metadata: { name, namespace }, data: { content: String(content) } };
  await writer.apply(object, { fieldManager: "conformance", force: true });
}

async function remove(writer: KubeClient, namespace: string, name: string): Promise<void> {
  if ((await writer.find(CONFIG_MAP, name, namespace)) !== undefined) await writer.delete(CONFIG_MAP, name, namespace);
}

async function settle(informer: Informer, writer: KubeClient, namespace: string): Promise<string | undefined> {
  const say = (objects: readonly KubeObject[]): string =>
    objects
      .map((object) => `${keyOf(object)}@${object.metadata.resourceVersion}`)
      .toSorted()
      .join(" ");
  const fresh = await writer.list(CONFIG_MAP, { namespace });
  const until = Date.now() + SETTLE_WITHIN_MS;
  while (say(informer.list()) !== say(fresh.items)) {
    if (Date.now() > until)
      return `cache: ${say(informer.list())}\nserver: ${say(fresh.items)}\n${informer.lastError?.message}`;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return undefined;
}
