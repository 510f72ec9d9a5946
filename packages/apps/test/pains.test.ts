import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../../", import.meta.url);

test("every test that docs/argocd-pains.md names is there", () => {
  const text = readFileSync(new URL("docs/argocd-pains.md", ROOT), "utf8");
  const named = [...text.matchAll(/`([^`]+\.(?:test\.ts|yaml))`: "([^"]+)"/g)];
  assert.ok(named.length > 25, `only ${named.length} tests are named`);
  const absent = named.filter(
    ([, file = "", title = ""]) => !readFileSync(new URL(`packages/${file}`, ROOT), "utf8").includes(title),
  );
  assert.deepEqual(
    absent.map(([line]) => line),
    [],
  );
});
