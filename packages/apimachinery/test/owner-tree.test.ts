import assert from "node:assert/strict";
import { test } from "node:test";
import { controllerOf, controllerReference, type KubeObject, ownerTree } from "@fairlead/apimachinery";

function object(apiVersion: string, kind: string, name: string, owners: readonly KubeObject[] = []): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: "shop", uid: `${kind}/${name}`, ownerReferences: owners.map(controllerReference) },
  };
}

function names(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name ?? "");
}

test("owners are followed by uid from the roots down", () => {
  const deployment = object("apps/v1", "Deployment", "web");
  const set = object("apps/v1", "ReplicaSet", "web-1", [deployment]);
  const pods = ["web-1-a", "web-1-b"].map((name) => object("v1", "Pod", name, [set]));
  const tree = ownerTree([...pods, set, deployment]);
  assert.deepEqual(names(tree.roots), ["web"]);
  assert.deepEqual(names(tree.childrenOf(deployment)), ["web-1"]);
  assert.deepEqual(names(tree.descendantsOf(deployment)), ["web-1", "web-1-a", "web-1-b"]);
  assert.deepEqual(names(tree.ownersOf(set)), ["web"]);
  assert.equal(controllerOf(set)?.name, "web");
  assert.equal(controllerOf(deployment), undefined);
});

test("an owner that is gone, is of another namespace or only has the same name does not count", () => {
  const other = object("apps/v1", "ReplicaSet", "web-1");
  other.metadata.namespace = "other";
  const orphan = object("v1", "Pod", "p", [other]);
  const gone = object("v1", "Pod", "q", [object("apps/v1", "ReplicaSet", "gone")]);
  assert.deepEqual(names(ownerTree([orphan, gone, other]).roots), ["p", "q", "web-1"]);
});

test("a cluster-scoped owner may own objects of any namespace", () => {
  const owner = object("example.com/v1", "Fleet", "fleet");
  delete owner.metadata.namespace;
  assert.deepEqual(names(ownerTree([owner, object("v1", "ConfigMap", "c", [owner])]).childrenOf(owner)), ["c"]);
});

test("owners that the API leaves unsaid are known", () => {
  const service = object("v1", "Service", "web");
  const endpoints = object("v1", "Endpoints", "web");
  const set = {
    ...object("apps/v1", "StatefulSet", "my-db"),
    spec: { volumeClaimTemplates: [{ metadata: { name: "data" } }] },
  };
  const claim = object("v1", "PersistentVolumeClaim", "data-my-db-0");
  const notClaim = object("v1", "PersistentVolumeClaim", "logs-my-db-0");
  const account = object("v1", "ServiceAccount", "builder");
  const token = { ...object("v1", "Secret", "t"), type: "kubernetes.io/service-account-token" };
  token.metadata.annotations = { "kubernetes.io/service-account.name": "builder" };
  const tree = ownerTree([service, endpoints, set, claim, notClaim, account, token]);
  assert.deepEqual(names(tree.childrenOf(service)), ["web"]);
  assert.deepEqual(names(tree.childrenOf(set)), ["data-my-db-0"]);
  assert.deepEqual(names(tree.childrenOf(account)), ["t"]);
});

test("owners in a circle are walked once", () => {
  const a = object("v1", "ConfigMap", "a");
  const b = object("v1", "ConfigMap", "b", [a]);
  a.metadata.ownerReferences = [controllerReference(b)];
  const tree = ownerTree([a, b]);
  assert.deepEqual(names(tree.roots), []);
  assert.deepEqual(names(tree.descendantsOf(a)), ["b"]);
});
