import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { createLogger, systemClock, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { createClient, eventRecorder, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { createExternalSecrets, externalSecretsCrds, type ExternalSecrets } from "../src/index.ts";

const V1 = "external-secrets.io/v1";
const SECRET = { apiVersion: "v1", kind: "Secret" };
const EXTERNAL = { apiVersion: V1, kind: "ExternalSecret" };
const STORE = { apiVersion: V1, kind: "SecretStore" };
const NAMESPACE = "team";
const WITHIN_MS = 20_000;
/** Planted: may be in Secrets, and nowhere else. */
const PLANTED = "planted-7f3e";

let server: ApiServer;
let hub: KubeClient;
let controller: ExternalSecrets;
let ended: Promise<void>;
let vault: Server;
let vaultUrl: string;
const vaultReads: string[] = [];
const vaultData = new Map<string, JsonObject>();
let isVaultOut = false;
let logged = "";
const stop = new AbortController();
const logger = createLogger({ level: "debug", write: (line) => void (logged += line) });

before(async () => {
  server = await startApiServer({ data: "memory", logger });
  const access = server.issueClient({ user: "admin", groups: ["system:masters"] });
  const connect = (config: ClusterConfig): KubeClient => createClient(config, { logger, clock: systemClock });
  hub = connect(access);
  for (const crd of externalSecretsCrds()) await hub.create(crd);
  for (const name of [NAMESPACE, "remote"])
    await hub.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { kind: "own" } } });
  await startVault();
  const events = eventRecorder(hub, { component: "external-secrets", clock: systemClock, logger });
  controller = createExternalSecrets({ hub, clock: systemClock, logger, events, connect, home: access });
  await eventually(async () => void (await hub.list({ apiVersion: V1, kind: "ClusterExternalSecret" })));
  ended = controller.run(stop.signal);
});

after(async () => {
  stop.abort();
  await ended;
  hub.close();
  await server.close();
  vault.closeAllConnections();
  vault.close();
});

async function startVault(): Promise<void> {
  vault = createServer((request, response) => {
    const url = request.url ?? "";
    const answer = (status: number, body: JsonObject): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (isVaultOut) return answer(503, { errors: ["sealed"] });
    if (url === "/v1/auth/approle/login") return answer(200, { auth: { client_token: "t1", lease_duration: 3600 } });
    if (request.headers["x-vault-token"] !== "t1") return answer(403, { errors: ["permission denied"] });
    if (url.startsWith("/v1/auth/token")) return answer(200, { data: {} });
    const key = url.replace("/v1/kv/data/", "");
    vaultReads.push(key);
    const data = vaultData.get(key);
    return data === undefined ? answer(404, { errors: [] }) : answer(200, { data: { data } });
  });
  await new Promise<void>((resolve) => vault.listen(0, "127.0.0.1", resolve));
  vaultUrl = `http://127.0.0.1:${(vault.address() as AddressInfo).port}`;
}

async function eventually<T>(check: () => Promise<T>): Promise<T> {
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

async function create(kind: { apiVersion: string; kind: string }, name: string, spec: JsonObject): Promise<KubeObject> {
  return hub.create({ ...kind, metadata: { name, namespace: NAMESPACE }, spec });
}

async function entries(name: string): Promise<Record<string, string>> {
  const secret = await hub.get(SECRET, name, NAMESPACE);
  const data = (secret["data"] ?? {}) as Record<string, string>;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

async function ready(name: string, kind = EXTERNAL): Promise<Record<string, string>> {
  const object = await hub.get(kind, name, NAMESPACE);
  const status = (object["status"] ?? {}) as { conditions?: Record<string, string>[] };
  const [condition] = status.conditions ?? [];
  assert.ok(condition, `${name} has no condition yet`);
  return condition;
}

const fakeStore = (...data: JsonObject[]): JsonObject => ({ provider: { fake: { data } } });
const item = (secretKey: string, key: string, more: JsonObject = {}): JsonObject => ({
  secretKey,
  remoteRef: { key, ...more },
});

describe("ExternalSecrets on a cluster", () => {
  test("a Secret is made from a store, owned, hashed, and healed when it is edited", async () => {
    await create(STORE, "plain", fakeStore({ key: "db", value: `{"password":"${PLANTED}","port":5432}` }));
    await create(EXTERNAL, "db", {
      secretStoreRef: { name: "plain" },
      refreshInterval: "1h",
      target: { template: { mergePolicy: "Merge", data: { url: "pg://{{ .password }}@db" } } },
      data: [item("password", "db", { property: "password" })],
      dataFrom: [{ extract: { key: "db" } }],
    });
    const wanted = { password: PLANTED, port: "5432", url: `pg://${PLANTED}@db` };
    await eventually(async () => assert.deepEqual(await entries("db"), wanted));
    const { metadata } = await hub.get(SECRET, "db", NAMESPACE);
    assert.equal(metadata.ownerReferences?.[0]?.kind, "ExternalSecret");
    assert.equal(metadata.labels?.["reconcile.external-secrets.io/managed"], "true");
    await eventually(async () => assert.equal((await ready("db")).reason, "SecretSynced"));
    assert.equal((await ready("plain", STORE)).reason, "Valid");
    const body = { data: { password: "eA==", extra: "eA==" } };
    await hub.patch({ ...SECRET, name: "db", namespace: NAMESPACE }, { type: "merge", body });
    await eventually(async () => assert.deepEqual(await entries("db"), wanted));
  });

  test("v1beta1 is served, with the same objects", async () => {
    const beta = { apiVersion: "external-secrets.io/v1beta1", kind: "ExternalSecret" };
    await create(beta, "beta", { secretStoreRef: { name: "plain" }, data: [item("a", "db")] });
    await eventually(async () => assert.equal((await ready("beta")).status, "True"));
  });

  test("what is missing is told on the object with its cause, and becomes good once the store has it", async () => {
    await create(STORE, "later", fakeStore({ key: "other", value: "x" }));
    await create(EXTERNAL, "late", { secretStoreRef: { name: "later" }, data: [item("a", "absent")] });
    const condition = await eventually(async () => {
      const found = await ready("late");
      assert.equal(found.reason, "SecretSyncedError");
      return found;
    });
    assert.match(condition.message ?? "", /could not get secret data from provider.*absent.*does not exist/);
    const body = { spec: { provider: { fake: { data: [{ key: "absent", value: "there" }] } } } };
    await hub.patch({ ...STORE, name: "later", namespace: NAMESPACE }, { type: "merge", body });
    await eventually(async () => assert.deepEqual(await entries("late"), { a: "there" }));
  });

  test("a spec with faults is refused with all of them", async () => {
    await create(EXTERNAL, "wrong", {
      data: [item("a b", "k")],
      target: { creationPolicy: "Orphan", deletionPolicy: "Delete" },
    });
    const { message = "" } = await eventually(() => ready("wrong"));
    for (const part of ["spec.data[0].secretKey", "spec.target.deletionPolicy", "spec.secretStoreRef"])
      assert.ok(message.includes(part), `${message} should name ${part}`);
  });

  test("two owners of one Secret: the second is told, the first keeps it", async () => {
    await create(EXTERNAL, "rival", {
      secretStoreRef: { name: "plain" },
      target: { name: "db" },
      data: [item("mine", "db")],
    });
    const { message = "" } = await eventually(() => ready("rival"));
    assert.match(message, /owned by another ExternalSecret/);
    assert.ok(!("mine" in (await entries("db"))));
  });

  test("Merge adds to a Secret of someone else and takes only its own keys back", async () => {
    await hub.create({ ...SECRET, metadata: { name: "theirs", namespace: NAMESPACE }, data: { kept: "eA==" } });
    await create(EXTERNAL, "merged", {
      secretStoreRef: { name: "plain" },
      target: { name: "theirs", creationPolicy: "Merge" },
      data: [item("one", "db", { property: "port" }), item("two", "db", { property: "port" })],
    });
    await eventually(async () => assert.deepEqual(await entries("theirs"), { kept: "x", one: "5432", two: "5432" }));
    const body = { spec: { data: [item("one", "db", { property: "port" })] } };
    await hub.patch({ ...EXTERNAL, name: "merged", namespace: NAMESPACE }, { type: "merge", body });
    await eventually(async () => assert.deepEqual(await entries("theirs"), { kept: "x", one: "5432" }));
  });

  test("a generator makes a password", async () => {
    const kind = { apiVersion: "generators.external-secrets.io/v1alpha1", kind: "Password" };
    await create(kind, "strong", { length: 20, digits: 5, symbols: 0 });
    await create(EXTERNAL, "made", {
      refreshInterval: "0",
      dataFrom: [{ sourceRef: { generatorRef: { ...kind, name: "strong" } } }],
    });
    await eventually(async () => assert.match((await entries("made")).password ?? "", /^[a-zA-Z0-9]{20}$/));
  });

  test("the kubernetes provider reads this very cluster, by a token", async () => {
    await hub.create({ ...SECRET, metadata: { name: "source", namespace: "remote" }, data: { user: "YW5u" } });
    const access = server.issueClient({ user: "reader", groups: ["system:masters"] });
    const tls = { cert: access.certData ?? "", key: access.keyData ?? "" };
    const pem = (text: string): string => (text.includes("BEGIN") ? Buffer.from(text).toString("base64") : text);
    await hub.create({
      ...SECRET,
      metadata: { name: "tls", namespace: NAMESPACE },
      data: { "tls.crt": pem(tls.cert), "tls.key": pem(tls.key) },
    });
    await create(STORE, "cluster", {
      provider: {
        kubernetes: {
          remoteNamespace: "remote",
          auth: { cert: { clientCert: { name: "tls" }, clientKey: { name: "tls" } } },
        },
      },
    });
    await create(EXTERNAL, "copied", {
      secretStoreRef: { name: "cluster" },
      data: [item("user", "source", { property: "user" })],
    });
    await eventually(async () => assert.deepEqual(await entries("copied"), { user: "ann" }));
  });
});

describe("ExternalSecrets on one Vault", () => {
  const COUNT = 20;

  before(async () => {
    await hub.create({ ...SECRET, metadata: { name: "approle", namespace: NAMESPACE }, data: { id: "c2VjcmV0" } });
    const auth = { appRole: { path: "approle", roleId: "r", secretRef: { name: "approle", key: "id" } } };
    await create(STORE, "vault", { provider: { vault: { server: vaultUrl, path: "kv", version: "v2", auth } } });
    vaultData.set("shared", { token: PLANTED, big: 12345 });
  });

  test("many objects cost one read", async () => {
    for (let index = 0; index < COUNT; index++)
      await create(EXTERNAL, `shared-${index}`, {
        secretStoreRef: { name: "vault" },
        data: [item("token", "shared", { property: index % 2 === 0 ? "token" : "big" })],
      });
    await eventually(async () => {
      for (let index = 0; index < COUNT; index++)
        assert.deepEqual(await entries(`shared-${index}`), { token: index % 2 === 0 ? PLANTED : "12345" });
    });
    assert.equal(vaultReads.filter((key) => key === "shared").length, 1);
  });

  test("an outage keeps the last value and is over seconds after the provider is back", async () => {
    vaultData.set("steady", { a: "1" });
    await create(EXTERNAL, "steady", {
      secretStoreRef: { name: "vault" },
      refreshInterval: "1s",
      data: [item("a", "steady", { property: "a" })],
    });
    await eventually(async () => assert.deepEqual(await entries("steady"), { a: "1" }));
    isVaultOut = true;
    await eventually(async () => assert.match((await ready("steady")).message ?? "", /503/));
    assert.deepEqual(await entries("steady"), { a: "1" });
    vaultData.set("steady", { a: "2" });
    isVaultOut = false;
    await eventually(async () => assert.deepEqual(await entries("steady"), { a: "2" }));
    assert.equal(
      (
        await eventually(async () => {
          const condition = await ready("steady");
          assert.equal(condition.status, "True");
          return condition;
        })
      ).reason,
      "SecretSynced",
    );
  });

  test("no value is in a log line, an event, a status or a metric", async () => {
    const { items: told } = await hub.list({ apiVersion: "v1", kind: "Event" });
    const { items: objects } = await hub.list(EXTERNAL);
    const said = JSON.stringify([told, objects.map((object) => object["status"])]) + logged + controller.metrics();
    assert.ok(told.length > 0 && logged.length > 0);
    assert.ok(!said.includes(PLANTED));
    assert.ok(!said.includes(Buffer.from(PLANTED).toString("base64")));
  });
});
