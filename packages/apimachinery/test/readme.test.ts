import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { applyPatch, builtinSchemas, gvkOf } from "@fairlead/apimachinery";

test("the example of the README does what it says", () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const applied = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data: { a: "1" } };
  const schema = builtinSchemas().forKind(gvkOf(applied));
  assert.ok(schema);
  const first = applyPatch({ live: undefined, applied, manager: "one", schema, apiVersion: "v1", now: 0 });
  const other = { ...applied, data: { a: "2" } };
  const second = applyPatch({ live: first.object, applied: other, manager: "two", schema, apiVersion: "v1", now: 0 });
  assert.ok(readme.includes(`second.message; // '${second.message}'`));
  for (const call of [
    'applyPatch({ live: undefined, applied, manager: "one", schema, apiVersion: "v1", now: 0 })',
    'applyPatch({ live: first.object, applied: other, manager: "two", schema, apiVersion: "v1", now: 0 })',
  ]) {
    assert.ok(readme.includes(call), call);
  }
});
