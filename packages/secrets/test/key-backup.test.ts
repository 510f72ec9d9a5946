import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, beforeEach, test } from "node:test";
import { Encrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { silentLogger, systemClock } from "@fairlead/base";
import { createClient, kubeconfigFor, writeKubeconfig, type KubeClient } from "@fairlead/kube";
import { privateKeysIn } from "../src/seal/keys.ts";
import { secretsCommand } from "@fairlead/secrets/command";
import { decodeYaml } from "@fairlead/yaml";
import { newKeySecret } from "../src/sealed/key-secret.ts";

const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
const NAMESPACE = "kube-system";
const LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key";
const KEY = { keySize: 2048, keyTtlMs: 86_400_000, keyPrefix: "sealed-secrets-key", commonName: "" };
const folder = mkdtempSync(join(tmpdir(), "key-backup-"));
const kubeconfig = join(folder, "kubeconfig");
let server: ApiServer;
let client: KubeClient;

before(async () => {
  server = await startApiServer({ data: "memory", logger: silentLogger });
  client = createClient(server.adminConfig(), { clock: systemClock, logger: silentLogger });
  writeFileSync(kubeconfig, writeKubeconfig(kubeconfigFor("test", server.adminConfig())));
});

after(async () => {
  client.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Keys of the test before are gone, and so is what is known of their backups. */
beforeEach(async () => {
  for (const { metadata } of (await client.list(SECRET, { namespace: NAMESPACE, labelSelector: LABEL })).items)
    await client.delete(SECRET, metadata.name ?? "", NAMESPACE);
  const record = { apiVersion: "v1", kind: "ConfigMap" };
  if (await client.find(record, "sealed-secrets-backup", NAMESPACE))
    await client.delete(record, "sealed-secrets-backup", NAMESPACE);
});

async function secrets(args: readonly string[], env: Record<string, string> = {}, stdin = "") {
  let [out, err] = ["", ""];
  const exit = await secretsCommand([...args, "--kubeconfig", kubeconfig], {
    stdout: { write: (text) => void (out += String(text)) },
    stderr: { write: (text) => void (err += text) },
    stdin: Readable.from([Buffer.from(stdin)]),
    env: { HOME: folder, PATH: process.env["PATH"], ...env },
    cwd: folder,
    signal: AbortSignal.timeout(60_000),
  });
  return { exit, out, err };
}

const makeKey = async (at: number) => client.create(await newKeySecret(NAMESPACE, at, KEY));
const keyNames = async () =>
  (await client.list(SECRET, { namespace: NAMESPACE, labelSelector: LABEL })).items
    .map(({ metadata }) => metadata.name ?? "")
    .sort();

test("a backup has every key in the form kubectl prints, and the cluster knows that it is there until a newer key comes", async () => {
  const first = await makeKey(Date.now() - 1000);
  assert.equal((await secrets(["status"])).exit, 1);
  const backup = await secrets(["backup", "-o", "keys.yaml"]);
  assert.equal(backup.exit, 0, backup.err);
  assert.match(backup.err, /not encrypted/);
  const list = decodeYaml(readFileSync(join(folder, "keys.yaml"), "utf8")) as {
    kind: string;
    items: { metadata: Record<string, unknown>; data: object; type: string }[];
  };
  assert.deepEqual([list.kind, list.items.length, list.items[0]?.type], ["List", 1, "kubernetes.io/tls"]);
  assert.deepEqual(list.items[0]?.data, first["data"]);
  assert.deepEqual(Object.keys(list.items[0]?.metadata ?? {}).sort(), ["generateName", "labels", "name", "namespace"]);
  const status = await secrets(["status"]);
  assert.equal(status.exit, 0, status.err);
  assert.match(status.out, /newest .* yes\n/);
  const second = await makeKey(Date.now());
  const stale = await secrets(["status", "-o", "json"]);
  assert.equal(stale.exit, 1);
  const told = JSON.parse(stale.out) as { newestIsBackedUp: boolean; keys: { name: string; isBackedUp: boolean }[] };
  assert.deepEqual(
    [told.newestIsBackedUp, told.keys.map(({ name, isBackedUp }) => [name, isBackedUp])],
    [
      false,
      [
        [second.metadata.name, false],
        [first.metadata.name, true],
      ],
    ],
  );
  assert.ok(stale.err.includes(second.metadata.name ?? "?"));
});

test("a backup made by kubectl or Velero counts when it is shown: status looks into it, and notes it when asked", async () => {
  const key = await makeKey(Date.now());
  const { items } = await client.list(SECRET, { namespace: NAMESPACE, labelSelector: LABEL });
  writeFileSync(join(folder, "kubectl.json"), JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  assert.equal((await secrets(["status", "--backup", "kubectl.json"])).exit, 0);
  assert.equal((await secrets(["status"])).exit, 1);
  assert.equal((await secrets(["status", "--backup", "kubectl.json", "--record"])).exit, 0);
  assert.equal((await secrets(["status"])).exit, 0);
  await client.delete(SECRET, key.metadata.name ?? "", NAMESPACE);
  const newer = await makeKey(Date.now());
  const stale = await secrets(["status", "--backup", "kubectl.json"]);
  assert.deepEqual([stale.exit, stale.err.includes(newer.metadata.name ?? "?")], [1, true]);
});

test("an encrypted backup is opened by its identity alone, by restore, status and unseal", async () => {
  await makeKey(Date.now());
  const [mine, others] = [await generateIdentity(), await generateIdentity()];
  const done = await secrets(["backup", "-o", "keys.age", "--age", await identityToRecipient(mine)]);
  assert.equal(done.exit, 0, done.err);
  const text = readFileSync(join(folder, "keys.age"), "utf8");
  assert.ok(text.startsWith("-----BEGIN AGE ENCRYPTED FILE-----\n"));
  assert.equal(done.err.includes("not encrypted"), false);
  const names = await keyNames();
  for (const name of names) await client.delete(SECRET, name, NAMESPACE);
  const refused = await secrets(["restore", "keys.age"], { SOPS_AGE_KEY: others });
  assert.deepEqual([refused.exit, await keyNames()], [1, []]);
  writeFileSync(join(folder, "identity"), `# mine\n${mine}\n`);
  const restored = await secrets(["restore", "keys.age", "--identity", "identity"]);
  assert.deepEqual([restored.exit, restored.out], [0, `secret/${names[0]} restored\n`], restored.err);
  assert.deepEqual(await keyNames(), names);
  const again = await secrets(["restore", "keys.age"], { SOPS_AGE_KEY: mine });
  assert.equal(again.out, `secret/${names[0]} unchanged\n`);
  assert.equal((await secrets(["status"])).exit, 0);
});

test("an identity file and a backup that a passphrase protects are opened by it", async () => {
  await makeKey(Date.now());
  const identity = await generateIdentity();
  const locked = async (plain: string): Promise<Uint8Array> => {
    const encrypter = new Encrypter();
    encrypter.setPassphrase("open sesame");
    encrypter.setScryptWorkFactor(10);
    return encrypter.encrypt(plain);
  };
  writeFileSync(join(folder, "locked"), await locked(identity));
  await secrets(["backup", "-o", "a.age", "--age", await identityToRecipient(identity)]);
  const plain = await secrets(["backup"]);
  writeFileSync(join(folder, "b.age"), await locked(plain.out));
  for (const args of [
    ["status", "--backup", "a.age", "--identity", "locked"],
    ["status", "--backup", "b.age"],
  ]) {
    const opened = await secrets(args, { AGE_PASSPHRASE: "open sesame" });
    assert.equal(opened.exit, 0, opened.err);
    const wrong = await secrets(args, { AGE_PASSPHRASE: "wrong" });
    assert.deepEqual([wrong.exit, wrong.err.includes("incorrect passphrase")], [1, true], wrong.err);
  }
});

test("restoring keeps what is there: a name that another key has is not taken, and a bad backup changes nothing", async () => {
  const old = await makeKey(Date.now() - 5000);
  await secrets(["backup", "-o", "old.yaml"]);
  const name = old.metadata.name ?? "";
  await client.delete(SECRET, name, NAMESPACE);
  const made = await newKeySecret(NAMESPACE, Date.now(), KEY);
  await client.create({ ...made, metadata: { name, namespace: NAMESPACE, labels: made.metadata.labels ?? {} } });
  const dry = await secrets(["restore", "old.yaml", "--dry-run"]);
  assert.deepEqual([dry.exit, (await keyNames()).length], [0, 1]);
  const restored = await secrets(["restore", "old.yaml"]);
  assert.match(restored.out, /restored \(.* in the backup, a name another key has\)/);
  assert.equal((await keyNames()).length, 2);
  const text = readFileSync(join(folder, "old.yaml"), "utf8");
  const bad = [
    ["the backup holds no sealing key", ""],
    ["neither YAML nor JSON", "{"],
    ["its tls.crt or tls.key cannot be read", text.replace(/tls\.crt: .*/, "tls.crt: eA==")],
    ["holds no sealing key", "kind: ConfigMap\nmetadata: {name: a}\n"],
  ] as const;
  for (const [why, content] of bad) {
    writeFileSync(join(folder, "bad.yaml"), content);
    const refused = await secrets(["restore", "bad.yaml"]);
    assert.deepEqual([refused.exit, refused.err.includes(why)], [1, true], `${why}: ${refused.err}`);
  }
  assert.equal((await keyNames()).length, 2);
});

test("what backup writes is what kubeseal's recovery and unseal read", async () => {
  await makeKey(Date.now() - 1000);
  await makeKey(Date.now());
  const { out } = await secrets(["backup"]);
  assert.equal(privateKeysIn(out).length, 2);
});
