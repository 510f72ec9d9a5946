import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { KubeObject } from "@fairlead/apimachinery";
import { silentLogger, systemClock, type JsonObject } from "@fairlead/base";
import { createClient, eventRecorder, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { createExternalSecrets, externalSecretsCrds } from "@fairlead/secrets";
import { cpuOf } from "../apiserver/load.ts";
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

const WRITES = new Set(["create", "update", "patch", "apply", "delete"]);

/**
 * Looks over the controller's shoulder: what its writes were answered with, which costs neither process anything. Watching would:
 * the server sends, and this process reads, every object once more.
 */
class Onlooker {
  readonly #counts = new Map<string, number>();
  /** Secrets whose value is the one that is waited for. */
  readonly #good = new Set<string>();
  readonly #ready = new Set<string>();
  #wanted = "";

  of(client: KubeClient): KubeClient {
    return new Proxy(client, {
      get: (_, name): unknown => {
        const part: unknown = client[name as keyof KubeClient];
        if (typeof part !== "function") return part;
        if (!WRITES.has(String(name))) return (...args: unknown[]): unknown => Reflect.apply(part, client, args);
        return async (...args: [{ kind: string }]): Promise<unknown> => {
          const what = `${String(name)} ${args[0].kind}`;
          this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
          const answer = (await Reflect.apply(part, client, args)) as KubeObject;
          this.#note(answer);
          return answer;
        };
      },
    });
  }

  /** Resolves when every Secret was written with the value and every object is Ready, and lists say so too. */
  async allAre(count: number, hub: KubeClient): Promise<void> {
    for (const end = Date.now() + WITHIN_MS; Date.now() < end; await pause(50)) {
      if (this.#good.size < count || this.#ready.size < count) continue;
      const options = { namespace: NAMESPACE };
      for (const kind of [SECRET, EXTERNAL]) for (const item of (await hub.list(kind, options)).items) this.#note(item);
      if (this.#good.size === count && this.#ready.size === count) return;
    }
    throw new Error(`not all of ${count} within ${WITHIN_MS / 1000} s`);
  }

  /** What Secrets are to hold from now on. */
  await(value: string): void {
    this.#wanted = value;
    this.#good.clear();
  }

  /** Writes since the last time, each by the object: `create Secret 1.00, …`. */
  taken(objects: number): { perObject: number; text: string } {
    const entries = [...this.#counts];
    this.#counts.clear();
    const text = entries.map(([what, count]) => `${what} ${(count / objects).toFixed(2)}`).join(", ");
    return { perObject: entries.reduce((sum, [, count]) => sum + count, 0) / objects, text };
  }

  #note(object: KubeObject): void {
    const name = object.metadata.name ?? "";
    const data = object["data"] as Record<string, string> | undefined;
    if (object.kind === SECRET.kind && name.startsWith("es-")) {
      if (data?.["value"] === wantedOf(name, this.#wanted)) this.#good.add(name);
      else this.#good.delete(name);
    }
    if (object.kind !== EXTERNAL.kind) return;
    if (isReady(object["status"])) this.#ready.add(name);
    else this.#ready.delete(name);
  }
}

function wantedOf(secret: string, value: string): string {
  return Buffer.from(`${keyOf(Number(secret.slice("es-".length)))} ${value}`).toString("base64");
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
  const onlooker = new Onlooker();
  const plain = connect(home);
  const hub = onlooker.of(plain);
  const stopping = new AbortController();
  let ended = Promise.resolve();
  try {
    say(`creating ${count} ExternalSecrets on ${keys} keys`);
    await prepare(plain, url, count);
    const events = eventRecorder(hub, { component: "bench", clock: systemClock, logger: silentLogger });
    const controller = createExternalSecrets({ hub, clock: systemClock, logger: silentLogger, events, connect, home });
    onlooker.await("one");
    const [cpu, serverCpu] = [process.cpuUsage(), cpuOf(server)];
    const started = performance.now();
    ended = controller.run(stopping.signal);
    await onlooker.allAre(count, plain);
    const firstSync = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const cpuMs = [(user + system) / 1000 / count, ((cpuOf(server) - serverCpu) * 1000) / count] as const;
    const { perObject, text } = onlooker.taken(count);
    say(`first sync ${firstSync.toFixed(1)} s; writes an object: ${text}; now an interval of peace`);
    const first: BenchRow[] = [
      { what: `${count} ExternalSecrets, first sync`, ours: firstSync, unit: "s", target: { atMost: 20 } },
      { what: "  CPU of the controller, an object", ours: cpuMs[0], unit: "ms" },
      { what: "  CPU of the API server, an object", ours: cpuMs[1], unit: "ms" },
      { what: "  writes, an object", ours: perObject, unit: "" },
    ];
    if (args.includes("first-sync")) return first;
    const before = vault.reads;
    await pause(INTERVAL_SECONDS * 1000);
    const steady = vault.reads - before;
    say(`${steady} reads; now Vault is out`);
    vault.isOut = true;
    await pause(INTERVAL_SECONDS * 1200);
    vault.value = "two";
    onlooker.await("two");
    vault.isOut = false;
    const back = performance.now();
    await onlooker.allAre(count, plain);
    const recovery = (performance.now() - back) / 1000;
    return [
      ...first,
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
    plain.close();
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
