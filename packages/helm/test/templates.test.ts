import assert from "node:assert/strict";
import test from "node:test";
import { helmLint } from "@fairlead/helm";
import { CHART, problemsOf, render, runCommand, valuesSeen } from "./support.ts";

/** What one template prints in each manner. */
function printed(template: string, files: Readonly<Record<string, string>> = {}): string[] {
  return (["v3", "v4"] as const).map((compat) => {
    const { manifests } = render({ ...files, "templates/x.yaml": template }, {}, { compat });
    return manifests[0]?.text.trimEnd() ?? "";
  });
}

const TOML: ReadonlyArray<[template: string, text: string]> = [
  ['{{ (fromToml "a = 1979-05-27T07:32:00-08:00").a }}', "1979-05-27 07:32:00 -0800 -0800"],
  [
    '{{ fromToml "a = 1979-05-27\\nb = 07:32:00.5" | toJson }}',
    '{"a":"1979-05-27T00:00:00Z","b":"0000-01-01T07:32:00.5Z"}',
  ],
  ['{{ fromToml "a = 1979-05-27T07:32:00Z" | toToml }}', "a = 1979-05-27T07:32:00Z\n"],
  ['{{ (fromToml "[[a]]\\nb = 1").a | typeOf }}', "[]map[string]interface {}"],
  ['{{ list 1 "x" (list 2.5) | toToml }}', '[1, "x", [2.5]]'],
  ['{{ list (dict "a" 1) | toToml }}', "toml: top-level values must be Go maps or structs"],
  ["{{ list 1 nil | toToml }}", "toml: cannot encode array with nil element"],
];

for (const [template, text] of TOML) {
  test(`${template} is ${text}`, () => {
    assert.deepEqual(
      printed(`a: {{ cat (${template.slice(3, -3)}) | quote }}`),
      Array(2).fill(`a: ${JSON.stringify(text)}`),
    );
  });
}

test("Lines of an empty file is a crash in Helm 3 and nothing in Helm 4", () => {
  const files = { empty: "", "templates/x.yaml": 'a: {{ .Files.Lines "empty" | toJson }}' };
  assert.match(problemsOf(() => render(files))[0]?.message ?? "", /index out of range \[-1\]/);
  assert.equal(render(files, {}, { compat: "v4" }).manifests[0]?.text.trim(), "a: []");
});

test("white space is what Go takes for it: a byte order mark is none", () => {
  assert.deepEqual(printed("\u0085\u00a0\uFEFFa: 1\u0085\n"), ["\uFEFFa: 1", "\uFEFFa: 1\u0085"]);
});

test("tables imported from two charts run together where they came from, too", () => {
  const chart = (name: string): string => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`;
  const entry = (name: string): string => `- {name: ${name}, version: 1.0.0, import-values: [data]}\n`;
  const seen = valuesSeen({
    "Chart.yaml": `${CHART}dependencies:\n${entry("a")}${entry("b")}`,
    "charts/a/Chart.yaml": chart("a"),
    "charts/a/values.yaml": "exports: {data: {shared: {one: 1}}}\n",
    "charts/b/Chart.yaml": chart("b"),
    "charts/b/values.yaml": "exports: {data: {shared: {two: 2}}}\n",
  }) as Record<string, unknown>;
  assert.deepEqual(seen["shared"], { one: 1, two: 2 });
  assert.deepEqual(seen["a"], { exports: { data: { shared: { one: 1, two: 2 } } }, global: {} });
});

test("a dependency's values that are no map are told in each version's words", () => {
  const files = {
    "Chart.yaml": `${CHART}dependencies: [{name: a, version: 1.0.0}]\n`,
    "charts/a/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n",
  };
  const told = (compat: "v3" | "v4"): string | undefined =>
    problemsOf(() => render(files, { a: "x" }, { compat }))[0]?.message;
  assert.equal(told("v3"), "type mismatch on a: %!t(string=x)");
  assert.equal(told("v4"), "chart dependencies processing failed: type mismatch on a: %!t(string=x)");
});

const SEPARATORS: ReadonlyArray<[output: string, fault: RegExp | undefined]> = [
  ["---kind: A\n", /unable to parse YAML: invalid Yaml document separator: kind: A$/m],
  ["a: 1\n----\nb: 2\n", /invalid Yaml document separator: -$/m],
  ["a: 1\n---\n---  # words\nkind: [\n", /error converting YAML to JSON: yaml: line 2/],
  ["---\nkind: A\nmetadata: {name: a}\n--- # words\n", undefined],
];

for (const [output, fault] of SEPARATORS) {
  test(`lint takes ${JSON.stringify(output)} apart as Kubernetes does`, async () => {
    const files = {
      "Chart.yaml": `${CHART}icon: https://x.invalid/i.png\n`,
      "values.yaml": "",
      "templates/a.yaml": output,
    };
    const { out } = await runCommand(helmLint, ["web"], files);
    if (fault === undefined) assert.equal(out.includes("[ERROR]"), false, out);
    else assert.match(out, fault);
  });
}
