import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { memoryTree, ProblemError, systemClock } from "@fairlead/base";
import type { RenderAnswer, RenderRequest } from "@fairlead/apps";
import { RenderPool } from "@fairlead/render";
import {
  ageService,
  formatOf,
  newDataKey,
  sealSopsFile,
  storeOf,
  ValueCipher,
  type SopsFormat,
} from "@fairlead/secrets";
import { ChartSources, CredentialStore, Repositories } from "@fairlead/sources";
import { createSourceAccess } from "../src/up/source-access.ts";
import { encryptedFiles } from "../src/up/sops-keys.ts";

/** Made for this test. */
const IDENTITY = "AGE-SECRET-KEY-1F40PDYKJF0P4K3XF4TKELF3N5THFH0LAYAM4X0NJWU6ANC7ZRWUS2TW0WP";
const RECIPIENT = "age1k6d7nhgr062h8t70hwm6adv4xgk30rsgf6k077qjdf2cc52lp9fsg2xt54";
const PLANTED = "planted-hunter2";

const keys = { age: ageService([IDENTITY]) };

async function sealed(text: string, format: SopsFormat, encryptedRegex?: string): Promise<string> {
  const rules = encryptedRegex === undefined ? { unencryptedSuffix: "_unencrypted" } : { encryptedRegex };
  const empty = { lastModified: "", mac: "", version: "", shamirThreshold: 0 };
  const keyGroups = [[{ kind: "age" as const, fields: { recipient: RECIPIENT }, enc: "" }]];
  const { dataKey, metadata } = await newDataKey({ ...empty, ...rules, keyGroups }, keys);
  const store = storeOf(format);
  const file = sealSopsFile(
    { branches: store.read(text), metadata, cipher: new ValueCipher(dataKey) },
    store,
    Date.UTC(2026, 0),
  );
  assert.equal(file.includes(PLANTED), false);
  return file;
}

const SECRET = `apiVersion: v1\nkind: Secret\nmetadata:\n    name: db\nstringData:\n    password: ${PLANTED}\n`;
const CHART = {
  "app/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "app/templates/c.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  text: {{ .Values.password | quote }}\n",
};

describe("SOPS inside an Application", () => {
  const pool = new RenderPool();
  const directory = "/nonexistent/fairlead";
  const repositories = new Repositories({ directory });
  const charts = new ChartSources({ directory });
  let identity: string | undefined = IDENTITY;
  const asked: string[] = [];
  const access = createSourceAccess({
    repositories,
    charts,
    credentials: new CredentialStore(),
    renderKey: "key",
    clock: systemClock,
    pool,
    encryptedFilesFor(name) {
      asked.push(name);
      const secret = identity === undefined ? undefined : { metadata: { name }, stringData: { "a.agekey": identity } };
      return Promise.resolve(encryptedFiles(name, secret));
    },
  });
  after(async () => {
    await pool.close();
    await repositories.close();
    await charts.close();
  });

  function rendered(
    files: Readonly<Record<string, string>>,
    source: Partial<RenderRequest["source"]> = {},
    more: Partial<RenderRequest> = {},
  ): Promise<RenderAnswer> {
    const app = { name: "a", namespace: "argocd", project: "default", destinationNamespace: "shop", instance: "a" };
    const tree = memoryTree(files);
    return Promise.resolve(
      access.render({
        owner: "a#0",
        source: { repoURL: "https://git.invalid/x", path: "app", ...source },
        resolved: { revision: "1", tree },
        refs: new Map(),
        app,
        ...more,
      }),
    );
  }

  async function faultsOf(files: Readonly<Record<string, string>>, source: Partial<RenderRequest["source"]> = {}) {
    const failed = await rendered(files, source).then(
      () => assert.fail("nothing was refused"),
      (error: unknown) => error,
    );
    assert.ok(failed instanceof ProblemError, String(failed));
    assert.equal(`${failed.message}${failed.stack}${JSON.stringify(failed.problems)}`.includes(PLANTED), false);
    return failed.problems;
  }

  test("a directory's encrypted manifests are objects in the clear", async () => {
    const files = { "app/a.yaml": await sealed(SECRET, "yaml", "^(data|stringData)$") };
    const { objects } = await rendered(files);
    assert.deepEqual(objects[0]?.object["stringData"], { password: PLANTED });
    assert.equal("sops" in (objects[0]?.object ?? {}), false);
  });

  test("the secret's inputs of a kustomization are opened in every format", async () => {
    const inputs: Record<string, string> = {
      "app.env": `PASSWORD=${PLANTED}\n`,
      "app.ini": `[db]\npassword = ${PLANTED}\n`,
      "app.json": `{"password":"${PLANTED}"}`,
      "app.yaml": `password: ${PLANTED}\n`,
      "blob.bin": `${PLANTED}\n`,
    };
    const files: Record<string, string> = {
      "app/kustomization.yaml":
        "secretGenerator:\n- name: s\n  envs: [app.env]\n  files: [app.ini, app.json, app.yaml, blob.bin]\nresources: [secret.enc.yaml]\n",
      "app/secret.enc.yaml": await sealed(SECRET, "yaml"),
    };
    for (const [name, text] of Object.entries(inputs)) files[`app/${name}`] = await sealed(text, formatOf(name));
    const { objects } = await rendered(files);
    const generated = objects.find(({ object }) => object.metadata.name?.startsWith("s-"))?.object;
    const data = generated?.["data"] as Record<string, string>;
    const texts = Object.entries(data).map(([name, text]) => [name, Buffer.from(text, "base64").toString()] as const);
    assert.deepEqual(texts.map(([name]) => name).sort(), ["PASSWORD", ...Object.keys(inputs).slice(1)].sort());
    for (const [name, text] of texts) assert.match(text, new RegExp(PLANTED), name);
    assert.deepEqual(objects.find(({ object }) => object.metadata.name === "db")?.object["stringData"], {
      password: PLANTED,
    });
  });

  test("value files are opened, and a chart's other files are left alone, whoever's keys they need", async () => {
    const files = {
      ...CHART,
      "app/values-other.yaml": (await sealed("a: b\n", "yaml")).replace(/age1[a-z0-9]{10}/, "age1qqqqqqqqqq"),
      "envs/prod.enc.yaml": await sealed(`password: ${PLANTED}\n`, "yaml"),
    };
    const { objects } = await rendered(files, { helm: { valueFiles: ["../envs/prod.enc.yaml"] } });
    assert.deepEqual(objects[0]?.object["data"], { text: PLANTED });
  });

  test("a changed file is refused by its MAC, with file and line", async () => {
    const text = await sealed(`plain_unencrypted: one\n${SECRET}`, "yaml");
    const [problem] = await faultsOf({
      "app/a.yaml": text.replace("plain_unencrypted: one", "plain_unencrypted: two"),
    });
    assert.equal(problem?.code, "MacMismatch");
    assert.equal(problem?.file, "app/a.yaml");
    assert.match(text.split("\n")[(problem?.line ?? 0) - 1] ?? "", /^\s+mac: /);
  });

  test("what a render says of decrypted values is redacted", async () => {
    const template = 'a: {{ fail (printf "no good: %s" .Values.password) }}';
    const files = {
      ...CHART,
      "app/templates/c.yaml": template,
      "app/v.yaml": await sealed(`password: ${PLANTED}\n`, "yaml"),
    };
    const [problem] = await faultsOf(files, { helm: { valueFiles: ["v.yaml"] } });
    assert.match(problem?.message ?? "", /no good: \(redacted\)/);
  });

  test("without a key the file is refused with what to do, and a key that comes is used at once", async () => {
    const files = { "app/a.yaml": await sealed(SECRET, "yaml") };
    identity = undefined;
    const [problem] = await faultsOf(files);
    assert.equal(problem?.code, "NoDataKey");
    assert.match(problem?.hint ?? "", /kubectl create secret generic sops-age --from-file=age\.agekey=/);
    identity = IDENTITY;
    const { why } = await rendered(files);
    assert.equal(why, "keys changed");
  });

  test("keys that change render nothing again that has no encrypted file", async () => {
    const files = { "app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n" };
    await rendered(files, {}, { owner: "plain#0" });
    identity = undefined;
    assert.equal((await rendered(files, {}, { owner: "plain#0" })).why, undefined);
    identity = IDENTITY;
  });

  test("files for somebody else to open are applied as they are", async () => {
    const kind = "apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret\nmetadata:\n    name: s\nspec:\n    a: b\n";
    const marked = SECRET.replace(
      "    name: db\n",
      "    name: db\n    annotations: {fairlead.dev/decrypt: disabled}\n",
    );
    const files = {
      "app/a.yaml": await sealed(kind, "yaml", "^spec$"),
      "app/b.yaml": await sealed(marked, "yaml", "^stringData$"),
    };
    const { objects } = await rendered(files);
    assert.equal(objects.length, 2);
    for (const { object } of objects) assert.equal("sops" in object, true);
  });

  test("an application asks for the Secret that the settings name, else for sops-age", async () => {
    const files = { "app/a.yaml": await sealed(SECRET, "yaml") };
    await rendered(files, {}, { owner: "b#0" });
    await rendered(files, {}, { owner: "b#0", sopsSecret: "team-a" });
    assert.deepEqual(asked.slice(-2), ["sops-age", "team-a"]);
  });

  test("kustomize.buildOptions lets charts be inflated, with encrypted values, and files be elsewhere", async () => {
    const chart = Object.fromEntries(
      Object.entries(CHART).map(([name, text]) => [name.replace("app/", "app/charts/web/"), text]),
    );
    const files = {
      ...chart,
      "app/kustomization.yaml":
        "resources: [../shared/cm.yaml]\nhelmCharts:\n- name: web\n  releaseName: r\n  valuesFile: v.yaml\n",
      "app/v.yaml": await sealed(`password: ${PLANTED}\n`, "yaml"),
      "shared/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\n",
    };
    const options = { kustomizeBuildOptions: "--enable-helm  --load-restrictor LoadRestrictionsNone" };
    const { objects } = await rendered(files, {}, options);
    assert.deepEqual(new Set(objects.map(({ object }) => object.metadata.name)), new Set(["c", "shared"]));
    assert.deepEqual(objects.find(({ object }) => object.metadata.name === "c")?.object["data"], { text: PLANTED });
    await assert.rejects(rendered(files, {}, {}), /is not in or below/);
    await assert.rejects(rendered(files, {}, { kustomizeBuildOptions: "--nope" }), /unknown flag: --nope/);
  });
});
