import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryTree } from "@fairlead/base";
import { buildKustomization, createParseCache } from "@fairlead/kustomize";
import { build, configMap } from "./support.ts";

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: nginx:1
          env:
            - {name: A, value: "1"}
            - {name: B, value: two}
          envFrom:
            - configMapRef: {name: settings}
`;

test("names change, and what refers to them follows, hashes included", () => {
  const built = build({
    "kustomization.yaml":
      "resources: [d.yaml]\nnamePrefix: p-\nconfigMapGenerator:\n  - {name: settings, literals: [a=1]}\n",
    "d.yaml": DEPLOYMENT,
  });
  const generated = built.objects.find(({ object }) => object.kind === "ConfigMap")?.object.metadata.name ?? "";
  assert.match(generated, /^p-settings-[a-z0-9]{10}$/);
  assert.ok(built.yaml().includes(`name: ${generated}\n        image`) || built.yaml().includes(`name: ${generated}`));
  assert.equal(built.yaml().split(generated).length - 1, 2);
});

test("hashes are those of the real tool", () => {
  const hashes = [
    ["{name: g, literals: [a=1]}", "g-h29d89cmmt"],
    ["{name: e}", "e-6ct58987ht"],
  ] as const;
  for (const [spec, name] of hashes) {
    const built = build({ "kustomization.yaml": `configMapGenerator: [${spec}]\n` });
    assert.equal(built.objects[0]?.object.metadata.name, name);
  }
});

describe("strategic merge", () => {
  const patched = (patch: string): string =>
    build({
      "kustomization.yaml": "resources: [d.yaml]\npatches: [{path: p.yaml}]\n",
      "d.yaml": DEPLOYMENT,
      "p.yaml": `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n${patch}`,
    }).yaml();

  test("elements are merged by key and come first", () => {
    const text = patched("  template: {spec: {containers: [{name: side, image: s}, {name: web, image: nginx:2}]}}\n");
    assert.match(text, /- image: s\n\s+name: side\n\s+- env:/);
    assert.match(text, /image: nginx:2/);
  });

  test("a number over a quoted text stays a text, over a plain one it is a number", () => {
    const text = patched(
      "  template: {spec: {containers: [{name: web, env: [{name: A, value: 5}, {name: B, value: 6}]}]}}\n",
    );
    assert.match(text, /name: A\n\s+value: "5"/);
    assert.match(text, /name: B\n\s+value: 6/);
  });

  test("what is deleted stays deleted, null takes away", () => {
    const text = patched("  replicas: null\n  selector: {$patch: delete}\n");
    assert.doesNotMatch(text, /replicas|selector/);
  });
});

test("an object knows its file and line, and the files that touched it", () => {
  const built = build(
    {
      "base/kustomization.yaml": "resources: [two.yaml]\n",
      "base/two.yaml": `# first\n${configMap("one")}---\n${configMap("two")}`,
      "over/kustomization.yaml": "resources: [../base]\nnameSuffix: -x\npatches: [{path: p.yaml}]\n",
      "over/p.yaml": configMap("two", "data: {a: b}\n"),
    },
    "over",
  );
  assert.deepEqual(
    built.objects.map(({ origin }) => origin),
    [
      { file: "base/two.yaml", line: 2, overlays: ["over/kustomization.yaml"] },
      { file: "base/two.yaml", line: 7, overlays: ["over/p.yaml", "over/kustomization.yaml"] },
    ],
  );
});

test("deprecated fields warn and work", () => {
  const built = build({
    "kustomization.yaml": "bases: [b]\n",
    "b/kustomization.yaml": "resources: [a.yaml]\n",
    "b/a.yaml": configMap("a"),
  });
  assert.equal(built.objects.length, 1);
  assert.match(built.warnings[0]?.message ?? "", /^# Warning: 'bases' is deprecated/);
});

test("a cache parses a base once, and a build never changes what it holds", () => {
  const files: Record<string, string> = {
    "base/kustomization.yaml": "resources: [d.yaml]\n",
    "base/d.yaml": DEPLOYMENT,
  };
  for (const name of ["a", "b"]) {
    files[`${name}/kustomization.yaml`] =
      `resources: [../base]\nnamespace: ${name}\nimages: [{name: nginx, newTag: ${name}}]\n`;
  }
  const tree = memoryTree(files);
  const cache = createParseCache();
  const parsed: string[] = [];
  const counting = {
    parse: (loaded: Parameters<typeof cache.parse>[0]) => (parsed.push(loaded.file), cache.parse(loaded)),
  };
  const first = buildKustomization(tree, "a", { cache: counting }).yaml();
  const other = buildKustomization(tree, "b", { cache: counting }).yaml();
  const again = buildKustomization(tree, "a", { cache: counting }).yaml();
  assert.equal(again, first);
  assert.notEqual(other, first);
  assert.equal(buildKustomization(tree, "a").yaml(), first);
  assert.deepEqual(parsed, ["base/d.yaml", "base/d.yaml", "base/d.yaml"]);
});
