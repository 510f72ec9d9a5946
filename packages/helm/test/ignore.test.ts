import assert from "node:assert/strict";
import test from "node:test";
import { memoryTree } from "@fairlead/base";
import { loadChart } from "@fairlead/helm";
import { CHART, problemsOf } from "./support.ts";

const FILES = ["a.txt", "b.tmp", "docs/a.txt", "docs/deep/b.tmp", "docs/deep/c.txt"];
const CASES: ReadonlyArray<[rules: string, kept: readonly string[]]> = [
  ["", FILES],
  ["# only words\n\n", FILES],
  ["*.tmp", ["a.txt", "docs/a.txt", "docs/deep/c.txt"]],
  ["a.txt", ["b.tmp", "docs/deep/b.tmp", "docs/deep/c.txt"]],
  ["/a.txt", ["b.tmp", "docs/a.txt", "docs/deep/b.tmp", "docs/deep/c.txt"]],
  ["docs/", ["a.txt", "b.tmp"]],
  ["docs/deep", ["a.txt", "b.tmp", "docs/a.txt"]],
  ["docs/a.*", ["a.txt", "b.tmp", "docs/deep/b.tmp", "docs/deep/c.txt"]],
  ["?.txt", ["b.tmp", "docs/deep/b.tmp"]],
  ["[a-b].*", ["docs/deep/c.txt"]],
];

for (const [rules, kept] of CASES) {
  test(`.helmignore ${JSON.stringify(rules)} keeps ${kept.length} of ${FILES.length} files`, () => {
    const files = Object.fromEntries(FILES.map((name) => [name, "x"]));
    const chart = loadChart(memoryTree({ "Chart.yaml": CHART, ".helmignore": rules, ...files }));
    const names = chart.files.map(({ name }) => name).filter((name) => name !== ".helmignore");
    assert.deepEqual(names.sort(), kept);
  });
}

test(".helmignore refuses two stars, with its line", () => {
  const [problem] = problemsOf(() => loadChart(memoryTree({ "Chart.yaml": CHART, ".helmignore": "\n**/x\n" })));
  assert.equal(problem?.line, 2);
  assert.match(problem?.message ?? "", /double-star/);
});

test("templates that start with a dot are left out by themselves", () => {
  const chart = loadChart(memoryTree({ "Chart.yaml": CHART, "templates/.x.yaml": "a: 1", "templates/y.yaml": "a: 1" }));
  assert.deepEqual(
    chart.templates.map(({ name }) => name),
    ["templates/y.yaml"],
  );
});
