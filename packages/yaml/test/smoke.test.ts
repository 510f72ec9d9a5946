import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeDocuments, encodeYaml } from "@fairlead/yaml";

test("a stream of two manifests is read and written again", () => {
  const { documents, problems } = decodeDocuments("a: 1\n---\n# nothing\n---\nb: [yes, x]\n");
  assert.deepEqual(problems, []);
  assert.deepEqual(
    documents.map((document) => [document.line, document.value]),
    [
      [1, { a: 1 }],
      [5, { b: [true, "x"] }],
    ],
  );
  assert.equal(encodeYaml(documents[1]?.value), "b:\n- true\n- x\n");
});
