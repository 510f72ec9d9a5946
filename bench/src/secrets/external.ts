import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { silentLogger, systemClock, type JsonObject } from "@fairlead/base";
import {
  createClient,
  createInformer,
  eventRecorder,
  type ClusterConfig,
  type Informer,
  type KubeClient,
} from "@fairlead/kube";
import { createExternalSecrets, externalSecretsCrds } from "@fairlead/secrets";
import { startEmbedded } from "../apiserver/servers.ts";
import type { BenchContext, BenchRow } from "../types.ts";

/** Fewer for a trial: `npm run bench -- secrets external --objects 200`. */
const OBJECTS = 5_000;
const OBJECTS_PER_KEY = 10;
const INTERVAL_SECONDS = 60;
const CREATED_AT_ONCE = 32;
const WITHIN_MS = 600_000;
const EXTERNAL = { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret" };
const STORE = { apiVersion: "external-secrets.io/v1", kind: "SecretStore" };
const SECRET = { apiVersion: "v1", kind: "Secret" };
const NAMESPACE = "bench";
/** External Secrets 2.9: one bucket of 10 retries a second, bursts of 100, for all failed objects (facts/secrets.md §1D). */
const PEER = { recoverySeconds: 480, source: "facts/secrets.md" };

/** Vault's KV version 2, as far as reading goes. */
class StubVault {
  reads = 0;
  value = "one";
  isOut = false;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const url = request.url ?? "";
      const answer = (status: number, body: JsonObject): void => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      };
      request.resume();
      if (this.isOut) return answer(503, { errors: ["Vault is sealed"] });
      if (url.startsWith("/v1/auth/")) return answer(200, { data: {} });
      this.reads++;
      return answer(200, { data: { data: { value: `${url.split("/").at(-1) ?? ""} ${this.value}` } } });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** External Secrets on one Vault: the controller, the Vault and whoever looks on in this process, the API server in another. */
export async function externalRows({ say, args }: BenchContext): Promise<BenchRow[]> {
  const given = args.indexOf("--objects");
  const count = given < 0 ? OBJECTS : Number(args[given + 1]);
  const keys = Math.ceil(count / OBJECTS_PER_KEY);
  const vault = new StubVault();
  const url = await vault.listen();
  const server = await startEmbedded();
  const { host, port, token } = server;
  const home = { server: `https://${host}:${port}`, bearerToken: token, insecure: true };
  const connect = (config: ClusterConfig): KubeClient =>
    createClient(config, { clock: systemClock, logger: silentLogger });
  const hub = connect(home);
  const stopping = new AbortController();
  let ended = Promise.resolve();
  try {
    say(`creating ${count} ExternalSecrets on ${keys} keys`);
    await prepare(hub, url, count);
    const watched = new Watched(hub, count, stopping.signal);
    const events = eventRecorder(hub, { component: "bench", clock: systemClock, logger: silentLogger });
    const controller = createExternalSecrets({ hub, clock: systemClock, logger: silentLogger, events, connect, home });
    const cpu = process.cpuUsage();
    const started = performance.now();
    ended = controller.run(stopping.signal);
    await watched.allAre("one");
    const firstSync = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    say(
      `first sync ${firstSync.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU; now an interval of peace`,
    );
    const before = vault.reads;
    await pause(INTERVAL_SECONDS * 1000);
    const steady = vault.reads - before;
    say(`${steady} reads; now Vault is out`);
    vault.isOut = true;
    await pause(INTERVAL_SECONDS * 1200);
    vault.value = "two";
    vault.isOut = false;
    const back = performance.now();
    await watched.allAre("two");
    const recovery = (performance.now() - back) / 1000;
    return [
      { what: `${count} ExternalSecrets, first sync`, ours: firstSync, unit: "s", target: { atMost: 20 } },
      { what: "reads an interval, per distinct key", ours: steady / keys, unit: "", target: { atMost: 1.05 } },
      {
        what: "after an outage of all, all good again",
        ours: recovery,
        unit: "s",
        peer: PEER.recoverySeconds,
        source: PEER.source,
        target: { atMost: 60 },
      },
    ];
  } finally {
    stopping.abort();
    await ended;
    hub.close();
    await server.stop();
    vault.close();
  }
}

async function prepare(hub: KubeClient, url: string, count: number): Promise<void> {
  for (const crd of externalSecretsCrds()) await hub.create(crd);
  await hub.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  const metadata = (name: string) => ({ name, namespace: NAMESPACE });
  await hub.create({ ...SECRET, metadata: metadata("token"), data: { token: "dA==" } });
  const auth = { tokenSecretRef: { name: "token", key: "token" } };
  const spec = { provider: { vault: { server: url, path: "kv", version: "v2", auth } } };
  for (const end = Date.now() + WITHIN_MS; ;) {
    try {
      await hub.create({ ...STORE, metadata: metadata("vault"), spec });
      break;
    } catch (error) {
      // A definition is served a moment after it was taken.
      if (Date.now() > end) throw error;
      await pause(50);
    }
  }
  let next = 0;
  const create = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++)
      await hub.create({
        ...EXTERNAL,
        metadata: metadata(`es-${index}`),
        spec: {
          secretStoreRef: { name: "vault" },
          refreshInterval: `${INTERVAL_SECONDS}s`,
          data: [{ secretKey: "value", remoteRef: { key: keyOf(index), property: "value" } }],
        },
      });
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, create));
}

/** Sees what is there by watching, which costs the server less than asking again and again. */
class Watched {
  readonly #secrets: Informer;
  readonly #objects: Informer;
  readonly #count: number;

  constructor(hub: KubeClient, count: number, signal: AbortSignal) {
    this.#secrets = createInformer(hub, { kind: SECRET });
    this.#objects = createInformer(hub, { kind: EXTERNAL });
    this.#count = count;
    for (const informer of [this.#secrets, this.#objects]) informer.start(signal);
  }

  /** Resolves when every Secret has the value and every object says that it is Ready. */
  async allAre(value: string): Promise<void> {
    for (const end = Date.now() + WITHIN_MS; Date.now() < end; await pause(250))
      if (
        this.#have(value) &&
        this.#objects.list().filter((object) => isReady(object["status"])).length === this.#count
      )
        return;
    throw new Error(`not all of ${this.#count} within ${WITHIN_MS / 1000} s`);
  }

  #have(value: string): boolean {
    const good = this.#secrets.list().filter((secret) => {
      const index = Number(secret.metadata.name?.slice("es-".length));
      const data = secret["data"] as Record<string, string> | undefined;
      return data?.["value"] === Buffer.from(`${keyOf(index)} ${value}`).toString("base64");
    });
    return good.length === this.#count;
  }
}

function keyOf(index: number): string {
  return `key-${Math.floor(index / OBJECTS_PER_KEY)}`;
}

function isReady(status: unknown): boolean {
  const conditions = (status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? [];
  return conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
