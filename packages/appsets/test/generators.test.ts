import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { clusterSecret, errorsOf, generate, namesOf, pathsOf, setOf, type Given } from "./support/facts.ts";

interface Case {
  readonly title: string;
  readonly generators: readonly unknown[];
  readonly name: string;
  readonly path?: string;
  readonly more?: object;
  readonly given?: Given;
  /** `name → path`, in order. */
  readonly gives: readonly string[];
}

const GO = { goTemplate: true, goTemplateOptions: ["missingkey=error"] };
const REPO = "https://git.example.com/config.git";
const FILES = {
  "apps/web/config.json": '{"app":"web","size":3,"big":1000000,"tags":["a","b"],"deep":{"x":"y"}}',
  "apps/api/config.yaml": "- app: api\n- app: api2\n",
  "apps/api/deep/config.json": "{}",
  ".hidden/x/config.json": "{}",
  "libs/core/README.md": "x",
};
const git = { git: { [REPO]: { main: FILES, "feature/x": { "apps/only/config.json": '{"app":"only"}' } } } };
const clusters = {
  objects: [
    clusterSecret("west", { env: "prod" }),
    clusterSecret("east", { env: "prod" }, { note: "n" }),
    clusterSecret("lab", { env: "test" }),
  ],
};
const configMap = (name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "argocd" },
  data,
});
const pulls = [
  {
    number: 7,
    title: "Fix",
    branch: "fix/A&B",
    targetBranch: "main",
    headSha: "0123456789abcdef",
    labels: ["preview"],
    author: "ann",
  },
  {
    number: 9,
    title: "Feature",
    branch: "feat",
    targetBranch: "dev",
    headSha: "fedcba9876543210",
    labels: [],
    author: "bob",
  },
];
const PR = { github: { owner: "o", repo: "r" } };
const askPulls: Given = { world: { pullRequests: async () => pulls } };

const CASES: readonly Case[] = [
  {
    title: "list: elements",
    generators: [{ list: { elements: [{ a: "1", values: { b: "2" } }] } }],
    name: "x-{{a}}",
    path: "{{ values.b }}",
    gives: ["x-1 → 2"],
  },
  {
    title: "list: elementsYaml after elements",
    generators: [{ list: { elements: [{ a: "1" }], elementsYaml: "- a: two\n" } }],
    name: "x-{{a}}",
    gives: ["x-1 → p", "x-two → p"],
  },
  {
    title: "list: trees in the Go dialect",
    generators: [{ list: { elements: [{ a: { b: [1, "c"] } }] } }],
    name: "x-{{ index .a.b 1 }}",
    path: "{{ index .a.b 0 }}",
    more: GO,
    gives: ["x-c → 1"],
  },
  {
    title: "list: what is unknown stays in the fasttemplate dialect",
    generators: [{ list: { elements: [{ a: "1" }] } }],
    name: "x-{{a}}",
    path: "{{b}}",
    gives: ["x-1 → {{b}}"],
  },
  {
    title: "two generators in one entry",
    generators: [{ list: { elements: [{ name: "a" }] }, clusters: {} }],
    name: "x-{{name}}",
    given: { objects: [] },
    gives: ["x-a → p", "x-in-cluster → p"],
  },
  {
    title: "clusters: in-cluster first, then by Secret",
    generators: [{ clusters: {} }],
    name: "{{name}}",
    path: "{{server}}",
    given: clusters,
    gives: [
      "in-cluster → https://kubernetes.default.svc",
      "east → https://east.example.com",
      "lab → https://lab.example.com",
      "west → https://west.example.com",
    ],
  },
  {
    title: "clusters: by label, without in-cluster; values",
    generators: [
      { clusters: { selector: { matchLabels: { env: "prod" } }, values: { v: "{{name}}-{{metadata.labels.env}}" } } },
    ],
    name: "{{nameNormalized}}",
    path: "{{values.v}}",
    given: clusters,
    gives: ["east → east-prod", "west → west-prod"],
  },
  {
    title: "clusters: metadata in the Go dialect",
    generators: [
      { clusters: { selector: { matchLabels: { env: "prod" } }, values: { v: "{{.metadata.labels.env}}" } } },
    ],
    name: "{{.name}}",
    path: '{{.values.v}}{{ dig "annotations" "note" "" .metadata }}',
    more: GO,
    given: clusters,
    gives: ["east → prodn", "west → prod"],
  },
  {
    title: "clusters: one flat list",
    generators: [{ clusters: { flatList: true, selector: { matchLabels: { env: "prod" } } } }],
    name: "all",
    path: "{{ range .clusters }}{{ .name }},{{ end }}",
    more: GO,
    given: clusters,
    gives: ["all → east,west,"],
  },
  {
    title: "git directories: path.Match, exclude wins, no dot directory",
    generators: [
      { git: { repoURL: REPO, revision: "main", directories: [{ path: "*/*" }, { path: "libs/*", exclude: true }] } },
    ],
    name: "{{path[1]}}",
    path: "{{path}} {{path.basename}} {{path.basenameNormalized}}",
    given: git,
    gives: ["api → apps/api api api", "web → apps/web web web"],
  },
  {
    title: "git directories: segments and prefix in the Go dialect",
    generators: [
      {
        git: {
          repoURL: REPO,
          revision: "main",
          pathParamPrefix: "my",
          directories: [{ path: "apps/*" }],
          values: { k: "{{.my.path.basename}}" },
        },
      },
    ],
    name: "{{index .my.path.segments 1}}",
    path: "{{.values.k}}",
    more: GO,
    given: git,
    gives: ["api → api", "web → web"],
  },
  {
    title: "git files: * crosses directories; lists of objects; flat texts",
    generators: [
      {
        git: {
          repoURL: REPO,
          revision: "main",
          files: [{ path: "apps/*" }, { path: "apps/api/deep/*", exclude: true }],
        },
      },
    ],
    name: "{{path.basename}}-{{app}}",
    path: "{{path.filename}} {{path.filenameNormalized}} {{size}} {{big}} {{tags.1}} {{deep.x}}",
    given: git,
    gives: [
      "api-api → config.yaml config.yaml {{size}} {{big}} {{tags.1}} {{deep.x}}",
      "api-api2 → config.yaml config.yaml {{size}} {{big}} {{tags.1}} {{deep.x}}",
      "web-web → config.json config.json 3 1e+06 b y",
    ],
  },
  {
    title: "git files: a directory named is everything below it",
    generators: [{ git: { repoURL: REPO, revision: "main", files: [{ path: "apps/web" }] } }],
    name: "{{.app}}",
    path: "{{.path.path}}/{{.path.filename}}",
    more: GO,
    given: git,
    gives: ["web → apps/web/config.json"],
  },
  {
    title: "git files: doublestar where it is asked for",
    generators: [{ git: { repoURL: REPO, revision: "main", files: [{ path: "apps/**/{config,other}.json" }] } }],
    name: "{{path.basename}}",
    given: { ...git, settings: { newGitFileGlobbing: true } },
    gives: ["deep → p", "web → p"],
  },
  {
    title: "git branches",
    generators: [{ git: { repoURL: REPO, branches: ["*", "!main"] } }],
    name: "{{branchNormalized}}",
    path: "{{branch}} {{branch_slug}} {{sha}} {{short_sha_7}}",
    given: git,
    gives: ["feature-x → feature/x feature-x commit-feature/x commit-"],
  },
  {
    title: "git branches with what is in them",
    generators: [{ git: { repoURL: REPO, branches: ["feature/*"], files: [{ path: "apps/*/config.json" }] } }],
    name: "{{app}}",
    path: "{{branch}}",
    given: git,
    gives: ["only → feature/x"],
  },
  {
    title: "matrix: all combinations, the first varies slowest",
    generators: [
      {
        matrix: {
          generators: [
            { list: { elements: [{ a: "1" }, { a: "2" }] } },
            { list: { elements: [{ b: "x" }, { b: "y" }] } },
          ],
        },
      },
    ],
    name: "{{a}}-{{b}}",
    gives: ["1-x → p", "1-y → p", "2-x → p", "2-y → p"],
  },
  {
    title: "matrix: three generators, each filled by those before it",
    generators: [
      {
        matrix: {
          generators: [
            { list: { elements: [{ a: "1" }] } },
            { list: { elements: [{ b: "{{a}}b" }] } },
            { list: { elements: [{ c: "{{a}}{{b}}" }] } },
          ],
        },
      },
    ],
    name: "x-{{c}}",
    gives: ["x-11b → p"],
  },
  {
    title: "matrix: the earlier wins, maps merge, in the Go dialect",
    generators: [
      {
        matrix: {
          generators: [
            { list: { elements: [{ a: "1", m: { x: "1" } }] } },
            { list: { elements: [{ a: "2", m: { x: "2", y: "2" } }] } },
          ],
        },
      },
    ],
    name: "x-{{.a}}",
    path: "{{.m.x}}{{.m.y}}",
    more: GO,
    gives: ["x-1 → 12"],
  },
  {
    title: "matrix in a matrix knows the rows around it",
    generators: [
      {
        matrix: {
          generators: [
            { list: { elements: [{ a: "1" }] } },
            {
              matrix: {
                generators: [
                  { list: { elements: [{ b: "{{.a}}b" }] } },
                  { list: { elements: [{ c: "{{.a}}{{.b}}" }] } },
                ],
              },
            },
          ],
        },
      },
    ],
    name: "x-{{.c}}",
    more: GO,
    gives: ["x-11b → p"],
  },
  {
    title: "matrix: clusters within files, values of both",
    generators: [
      {
        matrix: {
          generators: [
            { git: { repoURL: REPO, revision: "main", files: [{ path: "apps/web/config.json" }] } },
            { clusters: { selector: { matchLabels: { env: "prod" } }, values: { v: "{{.name}}-{{.app}}" } } },
          ],
        },
      },
    ],
    name: "{{.values.v}}",
    more: GO,
    given: { ...git, ...clusters },
    gives: ["east-web → p", "west-web → p"],
  },
  {
    title: "merge: over the first by key, in its order",
    generators: [
      {
        merge: {
          mergeKeys: ["k"],
          generators: [
            {
              list: {
                elements: [
                  { k: "b", v: "1" },
                  { k: "a", v: "1" },
                ],
              },
            },
            {
              list: {
                elements: [
                  { k: "a", v: "2" },
                  { k: "z", v: "2" },
                ],
              },
            },
          ],
        },
      },
    ],
    name: "{{k}}",
    path: "{{v}}",
    gives: ["b → 1", "a → 2"],
  },
  {
    title: "merge: dotted keys and trees in the Go dialect",
    generators: [
      {
        merge: {
          mergeKeys: ["m.k"],
          generators: [
            { list: { elements: [{ m: { k: "a", x: "1" } }] } },
            { list: { elements: [{ m: { k: "a", y: "2" } }] } },
          ],
        },
      },
    ],
    name: "{{.m.k}}",
    path: "{{.m.x}}{{.m.y}}",
    more: GO,
    gives: ["a → 12"],
  },
  {
    title: "selector over rows, any text",
    generators: [
      {
        list: { elements: [{ a: "https://one" }, { a: "https://two" }] },
        selector: { matchLabels: { a: "https://two" } },
      },
    ],
    name: "x",
    path: "{{a}}",
    gives: ["x → https://two"],
  },
  {
    title: "selector into the tree of the Go dialect",
    generators: [
      {
        clusters: {},
        selector: { matchExpressions: [{ key: "metadata.labels.env", operator: "In", values: ["test"] }] },
      },
    ],
    name: "{{.name}}",
    more: GO,
    given: clusters,
    gives: ["lab → p"],
  },
  {
    title: "selector of a child of a matrix",
    generators: [
      {
        matrix: {
          generators: [
            {
              list: { elements: [{ a: "1" }, { a: "2" }] },
              selector: { matchExpressions: [{ key: "a", operator: "NotIn", values: ["1"] }] },
            },
            { list: { elements: [{ b: "x" }] } },
          ],
        },
      },
    ],
    name: "{{a}}-{{b}}",
    gives: ["2-x → p"],
  },
  {
    title: "pull requests: every parameter",
    generators: [{ pullRequest: PR }],
    name: "pr-{{number}}",
    path: "{{title}} {{branch}} {{branch_slug}} {{target_branch}} {{head_sha}} {{head_short_sha}} {{head_short_sha_7}} {{author}}",
    given: askPulls,
    gives: [
      "pr-7 → Fix fix/A&B fix-aandb main 0123456789abcdef 01234567 0123456 ann",
      "pr-9 → Feature feat feat dev fedcba9876543210 fedcba98 fedcba9 bob",
    ],
  },
  {
    title: "pull requests: labels and filters",
    generators: [
      {
        pullRequest: {
          github: { owner: "o", repo: "r", labels: ["preview"] },
          filters: [{ branchMatch: "^feat" }, { titleMatch: "F.x", targetBranchMatch: "main" }],
        },
      },
    ],
    name: "pr-{{.number}}",
    path: '{{ join "," .labels }}',
    more: GO,
    given: askPulls,
    gives: ["pr-7 → preview"],
  },
  {
    title: "scmProvider: every parameter",
    generators: [{ scmProvider: { github: { organization: "o" } } }],
    name: "{{repository}}",
    path: "{{organization}} {{repository_id}} {{url}} {{branch}} {{branchNormalized}} {{short_sha}} {{short_sha_7}} {{labels}}",
    given: {
      world: {
        repositories: async () => [
          {
            organization: "o",
            repository: "r",
            repositoryId: 5,
            url: "git@h:o/r",
            branch: "feat/x",
            sha: "0123456789",
            labels: ["a", "b"],
          },
        ],
      },
    },
    gives: ["r → o 5 git@h:o/r feat/x feat-x 01234567 0123456 a,b"],
  },
  {
    title: "plugin: rows and its own input",
    generators: [
      { plugin: { configMapRef: { name: "plug" }, input: { parameters: { env: "e1" } }, values: { v: "{{key}}" } } },
    ],
    name: "{{key}}",
    path: "{{nested.n}} {{generator.input.parameters.env}} {{values.v}}",
    given: {
      objects: [
        configMap("plug", { baseUrl: "http://127.0.0.1:1/", token: "$plug-secret:tok" }),
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "plug-secret", namespace: "argocd" },
          stringData: { tok: "s3cret" },
        } as unknown as KubeObject,
      ],
      world: {
        plugin: async ({ url, token, body }) => ({
          output: {
            parameters: [
              {
                key: `k${(body["input"] as JsonObject) ? "1" : ""}`,
                nested: { n: token === "s3cret" && url.endsWith("/api/v1/getparams.execute") ? 4 : 0 },
              },
            ],
          },
        }),
      },
    },
    gives: ["k1 → 4 e1 k1"],
  },
  {
    title: "cluster decisions: those that name a cluster",
    generators: [{ clusterDecisionResource: { configMapRef: "duck", name: "q", values: { v: "{{name}}" } } }],
    name: "{{name}}",
    path: "{{clusterName}} {{score}} {{values.v}}",
    given: {
      objects: [
        clusterSecret("west"),
        configMap("duck", {
          apiVersion: "mallard.io/v1beta1",
          kind: "ducks",
          statusListKey: "decisions",
          matchKey: "clusterName",
        }),
        {
          apiVersion: "mallard.io/v1beta1",
          kind: "Duck",
          metadata: { name: "q", namespace: "argocd" },
          status: { decisions: [{ clusterName: "west", score: 3 }, { clusterName: "gone" }] },
        } as unknown as KubeObject,
      ],
    },
    gives: ["west → west 3 west"],
  },
];

describe("what each generator gives", () => {
  for (const { title, generators, name, path, more, given, gives } of CASES) {
    test(title, async () => {
      const generation = await generate(setOf(generators, name, path, more), given);
      assert.deepEqual(errorsOf(generation), []);
      const paths = pathsOf(generation);
      assert.deepEqual(
        namesOf(generation).map((one, index) => `${one} → ${paths[index]}`),
        gives,
      );
    });
  }
});

interface Fault {
  readonly title: string;
  readonly generators: readonly unknown[];
  readonly more?: object;
  readonly given?: Given;
  readonly says: readonly RegExp[];
}

const FAULTS: readonly Fault[] = [
  {
    title: "elements that are no texts, each with its path",
    generators: [{ list: { elements: [{ a: 1, b: true }, 5] } }],
    says: [
      /spec\.generators\[0\]\.list\.elements\[1\]: is not an object/,
      /elements\[0\]\.a: is 1, not a string/,
      /elements\[0\]\.b: is true, not a string/,
    ],
  },
  {
    title: "a generator nobody knows",
    generators: [{ lst: {} }],
    says: [/spec\.generators\[0\]\.lst: there is no generator of this name/],
  },
  {
    title: "a matrix of one",
    generators: [{ matrix: { generators: [{ list: {} }] } }],
    says: [/matrix is of two generators or more/],
  },
  {
    title: "two generators in one entry of a matrix",
    generators: [{ matrix: { generators: [{ list: {}, clusters: {} }, { list: {} }] } }],
    says: [/matrix\.generators\[0\]: holds 2 generators/],
  },
  {
    title: "keys that differ in a matrix of the fasttemplate dialect",
    generators: [
      { matrix: { generators: [{ list: { elements: [{ a: "1" }] } }, { list: { elements: [{ a: "2" }] } }] } },
    ],
    says: [/both generators give a, as "1" and as "2"/],
  },
  {
    title: "merge keys that are not unique, or missing",
    generators: [
      { merge: { mergeKeys: ["k"], generators: [{ list: { elements: [{ k: "a" }, { k: "a" }] } }, { list: {} }] } },
      { merge: { mergeKeys: [], generators: [{ list: {} }, { list: {} }] } },
    ],
    says: [/merge\.generators\[0\]: two rows have the merge keys \{"k":"a"\}/, /merge\.mergeKeys: is empty/],
  },
  {
    title: "a revision that is not there",
    generators: [{ git: { repoURL: REPO, revision: "nope", directories: [{ path: "*" }] } }],
    given: git,
    says: [/spec\.generators\[0\]\.git: revision nope is not in/],
  },
  {
    title: "a git generator of nothing, a broken glob",
    generators: [
      { git: { repoURL: REPO, revision: "main" } },
      { git: { repoURL: REPO, revision: "main", directories: [{ path: "a[" }] } },
    ],
    given: git,
    says: [/names neither directories nor files nor branches/, /directories\[0\]: "a\[" is no pattern/],
  },
  {
    title: "a parameter file that is no YAML",
    generators: [{ git: { repoURL: REPO, revision: "main", files: [{ path: "*.json" }] } }],
    given: { git: { [REPO]: { main: { "a.json": "{", "b.json": '"text"' } } } },
    says: [/file a\.json: error converting YAML to JSON/, /file b\.json: holds neither an object nor a list/],
  },
  {
    title: "secrets and maps that are absent",
    generators: [
      { pullRequest: { github: { owner: "o", repo: "r", tokenRef: { secretName: "no", key: "token" } } } },
      { plugin: { configMapRef: { name: "no" } } },
    ],
    given: { objects: [] },
    says: [/github\.tokenRef: there is no Secret argocd\/no/, /plugin: there is no ConfigMap argocd\/no/],
  },
  {
    title: "a plain http address that is not this machine",
    generators: [{ scmProvider: { gitea: { owner: "o", api: "http://gitea.example.com" } } }],
    says: [/gitea\.api: is plain http/],
  },
  {
    title: "a host that fails",
    generators: [{ pullRequest: PR }],
    given: { world: { pullRequests: () => Promise.reject(new Error("https://h answers 500")) } },
    says: [/spec\.generators\[0\]\.pullRequest: https:\/\/h answers 500/],
  },
  {
    title: "a filter that is no expression",
    generators: [{ pullRequest: { ...PR, filters: [{ branchMatch: "(" }] } }],
    given: askPulls,
    says: [/filters\[0\]\.branchMatch: "\(" is no regular expression/],
  },
  {
    title: "a key that is missing, when that is an error",
    generators: [{ list: { elements: [{ a: "1" }] } }],
    more: { ...GO, template: { metadata: { name: "{{.b}}" }, spec: {} } },
    says: [/"\{\{\.b\}\}" cannot be filled: .*map has no entry for key "b"/],
  },
  {
    title: "an option nobody knows",
    generators: [{ list: {} }],
    more: { goTemplateOptions: ["missingkey=bad"] },
    says: [/goTemplateOptions\[0\]: there is no option "missingkey=bad"/],
  },
  {
    title: "a selector of the wrong form",
    generators: [
      {
        list: { elements: [{ a: "1" }] },
        selector: { matchExpressions: [{ key: "a", operator: "Gt", values: ["1"] }] },
      },
    ],
    says: [/selector\.matchExpressions\[0\]\.operator: is "Gt"/],
  },
];

describe("what a generator cannot do changes nothing, and says so with its path", () => {
  for (const { title, generators, more, given, says } of FAULTS) {
    test(title, async () => {
      const generation = await generate(setOf(generators, "{{x}}", "p", more), given);
      assert.equal(generation.isComplete, false);
      assert.deepEqual(namesOf(generation), []);
      const told = errorsOf(generation).filter((message) => !/is no name/.test(message));
      for (const pattern of says)
        assert.ok(
          told.some((message) => pattern.test(message)),
          `${pattern} among ${JSON.stringify(told)}`,
        );
      assert.equal(told.length, says.length, JSON.stringify(told));
    });
  }

  test("a repository that is gone may be left out", async () => {
    const gone = { pullRequests: () => Promise.reject(Object.assign(new Error("404"))) };
    const set = setOf(
      [{ pullRequest: { ...PR, continueOnRepoNotFoundError: true } }, { list: { elements: [{ number: "1" }] } }],
      "pr-{{number}}",
    );
    const { problemError } = await import("@fairlead/base");
    const notFound = { pullRequests: () => Promise.reject(problemError("HostRepositoryNotFound", "is not there")) };
    assert.deepEqual(namesOf(await generate(set, { world: notFound })), ["pr-1"]);
    assert.deepEqual(namesOf(await generate(set, { world: gone })), []);
  });
});
