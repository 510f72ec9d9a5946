import assert from "node:assert/strict";
import test from "node:test";
import { CHART, problemsOf, render } from "./support.ts";

const named = (kind: string, name: string, more = ""): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${more}`;
const hook = (name: string, annotations: string): string => named("Pod", name, `  annotations: {${annotations}}\n`);

test("manifests come in install order, kinds Helm does not know behind, by name", () => {
  const kinds = ["Widget", "Deployment", "Gadget", "Service", "Namespace", "ConfigMap"];
  const { manifests } = render({ "templates/all.yaml": kinds.map((kind) => named(kind, "x")).join("---\n") });
  assert.deepEqual(
    manifests.map(({ kind }) => kind),
    ["Namespace", "ConfigMap", "Service", "Deployment", "Gadget", "Widget"],
  );
});

test("webhook configurations have a place in Helm 4 alone", () => {
  const files = {
    "templates/a.yaml": named("Alpha", "x"),
    "templates/b.yaml": named("MutatingWebhookConfiguration", "x"),
  };
  const first = (compat: "v3" | "v4"): string | undefined => render(files, {}, { compat }).manifests[0]?.kind;
  assert.deepEqual([first("v3"), first("v4")], ["Alpha", "MutatingWebhookConfiguration"]);
});

test("hooks are taken out, with events, weight and deletion policies", () => {
  const { manifests, hooks } = render({
    "templates/a.yaml": hook(
      "a",
      '"helm.sh/hook": "pre-install, POST-upgrade", "helm.sh/hook-weight": "-5", "helm.sh/hook-delete-policy": "hook-succeeded,before-hook-creation"',
    ),
    "templates/b.yaml": hook("b", '"helm.sh/hook": test-success, "helm.sh/hook-weight": heavy'),
    "templates/c.yaml": hook("c", '"helm.sh/hook": no-such-hook'),
    "templates/d.yaml": hook("d", "other: annotation"),
  });
  assert.deepEqual(
    manifests.map(({ name }) => name),
    ["d"],
  );
  assert.deepEqual(
    hooks.map(({ name, events, weight, deletePolicies }) => ({ name, events, weight, deletePolicies })),
    [
      {
        name: "a",
        events: ["pre-install", "post-upgrade"],
        weight: -5,
        deletePolicies: ["hook-succeeded", "before-hook-creation"],
      },
      { name: "b", events: ["test"], weight: 0, deletePolicies: [] },
    ],
  );
});

test("documents are split in each version's manner", () => {
  // The expression of Helm 3 eats the line break that a second separator in a row would need.
  const files = { "templates/a.yaml": "---\na: 1\n---   \n\n---\nb: 2\n\n" };
  const texts = (compat: "v3" | "v4"): string[] => render(files, {}, { compat }).manifests.map(({ text }) => text);
  assert.deepEqual(texts("v3"), ["a: 1", "---\nb: 2"]);
  assert.deepEqual(texts("v4"), ["a: 1\n", "b: 2\n\n"]);
});

test("notes are the chart's own, those of subcharts on demand", () => {
  const files = {
    "templates/NOTES.txt": "Hello {{ .Release.Name }}",
    "charts/sub/Chart.yaml": "name: sub\nversion: 1.0.0\n",
    "charts/sub/templates/NOTES.txt": "from below",
  };
  assert.equal(render(files).notes, "Hello rel");
  assert.match(render(files, {}, { subNotes: true }).notes, /from below/);
});

test("CRDs are passed on as they are, those of subcharts behind", () => {
  const files = {
    "crds/a.yaml": "a: {{ not a template }}",
    "crds/README.md": "words",
    "charts/sub/Chart.yaml": "name: sub\nversion: 1.0.0\n",
    "charts/sub/crds/b.yaml": "b: 1",
  };
  assert.deepEqual(render(files).crds, [
    { path: "web/crds/a.yaml", text: "a: {{ not a template }}" },
    { path: "web/charts/sub/crds/b.yaml", text: "b: 1" },
  ]);
});

const REFUSED: ReadonlyArray<[what: string, files: Record<string, string>, code: string, message: RegExp]> = [
  [
    "output that is not YAML",
    { "templates/a.yaml": "a: [1" },
    "ChartManifestInvalid",
    /YAML parse error on web\/templates\/a.yaml/,
  ],
  ["a template that does not parse", { "templates/a.yaml": "{{ if }}" }, "ChartTemplateFailed", /missing value for if/],
  [
    "a value required",
    { "templates/a.yaml": '{{ required "name it" .Values.x }}' },
    "ChartTemplateFailed",
    /execution error at \(web\/templates\/a.yaml:1:3\): name it/,
  ],
  ["a library", { "Chart.yaml": `${CHART}type: library\n` }, "ChartInvalid", /not installable/],
  [
    "a Kubernetes too old",
    { "Chart.yaml": `${CHART}kubeVersion: ">=9"\n` },
    "ChartIncompatible",
    /requires kubeVersion: >=9/,
  ],
  ["no name", { "Chart.yaml": "version: 1.0.0\n" }, "ChartInvalid", /chart.metadata.name is required/],
  [
    "templates that include each other without end",
    { "templates/a.yaml": '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}' },
    "ChartTemplateFailed",
    /./,
  ],
  [
    "tpl that calls itself without end",
    { "values.yaml": "t: '{{ tpl .Values.t . }}'\n", "templates/a.yaml": "{{ tpl .Values.t . }}" },
    "ChartTemplateFailed",
    /./,
  ],
];

for (const [what, files, code, message] of REFUSED) {
  test(`${what} is refused`, () => {
    const [problem] = problemsOf(() => render(files));
    assert.equal(problem?.code, code);
    assert.match(problem?.message ?? "", message);
  });
}

test("a template that never ends is stopped by its limits", () => {
  const files = { "templates/a.yaml": "{{ range until 100000 }}{{ range until 100000 }}x{{ end }}{{ end }}" };
  const [problem] = problemsOf(() => render(files, {}, { limits: { stepsMax: 100_000 } }));
  assert.equal(problem?.code, "ChartTemplateFailed");
});

test("output beyond its limit is stopped", () => {
  const files = { "templates/a.yaml": '{{ range until 1000 }}{{ repeat 1000 "x" }}{{ end }}' };
  const [problem] = problemsOf(() => render(files, {}, { limits: { outputCharsMax: 10_000 } }));
  assert.equal(problem?.code, "ChartTemplateFailed");
});
