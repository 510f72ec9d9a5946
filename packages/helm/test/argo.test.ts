import assert from "node:assert/strict";
import test from "node:test";
import { memoryTree, type JsonObject } from "@fairlead/base";
import { renderArgoHelm, type ArgoHelmOptions } from "@fairlead/helm";
import { CHART, problemsOf } from "./support.ts";

const FILES = {
  "charts/web/Chart.yaml": CHART,
  "charts/web/values.yaml": "from: chart\nlist: []\n",
  "charts/web/prod.yaml": "from: prod\n",
  "charts/web/note.txt": "noted",
  "shared/all.yaml": "from: shared\n",
  "charts/web/crds/crd.yaml": "kind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n",
  "charts/web/templates/a.yaml":
    "kind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}.{{ .Release.Namespace }}'}\ndata: {{ toJson .Values }}\n",
  "charts/web/templates/hook.yaml":
    "kind: Job\nmetadata: {name: hook, annotations: {helm.sh/hook: 'pre-install,test'}}\n",
  "charts/web/templates/test.yaml": "kind: Pod\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n",
};

function rendered(options: ArgoHelmOptions = {}): ReturnType<typeof renderArgoHelm> {
  return renderArgoHelm(memoryTree(FILES), "charts/web", options, { appName: "app", namespace: "shop" });
}

function data(options: ArgoHelmOptions): JsonObject {
  const found = rendered(options).objects.find(({ object }) => object.kind === "ConfigMap");
  return (found ?? assert.fail("no ConfigMap")).object["data"] as JsonObject;
}

test("manifests, hooks and CRDs become objects that know their files", () => {
  assert.deepEqual(
    rendered().objects.map(({ object, origin }) => `${object.kind} ${object.metadata.name} ${origin.file}`),
    [
      "CustomResourceDefinition things.example.com charts/web/crds/crd.yaml",
      "ConfigMap app.shop charts/web/templates/a.yaml",
      "Pod test charts/web/templates/test.yaml",
      "Job hook charts/web/templates/hook.yaml",
    ],
  );
});

test("CRDs and tests can be left out; a hook that is more than a test stays", () => {
  const kinds = rendered({ skipCrds: true, skipTests: true }).objects.map(({ object }) => object.kind);
  assert.deepEqual(kinds, ["ConfigMap", "Job"]);
});

const FROM: ReadonlyArray<[what: string, options: ArgoHelmOptions, from: unknown]> = [
  ["the chart's own values", {}, "chart"],
  ["a value file beside the chart", { valueFiles: ["prod.yaml"] }, "prod"],
  ["a value file from the root of the repository", { valueFiles: ["/shared/all.yaml"] }, "shared"],
  ["a value file above the chart", { valueFiles: ["../../shared/all.yaml"] }, "shared"],
  ["the last of several files", { valueFiles: ["/shared/all.yaml", "prod.yaml"] }, "prod"],
  ["values over files", { valueFiles: ["prod.yaml"], values: "from: values\n" }, "values"],
  ["valuesObject over values", { values: "from: values\n", valuesObject: { from: "object" } }, "object"],
  [
    "parameters over all",
    { valuesObject: { from: "object" }, parameters: [{ name: "from", value: "parameter" }] },
    "parameter",
  ],
  ["a parameter with commas", { parameters: [{ name: "from", value: "a,b" }] }, "a,b"],
  ["a parameter as text", { parameters: [{ name: "from", value: "1", forceString: true }] }, "1"],
  ["a parameter that is a number", { parameters: [{ name: "from", value: "1" }] }, 1],
  ["a file parameter", { fileParameters: [{ name: "from", path: "note.txt" }] }, "noted"],
  [
    "a file parameter from the root of the repository",
    { fileParameters: [{ name: "from", path: "/shared/all.yaml" }] },
    "from: shared\n",
  ],
  ["no file where none need be", { valueFiles: ["absent.yaml"], ignoreMissingValueFiles: true }, "chart"],
];

for (const [what, options, from] of FROM) {
  test(`${what} can decide`, () => assert.deepEqual(data(options)["from"], from));
}

test("a list in braces is a list", () => {
  assert.deepEqual(data({ parameters: [{ name: "list", value: "{a,b}" }] })["list"], ["a", "b"]);
});

test("a value file that is missing is refused by its name", () => {
  const [problem] = problemsOf(() => rendered({ valueFiles: ["absent.yaml"] }));
  assert.equal(problem?.file, "charts/web/absent.yaml");
});

test("the release's name and namespace can be chosen", () => {
  const { objects } = rendered({ releaseName: "other", namespace: "far" });
  assert.ok(objects.some(({ object }) => object.metadata.name === "other.far"));
});
