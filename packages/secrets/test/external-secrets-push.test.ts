import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { fakeProvider } from "../src/external/providers/fake.ts";
import { parsePushSecret } from "../src/external/push/parse.ts";
import { pushesFor, statusName, type SourceSecret } from "../src/external/push/plan.ts";
import {
  CLUSTER_STORE,
  EXTERNAL,
  eventually,
  ExternalCluster,
  fakeStore,
  item,
  NAMESPACE,
  PUSH,
  SECRET,
  STORE,
} from "./support/external-cluster.ts";
import {
  depsOf,
  openProvider,
  refTo,
  SIGNAL,
  textsOf,
  valueAt,
  valueOfSecret,
  valueOfText,
} from "./support/provider.ts";

const entry = (secretKey: string, remoteKey: string, more: JsonObject = {}): JsonObject => ({
  match: { ...(secretKey && { secretKey }), remoteRef: { remoteKey, ...more } },
});

function parsed(spec: JsonObject) {
  const object = { ...PUSH, metadata: { name: "p", namespace: "n" }, spec } as unknown as KubeObject;
  return parsePushSecret(object);
}

const source = (data: Record<string, string>): SourceSecret => ({
  data: new Map(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)])),
  type: "Opaque",
  labels: {},
  annotations: {},
});

function planned(spec: JsonObject, data: Record<string, string>): Record<string, string> {
  const refs = { secretStoreRefs: [{ name: "s" }], selector: { secret: { name: "x" } } };
  const { spec: plan, problems } = parsed({ ...refs, ...spec });
  assert.deepEqual(problems, []);
  const pushes = pushesFor(plan, source(data), { kind: "SecretStore", name: "s", labels: {} });
  return Object.fromEntries(pushes.map((push) => [statusName(push.entry), Buffer.from(push.value.bytes).toString()]));
}

describe("what is pushed where", () => {
  const data = { user: "ann", password: "<p>", a_U002f_b: "slash" };
  const cases: readonly (readonly [string, JsonObject, Record<string, string>])[] = [
    ["one entry", { data: [entry("user", "k")] }, { k: "ann" }],
    ["one property", { data: [entry("user", "k", { property: "p" })] }, { "k/p": "ann" }],
    [
      "the whole Secret as JSON",
      { data: [entry("", "k")] },
      { k: `{"a_U002f_b":"slash","password":"<p>","user":"ann"}` },
    ],
    ["names turned back", { data: [{ ...entry("a/b", "k"), conversionStrategy: "ReverseUnicode" }] }, { k: "slash" }],
    [
      "all that match, each to a key of its own",
      {
        dataTo: [
          {
            storeRef: { name: "s" },
            match: { regexp: "^(user|password)$" },
            rewrite: [{ regexp: { source: "^", target: "app/" } }, { transform: { template: "{{ .value | upper }}" } }],
          },
        ],
      },
      { "APP/PASSWORD": "<p>", "APP/USER": "ann" },
    ],
    [
      "all that match in one",
      { dataTo: [{ storeRef: { name: "s" }, remoteKey: "all", match: { regexp: "^u" } }] },
      { all: `{"user":"ann"}` },
    ],
    [
      "an entry of data before the same of dataTo",
      { dataTo: [{ storeRef: { name: "s" }, match: { regexp: "user" } }], data: [entry("user", "mine")] },
      { mine: "ann" },
    ],
    [
      "nothing of another store's dataTo",
      {
        secretStoreRefs: [{ name: "s" }, { name: "t" }],
        dataTo: [{ storeRef: { name: "t" } }],
        data: [entry("user", "k")],
      },
      { k: "ann" },
    ],
  ];
  for (const [name, spec, wanted] of cases) test(name, () => assert.deepEqual(planned(spec, data), wanted));

  test("two entries for one remote key, and a key that is not there, are refused", () => {
    assert.throws(
      () => planned({ data: [entry("user", "k"), entry("password", "k")] }, data),
      /duplicate remote key "k"/,
    );
    assert.throws(() => planned({ data: [entry("none", "k")] }, data), /secret key none does not exist/);
  });

  test("every fault of a spec is told", () => {
    const spec = {
      secretStoreRefs: [{}],
      updatePolicy: "Sometimes",
      selector: { secret: { name: "x" }, generatorRef: { kind: "Fake", name: "f" } },
      dataTo: [{ remoteKey: "k", rewrite: [{ merge: {} }] }],
    };
    const told = parsed(spec).problems.map(({ message }) => message);
    for (const path of [
      "secretStoreRefs[0]",
      "updatePolicy",
      "selector",
      "dataTo[0].storeRef",
      "dataTo[0]:",
      "rewrite",
    ])
      assert.ok(
        told.some((message) => message.includes(path)),
        `${path} in ${told.join("\n")}`,
      );
  });
});

test("the fake store keeps what is pushed, and not over what it was given", async () => {
  const client = openProvider(fakeProvider, { data: [{ key: "given", value: "x" }] }, depsOf());
  const to = (key: string, property = ""): { key: string; property: string; metadata: undefined } => ({
    key,
    property,
    metadata: undefined,
  });
  await client.writes?.push(valueOfSecret({ a: "1" }), to("k"), SIGNAL);
  await client.writes?.push(valueOfText("2"), to("k", "b.c"), SIGNAL);
  assert.equal(await valueAt(client, refTo("k")), `{"a":"1","b":{"c":"2"}}`);
  await assert.rejects(
    client.writes?.push(valueOfText("2"), to("given"), SIGNAL) ?? Promise.resolve(),
    /already exists/,
  );
  const found = await client.find({ ...refTo(""), name: "^k", path: undefined, tags: undefined }, SIGNAL);
  assert.deepEqual(textsOf(found), { k: `{"a":"1","b":{"c":"2"}}` });
});

describe("PushSecrets on a cluster", () => {
  let cluster: ExternalCluster;
  const status = async (name: string): Promise<JsonObject> =>
    ((await cluster.hub.get(PUSH, name, NAMESPACE))["status"] ?? {}) as JsonObject;

  before(async () => {
    cluster = await ExternalCluster.start();
    const access = cluster.server.issueClient({ user: "writer", groups: ["system:masters"] });
    const pem = (text = ""): string => (text.includes("BEGIN") ? text : Buffer.from(text, "base64").toString());
    await cluster.secret("tls", { "tls.crt": pem(access.certData), "tls.key": pem(access.keyData) });
    const auth = {
      cert: { clientCert: { name: "tls", namespace: NAMESPACE }, clientKey: { name: "tls", namespace: NAMESPACE } },
    };
    const kubernetes = { provider: { kubernetes: { remoteNamespace: "remote", auth } } };
    await cluster.create(CLUSTER_STORE, "remote", kubernetes, { labels: { place: "remote" } });
    await cluster.create(STORE, "kept", fakeStore());
    await cluster.secret("source", { user: "ann", password: "one" }, { labels: { app: "db" } });
  });

  after(() => cluster.close());

  test("a Secret goes to every store that is named or selected, and back from there", async () => {
    await cluster.create(PUSH, "both", {
      secretStoreRefs: [
        { name: "kept" },
        { kind: "ClusterSecretStore", labelSelector: { matchLabels: { place: "remote" } } },
      ],
      selector: { secret: { name: "source" } },
      template: { metadata: { labels: { team: "{{ .user }}" } }, data: { url: "pg://{{ .user }}:{{ .password }}" } },
      data: [entry("url", "copy", { property: "url" }), entry("user", "copy", { property: "user" })],
    });
    await cluster.has("copy", { url: "pg://ann:one", user: "ann" }, "remote");
    const { message } = await cluster.ready("both", "Synced", PUSH);
    assert.equal(message, "PushSecret synced successfully");
    const { syncedPushSecrets = {} } = (await status("both")) as { syncedPushSecrets?: JsonObject };
    assert.deepEqual(Object.keys(syncedPushSecrets).sort(), ["ClusterSecretStore/remote", "SecretStore/kept"]);
    assert.deepEqual(Object.keys((syncedPushSecrets["SecretStore/kept"] ?? {}) as JsonObject).sort(), [
      "copy/url",
      "copy/user",
    ]);
    assert.equal((await cluster.hub.get(SECRET, "copy", "remote")).metadata.labels?.["team"], "ann");
    await cluster.create(EXTERNAL, "back", {
      secretStoreRef: { name: "kept" },
      data: [item("a", "copy", { property: "url" })],
    });
    await cluster.has("back", { a: "pg://ann:one" });
  });

  test("deletionPolicy Delete takes back what is no longer pushed, and everything with the object", async () => {
    const spec = {
      secretStoreRefs: [{ name: "remote", kind: "ClusterSecretStore" }],
      deletionPolicy: "Delete",
      selector: { secret: { name: "source" } },
      data: [entry("", "whole"), entry("user", "part", { property: "u" })],
    };
    await cluster.create(PUSH, "tidy", spec);
    await cluster.has("whole", { user: "ann", password: "one" }, "remote");
    await cluster.has("part", { u: "ann" }, "remote");
    await cluster.ready("tidy", "Synced", PUSH);
    await cluster.merge(PUSH, "tidy", { spec: { data: [entry("", "whole")] } });
    const gone = (name: string) =>
      eventually(async () => assert.equal(await cluster.hub.find(SECRET, name, "remote"), undefined));
    await gone("part");
    await eventually(async () => {
      const { syncedPushSecrets = {} } = (await status("tidy")) as { syncedPushSecrets?: Record<string, JsonObject> };
      assert.deepEqual(Object.keys(syncedPushSecrets["ClusterSecretStore/remote"] ?? {}), ["whole"]);
    });
    await cluster.hub.delete(PUSH, "tidy", NAMESPACE);
    await gone("whole");
    await eventually(async () => assert.equal(await cluster.hub.find(PUSH, "tidy", NAMESPACE), undefined));
  });

  test("a source that goes takes what was pushed with it, and says so", async () => {
    await cluster.secret("brief", { a: "1" });
    await cluster.create(PUSH, "brief", {
      secretStoreRefs: [{ name: "remote", kind: "ClusterSecretStore" }],
      deletionPolicy: "Delete",
      refreshInterval: "1s",
      selector: { secret: { name: "brief" } },
      data: [entry("a", "brief-copy", { property: "a" })],
    });
    await cluster.has("brief-copy", { a: "1" }, "remote");
    await cluster.ready("brief", "Synced", PUSH);
    await cluster.hub.delete(SECRET, "brief", NAMESPACE);
    const { message } = await cluster.ready("brief", "SourceDeleted", PUSH);
    assert.equal(message, "source secret deleted; provider secrets cleaned up");
    assert.equal(await cluster.hub.find(SECRET, "brief-copy", "remote"), undefined);
  });

  test("a changed source is pushed at once and not an interval later, by name and by label", async () => {
    await cluster.secret("live", { a: "1" }, { labels: { push: "live" } });
    const spec = (selector: JsonObject, copy: string): JsonObject => ({
      secretStoreRefs: [{ name: "remote", kind: "ClusterSecretStore" }],
      refreshInterval: "1h",
      selector: { secret: selector },
      data: [entry("a", copy, { property: "a" })],
    });
    await cluster.create(PUSH, "live-name", spec({ name: "live" }, "live-name"));
    await cluster.create(PUSH, "live-label", spec({ selector: { matchLabels: { push: "live" } } }, "live-label"));
    for (const name of ["live-name", "live-label"]) {
      await cluster.has(name, { a: "1" }, "remote");
      await cluster.ready(name, "Synced", PUSH);
    }
    await cluster.merge(SECRET, "live", { data: { a: Buffer.from("2").toString("base64") } });
    for (const name of ["live-name", "live-label"]) await cluster.has(name, { a: "2" }, "remote");
  });

  test("updatePolicy IfNotExists leaves what is there", async () => {
    await cluster.hub.create({ ...SECRET, metadata: { name: "first", namespace: "remote" }, data: { a: "eA==" } });
    await cluster.create(PUSH, "polite", {
      secretStoreRefs: [{ name: "remote", kind: "ClusterSecretStore" }],
      updatePolicy: "IfNotExists",
      selector: { secret: { name: "source" } },
      data: [entry("user", "first", { property: "a" }), entry("user", "second", { property: "a" })],
    });
    await cluster.has("second", { a: "ann" }, "remote");
    const { message } = await cluster.ready("polite", "Synced", PUSH);
    assert.match(message ?? "", /Existing secrets in providers unchanged/);
    await cluster.has("first", { a: "x" }, "remote");
  });

  test("Secrets by label, and generators, are sources too", async () => {
    await cluster.create(PUSH, "labelled", {
      secretStoreRefs: [{ name: "kept" }],
      selector: { secret: { selector: { matchLabels: { app: "db" } } } },
      data: [entry("password", "labelled")],
    });
    const kind = { apiVersion: "generators.external-secrets.io/v1alpha1", kind: "Password" };
    await cluster.create(kind, "long", { length: 30, digits: 0, symbols: 0 });
    await cluster.create(PUSH, "made", {
      secretStoreRefs: [{ name: "kept" }],
      refreshInterval: "0s",
      selector: { generatorRef: { ...kind, name: "long" } },
      data: [entry("password", "made")],
    });
    await cluster.ready("made", "Synced", PUSH);
    await cluster.ready("labelled", "Synced", PUSH);
    await cluster.create(EXTERNAL, "pair", {
      secretStoreRef: { name: "kept" },
      data: [item("l", "labelled"), item("m", "made")],
    });
    await eventually(async () => {
      const { l, m } = await cluster.entries("pair");
      assert.equal(l, "one");
      assert.match(m ?? "", /^[a-zA-Z]{30}$/);
    });
  });

  test("what fails is told with its cause, and what was pushed before is remembered", async () => {
    await cluster.create(PUSH, "wrong", {
      secretStoreRefs: [{ name: "kept" }],
      selector: { secret: { name: "source" } },
      data: [entry("user", "fine"), entry("absent", "never")],
    });
    const { message } = await cluster.ready("wrong", "Errored", PUSH);
    assert.match(message ?? "", /secret key absent does not exist/);
    await cluster.create(PUSH, "lost", {
      secretStoreRefs: [{ name: "nowhere" }],
      selector: { secret: { name: "source" } },
      data: [entry("user", "x")],
    });
    assert.match(
      (await cluster.ready("lost", "Errored", PUSH))["message"] ?? "",
      /could not get SecretStore "nowhere"/,
    );
  });

  test("a ClusterPushSecret places PushSecrets in the namespaces that it selects, and takes them back", async () => {
    const kind = { apiVersion: "external-secrets.io/v1alpha1", kind: "ClusterPushSecret" };
    const spec = {
      secretStoreRefs: [{ name: "remote", kind: "ClusterSecretStore" }],
      selector: { secret: { name: "source" } },
      data: [entry("user", "placed", { property: "u" })],
    };
    const selector = { matchLabels: { "kubernetes.io/metadata.name": NAMESPACE } };
    await cluster.create(kind, "placed", {
      pushSecretSpec: spec,
      pushSecretName: "by-cluster",
      pushSecretMetadata: { labels: { a: "b" } },
      namespaceSelectors: [selector],
    });
    await cluster.has("placed", { u: "ann" }, "remote");
    await cluster.ready("placed", "Synced", kind);
    assert.equal((await cluster.hub.get(PUSH, "by-cluster", NAMESPACE)).metadata.labels?.["a"], "b");
    await cluster.merge(kind, "placed", { spec: { namespaceSelectors: [{ matchLabels: { none: "x" } }] } }, undefined);
    await eventually(async () => assert.equal(await cluster.hub.find(PUSH, "by-cluster", NAMESPACE), undefined));
  });

  test("metrics have the names that dashboards ask for", () => {
    const text = cluster.controller.metrics();
    for (const line of [
      /^pushsecret_status_condition\{name="both",namespace="team",condition="Ready",status="True"\} 1$/m,
      /^pushsecret_reconcile_duration\{name="both",namespace="team"\} \d+$/m,
      /^clustersecretstore_status_condition\{name="remote",namespace="",condition="Ready",status="True"\} 1$/m,
      /^externalsecret_provider_api_calls_count\{provider="Kubernetes",call="CreateSecret",status="success"\} \d+$/m,
    ])
      assert.match(text, line);
  });
});
