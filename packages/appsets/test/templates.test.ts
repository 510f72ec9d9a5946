import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import { applicationSet, clusterSecret, errorsOf, generate, namesOf, pathsOf, setOf } from "./support/facts.ts";

const ROW = { name: "a", prune: true, count: 3, options: ["CreateNamespace=true"], values: { x: "y" }, off: "" };
const TEMPLATE = (spec: object, metadata: object = {}): object => ({
  metadata: { name: "{{.name}}", ...metadata },
  spec: { project: "default", destination: { namespace: "n" }, ...spec },
});

async function specOf(template: object, more: object = {}): Promise<JsonObject> {
  const generation = await generate(
    applicationSet({ goTemplate: true, generators: [{ list: { elements: [ROW] } }], template, ...more }),
  );
  assert.deepEqual(errorsOf(generation), []);
  return generation.applications[0]?.["spec"] as JsonObject;
}

describe("fields that are no texts", () => {
  test("flags, numbers, lists and maps are templated, and left out where the text is empty", async () => {
    const spec = await specOf(
      TEMPLATE({
        revisionHistoryLimit: "{{.count}}",
        syncPolicy: { automated: { prune: "{{.prune}}", selfHeal: "{{.off}}" }, syncOptions: "{{toJson .options}}" },
        source: {
          repoURL: "{{.count}}",
          helm: {
            valuesObject: "{{toYaml .values}}",
            parameters: [{ name: "n", value: "{{.count}}", forceString: "{{.prune}}" }],
          },
        },
      }),
    );
    assert.deepEqual(spec, {
      project: "default",
      destination: { namespace: "n" },
      revisionHistoryLimit: 3,
      syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
      source: {
        repoURL: "3",
        helm: { valuesObject: { x: "y" }, parameters: [{ name: "n", value: "3", forceString: true }] },
      },
    });
  });

  test("in the fasttemplate dialect too", async () => {
    const generation = await generate(
      setOf([{ list: { elements: [{ name: "a", prune: "false" }] } }], "{{name}}", "p", {
        template: { metadata: { name: "{{name}}" }, spec: { syncPolicy: { automated: { prune: "{{prune}}" } } } },
      }),
    );
    assert.deepEqual(generation.applications[0]?.["spec"], { syncPolicy: { automated: { prune: false } } });
  });

  test("a text that is not of the kind is a fault of that Application alone", async () => {
    const elements = [
      { name: "a", prune: "maybe" },
      { name: "b", prune: "true" },
    ];
    const template = { metadata: { name: "{{name}}" }, spec: { syncPolicy: { automated: { prune: "{{prune}}" } } } };
    const generation = await generate(applicationSet({ generators: [{ list: { elements } }], template }));
    assert.deepEqual(namesOf(generation), ["b"]);
    assert.equal(generation.isComplete, true);
    assert.deepEqual(errorsOf(generation), [
      'Application "a": spec.syncPolicy.automated.prune is "maybe", not true or false',
    ]);
  });
});

describe("templatePatch", () => {
  test("merges maps, replaces lists, deletes by null, adds finalizers, and cannot choose the project", async () => {
    const templatePatch = `
metadata:
  labels: {added: "{{.name}}"}
  finalizers: [mine.example.com/x]
spec:
  project: admin
  source:
    path: null
    helm: {valueFiles: ["{{.name}}.yaml"], valuesObject: {b: 2}}
`;
    const template = TEMPLATE(
      { source: { repoURL: "r", path: "p", helm: { valueFiles: ["x", "y"], valuesObject: { a: { c: 1 } } } } },
      { labels: { own: "1" } },
    );
    const generation = await generate(
      applicationSet({ goTemplate: true, generators: [{ list: { elements: [ROW] } }], template, templatePatch }),
    );
    assert.deepEqual(errorsOf(generation), []);
    const [application] = generation.applications;
    assert.deepEqual(application?.metadata.labels, { own: "1", added: "a" });
    assert.deepEqual([...(application?.metadata.finalizers ?? [])].sort(), [
      "mine.example.com/x",
      "resources-finalizer.argocd.argoproj.io",
    ]);
    assert.deepEqual(application?.["spec"], {
      project: "default",
      destination: { namespace: "n" },
      source: { repoURL: "r", helm: { valueFiles: ["a.yaml"], valuesObject: { a: { c: 1 }, b: 2 } } },
    });
  });

  test("one that is empty for a row changes nothing, one that is no YAML ends the whole set", async () => {
    const patched = (templatePatch: string) =>
      generate(
        applicationSet({
          goTemplate: true,
          generators: [{ list: { elements: [ROW] } }],
          template: TEMPLATE({}),
          templatePatch,
        }),
      );
    assert.deepEqual(namesOf(await patched('{{- if eq .name "b" }}spec: {}{{ end }}')), ["a"]);
    const broken = await patched("spec: [");
    assert.equal(broken.isComplete, false);
    assert.match(errorsOf(broken)[0] ?? "", /spec\.templatePatch is no YAML once filled/);
  });
});

describe("a template in a generator", () => {
  test("goes before the set's, which fills what it leaves empty", async () => {
    const generators = [
      {
        list: {
          elements: [{ a: "1" }],
          template: {
            metadata: { name: "own-{{a}}", labels: { own: "1" } },
            spec: { source: { path: "own", repoURL: "" }, destination: {} },
          },
        },
      },
      { list: { elements: [{ a: "2" }] } },
    ];
    const generation = await generate(setOf(generators, "set-{{a}}", "set"));
    assert.deepEqual(namesOf(generation), ["own-1", "set-2"]);
    const spec = generation.applications[0]?.["spec"] as JsonObject;
    assert.deepEqual(spec["source"], { path: "own", repoURL: "https://x/y" });
    assert.deepEqual(generation.applications[0]?.metadata.labels, { own: "1" });
  });
});

describe("an Application that is generated", () => {
  test("is in the set's own namespace, with the resources finalizer unless resources are preserved", async () => {
    const template = { metadata: { name: "{{a}}", namespace: "elsewhere" }, spec: {} };
    const set = (more: object) =>
      applicationSet({ generators: [{ list: { elements: [{ a: "x" }] } }], template, ...more });
    const [application] = (await generate(set({}))).applications;
    assert.deepEqual(application, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: "x", namespace: "argocd", finalizers: ["resources-finalizer.argocd.argoproj.io"] },
      spec: {},
    });
    const preserved = await generate(set({ syncPolicy: { preserveResourcesOnDeletion: true } }));
    assert.equal(preserved.applications[0]?.metadata.finalizers, undefined);
  });

  test("whose name is bad, taken twice or nowhere to go is told of; the others are given", async () => {
    const names = ["good", "BAD", "{{none}}", "twice", "twice"];
    const elements = [
      ...names.map((name) => ({ name, server: "https://west.example.com" })),
      { name: "lost", server: "https://lost" },
    ];
    const template = { metadata: { name: "{{name}}" }, spec: { destination: { server: "{{server}}" } } };
    const generation = await generate(applicationSet({ generators: [{ list: { elements } }], template }), {
      objects: [clusterSecret("west")],
    });
    assert.deepEqual(namesOf(generation), ["good", "twice"]);
    assert.deepEqual(errorsOf(generation), [
      '"BAD" is no name for an Application',
      '"{{none}}" is no name for an Application',
      'Application "lost": there is no cluster with the server "https://lost"',
      '2 rows give the Application "twice"; the first one counts',
    ]);
    assert.ok(generation.names.has("twice"));
  });

  test("a label that Kubernetes refuses is told of", async () => {
    const template = { metadata: { name: "a", labels: { k: "{{v}}" } }, spec: {} };
    const generation = await generate(
      applicationSet({ generators: [{ list: { elements: [{ v: "not ok!" }] } }], template }),
    );
    assert.match(errorsOf(generation)[0] ?? "", /^Application "a": metadata\.labels: Invalid value: "not ok!"/);
  });

  test("a project may not be made of what a pull request says, unless that is allowed", async () => {
    const set = (annotations: Record<string, string>) =>
      applicationSet(
        {
          generators: [{ pullRequest: { github: { owner: "o", repo: "r" } } }],
          template: { metadata: { name: "pr-{{number}}" }, spec: { project: "{{branch}}" } },
        },
        { annotations },
      );
    const world = {
      pullRequests: async () => [
        { number: 1, title: "t", branch: "admin", targetBranch: "main", headSha: "s", labels: [], author: "a" },
      ],
    };
    const refused = await generate(set({}), { world });
    assert.deepEqual([refused.isComplete, namesOf(refused)], [false, []]);
    assert.match(errorsOf(refused)[0] ?? "", /it lets a pull request choose its own rights/);
    assert.deepEqual(namesOf(await generate(set({ "fairlead.dev/allow-templated-project": "true" }), { world })), [
      "pr-1",
    ]);
  });

  test("a key named __proto__ is a key like any other", async () => {
    const element = JSON.parse('{"a":"x","__proto__":"y","constructor":"z"}') as object;
    const generation = await generate(
      setOf([{ list: { elements: [element] } }], "{{a}}", "{{__proto__}}/{{constructor}}/{{toString}}"),
    );
    assert.equal(pathsOf(generation)[0], "y/z/{{toString}}");
  });
});
