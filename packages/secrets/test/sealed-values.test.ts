import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { labelFor, sealBytes, scopeOf, unsealBytes, type Scope } from "@fairlead/secrets";
import { rsaKeys } from "./support/keys.ts";

const { publicKey, privateKey } = rsaKeys();

test("what is sealed is unsealed to the same bytes, under the same label", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (value, label) => {
      const opened = unsealBytes(privateKey, sealBytes(publicKey, value, label), label);
      assert.deepEqual(Uint8Array.from(opened ?? []), value);
    }),
    { numRuns: 50 },
  );
});

test("any flipped bit, any cut and any other label is refused", () => {
  const sealed = sealBytes(publicKey, Buffer.from("planted"), "ns/name");
  for (let byte = 0; byte < sealed.length; byte += 1) {
    const changed = Buffer.from(sealed);
    changed[byte] = (changed[byte] ?? 0) ^ (1 << (byte % 8));
    assert.equal(unsealBytes(privateKey, changed, "ns/name"), undefined, `byte ${byte}`);
  }
  for (const length of [0, 1, 2, 100, sealed.length - 1]) {
    assert.equal(unsealBytes(privateKey, sealed.subarray(0, length), "ns/name"), undefined, `length ${length}`);
  }
  assert.equal(unsealBytes(privateKey, sealed, "ns/other"), undefined);
  assert.equal(unsealBytes(rsaKeys().privateKey, sealed, "ns/name"), undefined);
});

const SCOPES: readonly (readonly [Record<string, string>, Scope, string])[] = [
  [{}, "strict", "ns/name"],
  [{ "sealedsecrets.bitnami.com/namespace-wide": "true" }, "namespace-wide", "ns"],
  [{ "sealedsecrets.bitnami.com/cluster-wide": "true" }, "cluster-wide", ""],
  [{ "sealedsecrets.bitnami.com/cluster-wide": "True" }, "strict", "ns/name"],
  [
    { "sealedsecrets.bitnami.com/cluster-wide": "true", "sealedsecrets.bitnami.com/namespace-wide": "true" },
    "cluster-wide",
    "",
  ],
];

test("annotations choose the scope, and the scope what the value is bound to", () => {
  for (const [annotations, scope, label] of SCOPES) {
    assert.equal(scopeOf(annotations), scope, JSON.stringify(annotations));
    assert.equal(labelFor(scope, "ns", "name"), label);
  }
});
