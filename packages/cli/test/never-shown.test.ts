import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { silentLogger, systemClock } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { contextConfig, createClient, loadKubeconfig, type KubeClient } from "@fairlead/kube";
import { ageService, newDataKey, sealSecret, sealSopsFile, storeOf, ValueCipher } from "@fairlead/secrets";
import { runGit } from "@fairlead/sources";
import { encodeYaml } from "@fairlead/yaml";
import { startFairlead, type FairleadProcess } from "./support/fairlead-process.ts";

/** Each way in has a value of its own, so that a leak tells where it came from. */
const PLANTED = {
  sealed: "planted-sealed-4711",
  tampered: "planted-tampered-4712",
  template: "planted-template-4713",
  external: "planted-external-4714",
  badTemplate: "planted-external-template-4715",
  plain: "planted-plain-4716",
  changed: "planted-changed-4717",
  notBase64: "planted-not-base64-4718",
  sops: "planted-sops-4719",
  refused: "planted-refused-4720",
  configMap: "planted-config-map-4721",
  environment: "planted-environment-4722",
  newer: "planted-newer-4723",
  typed: "planted-typed-4724",
  drifted: "planted-drifted-4725",
  manifest: "planted-manifest-4726",
} as const;

/** Made for this test. */
const IDENTITY = "AGE-SECRET-KEY-1F40PDYKJF0P4K3XF4TKELF3N5THFH0LAYAM4X0NJWU6ANC7ZRWUS2TW0WP";
const RECIPIENT = "age1k6d7nhgr062h8t70hwm6adv4xgk30rsgf6k077qjdf2cc52lp9fsg2xt54";

/** The manifest with every value encrypted below the keys that the expression names. */
async function encrypted(object: object, encryptedRegex: string): Promise<string> {
  const empty = { lastModified: "", mac: "", version: "", shamirThreshold: 0 };
  const keyGroups = [[{ kind: "age" as const, fields: { recipient: RECIPIENT }, enc: "" }]];
  const keys = { age: ageService([IDENTITY]) };
  const { dataKey, metadata } = await newDataKey({ ...empty, encryptedRegex, keyGroups }, keys);
  const store = storeOf("yaml");
  const parts = { branches: store.read(encodeYaml(object as KubeObject)), metadata, cipher: new ValueCipher(dataKey) };
  return sealSopsFile(parts, store, Date.UTC(2026, 0));
}

const configMap = (name: string, value: string): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data: { k: value, embedded: `url=https://user:${value}@host\n` },
});

const deployment = (value: string): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1", env: [{ name: "PASSWORD", value }] }] },
    },
  },
});

const WITHIN_MS = 120_000;
const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };
const SECRET = { apiVersion: "v1", kind: "Secret" };
const SEALED = { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret" };
const EXTERNAL = { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret" };

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + WITHIN_MS; ;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`not within ${WITHIN_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("values of Secrets are never shown", () => {
  const data = mkdtempSync(join(tmpdir(), "never-shown-"));
  const repository = join(data, "repository");
  const kubeconfig = join(data, "kubeconfig");
  /** What every command said, by its name. */
  const shown = new Map<string, string>();
  let up: FairleadProcess;
  let client: KubeClient;

  before(async () => {
    up = startFairlead([
      "up",
      "--data",
      data,
      "--kubeconfig",
      kubeconfig,
      "--listen",
      "127.0.0.1:0",
      "--unsafe-allow-generic-targets",
    ]);
    await up.seen(/Fairlead: hub/);
    client = createClient(contextConfig(loadKubeconfig(kubeconfig), "hub"), {
      clock: systemClock,
      logger: silentLogger,
    });
  });

  after(async () => {
    client.close();
    up.child.kill("SIGTERM");
    await up.ended;
    rmSync(data, { recursive: true, force: true });
  });

  const run = async (...args: string[]): Promise<string> => {
    const command = startFairlead(args, { KUBECONFIG: kubeconfig, SOPS_AGE_KEY: "" });
    await command.ended;
    const text = command.out() + command.err();
    shown.set(`fairlead ${args.join(" ")}`, text);
    return text;
  };

  const commit = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(repository, path, ".."), { recursive: true });
      writeFileSync(join(repository, path), text);
    }
    const directory = repository;
    await runGit(["add", "--all"], { directory });
    await runGit(["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "x"], {
      directory,
    });
  };

  const application = (name: string): KubeObject => ({
    ...APPLICATION,
    metadata: { name, namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: `file://${repository}`, path: name, targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "default" },
      syncPolicy: ["manual", "watched"].includes(name)
        ? {}
        : { automated: { prune: true, selfHeal: true }, retry: { limit: 0 } },
    },
  });

  const statusOf = async (kind: { apiVersion: string; kind: string }, name: string, namespace: string) =>
    JSON.stringify((await client.find(kind, name, namespace))?.["status"] ?? {});

  test("a run with sealed, SOPS and External Secrets, a diff and a failing sync leaves none of the planted values anywhere", async () => {
    const answer = await until("a certificate", async () => {
      const path = "/api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:http/proxy/v1/cert.pem";
      const each = await client.request({ method: "GET", path });
      return each.status === 200 && each.body.toString();
    });
    const { publicKey } = new X509Certificate(answer);
    const sealed = (name: string, value: string): KubeObject => {
      const secret = { metadata: { name, namespace: "default" }, values: new Map([["k", Buffer.from(value)]]) };
      return JSON.parse(JSON.stringify(sealSecret(secret, { publicKey }))) as KubeObject;
    };
    const template = sealed("template", PLANTED.template);
    const spec = template["spec"] as { template: object };
    const tampered = JSON.stringify(sealed("tampered", PLANTED.tampered)).replace(/"Ag(.{40})./, '"Ag$1!');
    const secret = (name: string, fields: object): string => encodeYaml({ ...SECRET, metadata: { name }, ...fields });
    await runGit(["init", "--quiet", "--initial-branch", "main", repository], { directory: data });
    await commit({
      "good/sealed.yaml": encodeYaml(sealed("sealed", PLANTED.sealed)),
      "good/plain.yaml": secret("plain", { stringData: { k: PLANTED.plain } }),
      "good/store.yaml": encodeYaml({
        apiVersion: "external-secrets.io/v1",
        kind: "SecretStore",
        metadata: { name: "store" },
        spec: {
          provider: {
            fake: {
              data: [
                { key: "k", value: PLANTED.external },
                { key: "bad", value: PLANTED.badTemplate },
              ],
            },
          },
        },
      }),
      "good/external.yaml": encodeYaml(externalSecret("external", "k", undefined)),
      "broken/external.yaml": encodeYaml(externalSecret("bad-external", "bad", { k: "{{ .k | fromJson | fail }}" })),
      "broken/template.yaml": encodeYaml({
        ...template,
        spec: { ...spec, template: { ...spec.template, data: { out: "{{ .k | fail }}" } } },
      }),
      "broken/tampered.yaml": tampered,
      "failing/bytes.yaml": secret("bytes", { data: { k: PLANTED.notBase64 } }),
      // Refused by the API server, for what is in it.
      "failing/typed.yaml": secret("typed", {
        type: "kubernetes.io/dockerconfigjson",
        stringData: { ".dockerconfigjson": `{${PLANTED.refused}` },
      }),
      "manual/secret.yaml": secret("plain", { stringData: { k: PLANTED.changed } }),
      "sops/secret.yaml": `apiVersion: v1\nkind: Secret\nmetadata: {name: sops}\nstringData: {k: ${PLANTED.sops}}\nsops: {mac: broken}\n`,
    });
    for (const name of ["good", "broken", "failing", "manual", "sops"]) await client.create(application(name));
    await otherKinds();
    await until("the sealed Secret", () => client.find(SECRET, "sealed", "default"));
    await until("the external Secret", () => client.find(SECRET, "external", "default"));
    await until("the plain Secret", () => client.find(SECRET, "plain", "default"));
    for (const name of ["tampered", "template"])
      await until(`the fault of ${name}`, async () => (await statusOf(SEALED, name, "default")).includes('"False"'));
    await until("the fault of the external one", async () =>
      (await statusOf(EXTERNAL, "bad-external", "default")).includes('"False"'),
    );
    await until("the failing sync", async () =>
      /"phase":"(?:Failed|Error)"/.test(await statusOf(APPLICATION, "failing", "argocd")),
    );

    const diff = await run("app", "diff", "manual", "--exit-code");
    assert.match(diff, /fingerprint/, diff);
    await run("app", "get", "failing");
    await run("app", "get", "broken", "-o", "json");
    await run("app", "sync", "failing", "--timeout", "60");
    await run("secrets", "status");
    await run("sops", "decrypt", join(repository, "sops/secret.yaml"));
    await run("diff", "-f", join(repository, "manual/secret.yaml"), "-n", "default");
    const port = /"port":(\d+)|port=(\d+)/.exec(
      (up.out() + up.err()).split("\n").find((line) => line.includes("listening")) ?? "",
    );
    const metrics = await fetch(`http://127.0.0.1:${port?.[1] ?? port?.[2] ?? "0"}/metrics`);
    shown.set("metrics", await metrics.text());
    shown.set("up", up.out() + up.err());
    const { items: configMaps } = await client.list({ apiVersion: "v1", kind: "ConfigMap" });
    const plain = configMaps.filter(({ metadata }) => !["opened", "written"].includes(metadata.name ?? ""));
    shown.set("ConfigMaps that hold no secret", JSON.stringify(plain));
    for (const [kind, apiVersion] of [
      ["Event", "v1"],
      ["Application", "argoproj.io/v1alpha1"],
      ["SealedSecret", "bitnami.com/v1alpha1"],
      ["ExternalSecret", "external-secrets.io/v1"],
      ["Service", "v1"],
    ] as const)
      shown.set(kind, JSON.stringify((await client.list({ apiVersion, kind })).items));
    assert.ok((shown.get("Event")?.length ?? 0) > 1000, "events were looked at");
    const { items: stores } = await client.list({ apiVersion: "external-secrets.io/v1", kind: "SecretStore" });
    shown.set("SecretStore status", JSON.stringify(stores.map(({ status }) => status ?? null)));
    for (const [place, text] of shown) {
      for (const [way, value] of Object.entries(PLANTED)) {
        const forms = [value, Buffer.from(value).toString("base64").replace(/=+$/, "")];
        for (const form of forms) {
          const at = text.indexOf(form);
          assert.equal(at, -1, `${place} shows ${way}: …${text.slice(Math.max(0, at - 200), at + 80)}…`);
        }
      }
    }
  });

  /** Secret values in objects that are no Secrets: decrypted ones of Git, and one that External Secrets writes. */
  async function otherKinds(): Promise<void> {
    const agekey = Buffer.from(IDENTITY).toString("base64");
    await client.create({
      ...SECRET,
      metadata: { name: "sops-age", namespace: "argocd" },
      data: { "a.agekey": agekey },
    });
    // The server quotes what it cannot take.
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "typed" },
      spec: { type: PLANTED.typed, ports: [{ port: 80 }] },
    };
    const store = { fake: { data: [{ key: "k", value: PLANTED.manifest }] } };
    await commit({
      "watched/config.yaml": await encrypted(configMap("opened", PLANTED.configMap), "^data$"),
      "watched/web.yaml": await encrypted(deployment(PLANTED.environment), "^value$"),
      "watched/written.yaml": encodeYaml(configMap("written", "from Git") as KubeObject),
      "typed/service.yaml": await encrypted(service, "^type$"),
      "store/store.yaml": encodeYaml({
        apiVersion: "external-secrets.io/v1",
        kind: "SecretStore",
        metadata: { name: "others" },
        spec: { provider: store },
      }),
    });
    for (const name of ["watched", "typed", "store"]) await client.create(application(name));
    await until("the refused Service", async () =>
      /"phase":"(?:Failed|Error)"/.test(await statusOf(APPLICATION, "typed", "argocd")),
    );
    assert.match(await statusOf(APPLICATION, "typed", "argocd"), /redacted/);
    await run("app", "sync", "watched", "--timeout", "120");
    const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
    const opened = await until("the decrypted ConfigMap", () => client.find(CONFIG_MAP, "opened", "default"));
    assert.equal((opened["data"] as Record<string, string>)["k"], PLANTED.configMap);
    await client.delete(CONFIG_MAP, "written", "default");
    const target = { name: "written", manifest: CONFIG_MAP };
    await client.create({
      ...EXTERNAL,
      metadata: { name: "written", namespace: "default" },
      spec: {
        secretStoreRef: { name: "others", kind: "SecretStore" },
        target,
        data: [{ secretKey: "k", remoteRef: { key: "k" } }],
      },
    });
    await until("the ConfigMap of a store", async () =>
      JSON.stringify((await client.find(CONFIG_MAP, "written", "default")) ?? {}).includes(PLANTED.manifest),
    );
    // Somebody writes over a decrypted value, and Git has another one meanwhile.
    const ref = { ...CONFIG_MAP, name: "opened", namespace: "default" };
    await client.patch(ref, { type: "merge", body: { data: { k: PLANTED.drifted } } }, { fieldManager: "somebody" });
    await until("the drift", async () => (await statusOf(APPLICATION, "watched", "argocd")).includes("data.k changed"));
    await commit({ "watched/config.yaml": await encrypted(configMap("opened", PLANTED.newer), "^data$") });
    await until("a diff against the newer", async () =>
      /opened[\s\S]*fingerprint/.test(await run("app", "diff", "watched", "--refresh")),
    );
    await run("app", "manifests", "watched");
    await run("app", "manifests", "watched", "--source", "live");
    await run("app", "manifests", "watched", "-o", "json");
    await run("app", "resources", "watched", "--output", "tree");
    await run("app", "get", "watched", "-o", "yaml");
    for (const source of ["git", "live"])
      assert.match(await run("app", "manifests", "watched", "--source", source), /PASSWORD[\s\S]*fingerprint/);
  }

  function externalSecret(name: string, key: string, template: Record<string, string> | undefined): KubeObject {
    return {
      ...EXTERNAL,
      metadata: { name },
      spec: {
        secretStoreRef: { name: "store", kind: "SecretStore" },
        data: [{ secretKey: "k", remoteRef: { key } }],
        ...(template && { target: { template: { data: template } } }),
      },
    };
  }
});
