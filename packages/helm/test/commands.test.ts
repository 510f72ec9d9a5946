import assert from "node:assert/strict";
import test from "node:test";
import { fileTemplate, helmLint, helmTemplate } from "@fairlead/helm";
import { CHART, runCommand, type Files } from "./support.ts";

const FILES: Files = {
  "Chart.yaml": CHART,
  "values.yaml": "a: 1\n",
  "templates/a.yaml": "kind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ .Values.a }}}\n",
  "templates/b.yaml": "kind: Secret\nmetadata: {name: b}\n",
  "crds/c.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n",
  "more.yaml": "a: 2\n",
};
const A = (value: number): string =>
  `---\n# Source: web/templates/a.yaml\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: ${value}}\n`;
const B = "---\n# Source: web/templates/b.yaml\nkind: Secret\nmetadata: {name: b}\n";
const C = "---\n# Source: web/crds/c.yaml\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n";

const PRINTED: ReadonlyArray<[args: string, out: string]> = [
  ["rel web", B + A(1)],
  ["web", B + A(1)],
  ["rel web --set a=3 -f more.yaml", B + A(3)],
  ["rel web -f more.yaml", B + A(2)],
  ["rel web --include-crds", `${C}\n${B}${A(1)}`],
  ["rel web --include-crds --skip-crds", `${C}\n${B}${A(1)}`],
  ["rel web -s templates/a.yaml", A(1)],
  ["rel web -s templates/*.yaml -s crds/c.yaml --include-crds", B + A(1) + C],
];

for (const [args, out] of PRINTED) {
  test(`helm template ${args} prints what Helm 3 prints`, async () => {
    const run = await runCommand(helmTemplate, [...args.split(" "), "--compat", "v3"], FILES);
    assert.deepEqual(run, { code: 0, out, error: "" });
  });
}

const FAILED: ReadonlyArray<[args: string, error: RegExp]> = [
  ["", /requires at least 1 argument/],
  ["rel web -s templates/absent.yaml", /^Error: could not find template templates\/absent.yaml in chart$/m],
  ["rel web --enable-dns", /refused/],
  ["rel web --no-such-flag", /^Error: unknown flag: --no-such-flag$/m],
  ["rel web --set a", /^Error: failed parsing --set data: key "a" has no value$/m],
];

for (const [args, error] of FAILED) {
  test(`helm template ${args} fails with a word on why`, async () => {
    const run = await runCommand(helmTemplate, args.split(" ").filter(Boolean), FILES);
    assert.deepEqual([run.code, run.out], [1, ""]);
    assert.match(run.error, error);
  });
}

test("a failure while rendering tells of --debug, as Helm's does", async () => {
  const files = { ...FILES, "templates/a.yaml": '{{ fail "no" }}' };
  const { error } = await runCommand(helmTemplate, ["rel", "web"], files);
  assert.equal(
    error,
    "Error: execution error at (web/templates/a.yaml:1:3): no\n\nUse --debug flag to render out invalid YAML\n",
  );
  assert.doesNotMatch((await runCommand(helmTemplate, ["rel", "web", "--debug"], files)).error, /Use --debug/);
});

const LINTED: ReadonlyArray<[what: string, files: Files, findings: readonly string[], code: number]> = [
  ["a chart without an icon", {}, ["[INFO] Chart.yaml: icon is recommended"], 0],
  [
    "a name that was not filled in",
    { "Chart.yaml": `${CHART}icon: https://\${NAME}.example/i.svg\n` },
    ["[ERROR] Chart.yaml: invalid icon URL 'https://${NAME}.example/i.svg'"],
    1,
  ],
  ["a good chart", { "Chart.yaml": `${CHART}icon: https://example.com/i.svg\n` }, [], 0],
  [
    "a chart that breaks rules of Chart.yaml",
    {
      "Chart.yaml":
        "apiVersion: v3\nname: web\nversion: 1.0.0\nappVersion: 1.5\nicon: x\nmaintainers: [{email: a@b.c}]\nsources: [here]\n",
    },
    [
      `[ERROR] Chart.yaml: apiVersion 'v3' is not valid. The value must be either "v1" or "v2"`,
      "[ERROR] Chart.yaml: appVersion should be of type string but it's of type float64",
      "[ERROR] Chart.yaml: each maintainer requires a name",
      "[ERROR] Chart.yaml: invalid source URL 'here'",
      "[ERROR] Chart.yaml: invalid icon URL 'x'",
    ],
    1,
  ],
  [
    "templates that break rules",
    {
      "templates/a.yaml": "  kind: Deployment\n  metadata: {name: a}\n",
      "templates/b.yaml": "kind: Service\nmetadata: {name: 1b}\n",
      "templates/c.json": "{}",
      "templates/d.yaml": "a: [1",
    },
    [
      "[INFO] Chart.yaml: icon is recommended",
      '[WARNING] templates/a.yaml: document starts with an illegal indent: "  kind: Deployment", which may cause parsing problems',
      '[ERROR] templates/a.yaml: a Deployment must contain matchLabels or matchExpressions, and "a" does not',
      `[WARNING] templates/b.yaml: object name does not conform to Kubernetes naming requirements: "1b": metadata.name: Invalid value: "1b": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
      "[ERROR] templates/c.json: file extension '.json' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt",
    ],
    1,
  ],
  [
    "values that break the schema",
    { "values.schema.json": '{"required":["x"]}', "templates/a.yaml": "" },
    ["[INFO] Chart.yaml: icon is recommended", "[ERROR] values.yaml: - at '': missing property 'x'"],
    1,
  ],
];

for (const [what, files, findings, code] of LINTED) {
  test(`helm lint looks at ${what}`, async () => {
    const run = await runCommand(helmLint, ["web"], { ...FILES, "crds/c.yaml": "", ...files });
    const lines = run.out.split("\n").filter((line) => line.startsWith("["));
    assert.deepEqual(lines.slice(0, findings.length), findings);
    assert.equal(run.code, code);
  });
}

test("helm lint fails on a warning when it is strict, and says little when quiet", async () => {
  const files = { ...FILES, "Chart.yaml": `${CHART}dependencies: [{name: absent, version: 1.x}]\n` };
  assert.equal((await runCommand(helmLint, ["web"], files)).code, 0);
  assert.equal((await runCommand(helmLint, ["web", "--strict"], files)).code, 1);
  assert.deepEqual(await runCommand(helmLint, ["web", "--quiet"], FILES), { code: 0, out: "", error: "" });
});

const TEMPLATES: ReadonlyArray<[args: string, text: string, out: string]> = [
  ["t.txt -f more.yaml", "{{ .a }} {{ .b }}", "2 <no value>"],
  ["t.txt -f more.yaml --functions go", '{{ printf "%03d" 7 }}', "007"],
  ["t.txt -f more.yaml --functions sprig", '{{ "x" | repeat 3 }}', "xxx"],
  ["t.txt -f more.yaml --functions helm", "{{ toYaml . }}", "a: 2"],
  ["t.txt -f more.yaml --functions applicationset", '{{ normalize "A_b" }}', "a-b"],
];

for (const [args, text, out] of TEMPLATES) {
  test(`template ${args} renders ${text}`, async () => {
    const run = await runCommand(fileTemplate, args.split(" "), { ...FILES, "t.txt": text });
    assert.deepEqual(run, { code: 0, out, error: "" });
  });
}

test("template fails where a key must not be missing", async () => {
  const run = await runCommand(fileTemplate, ["t.txt", "--missing-key", "error"], { "t.txt": "{{ .a }}" });
  assert.equal(run.code, 1);
  assert.match(run.error, /map has no entry for key "a"/);
});
