import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { diskTree } from "@fairlead/base";
import { loadChart, loadChartArchive, renderArgoHelm } from "@fairlead/helm";
import { CHART, problemsOf, render, tgz, type Files } from "./support.ts";

const ENDLESS = "{{ range 1000000000 }}{{ end }}";
const nested = (depth: number): string => "{a: ".repeat(depth) + "1" + "}".repeat(depth);
const bomb = (levels: number): string =>
  `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: levels }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(",")}]\n`).join("")}`;

interface Case {
  readonly files: Files;
  readonly message: RegExp;
  readonly file: string;
  /** Where the fault has a line of its own. */
  readonly line?: number;
}

const CASES: Readonly<Record<string, Case>> = {
  "a loop without end": {
    files: { "templates/a.yaml": `\n${ENDLESS}` },
    message: /steps|time/,
    file: "web/templates/a.yaml",
    line: 2,
  },
  "a loop without end in a helper": {
    files: { "templates/_h.tpl": `{{ define "h" }}\n${ENDLESS}{{ end }}`, "templates/a.yaml": '{{ include "h" . }}' },
    message: /steps|time/,
    file: "web/templates/_h.tpl",
    line: 2,
  },
  "output without end": {
    files: { "templates/a.yaml": '{{ range 1000000 }}{{ repeat 1000000 "x" }}{{ end }}' },
    message: /writes more than/,
    file: "web/templates/a.yaml",
    line: 1,
  },
  "includes without end": {
    files: { "templates/a.yaml": '{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}' },
    message: /nested reference name/,
    file: "web/templates/a.yaml",
    line: 1,
  },
  "tpl inside tpl": {
    files: { "values.yaml": "t: '{{ tpl .Values.t . }}'\n", "templates/a.yaml": "{{ tpl .Values.t . }}" },
    message: /./,
    file: "web/templates/a.yaml",
  },
  "aliases that grow, in values": {
    files: { "values.yaml": bomb(9) },
    message: /excessive aliasing/,
    file: "values.yaml",
  },
  "aliases that grow, in output": {
    files: { "templates/a.yaml": bomb(9) },
    message: /excessive aliasing/,
    file: "web/templates/a.yaml",
  },
  "an alias of itself": {
    files: { "values.yaml": "a: &a [*a]\n" },
    message: /contains itself/,
    file: "values.yaml",
    line: 1,
  },
  "values nested beyond reason": {
    files: { "values.yaml": nested(20_000) },
    message: /depth|deep/,
    file: "values.yaml",
    line: 1,
  },
  "values that are not text": {
    files: { "values.yaml": "a: \u0001\n" },
    message: /control characters/,
    file: "values.yaml",
    line: 1,
  },
  "a chart's file that is not YAML": {
    files: { "Chart.yaml": "a: b: c\n" },
    message: /mapping values/,
    file: "Chart.yaml",
    line: 1,
  },
  "charts inside charts without end": {
    files: Object.fromEntries(
      Array.from({ length: 40 }, (_, depth) => [`${"charts/a/".repeat(depth)}Chart.yaml`, CHART]),
    ),
    message: /nested/,
    file: "",
  },
};

for (const [what, { files, message, file, line }] of Object.entries(CASES)) {
  test(`${what} ends in a problem with its place, and the next render goes on`, () => {
    const limits = { timeMsMax: 2000, stepsMax: 200_000, outputCharsMax: 1_000_000 };
    const [problem] = problemsOf(() => render(files, {}, { limits }));
    assert.match(problem?.message ?? "", message);
    if (file !== "") assert.equal(problem?.file, file);
    if (line !== undefined) assert.equal(problem?.line, line);
    assert.equal(render({ "templates/a.yaml": "a: 1" }).manifests.length, 1);
  });
}

test("output that is not UTF-8 is told as such", () => {
  const files = { "templates/a.yaml": '{{ printf "\\xff" }}: 1' };
  assert.match(problemsOf(() => render(files))[0]?.message ?? "", /invalid leading UTF-8 octet/);
});

test("a key named __proto__ is a key like any other", () => {
  const files = { "values.yaml": "__proto__: {polluted: 1}\n", "templates/a.yaml": "{{ toJson .Values }}" };
  assert.equal(render(files).manifests[0]?.text, '{"__proto__":{"polluted":1}}');
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("a chart's symbolic links and value files stay inside its root", () => {
  const root = mkdtempSync(join(tmpdir(), "fairlead-helm-jail-"));
  try {
    mkdirSync(join(root, "repo/chart/templates"), { recursive: true });
    writeFileSync(join(root, "secret.yaml"), "password: x\n");
    writeFileSync(join(root, "repo/chart/Chart.yaml"), CHART);
    const environment = { appName: "web", namespace: "shop" };
    const tree = diskTree(join(root, "repo"));
    const outside = { valueFiles: ["../../secret.yaml"] };
    assert.match(problemsOf(() => renderArgoHelm(tree, "chart", outside, environment))[0]?.code ?? "", /PathEscapes/);
    symlinkSync("../../../secret.yaml", join(root, "repo/chart/templates/leak.yaml"));
    const again = diskTree(join(root, "repo"));
    assert.match(problemsOf(() => loadChart(again, "chart"))[0]?.code ?? "", /PathEscapes/);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("an archive named by an absolute path is a chart like any other", () => {
  const archive = tgz([{ name: "web/Chart.yaml", content: CHART }]);
  assert.equal(loadChartArchive(archive, "/tmp/web-1.0.0.tgz").metadata.name, "web");
});

const NO_CHARTS: ReadonlyArray<[what: string, name: string, data: string, message: RegExp]> = [
  ["values where a chart belongs", "values.yaml", "a: 1\n", /seems to be a YAML file, but expected a gzipped archive/],
  ["a web page", "chart.tgz", `<html>${" ".repeat(600)}</html>`, /got 'text\/html; charset=utf-8'/],
  ["anything else", "chart.tgz", "\u0000\u0001", /got 'application\/octet-stream'/],
];

for (const [what, name, data, message] of NO_CHARTS) {
  test(`${what} is told to be no archive`, () => {
    assert.match(problemsOf(() => loadChartArchive(Buffer.from(data), name))[0]?.message ?? "", message);
  });
}
