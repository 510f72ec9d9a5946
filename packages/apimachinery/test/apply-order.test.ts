import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  applyOrder,
  compareForApply,
  compareForDelete,
  deleteOrder,
  isClusterScopedBuiltin,
  type KubeObject,
} from "@fairlead/apimachinery";

function object(apiVersion: string, kind: string, name: string, namespace?: string): KubeObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

function names(objects: readonly KubeObject[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

function definition(group: string, kind: string): KubeObject {
  const crd = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", `${kind.toLowerCase()}s.${group}`);
  return { ...crd, spec: { group, names: { kind } } };
}

test("kinds go in Argo CD's order, and everything else after them by name", () => {
  const sorted = applyOrder([
    object("example.com/v1", "Widget", "a", "shop"),
    object("networking.k8s.io/v1", "Ingress", "web", "shop"),
    object("apps/v1", "Deployment", "web", "shop"),
    object("v1", "Service", "web", "shop"),
    object("v1", "ConfigMap", "b", "shop"),
    object("v1", "ConfigMap", "a", "shop"),
    object("v1", "Namespace", "shop"),
  ]);
  assert.deepEqual(names(sorted), [
    "Namespace shop",
    "ConfigMap a",
    "ConfigMap b",
    "Service web",
    "Deployment web",
    "Ingress web",
    "Widget a",
  ]);
  assert.deepEqual(names(deleteOrder(sorted)), names(sorted).reverse());
});

test("a definition goes before the first object of its kind, even where the kind's name ranks earlier", () => {
  const sorted = applyOrder([
    object("serving.knative.dev/v1", "NetworkPolicy", "odd", "shop"),
    definition("serving.knative.dev", "NetworkPolicy"),
    definition("example.com", "Widget"),
    object("example.com/v1", "Widget", "w", "shop"),
  ]);
  assert.deepEqual(names(sorted), [
    "CustomResourceDefinition networkpolicys.serving.knative.dev",
    "NetworkPolicy odd",
    "CustomResourceDefinition widgets.example.com",
    "Widget w",
  ]);
});

test("the order does not depend on the order of the input, and nothing is lost", () => {
  const pool = [
    object("v1", "Namespace", "shop"),
    object("v1", "Secret", "a", "shop"),
    object("v1", "Secret", "a", "other"),
    object("x.io/v1", "Secret", "a", "shop"),
    object("x.io/v1", "Thing", "a", "shop"),
    definition("x.io", "Secret"),
    definition("x.io", "Thing"),
  ];
  const expected = applyOrder(pool);
  assert.equal(new Set(expected).size, pool.length);
  fc.assert(
    fc.property(fc.shuffledSubarray(pool, { minLength: pool.length }), (shuffled) => {
      assert.deepEqual(applyOrder(shuffled), expected);
    }),
  );
});

test("references compare for applying and, reversed, for deleting", () => {
  const service = { group: "", kind: "Service", namespace: "a", name: "x" };
  const deployment = { group: "apps", kind: "Deployment", namespace: "a", name: "x" };
  assert.ok(compareForApply(service, deployment) < 0);
  assert.ok(compareForDelete(service, deployment) > 0);
  assert.equal(compareForApply(service, service), 0);
});

test("built-in kinds outside namespaces are known by group and kind", () => {
  const cases: ReadonlyArray<readonly [group: string, kind: string, clusterScoped: boolean]> = [
    ["", "Namespace", true],
    ["", "Pod", false],
    ["rbac.authorization.k8s.io", "ClusterRole", true],
    ["rbac.authorization.k8s.io", "Role", false],
    ["example.com", "Namespace", false],
    ["constructor", "name", false],
  ];
  for (const [group, kind, expected] of cases) assert.equal(isClusterScopedBuiltin({ group, kind }), expected, kind);
});
