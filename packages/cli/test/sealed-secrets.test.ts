import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { silentLogger, systemClock, type Logger } from "@fairlead/base";
import { createClient, type KubeClient } from "@fairlead/kube";
import { sealedSecretCrd } from "@fairlead/secrets";
import { installManifests } from "../src/install/manifests.ts";
import { sealedSecretsService } from "../src/up/sealed-secrets.ts";
import { runSealedSecrets } from "../src/up/sealed-secrets-cluster.ts";

const SECRET = { apiVersion: "v1", kind: "Secret" };
const KEYS = { namespace: "kube-system", labelSelector: "sealedsecrets.bitnami.com/sealed-secrets-key" };
const ENDPOINTS = { apiVersion: "v1", kind: "Endpoints" };

let server: ApiServer;
let client: KubeClient;

before(async () => {
  server = await startApiServer({ data: "memory", logger: silentLogger });
  client = createClient(server.adminConfig(), { clock: systemClock, logger: silentLogger });
});

after(async () => {
  client.close();
  await server.close();
});

async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 60_000; ;) {
    if (await look()) return;
    if (Date.now() > end) assert.fail(`not within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What a logger was told, joined. */
function listening(): { logger: Logger; text: () => string } {
  const lines: string[] = [];
  const note = (message: string, fields?: object): void =>
    void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  const logger: Logger = { ...silentLogger, info: note, warn: note, error: note, with: () => logger };
  return { logger, text: () => lines.join("\n") };
}

const keyCount = async (): Promise<number> => (await client.list(SECRET, KEYS)).items.length;

/** Whose the work is, changed at will. */
class Shares {
  isOurs = false;
  readonly #listeners = new Set<() => void>();

  owns(): boolean {
    return this.isOurs;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  give(isOurs: boolean): void {
    this.isOurs = isOurs;
    for (const listener of this.#listeners) listener();
  }
}

test("one replica alone looks after SealedSecrets, where the kind is ours and no other controller's", async () => {
  const shares = new Shares();
  const told = listening();
  const running = runSealedSecrets({
    client,
    mode: "auto",
    listen: { host: "127.0.0.1", port: 0 },
    podAddress: "192.0.2.7",
    shares,
    clock: systemClock,
    logger: told.logger,
  });
  try {
    await until("the first look", () => told.text().includes("another replica runs it"));
    shares.give(true);
    await until("a word about the kind", () => told.text().includes("fairlead install brings the kind"));
    await client.apply(sealedSecretCrd(), { fieldManager: "fairlead-install" });
    await client.create(sealedSecretsService());
    await until("a key", async () => (await keyCount()) === 1);
    await until("where the Service leads", async () => {
      const endpoints = await client.find(ENDPOINTS, "sealed-secrets-controller", "kube-system");
      return JSON.stringify(endpoints?.["subsets"] ?? null).includes('"192.0.2.7"');
    });
    const port = /"port":(\d+)/.exec(told.text())?.[1] ?? "";
    const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init);
    assert.match(await (await ask("/v1/cert.pem")).text(), /BEGIN CERTIFICATE/);
    const asked = await ask("/v1/verify", { method: "POST", body: "{}", headers: { authorization: "Bearer made-up" } });
    assert.equal(asked.status, 401);
    assert.match(running.metrics(), /sealed_secrets_controller_newest_key_backed_up 0/);
    shares.give(false);
    await until("an end", () => running.metrics() === "");
    await assert.rejects(ask("/healthz"));
    const service = { namespace: "kube-system", name: "sealed-secrets-controller" };
    const body = { metadata: { labels: { "app.kubernetes.io/part-of": "sealed-secrets" } } };
    await client.patch({ apiVersion: "v1", kind: "Service", ...service }, { type: "merge", body });
    shares.give(true);
    await until("standing back", () => told.text().includes("another controller has Service"));
    assert.equal(running.metrics(), "");
  } finally {
    await running.stop();
  }
});

test("install brings the kind, the Service, and a container that knows its own address", () => {
  const all = installManifests({ namespace: "argocd", image: "fairlead", replicas: 2, allowFrom: [] });
  const names = all.map(({ kind, metadata }) => `${kind}/${metadata.name ?? ""}`);
  for (const name of ["CustomResourceDefinition/sealedsecrets.bitnami.com", "Service/sealed-secrets-controller"])
    assert.ok(names.includes(name), name);
  const deployment = JSON.stringify(all.find(({ kind }) => kind === "Deployment"));
  for (const part of ["--sealed-secrets-listen", "POD_IP", "status.podIP"]) assert.ok(deployment.includes(part), part);
});
