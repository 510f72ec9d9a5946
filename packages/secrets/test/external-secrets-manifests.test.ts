import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import {
  EXTERNAL,
  eventually,
  ExternalCluster,
  fakeStore,
  item,
  NAMESPACE,
  STORE,
} from "./support/external-cluster.ts";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
const INGRESS = { apiVersion: "networking.k8s.io/v1", kind: "Ingress" };
const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" };

let cluster: ExternalCluster;

before(async () => {
  cluster = await ExternalCluster.start({}, { allowGenericTargets: true });
  const values = fakeStore({ key: "host", value: "planted.example" }, { key: "port", value: "8443" });
  await cluster.create(STORE, "plain", values);
});

after(() => cluster.close());

const targeting = (manifest: JsonObject, target: JsonObject = {}): JsonObject => ({
  secretStoreRef: { name: "plain" },
  target: { manifest, ...target },
  data: [item("host", "host"), item("port", "port")],
});

const get = (kind: typeof CONFIG_MAP, name: string): Promise<KubeObject> => cluster.hub.get(kind, name, NAMESPACE);

describe("targets that are no Secrets", () => {
  test("a ConfigMap takes the values as texts, is owned, healed and taken away", async () => {
    await cluster.create(EXTERNAL, "map", targeting(CONFIG_MAP, { deletionPolicy: "Delete" }), {
      labels: { team: "a" },
    });
    await cluster.ready("map", "ResourceSynced");
    const made = await get(CONFIG_MAP, "map");
    assert.deepEqual(made["data"], { host: "planted.example", port: "8443" });
    assert.equal(made.metadata.labels?.["team"], "a");
    assert.equal(made.metadata.labels?.["reconcile.external-secrets.io/managed"], "true");
    assert.equal(made.metadata.ownerReferences?.[0]?.kind, "ExternalSecret");
    await cluster.merge(CONFIG_MAP, "map", { data: { host: "edited" } });
    await eventually(async () =>
      assert.equal(((await get(CONFIG_MAP, "map"))["data"] as JsonObject)["host"], "planted.example"),
    );
    await cluster.hub.delete(CONFIG_MAP, "map", NAMESPACE);
    await eventually(() => get(CONFIG_MAP, "map"));
    await cluster.hub.delete(EXTERNAL, "map", NAMESPACE);
    await eventually(async () => assert.equal(await cluster.hub.find(CONFIG_MAP, "map", NAMESPACE), undefined));
  });

  test("templates go to paths of any kind: whole structures, places in lists, labels, single texts", async () => {
    const rule =
      "- host: {{ .host }}\n  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: {{ .port }}}}}}]}";
    const template = {
      metadata: { annotations: { port: "{{ .port }}" } },
      templateFrom: [
        { target: "spec.rules", literal: rule },
        { target: "spec.tls[0].hosts[1]", literal: '"{{ .host }}"' },
        { target: "spec.tls[0].hosts[0]", literal: "first.example" },
        { target: "Labels", literal: "port: '{{ .port }}'" },
      ],
    };
    await cluster.create(EXTERNAL, "web", targeting(INGRESS, { template }));
    await cluster.ready("web", "ResourceSynced");
    const { metadata, spec } = (await get(INGRESS, "web")) as KubeObject & { spec: JsonObject };
    const service = { name: "web", port: { number: 8443 } };
    const paths = [{ path: "/", pathType: "Prefix", backend: { service } }];
    assert.deepEqual(spec["rules"], [{ host: "planted.example", http: { paths } }]);
    assert.deepEqual(spec["tls"], [{ hosts: ["first.example", "planted.example"] }]);
    assert.equal(metadata.labels?.["port"], "8443");
    assert.equal(metadata.annotations?.["port"], "8443");
  });

  test("what the server adds by itself is no edit: the object is written once", async () => {
    const literal =
      "selector: {matchLabels: {a: b}}\ntemplate: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: '{{ .host }}/c'}]}}";
    await cluster.create(
      EXTERNAL,
      "app",
      targeting(DEPLOYMENT, { template: { templateFrom: [{ target: "spec", literal }] } }),
    );
    await cluster.ready("app", "ResourceSynced");
    const written = await get(DEPLOYMENT, "app");
    // A label of somebody else's wakes the controller as an edit would.
    await cluster.merge(DEPLOYMENT, "app", { metadata: { labels: { other: "x" } } });
    await cluster.create(EXTERNAL, "later", targeting(CONFIG_MAP));
    await cluster.ready("later", "ResourceSynced");
    const now = await get(DEPLOYMENT, "app");
    assert.equal(now.metadata.generation, written.metadata.generation);
    assert.equal(now.metadata.labels?.["other"], "x");
  });

  test("Merge waits for the object and leaves the rest of it as it is", async () => {
    const template = { templateFrom: [{ target: "data", literal: "host: '{{ .host }}'" }] };
    await cluster.create(EXTERNAL, "shared", targeting(CONFIG_MAP, { creationPolicy: "Merge", template }));
    await cluster.ready("shared", "ResourceMissing");
    await cluster.hub.create({
      ...CONFIG_MAP,
      metadata: { name: "shared", namespace: NAMESPACE },
      data: { theirs: "x" },
    });
    await cluster.merge(EXTERNAL, "shared", { metadata: { annotations: { again: "1" } } });
    await cluster.ready("shared", "ResourceSynced");
    const merged = await get(CONFIG_MAP, "shared");
    assert.deepEqual(merged["data"], { theirs: "x", host: "planted.example" });
    assert.equal(merged.metadata.ownerReferences, undefined);
  });

  for (const [what, name, target, reason, message] of [
    [
      "a kind without a namespace",
      "cluster",
      { manifest: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" } },
      "ResourceSyncedError",
      /not namespaced/,
    ],
    [
      "a kind that is not served",
      "unknown",
      { manifest: { apiVersion: "example.com/v1", kind: "Nothing" } },
      "ResourceSyncedError",
      /could not get target resource/,
    ],
    [
      "a path that would move the object",
      "moved",
      { manifest: CONFIG_MAP, template: { templateFrom: [{ target: "metadata.namespace", literal: "remote" }] } },
      "SecretSyncedError",
      /templateFrom\[0\]\.target/,
    ],
    [
      "a template whose result is no YAML",
      "broken",
      { manifest: CONFIG_MAP, template: { templateFrom: [{ target: "spec.x", literal: "{{ .host }}: [" }] } },
      "ResourceSyncedError",
      /could not apply template to manifest/,
    ],
    [
      "an object of another owner",
      "later2",
      { name: "later", manifest: CONFIG_MAP },
      "ResourceSyncedError",
      /owned by another ExternalSecret/,
    ],
  ] as const)
    test(`${what} is told on the object, without a value`, async () => {
      if (name === "later2") await cluster.ready("later", "ResourceSynced");
      await cluster.create(EXTERNAL, name, { ...targeting(CONFIG_MAP), target } as JsonObject);
      const condition = await cluster.ready(name, reason);
      assert.match(condition["message"] ?? "", message);
      assert.doesNotMatch(condition["message"] ?? "", /planted/);
    });

  test("a manifest of kind Secret is a Secret", async () => {
    await cluster.create(EXTERNAL, "plain-secret", targeting({ apiVersion: "v1", kind: "Secret" }));
    await cluster.ready("plain-secret", "SecretSynced");
    await cluster.has("plain-secret", { host: "planted.example", port: "8443" });
  });

  test("no value stands in a log, an event or a status", async () => {
    const [events, objects] = await Promise.all(
      [{ apiVersion: "v1", kind: "Event" }, EXTERNAL].map((kind) => cluster.hub.list(kind, { namespace: NAMESPACE })),
    );
    assert.doesNotMatch(cluster.logged + JSON.stringify([events, objects]), /planted\.example/);
  });
});

test("without the permission a target that is no Secret is refused", async () => {
  const strict = await ExternalCluster.start();
  try {
    await strict.create(STORE, "plain", fakeStore({ key: "host", value: "x" }, { key: "port", value: "1" }));
    await strict.create(EXTERNAL, "map", targeting(CONFIG_MAP));
    const { message = "" } = await strict.ready("map", "SecretSyncedError");
    assert.match(message, /invalid generic target: .*generic targets are disabled/);
    assert.equal(await strict.hub.find(CONFIG_MAP, "map", NAMESPACE), undefined);
  } finally {
    await strict.close();
  }
});
