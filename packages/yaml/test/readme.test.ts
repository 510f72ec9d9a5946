import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodeDocuments, editScalar, encodeYaml } from "@fairlead/yaml";

test("the example of the README does what it says", () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const text = "image: app:v1 # pinned\nreplicas: 3\non: yes\n";
  const { documents, problems } = decodeDocuments(text, { file: "app.yaml" });
  assert.deepEqual(problems, []);
  assert.deepEqual(documents[0]?.value, { image: "app:v1", replicas: 3, true: true });
  assert.equal(encodeYaml({ b: "yes", a: [1, 1e6] }), 'a:\n- 1\n- 1000000\nb: "yes"\n');
  assert.equal(editScalar(text, ["image"], "app:v2"), "image: app:v2 # pinned\nreplicas: 3\non: yes\n");
  for (const call of [
    'decodeDocuments(text, { file: "app.yaml" })',
    'encodeYaml({ b: "yes", a: [1, 1e6] })',
    'editScalar(text, ["image"], "app:v2")',
  ]) {
    assert.ok(readme.includes(call), call);
  }
});
