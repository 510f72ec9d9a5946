import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { withFingerprints } from "../src/command/secret-diff.ts";

const secret = (value: string, field: "data" | "stringData") => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: "a",
    annotations: {
      "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ stringData: { k: value } }),
      own: "note",
    },
  },
  [field]: { k: field === "data" ? Buffer.from(value).toString("base64") : value, same: "c2FtZQ==" },
});

test("in place of a Secret's values stand fingerprints: equal for equal values, however they are written", () => {
  const [one, other, plain] = [
    withFingerprints(secret("planted", "data")),
    withFingerprints(secret("changed", "data")),
    withFingerprints(secret("planted", "stringData")),
  ];
  const values = (object: KubeObject): Record<string, string> => object["data"] as Record<string, string>;
  assert.match(values(one)["k"] ?? "", /^\(not shown, fingerprint [0-9a-f]{12}\)$/);
  assert.notEqual(values(one)["k"], values(other)["k"]);
  assert.equal(values(one)["same"], values(other)["same"]);
  assert.equal(values(one)["k"], values(plain)["k"]);
  assert.equal(one.metadata.annotations?.["own"], "note");
  for (const object of [one, other, plain]) {
    const text = JSON.stringify(object);
    for (const value of ["planted", "changed"])
      assert.equal(text.includes(value) || text.includes(Buffer.from(value).toString("base64")), false, text);
  }
});
