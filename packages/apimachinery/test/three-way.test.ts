import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import {
  appliedFields,
  applyDefaults,
  applyPatch,
  builtinSchemas,
  compareThreeWays,
  semanticEqual,
  type KubeObject,
} from "@fairlead/apimachinery";

const schema = builtinSchemas().forKind({ group: "apps", version: "v1", kind: "Deployment" });
assert.ok(schema);

function deployment(spec: JsonObject = {}, container: JsonObject = {}): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", labels: { a: "b" } },
    spec: {
      ...spec,
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: { containers: [{ name: "web", image: "web:1", ports: [{ containerPort: 80 }], ...container }] },
      },
    },
  };
}

function stored(applied: KubeObject): KubeObject {
  assert.ok(schema);
  const options = { schema, apiVersion: "apps/v1", manager: "fairlead", now: 0, defaults: applyDefaults };
  const { object } = applyPatch({ ...options, live: undefined, applied });
  return { ...object, metadata: { ...object.metadata, uid: "u", resourceVersion: "5" }, status: { replicas: 1 } };
}

const changes = (desired: KubeObject, live: KubeObject): unknown[] => {
  assert.ok(schema);
  return compareThreeWays({ desired, live, schema, owned: appliedFields(live, "fairlead", schema) });
};

test("what was applied makes no difference: defaults, status, and what the server sets", () => {
  const one = deployment({}, { resources: { limits: { cpu: "1000m" } } });
  assert.deepEqual(changes(one, stored(one)), []);
});

test("a field changed by hand, a field missing, a field desired no more", () => {
  const live = stored(deployment({ minReadySeconds: 5 }, { env: [{ name: "A", value: "1" }] }));
  const desired = deployment({ paused: true }, { image: "web:2" });
  assert.deepEqual(changes(desired, live), [
    {
      path: '.spec.template.spec.containers[name="web"].image',
      change: "change",
      desired: "web:2",
      live: "web:1",
    },
    { path: ".spec.paused", change: "add", desired: true, live: undefined },
    { path: ".spec.minReadySeconds", change: "remove", desired: undefined, live: 5 },
    {
      path: '.spec.template.spec.containers[name="web"].env',
      change: "remove",
      desired: undefined,
      live: [{ name: "A", value: "1" }],
    },
  ]);
});

test("another manager's field stays, even where nobody desires it", () => {
  const live = stored(deployment());
  (live["spec"] as JsonObject)["replicas"] = 7;
  assert.deepEqual(changes(deployment(), live), []);
});

test("kubectl's note tells what was applied where managedFields don't", () => {
  const { managedFields: _, ...metadata } = stored(deployment()).metadata;
  const note = JSON.stringify(deployment({ minReadySeconds: 5 }));
  const live = {
    ...stored(deployment({ minReadySeconds: 5 })),
    metadata: { ...metadata, annotations: { "kubectl.kubernetes.io/last-applied-configuration": note } },
  } as KubeObject;
  assert.deepEqual(changes(deployment(), live), [
    { path: ".spec.minReadySeconds", change: "remove", desired: undefined, live: 5 },
  ]);
});

test("semantic equality: spellings of quantities, defaults and empty maps", () => {
  const one = deployment({}, { resources: { limits: { memory: "1024Mi" } } });
  const other = deployment({ replicas: 1 }, { resources: { limits: { memory: "1Gi" } }, env: [] });
  assert.equal(semanticEqual(one, other), true);
  assert.equal(semanticEqual(one, deployment()), false);
});
