import assert from "node:assert/strict";
import test from "node:test";
import type { JsonObject } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { CHART, problemsOf, render, valuesSeen, type Files } from "./support.ts";

const SUB: Files = {
  "charts/db/Chart.yaml": "name: db\nversion: 1.4.2\n",
  "charts/db/templates/_names.tpl": '{{ define "db.name" }}{{ .Chart.Name }}{{ end }}',
  "charts/db/templates/db.yaml": 'db: {{ include "db.name" . }}',
  "charts/db/values.yaml": "exports: {data: {port: 1}}\ninner: {size: 2}\n",
};

/** Which of the subchart's templates are rendered, by chart. */
function rendered(dependencies: string, values: JsonObject): string[] {
  const { manifests } = render({ ...SUB, "Chart.yaml": `${CHART}dependencies:\n${dependencies}` }, values);
  return manifests.map(({ path, text }) => `${path} ${text}`);
}

const ON = ["web/charts/db/templates/db.yaml db: db"];
const CASES: ReadonlyArray<[what: string, dependency: string, values: JsonObject, seen: readonly string[]]> = [
  ["a dependency without conditions is on", "", {}, ON],
  ["a condition that is false turns it off", "condition: db.enabled", { db: { enabled: false } }, []],
  ["a condition that is absent says nothing", "condition: db.enabled", {}, ON],
  ["a condition that is not a boolean says nothing", "condition: db.enabled", { db: { enabled: "no" } }, ON],
  ["the first condition present decides", "condition: none,a.on,b.on", { a: { on: false }, b: { on: true } }, []],
  ["a tag that is false turns it off", "tags: [back]", { tags: { back: false } }, []],
  ["one tag that is true is enough", "tags: [back, data]", { tags: { back: false, data: true } }, ON],
  [
    "a condition wins over tags",
    "condition: db.enabled\n    tags: [back]",
    { tags: { back: false }, db: { enabled: true } },
    ON,
  ],
  ["an alias renames it", "alias: store", {}, ["web/charts/store/templates/db.yaml db: store"]],
];

for (const [what, dependency, values, seen] of CASES) {
  test(what, () => {
    assert.deepEqual(rendered(`  - name: db\n    version: ^1.2.0\n    ${dependency}\n`, values), seen);
  });
}

test("one chart may serve under two aliases, each with its own values", () => {
  const dependencies = ["one", "two"].map((alias) => `  - name: db\n    version: 1.x\n    alias: ${alias}\n`).join("");
  assert.deepEqual(rendered(dependencies, {}), [
    "web/charts/one/templates/db.yaml db: one",
    "web/charts/two/templates/db.yaml db: two",
  ]);
});

test("import-values brings a child's exports and tables to its parent", () => {
  const imports = "import-values: [data, {child: inner, parent: far.away}]";
  const files = { ...SUB, "Chart.yaml": `${CHART}dependencies:\n  - name: db\n    version: 1.4.2\n    ${imports}\n` };
  const seen = valuesSeen({ ...files, "charts/db/templates/db.yaml": "" }) as JsonObject;
  assert.equal(seen["port"], 1);
  assert.deepEqual(seen["far"], { away: { size: 2 } });
});

test("a version out of the range counts as missing", () => {
  const files = { "Chart.yaml": `${CHART}dependencies:\n  - name: absent\n    version: 2.x\n` };
  assert.equal(problemsOf(() => render(files))[0]?.code, "ChartDependencyMissing");
});

test("requirements.yaml is read for charts of the first version", () => {
  const files = {
    ...SUB,
    "Chart.yaml": "apiVersion: v1\nname: web\nversion: 1.0.0\n",
    "requirements.yaml": "dependencies:\n  - name: db\n    version: 1.4.2\n    condition: enabled\n",
  };
  assert.equal(render(files, { enabled: false }).manifests.length, 0);
  assert.equal(render(files, { enabled: true }).manifests.length, 1);
});

test("a library's helpers are there, its manifests are not", () => {
  const files = {
    "charts/lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n",
    "charts/lib/templates/_a.tpl": '{{ define "lib.a" }}x: 1{{ end }}',
    "charts/lib/templates/b.yaml": "never: seen",
    "templates/a.yaml": '{{ include "lib.a" . }}',
  };
  assert.deepEqual(
    render(files).manifests.map(({ text }) => decodeYaml(text)),
    [{ x: 1 }],
  );
});
