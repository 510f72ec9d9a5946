import assert from "node:assert/strict";
import { createLogger, systemClock, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { createClient, eventRecorder, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { createExternalSecrets, externalSecretsCrds, type ExternalSecrets } from "../../src/index.ts";

export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

export const V1 = "external-secrets.io/v1";
export const SECRET: Kind = { apiVersion: "v1", kind: "Secret" };
export const EXTERNAL: Kind = { apiVersion: V1, kind: "ExternalSecret" };
export const STORE: Kind = { apiVersion: V1, kind: "SecretStore" };
export const CLUSTER_STORE: Kind = { apiVersion: V1, kind: "ClusterSecretStore" };
export const PUSH: Kind = { apiVersion: "external-secrets.io/v1alpha1", kind: "PushSecret" };
export const NAMESPACE = "team";
const WITHIN_MS = 40_000;

/** An embedded API server with the External Secrets controller on it. */
export class ExternalCluster {
  readonly server: ApiServer;
  readonly hub: KubeClient;
  readonly controller: ExternalSecrets;
  readonly #ended: Promise<void>;
  readonly #stop: AbortController;
  readonly #logged: () => string;

  private constructor(
    server: ApiServer,
    hub: KubeClient,
    controller: ExternalSecrets,
    stop: AbortController,
    logged: () => string,
  ) {
    this.server = server;
    this.hub = hub;
    this.controller = controller;
    this.#stop = stop;
    this.#logged = logged;
    this.#ended = controller.run(stop.signal);
  }

  static async start(
    environment: Record<string, string> = {},
    more: { readonly allowGenericTargets?: boolean } = {},
  ): Promise<ExternalCluster> {
    let logged = "";
    const logger = createLogger({ level: "debug", write: (line) => void (logged += line) });
    const server = await startApiServer({ data: "memory", logger });
    const access = server.issueClient({ user: "admin", groups: ["system:masters"] });
    const connect = (config: ClusterConfig): KubeClient => createClient(config, { logger, clock: systemClock });
    const hub = connect(access);
    for (const crd of externalSecretsCrds()) await hub.create(crd);
    for (const name of [NAMESPACE, "remote"])
      await hub.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { kind: "own" } } });
    const events = eventRecorder(hub, { component: "external-secrets", clock: systemClock, logger });
    const controller = createExternalSecrets({
      hub,
      clock: systemClock,
      logger,
      events,
      connect,
      home: access,
      environment,
      ...more,
    });
    await eventually(async () => void (await hub.list({ apiVersion: V1, kind: "ClusterExternalSecret" })));
    return new ExternalCluster(server, hub, controller, new AbortController(), () => logged);
  }

  get logged(): string {
    return this.#logged();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    this.hub.close();
    await this.server.close();
  }

  create(kind: Kind, name: string, spec: JsonObject, metadata: JsonObject = {}): Promise<KubeObject> {
    const isCluster = kind.kind.startsWith("Cluster");
    return this.hub.create({
      ...kind,
      metadata: { name, ...(!isCluster && { namespace: NAMESPACE }), ...metadata },
      spec,
    });
  }

  async secret(name: string, data: Record<string, string>, metadata: JsonObject = {}): Promise<KubeObject> {
    const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
    return this.hub.create({
      ...SECRET,
      metadata: { name, namespace: NAMESPACE, ...metadata },
      data: Object.fromEntries(encoded) as JsonObject,
    });
  }

  async merge(kind: Kind, name: string, body: JsonObject, namespace: string | undefined = NAMESPACE): Promise<void> {
    await this.hub.patch({ ...kind, name, namespace }, { type: "merge", body });
  }

  async entries(name: string, namespace = NAMESPACE): Promise<Record<string, string>> {
    const secret = await this.hub.get(SECRET, name, namespace);
    const data = (secret["data"] ?? {}) as Record<string, string>;
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  }

  /** Waits until a Secret's entries are these. */
  async has(name: string, wanted: Record<string, string>, namespace = NAMESPACE): Promise<void> {
    await eventually(async () => assert.deepEqual(await this.entries(name, namespace), wanted));
  }

  /** Waits until a Secret is gone. */
  async gone(name: string): Promise<void> {
    await eventually(async () => assert.equal(await this.hub.find(SECRET, name, NAMESPACE), undefined));
  }

  /** The Ready condition, once it has this reason. */
  async ready(name: string, reason: string, kind = EXTERNAL): Promise<Record<string, string>> {
    const namespace = kind.kind.startsWith("Cluster") ? undefined : NAMESPACE;
    return eventually(async () => {
      const object = await this.hub.get(kind, name, namespace);
      const status = (object["status"] ?? {}) as { conditions?: Record<string, string>[] };
      const condition = status.conditions?.find(({ type }) => type === "Ready");
      assert.equal(condition?.["reason"], reason, JSON.stringify(condition));
      return condition ?? {};
    });
  }
}

/** Tries until it holds; a slow machine only makes it take longer. */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
  const until = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

export const fakeStore = (...data: JsonObject[]): JsonObject => ({ provider: { fake: { data } } });

export const item = (secretKey: string, key: string, more: JsonObject = {}): JsonObject => ({
  secretKey,
  remoteRef: { key, ...more },
});
