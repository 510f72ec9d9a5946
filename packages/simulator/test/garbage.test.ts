import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject, OwnerReference } from "@fairlead/apimachinery";
import { decideGarbage } from "../src/garbage/decide.ts";

const OWNER: OwnerReference = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  name: "set",
  uid: "set-uid",
  controller: true,
  blockOwnerDeletion: true,
};

function object(metadata: KubeObject["metadata"]): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "set", namespace: "shop", uid: "set-uid", ...metadata },
  };
}

function dependent(metadata: KubeObject["metadata"] = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "pod", namespace: "shop", ownerReferences: [OWNER], ...metadata },
  };
}

test("what has lost all of its owners goes; what has one left, or one nobody can tell of, stays", () => {
  const cases: ReadonlyArray<readonly [owners: ReadonlyArray<boolean | undefined>, goes: boolean]> = [
    [[false], true],
    [[true], false],
    [[undefined], false],
    [[false, true], false],
    [[false, false], true],
    [[], false],
  ];
  for (const [owners, goes] of cases) {
    const ownerReferences = owners.map((_, index) => ({ ...OWNER, uid: `owner-${index}` }));
    const actions = decideGarbage({
      object: dependent({ ownerReferences }),
      dependents: [],
      hasOwner: ({ uid }) => owners[Number(uid.split("-")[1])],
    });
    assert.deepEqual(
      actions.map((action) => action.do),
      goes ? ["delete"] : [],
      JSON.stringify(owners),
    );
  }
});

const hasOwner = (): boolean => true;

test("a deletion in the foreground takes what is below first and then lets go", () => {
  const leaving = object({ deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["foregroundDeletion", "mine"] });
  const pod = dependent();
  assert.deepEqual(decideGarbage({ object: leaving, dependents: [pod], hasOwner }), [
    { do: "delete", object: pod, propagation: "Foreground" },
  ]);
  const going = dependent({ deletionTimestamp: "2026-01-01T00:00:00Z" });
  assert.deepEqual(decideGarbage({ object: leaving, dependents: [going], hasOwner }), []);
  assert.deepEqual(decideGarbage({ object: leaving, dependents: [], hasOwner }), [
    { do: "patch", object: leaving, patch: { metadata: { finalizers: ["mine"] } } },
  ]);
});

test("a deletion that orphans takes itself out of what is below and then lets go", () => {
  const leaving = object({ deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["orphan"] });
  const shared = dependent({ ownerReferences: [OWNER, { ...OWNER, uid: "other" }] });
  const actions = decideGarbage({ object: leaving, dependents: [dependent(), shared], hasOwner });
  assert.deepEqual(
    actions.map((action) => action.do === "patch" && action.patch),
    [
      { metadata: { ownerReferences: null } },
      { metadata: { ownerReferences: [{ ...OWNER, uid: "other" }] } },
      { metadata: { finalizers: [] } },
    ],
  );
});
