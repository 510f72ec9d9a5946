import assert from "node:assert/strict";
import { createPublicKey, X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { silentLogger, systemClock, VirtualClock } from "@fairlead/base";
import { createClient, eventRecorder, type KubeClient } from "@fairlead/kube";
import { sealSecret } from "../src/seal/seal.ts";
import { recordBackup } from "../src/sealed/backup/record.ts";
import { clusterAccess } from "../src/sealed/access.ts";
import { startSealedSecrets, type SealedSecrets } from "../src/sealed/controller.ts";
import { sealedSecretCrd } from "../src/sealed/crd.ts";
import { newKeySecret, readKeySecret } from "../src/sealed/key-secret.ts";
import { Keyring } from "../src/sealed/keyring.ts";

const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
const SEALED = { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret" } as const;
const SERVICE = { apiVersion: "v1", kind: "Service" } as const;
const NAMESPACE = "kube-system";
const LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key";
const KEY = { keySize: 2048, keyTtlMs: 86_400_000, keyPrefix: "sealed-secrets-key", commonName: "" };

let server: ApiServer;
let client: KubeClient;
let running: SealedSecrets;
let certificate = "";

before(async () => {
  server = await startApiServer({ data: "memory", logger: silentLogger });
  client = createClient(server.adminConfig(), { clock: systemClock, logger: silentLogger });
  await client.create(sealedSecretCrd());
  const ports = [{ name: "http", port: 8080 }];
  await client.create({
    ...SERVICE,
    metadata: { name: "sealed-secrets-controller", namespace: NAMESPACE },
    spec: { ports },
  });
  await until("the kind", () => client.list(SEALED).catch(() => undefined));
  running = await startSealedSecrets({
    client,
    clock: systemClock,
    logger: silentLogger,
    events: eventRecorder(client),
    keySize: 2048,
  });
  certificate = await until("a certificate", async () => {
    const answer = await running.service({ method: "GET", path: "/v1/cert.pem", headers: {}, body: Buffer.alloc(0) });
    return answer.status === 200 && answer.body;
  });
});

after(async () => {
  await running.stop();
  client.close();
  await server.close();
});

async function until<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) assert.fail(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function seal(name: string, values: Record<string, string>, template: object = {}): KubeObject {
  const secret = {
    metadata: { name, namespace: "default" },
    values: new Map(Object.entries(values).map(([key, text]) => [key, Buffer.from(text)])),
  };
  const sealed = sealSecret(secret, { publicKey: new X509Certificate(certificate).publicKey });
  const object = JSON.parse(JSON.stringify(sealed)) as KubeObject & { spec: { template: object } };
  return { ...object, spec: { ...object.spec, template: { ...object.spec.template, ...template } } } as KubeObject;
}

const conditionOf = async (name: string) => {
  const status = (await client.get(SEALED, name, "default"))["status"] as
    | { conditions?: Record<string, string>[] }
    | undefined;
  return status?.conditions?.[0];
};

test("the newest key in no backup is told on the Service, the key and in a metric, until a backup has it", async () => {
  const condition = () =>
    client.get(SERVICE, "sealed-secrets-controller", NAMESPACE).then((service) => {
      const { conditions = [] } = service["status"] as { conditions?: Record<string, string>[] };
      return conditions.find(({ type }) => type === "KeysBackedUp");
    });
  const warned = await until("the condition", async () => condition());
  assert.deepEqual([warned["status"], warned["reason"]], ["False", "NewestKeyNotInBackup"]);
  const [key] = (await client.list(SECRET, { namespace: NAMESPACE, labelSelector: LABEL })).items;
  await until("the event", async () => {
    const { items } = await client.list({ apiVersion: "v1", kind: "Event" }, { namespace: NAMESPACE });
    return items.some(({ reason, involvedObject }) => {
      const { name } = involvedObject as { name?: string };
      return reason === "KeyNotBackedUp" && name === key?.metadata.name;
    });
  });
  assert.match(running.metrics(), /^sealed_secrets_controller_newest_key_backed_up 0$/m);
  const read = readKeySecret(key ?? assert.fail());
  assert.ok(!("fault" in read));
  await recordBackup(client, NAMESPACE, [read.id], "2026-01-01T00:00:00Z");
  await until("the condition to go", async () => (await condition())?.["status"] === "True");
  assert.match(running.metrics(), /^sealed_secrets_controller_newest_key_backed_up 1$/m);
});

test("a Secret that another controller owns is left to it, though it says managed", async () => {
  const owner = {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    name: "es",
    uid: "u-1",
    controller: true,
  };
  const annotations = { "sealedsecrets.bitnami.com/managed": "true" };
  const metadata = { name: "two", namespace: "default", annotations, ownerReferences: [owner] };
  await client.create({ ...SECRET, metadata, data: { own: "eA==" } });
  await client.create(seal("two", { a: "1" }));
  const condition = await until("a condition", () => conditionOf("two"));
  assert.equal(
    condition["message"],
    'failed update: Resource "two" is controlled by ExternalSecret "es" already: two controllers would overwrite each other',
  );
  assert.deepEqual((await client.get(SECRET, "two", "default"))["data"], { own: "eA==" });
});

test("a Secret that is immutable is told so and left alone", async () => {
  await client.create(seal("fixed", { a: "1" }, { immutable: true }));
  await until("the Secret", () => client.find(SECRET, "fixed", "default"));
  const body = { spec: seal("fixed", { a: "2" }, { immutable: true })["spec"] ?? null };
  await client.patch({ ...SEALED, name: "fixed", namespace: "default" }, { type: "merge", body });
  await until(
    "the fault",
    async () =>
      (await conditionOf("fixed"))?.["message"] === "failed update: the Secret is immutable, so it cannot be changed",
  );
  assert.deepEqual((await client.get(SECRET, "fixed", "default"))["data"], { a: "MQ==" });
});

test("another type of a Secret that is there is told, and once that is deleted it is made anew", async () => {
  await client.create(seal("typed", { a: "1" }));
  await until("the Secret", () => client.find(SECRET, "typed", "default"));
  const body = { spec: { template: { type: "example.org/other" } } };
  await client.patch({ ...SEALED, name: "typed", namespace: "default" }, { type: "merge", body });
  await until("the fault", async () =>
    (await conditionOf("typed"))?.["message"]?.startsWith("failed update: the type of a Secret cannot be changed"),
  );
  await client.delete(SECRET, "typed", "default");
  const made = await until("another Secret", () => client.find(SECRET, "typed", "default"));
  assert.equal(made["type"], "example.org/other");
});

test("a Secret that is managed and patched keeps what is its own, however often it is written", async () => {
  const annotations = { "sealedsecrets.bitnami.com/managed": "true", "sealedsecrets.bitnami.com/patch": "true" };
  const metadata = { name: "kept", namespace: "default", annotations, labels: { own: "label" } };
  await client.create({ ...SECRET, metadata, data: { own: "eA==" }, type: "Opaque" });
  await client.create(seal("kept", { a: "1" }));
  for (const value of ["1", "2"]) {
    const body = { spec: seal("kept", { a: value })["spec"] ?? null };
    await client.patch({ ...SEALED, name: "kept", namespace: "default" }, { type: "merge", body });
    const encoded = Buffer.from(value).toString("base64");
    const written = await until(`the value ${value}`, async () => {
      const secret = await client.get(SECRET, "kept", "default");
      return (secret["data"] as Record<string, string>)["a"] === encoded && secret;
    });
    assert.deepEqual(written["data"], { own: "eA==", a: encoded });
    assert.deepEqual(written.metadata.labels, { own: "label" });
    assert.deepEqual(written.metadata.annotations, annotations);
    assert.equal(written.metadata.ownerReferences?.[0]?.name, "kept");
  }
});

const BROKEN: readonly (readonly [string, Record<string, string>])[] = [
  ["no-data", {}],
  ["no-key", { "tls.crt": "eA==" }],
  ["no-pem", { "tls.crt": "eA==", "tls.key": "eA==" }],
  ["empty", { "tls.crt": "", "tls.key": "" }],
];

test("a malformed key Secret ends nothing (the peer crashes): the others go on opening", async () => {
  for (const [name, data] of BROKEN)
    await client.create({ ...SECRET, metadata: { name, namespace: NAMESPACE, labels: { [LABEL]: "active" } }, data });
  const own = await newKeySecret(NAMESPACE, Date.now(), KEY);
  const other = await newKeySecret(NAMESPACE, Date.now(), KEY);
  const mixed = { ...(own["data"] as object), "tls.crt": (other["data"] as Record<string, string>)["tls.crt"] ?? "" };
  await client.create({ ...own, data: mixed });
  await client.create(seal("goes-on", { a: "1" }));
  await until("the Secret", () => client.find(SECRET, "goes-on", "default"));
});

test("metrics have the names and labels the peer's dashboards ask for", async () => {
  await client.create({ ...SECRET, metadata: { name: "theirs", namespace: "default" } });
  await client.create(seal("theirs", { a: "1" }));
  await client.create({ ...seal("foreign", { a: "1" }), metadata: { name: "renamed", namespace: "default" } });
  await until("failures", async () => (await conditionOf("theirs")) && (await conditionOf("renamed")));
  await until("the cache", () => running.metrics().includes('name="renamed"'));
  const text = running.metrics();
  for (const line of [
    /^sealed_secrets_controller_build_info\{revision="[^"]+"\} 1$/m,
    /^sealed_secrets_controller_unseal_requests_total [1-9]\d*$/m,
    /^sealed_secrets_controller_unseal_errors_total\{reason="unmanaged",namespace="default"\} [1-9]\d*$/m,
    /^sealed_secrets_controller_unseal_errors_total\{reason="unseal",namespace="default"\} [1-9]\d*$/m,
    /^sealed_secrets_controller_condition_info\{condition="Synced",name="renamed",namespace="default",ss_app_kubernetes_io_instance=""\} -1$/m,
    /^sealed_secrets_controller_condition_info\{condition="Synced",name="goes-on",namespace="default",ss_app_kubernetes_io_instance=""\} 1$/m,
    /^sealed_secrets_controller_http_requests_total\{code="200",method="get",path="\/v1\/cert\.pem"\} [1-9]\d*$/m,
    /^sealed_secrets_controller_http_request_duration_seconds_bucket\{method="get",path="\/v1\/cert\.pem",le="\+Inf"\} [1-9]\d*$/m,
  ])
    assert.match(text, line);
});

test("over the network only the API server, or a token that may use the proxy, has something verified", async () => {
  const clock = new VirtualClock(Date.now());
  const options = {
    client,
    clock,
    logger: silentLogger,
    namespace: NAMESPACE,
    serviceName: "sealed-secrets-controller",
  };
  const mayAsk = clusterAccess({ ...options, proxiedFrom: ["10.1.0.0/16", "fd00::7"] });
  const from = (remoteAddress: string | undefined, token?: string) =>
    mayAsk({
      method: "POST",
      path: "/v1/verify",
      body: Buffer.alloc(0),
      remoteAddress,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  const tokenOf = async (name: string): Promise<string> => {
    await client.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: "default" } });
    const path = `/api/v1/namespaces/default/serviceaccounts/${name}/token`;
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const answer = await client.request({ method: "POST", path, body });
    return (JSON.parse(answer.body.toString()) as { status: { token: string } }).status.token;
  };
  const [admin, plain] = [await tokenOf("may"), await tokenOf("may-not")];
  const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };
  const metadata = { name: "proxy", namespace: NAMESPACE };
  const resourceNames = ["http:sealed-secrets-controller:http"];
  const rules = [{ apiGroups: [""], resources: ["services/proxy"], verbs: ["create"], resourceNames }];
  await client.create({ ...rbac, kind: "Role", metadata, rules });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "proxy" };
  const subjects = [{ kind: "ServiceAccount", name: "may", namespace: "default" }];
  await client.create({ ...rbac, kind: "RoleBinding", metadata, roleRef, subjects });
  const cases: readonly (readonly [string, Promise<boolean>, boolean])[] = [
    ["the network", from("192.0.2.9"), false],
    ["nobody knows who", from(undefined), false],
    ["a range that was named", from("10.1.2.3"), true],
    ["the same, as sockets of both families show it", from("::ffff:10.1.2.3"), true],
    ["an address that was named", from("fd00::7"), true],
    ["its neighbour", from("fd00::8"), false],
    ["a made-up token", from("192.0.2.9", "made-up"), false],
    ["a made-up token from a trusted range", from("10.1.2.3", "made-up"), false],
    ["an account that may use the proxy", from("192.0.2.9", admin), true],
    ["an account that may not", from("192.0.2.9", plain), false],
  ];
  for (const [who, answer, wanted] of cases) assert.equal(await answer, wanted, who);
  assert.throws(() => clusterAccess({ ...options, proxiedFrom: ["10.1.0.0/64"] }), /is no address/);
});

test("clock skew: keys from the future, a cut-off yet to come and an ended certificate make one key, not many", async () => {
  const made: number[] = [];
  const start = Date.parse("2026-06-01T00:00:00Z");
  const hour = 3_600_000;
  const cases: readonly (readonly [
    string,
    number | undefined,
    { keyCutoffTime?: number; keyRenewPeriodMs?: number },
    number,
  ])[] = [
    ["no key", undefined, {}, 1],
    ["a key from tomorrow", 24 * hour, {}, 0],
    ["a key of yesterday, renewed monthly", -24 * hour, {}, 0],
    ["a key of yesterday, renewed hourly", -24 * hour, { keyRenewPeriodMs: hour }, 1],
    ["a cut-off behind us", -24 * hour, { keyCutoffTime: start - hour }, 1],
    ["a cut-off ahead of us", -24 * hour, { keyCutoffTime: start + hour }, 0],
    ["an ended certificate that is never renewed", -1000 * hour, { keyRenewPeriodMs: 0 }, 1],
  ];
  for (const [title, age, more, wanted] of cases) {
    const namespace = `skew-${cases.findIndex(([each]) => each === title)}`;
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    const clock = new VirtualClock(start);
    const ttl = { ...KEY, keyTtlMs: 365 * 24 * hour };
    if (age !== undefined)
      await client.create(
        await newKeySecret(namespace, start + age, {
          ...ttl,
          keyTtlMs: title.startsWith("an ended") ? hour : ttl.keyTtlMs,
        }),
      );
    const before = age === undefined ? 0 : 1;
    const count = async () => (await client.list(SECRET, { namespace, labelSelector: LABEL })).items.length - before;
    const stopping = new AbortController();
    const keyring = new Keyring({
      ...ttl,
      client,
      clock,
      logger: silentLogger,
      namespace,
      keyRenewPeriodMs: 720 * hour,
      ...more,
      onChange: (keys) => made.push(keys.length),
    });
    await keyring.start(stopping.signal);
    await until(title, async () => (await count()) >= wanted);
    // Time goes on by retries, and no further key comes.
    for (let step = 0; step < 3; step += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await clock.advance(31_000);
    }
    assert.equal(await count(), wanted, title);
    stopping.abort();
  }
});

test("a key's id is its public key's, whichever certificate it has", async () => {
  const secret = await newKeySecret(NAMESPACE, Date.now(), KEY);
  const read = readKeySecret(secret);
  assert.ok(!("fault" in read));
  const { createHash } = await import("node:crypto");
  const spki = createPublicKey(read.privateKey).export({ type: "spki", format: "der" });
  assert.equal(read.id, createHash("sha256").update(spki).digest("hex"));
});
