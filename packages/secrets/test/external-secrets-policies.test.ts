import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import {
  EXTERNAL,
  eventually,
  ExternalCluster,
  fakeStore,
  item,
  NAMESPACE,
  SECRET,
  STORE,
  V1,
} from "./support/external-cluster.ts";

let cluster: ExternalCluster;

before(async () => {
  cluster = await ExternalCluster.start();
  await cluster.create(
    STORE,
    "plain",
    fakeStore({ key: "a", value: "1" }, { key: "json", value: '{"x":"1","y/z":"2"}' }),
  );
});

after(() => cluster.close());

const from = (more: JsonObject): JsonObject => ({ secretStoreRef: { name: "plain" }, ...more });
const store = (name: string, ...data: JsonObject[]): Promise<unknown> =>
  cluster.create(STORE, name, fakeStore(...data));
const setStore = (name: string, ...data: JsonObject[]): Promise<void> =>
  cluster.merge(STORE, name, { spec: { provider: { fake: { data } } } });

async function poke(name: string): Promise<void> {
  await cluster.merge(EXTERNAL, name, { metadata: { annotations: { poke: String(Math.random()) } } });
}

describe("creation policies", () => {
  test("Orphan: no owner, and the Secret stays when the object goes", async () => {
    await cluster.create(EXTERNAL, "orphan", from({ target: { creationPolicy: "Orphan" }, data: [item("k", "a")] }));
    await cluster.has("orphan", { k: "1" });
    const { metadata } = await cluster.hub.get(SECRET, "orphan", NAMESPACE);
    assert.equal(metadata.ownerReferences, undefined);
    await cluster.hub.delete(EXTERNAL, "orphan", NAMESPACE);
    await eventually(async () => assert.equal(await cluster.hub.find(EXTERNAL, "orphan", NAMESPACE), undefined));
    await cluster.has("orphan", { k: "1" });
  });

  test("Merge waits for the Secret, CreateOrMerge makes it, None makes nothing", async () => {
    const data = [item("k", "a")];
    await cluster.create(EXTERNAL, "waits", from({ target: { creationPolicy: "Merge" }, data }));
    await cluster.ready("waits", "SecretMissing");
    await cluster.create(EXTERNAL, "either", from({ target: { creationPolicy: "CreateOrMerge" }, data }));
    await cluster.has("either", { k: "1" });
    await cluster.create(EXTERNAL, "none", from({ target: { creationPolicy: "None" }, data }));
    await cluster.ready("none", "SecretSynced");
    assert.equal(await cluster.hub.find(SECRET, "none", NAMESPACE), undefined);
    await cluster.secret("waits", { theirs: "x" });
    await poke("waits");
    await cluster.has("waits", { theirs: "x", k: "1" });
  });

  test("a renamed target takes the former Secret away", async () => {
    await cluster.create(EXTERNAL, "renamed", from({ target: { name: "first" }, data: [item("k", "a")] }));
    await cluster.has("first", { k: "1" });
    await cluster.ready("renamed", "SecretSynced");
    await cluster.merge(EXTERNAL, "renamed", { spec: { target: { name: "second" } } });
    await cluster.has("second", { k: "1" });
    await cluster.gone("first");
  });
});

describe("deletion policies", () => {
  for (const [deletionPolicy, creationPolicy] of [
    ["Retain", "Owner"],
    ["Delete", "Owner"],
    ["Merge", "Owner"],
  ] as const)
    test(`${deletionPolicy}: what becomes of a Secret whose value is gone`, async () => {
      const name = `gone-${deletionPolicy.toLowerCase()}`;
      await store(name, { key: "a", value: "1" });
      const spec = { secretStoreRef: { name }, target: { creationPolicy, deletionPolicy }, data: [item("k", "a")] };
      await cluster.create(EXTERNAL, name, spec);
      await cluster.has(name, { k: "1" });
      await setStore(name, { key: "other", value: "1" });
      await poke(name);
      if (deletionPolicy === "Retain") {
        assert.match((await cluster.ready(name, "SecretSyncedError"))["message"] ?? "", /Secret does not exist/);
        await cluster.has(name, { k: "1" });
      } else if (deletionPolicy === "Delete") {
        await cluster.ready(name, "SecretDeleted");
        await cluster.gone(name);
      } else await cluster.has(name, {});
    });
});

describe("refresh policies", () => {
  const every = { refreshInterval: "1s" };

  test("Periodic takes a new value by itself, OnChange when it is changed, CreatedOnce never", async () => {
    await store("turn", { key: "a", value: "1" });
    const policies = ["Periodic", "OnChange", "CreatedOnce"];
    for (const refreshPolicy of policies) {
      const spec = { secretStoreRef: { name: "turn" }, refreshPolicy, ...every, data: [item("k", "a")] };
      await cluster.create(EXTERNAL, refreshPolicy.toLowerCase(), spec);
    }
    for (const name of ["periodic", "onchange", "createdonce"]) {
      await cluster.has(name, { k: "1" });
      await cluster.ready(name, "SecretSynced");
    }
    await setStore("turn", { key: "a", value: "2" });
    await cluster.has("periodic", { k: "2" });
    // By now the others have had the same time.
    assert.deepEqual(await cluster.entries("onchange"), { k: "1" });
    for (const name of ["onchange", "createdonce"]) await poke(name);
    await cluster.has("onchange", { k: "2" });
    assert.deepEqual(await cluster.entries("createdonce"), { k: "1" });
  });
});

describe("templates", () => {
  test("texts of ConfigMaps and Secrets, literals, and what is said about the Secret", async () => {
    await cluster.hub.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "texts", namespace: NAMESPACE },
      data: { "app.conf": "x={{ .x }}", all: "one: '{{ .x }}'\ntwo: two" },
    });
    await cluster.secret("hidden", { line: "{{ .x | b64enc }}" });
    const template = {
      type: "kubernetes.io/tls",
      metadata: { labels: { team: "t-{{ .x }}" }, annotations: { a: "b" }, finalizers: ["example.com/hold"] },
      data: { "tls.crt": "{{ .x }}", "tls.key": "{{ .absent }}" },
      templateFrom: [
        { configMap: { name: "texts", items: [{ key: "app.conf" }, { key: "all", templateAs: "KeysAndValues" }] } },
        { secret: { name: "hidden", items: [{ key: "line" }] } },
        { literal: "from: literal-{{ .x }}" },
        { target: "Annotations", literal: "noted: '{{ .x }}'" },
        { target: "Labels", literal: "marked: m{{ .x }}" },
      ],
    };
    await cluster.create(EXTERNAL, "filled", from({ target: { template }, dataFrom: [{ extract: { key: "json" } }] }));
    const { message } = await cluster.ready("filled", "SecretSyncedError");
    assert.match(message ?? "", /tls.key/);
    await cluster.merge(EXTERNAL, "filled", { spec: { target: { template: { data: { "tls.key": "{{ .y_z }}" } } } } });
    await cluster.has("filled", {
      "tls.crt": "1",
      "tls.key": "2",
      "app.conf": "x=1",
      one: "1",
      two: "two",
      line: "MQ==",
      from: "literal-1",
    });
    const secret = await cluster.hub.get(SECRET, "filled", NAMESPACE);
    assert.equal(secret["type"], "kubernetes.io/tls");
    assert.equal(secret.metadata.labels?.["team"], "t-1");
    assert.equal(secret.metadata.labels?.["marked"], "m1");
    assert.equal(secret.metadata.annotations?.["noted"], "1");
    assert.deepEqual(secret.metadata.finalizers, ["example.com/hold"]);
    await cluster.merge(SECRET, "filled", { metadata: { finalizers: null } });
  });

  test("without a template labels and annotations are the object's own", async () => {
    await cluster.create(EXTERNAL, "copied", from({ data: [item("k", "a")] }), {
      labels: { app: "x" },
      annotations: { note: "y" },
    });
    await cluster.has("copied", { k: "1" });
    const { metadata } = await cluster.hub.get(SECRET, "copied", NAMESPACE);
    assert.deepEqual([metadata.labels?.["app"], metadata.annotations?.["note"]], ["x", "y"]);
  });

  test("a Secret that is an identity cannot be made, nor a template of the first engine", async () => {
    for (const [name, template, fault] of [
      ["token", { type: "bootstrap.kubernetes.io/token" }, /may not be made from a template/],
      ["engine", { engineVersion: "v1" }, /only v2 is supported/],
    ] as const) {
      await cluster.create(EXTERNAL, name, from({ target: { template }, data: [item("k", "a")] }));
      assert.match((await cluster.ready(name, "SecretSyncedError"))["message"] ?? "", fault);
    }
  });

  test("an immutable Secret is made once, and its change is refused and told", async () => {
    await store("fixed", { key: "a", value: "1" });
    await cluster.create(EXTERNAL, "fixed", {
      secretStoreRef: { name: "fixed" },
      target: { immutable: true },
      data: [item("k", "a")],
    });
    await cluster.has("fixed", { k: "1" });
    assert.equal((await cluster.hub.get(SECRET, "fixed", NAMESPACE))["immutable"], true);
    await cluster.ready("fixed", "SecretSynced");
    await setStore("fixed", { key: "a", value: "2" });
    await poke("fixed");
    await eventually(async () =>
      assert.notEqual((await cluster.hub.get(EXTERNAL, "fixed", NAMESPACE)).metadata.annotations?.["poke"], undefined),
    );
    await cluster.has("fixed", { k: "1" });
  });
});

test("a rotated value rolls the workloads that asked for it, and no others", async () => {
  await store("rolls", { key: "a", value: "1" });
  await cluster.create(EXTERNAL, "rolls", {
    secretStoreRef: { name: "rolls" },
    refreshInterval: "1s",
    data: [item("k", "a")],
  });
  await cluster.has("rolls", { k: "1" });
  const deployment = (name: string, annotations: Record<string, string>): Promise<unknown> =>
    cluster.hub.create({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: NAMESPACE, annotations },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { containers: [{ name: "c", image: "i", envFrom: [{ secretRef: { name: "rolls" } }] }] },
        },
      },
    });
  await deployment("asked", { "fairlead.dev/restart-on-secret": "true" });
  await deployment("silent", {});
  await setStore("rolls", { key: "a", value: "2" });
  const markOf = async (name: string): Promise<unknown> => {
    const { spec } = (await cluster.hub.get(
      { apiVersion: "apps/v1", kind: "Deployment" },
      name,
      NAMESPACE,
    )) as unknown as {
      spec: { template: { metadata: { annotations?: Record<string, string> } } };
    };
    return spec.template.metadata.annotations?.["secret.fairlead.dev/rolls"];
  };
  await eventually(async () => assert.match(String(await markOf("asked")), /^[0-9a-f]{56}$/));
  assert.equal(await markOf("silent"), undefined);
});

test("a ClusterExternalSecret places objects by label and by name, leaves others' alone, and says where it failed", async () => {
  const kind = { apiVersion: V1, kind: "ClusterExternalSecret" };
  await cluster.hub.create({
    ...EXTERNAL,
    metadata: { name: "shared", namespace: "remote" },
    spec: from({ data: [item("k", "a")] }),
  });
  await cluster.create(kind, "shared", {
    externalSecretSpec: from({ data: [item("k", "a")] }),
    namespaceSelectors: [{ matchLabels: { kind: "own" } }],
  });
  await cluster.has("shared", { k: "1" });
  const { message } = await cluster.ready("shared", "NamespacesFailed", kind);
  assert.match(message ?? "", /already exists in namespace/);
  const { status } = (await cluster.hub.get(kind, "shared")) as unknown as { status: JsonObject };
  assert.deepEqual(status["provisionedNamespaces"], [NAMESPACE]);
  assert.deepEqual(status["failedNamespaces"], [
    { namespace: "remote", reason: "external secret already exists in namespace" },
  ]);
});

test("v1beta1 and v1 are one object, whichever way it came", async () => {
  const beta = { apiVersion: "external-secrets.io/v1beta1", kind: "ExternalSecret" };
  const data = [{ secretKey: "k", remoteRef: { key: "a", conversionStrategy: "Default", decodingStrategy: "None" } }];
  await cluster.create(beta, "old", from({ refreshInterval: "1h", data }));
  await cluster.has("old", { k: "1" });
  const [asBeta, asOne] = [
    await cluster.hub.get(beta, "old", NAMESPACE),
    await cluster.hub.get(EXTERNAL, "old", NAMESPACE),
  ];
  assert.deepEqual(asBeta["spec"], asOne["spec"]);
  assert.equal(asOne.apiVersion, V1);
});
