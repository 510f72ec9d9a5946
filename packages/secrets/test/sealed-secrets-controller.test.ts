import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { silentLogger, systemClock } from "@fairlead/base";
import { createClient, eventRecorder, type KubeClient } from "@fairlead/kube";
import { sealedSecretCrd, sealSecret, startSealedSecrets, type SealedSecrets } from "@fairlead/secrets";

const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
const SEALED = { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret" } as const;
const KEY_LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key";
const PLANTED = "planted-value";

let server: ApiServer;
let client: KubeClient;
let running: SealedSecrets;

const start = (): Promise<SealedSecrets> =>
  startSealedSecrets({
    client,
    clock: systemClock,
    logger: silentLogger,
    events: eventRecorder(client),
    // Small for speed.
    keySize: 2048,
  });

before(async () => {
  server = await startApiServer({ data: "memory", logger: silentLogger });
  client = createClient(server.adminConfig(), { clock: systemClock, logger: silentLogger });
  await client.create(sealedSecretCrd());
  for (;;) {
    if (await client.list(SEALED).catch(() => undefined)) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  running = await start();
});

after(async () => {
  await running.stop();
  client.close();
  await server.close();
});

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) assert.fail(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const ask = (path: string, body?: unknown, from = path) =>
  running.service({
    method: body === undefined ? "GET" : "POST",
    path,
    headers: { "x-forwarded-for": from },
    body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
  });

async function seal(name: string, values: Record<string, string>): Promise<KubeObject> {
  const answer = await until("a certificate", async () => {
    const each = await ask("/v1/cert.pem");
    return each.status === 200 && each;
  });
  const { publicKey } = new X509Certificate(answer.body);
  const secret = {
    metadata: { name, namespace: "default" },
    values: new Map(Object.entries(values).map(([key, text]) => [key, Buffer.from(text)])),
  };
  return JSON.parse(JSON.stringify(sealSecret(secret, { publicKey }))) as KubeObject;
}

const secretOf = (name: string) => client.find(SECRET, name, "default");
const conditionOf = async (name: string) => {
  const status = (await client.get(SEALED, name, "default"))["status"] as
    | { conditions?: Record<string, string>[] }
    | undefined;
  return status?.conditions?.[0];
};

test("a SealedSecret becomes a Secret it owns, and tells so; a changed or deleted Secret is put back", async () => {
  await client.create(await seal("db", { password: PLANTED }));
  const secret = await until("the Secret", () => secretOf("db"));
  const data = { password: Buffer.from(PLANTED).toString("base64") };
  assert.deepEqual(secret["data"], data);
  const [owner] = secret.metadata.ownerReferences ?? [];
  assert.deepEqual([owner?.kind, owner?.name, owner?.["controller"]], ["SealedSecret", "db", true]);
  await until("Synced", async () => (await conditionOf("db"))?.["status"] === "True");
  await client.patch(
    { ...SECRET, name: "db", namespace: "default" },
    { type: "merge", body: { data: { password: "eA==", more: "eA==" } } },
  );
  await until("healing", async () => JSON.stringify((await secretOf("db"))?.["data"]) === JSON.stringify(data));
  await client.delete(SECRET, "db", "default");
  await until("the Secret again", () => secretOf("db"));
});

test("a Secret of somebody else is left alone, unless it says managed or patch", async () => {
  const cases = [
    ["others", {}, { own: "eA==" }],
    ["managed", { "sealedsecrets.bitnami.com/managed": "true" }, { a: "MQ==" }],
    ["patched", { "sealedsecrets.bitnami.com/patch": "true" }, { own: "eA==", a: "MQ==" }],
  ] as const;
  for (const [name, annotations, wanted] of cases) {
    await client.create({ ...SECRET, metadata: { name, namespace: "default", annotations }, data: { own: "eA==" } });
    await client.create(await seal(name, { a: "1" }));
    const condition = await until(`${name} told`, () => conditionOf(name));
    assert.deepEqual((await secretOf(name))?.["data"], wanted, name);
    const message =
      name === "others"
        ? 'failed update: Resource "others" already exists and is not managed by SealedSecret'
        : undefined;
    assert.equal(condition["message"], message, name);
  }
});

test("what no key opens fails by name, and a key that comes back wakes it at once", async () => {
  const keys = await client.list(SECRET, { namespace: "kube-system", labelSelector: KEY_LABEL });
  const [key] = keys.items;
  assert.ok(key);
  const object = await seal("later", { a: PLANTED });
  await client.delete(SECRET, key.metadata.name ?? "", "kube-system");
  // The real controller ends at such a Secret.
  const broken = { name: "broken", namespace: "kube-system", labels: { [KEY_LABEL]: "active" } };
  await client.create({ ...SECRET, metadata: broken, data: { "tls.crt": "eA==", "tls.key": "eA==" } });
  await running.stop();
  running = await start();
  await client.create(object);
  const condition = await until("a failure", () => conditionOf("later"));
  assert.deepEqual([condition["status"], condition["message"]], ["False", "no key could decrypt secret (a)"]);
  const { name = "", labels } = key.metadata;
  await client.create({
    ...SECRET,
    type: "kubernetes.io/tls",
    metadata: { name, namespace: "kube-system", ...(labels && { labels }) },
    data: key["data"] ?? {},
  });
  await until("the Secret", () => secretOf("later"));
  await until("Synced", async () => (await conditionOf("later"))?.["status"] === "True");
  const events = await client.list({ apiVersion: "v1", kind: "Event" });
  assert.ok(events.items.some((event) => event["reason"] === "ErrUnsealFailed"));
  for (const text of [JSON.stringify(events.items), JSON.stringify((await client.list(SEALED)).items)]) {
    assert.equal(text.includes(PLANTED) || text.includes(Buffer.from(PLANTED).toString("base64")), false);
  }
});

test("verify and rotate fill no template, take the scope from the object, and answer only so often (CVE-2026-22728, #2019, #2049)", async () => {
  const sealed = await seal("asked", { a: PLANTED });
  const spec = sealed["spec"] as { template: object };
  const template = {
    ...spec.template,
    data: { out: '{{ fail "oracle" }}' },
    metadata: { annotations: { "sealedsecrets.bitnami.com/cluster-wide": "true" } },
  };
  const tricky = { ...sealed, spec: { ...spec, template } };
  assert.equal((await ask("/v1/verify", tricky, "one")).status, 200);
  assert.equal(
    (await ask("/v1/verify", { ...tricky, metadata: { name: "other", namespace: "default" } }, "two")).status,
    409,
  );
  assert.equal((await ask("/v1/verify", "planted", "three")).status, 500);
  const rotated = await ask("/v1/rotate", tricky, "four");
  const again = JSON.parse(rotated.body) as {
    metadata: object;
    spec: { template: { data: object }; encryptedData: Record<string, string> };
  };
  assert.deepEqual(again.spec.template.data, template.data);
  assert.equal(JSON.stringify(again.metadata).includes("cluster-wide"), false);
  assert.equal((await ask("/v1/verify", again, "five")).status, 200);
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask("/v1/rotate", tricky, "flood")));
  assert.deepEqual(
    answers.map(({ status }) => status).sort((a, b) => a - b),
    [200, 200, 429, 429],
  );
});
