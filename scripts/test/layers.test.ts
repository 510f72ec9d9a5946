import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findBreaches } from "../layers.ts";

function breachesOf(files: Readonly<Record<string, string>>): string[] {
  const root = mkdtempSync(join(tmpdir(), "fairlead-layers-"));
  try {
    for (const [path, text] of Object.entries({ "package.json": '{"name":"root"}', ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return [...findBreaches(root)];
  } finally {
    rmSync(root, { recursive: true });
  }
}

function manifest(name: string, dependencies: Record<string, string> = {}): Record<string, string> {
  return {
    [`packages/${name}/package.json`]: JSON.stringify({ name: `@fairlead/${name}`, dependencies }),
    [`packages/${name}/README.md`]: "",
  };
}

test("an import to a lower layer that is declared is no breach", () => {
  const source = {
    "packages/yaml/src/index.ts": 'import { a } from "@fairlead/base";\nimport "node:fs";\nimport "./x.ts";\n',
  };
  assert.deepEqual(breachesOf({ ...manifest("yaml", { "@fairlead/base": "*" }), ...source }), []);
});

test("an import upwards is found, in types and in dynamic imports too", () => {
  const found = breachesOf({
    ...manifest("yaml", { "@fairlead/helm": "*" }),
    "packages/yaml/src/a.ts": 'import type { A } from "@fairlead/helm";\n',
    "packages/yaml/src/b.ts": 'const later = import("@fairlead/helm");\n',
  });
  assert.equal(found.filter((line) => line.includes("yaml")).length, 3);
});

test("an undeclared package, an unpinned version, an unknown layer and a missing README are found", () => {
  const found = breachesOf({
    "packages/mystery/package.json": JSON.stringify({ name: "@fairlead/mystery", dependencies: { left: "^1.0.0" } }),
    "packages/mystery/src/a.ts": 'export { b } from "right/deep";\n',
  });
  assert.deepEqual(
    found.map((line) => /no line|not pinned|does not declare|no README/.exec(line)?.[0]),
    ["no line", "not pinned", "does not declare", "no README"],
  );
});

test("two packages of one layer may not import each other", () => {
  const found = breachesOf({ ...manifest("helm", { "@fairlead/kustomize": "*" }) });
  assert.match(found.join(), /helm may not depend on kustomize/);
});
