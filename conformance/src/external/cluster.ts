import { silentLogger, systemClock, type JsonObject } from "@fairlead/base";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { createClient, eventRecorder, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { createExternalSecrets, externalSecretsCrds } from "@fairlead/secrets";
import type { Difference } from "../suite.ts";

const NAMESPACE = "team";
const V1 = "external-secrets.io/v1";
const KINDS = {
  ExternalSecret: V1,
  SecretStore: V1,
  PushSecret: "external-secrets.io/v1alpha1",
  Secret: "v1",
  ServiceAccount: "v1",
} as const;
const GENERATORS = "generators.external-secrets.io/v1alpha1";
const WITHIN_MS = 60_000;

/** An embedded cluster with External Secrets on it, and the count of what was as it should be. */
export class Judged {
  readonly server: ApiServer;
  readonly hub: KubeClient;
  readonly home: ClusterConfig;
  readonly different: Difference[] = [];
  same = 0;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  readonly #say: (line: string) => void;

  private constructor(
    server: ApiServer,
    hub: KubeClient,
    home: ClusterConfig,
    environment: Record<string, string>,
    say: (line: string) => void,
  ) {
    this.server = server;
    this.hub = hub;
    this.home = home;
    this.#say = say;
    const connect = (config: ClusterConfig): KubeClient =>
      createClient(config, { clock: systemClock, logger: silentLogger });
    const events = eventRecorder(hub, { component: "external-secrets", clock: systemClock, logger: silentLogger });
    const shared = { hub, clock: systemClock, logger: silentLogger, events, connect, home, environment };
    this.#ended = createExternalSecrets(shared)
      .run(this.#stopping.signal)
      .catch((error: unknown) => {
        // Stopped before it had seen the cluster: what went wrong is told by who stopped it.
        if (!this.#stopping.signal.aborted) throw error;
      });
  }

  static async start(environment: Record<string, string>, say: (line: string) => void): Promise<Judged> {
    const server = await startApiServer({ data: "memory", logger: silentLogger });
    const home = server.issueClient({ user: "judge", groups: ["system:masters"] });
    const hub = createClient(home, { clock: systemClock, logger: silentLogger });
    for (const crd of externalSecretsCrds()) await hub.create(crd);
    await hub.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    await until(async () => void (await hub.list({ apiVersion: V1, kind: "SecretStore" })));
    return new Judged(server, hub, home, environment, say);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    this.hub.close();
    await this.server.close();
  }

  async create(kind: string, name: string, body: JsonObject, metadata: JsonObject = {}): Promise<void> {
    const apiVersion = Object.hasOwn(KINDS, kind) ? KINDS[kind as keyof typeof KINDS] : GENERATORS;
    await this.hub.create({ apiVersion, kind, metadata: { name, namespace: NAMESPACE, ...metadata }, ...body });
  }

  async secret(name: string, data: Record<string, string>): Promise<void> {
    const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
    await this.create("Secret", name, { data: Object.fromEntries(encoded) as JsonObject });
  }

  /** Judges the entries that an ExternalSecret of this spec brings; those that are not text are told in hex. */
  async brings(what: string, name: string, spec: JsonObject, wanted: Record<string, string>): Promise<void> {
    await this.create("ExternalSecret", name, { spec });
    await this.judge(what, wanted, () =>
      this.entries(name).catch(async () => {
        // There is none: what the object says of it is told instead.
        throw new Error((await this.condition("ExternalSecret", name)).message);
      }),
    );
  }

  async entries(name: string): Promise<Record<string, string>> {
    const secret = await this.hub.get({ apiVersion: "v1", kind: "Secret" }, name, NAMESPACE);
    const data = (secret["data"] ?? {}) as Record<string, string>;
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => {
        const bytes = Buffer.from(value, "base64");
        const text = bytes.toString();
        return [key, Buffer.from(text).equals(bytes) ? text : `hex:${bytes.toString("hex")}`];
      }),
    );
  }

  /** The Ready condition's reason and message. */
  async condition(kind: keyof typeof KINDS, name: string): Promise<{ reason: string; message: string }> {
    const object = await this.hub.get({ apiVersion: KINDS[kind], kind }, name, NAMESPACE);
    const { conditions = [] } = (object["status"] ?? {}) as { conditions?: { reason: string; message: string }[] };
    const [first] = conditions;
    if (first === undefined) throw new Error(`${kind} ${name} has no condition`);
    return { reason: first.reason, message: first.message };
  }

  /** Waits until both are the same, and counts; what is different after a minute is told. */
  async judge(what: string, wanted: unknown, found: () => Promise<unknown>): Promise<void> {
    let last: unknown;
    try {
      await until(async () => {
        last = await found().catch((error: unknown) => String(error));
        if (sorted(last) !== sorted(wanted)) throw new Error("different");
      });
      this.same++;
    } catch {
      this.#say(`different: ${what}`);
      this.different.push({ name: what, detail: `wanted ${sorted(wanted)}\nfound  ${sorted(last)}` });
    }
  }
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

async function until(check: () => Promise<void>): Promise<void> {
  for (const end = Date.now() + WITHIN_MS; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
