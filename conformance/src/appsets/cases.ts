/** Sets given to both: the spec without what all have in common. Names of Applications get the case's own prefix. */
export interface AppSetCase {
  readonly name: string;
  readonly generators: readonly unknown[];
  /** Of the Application; `{{…}}` in the dialect of the case. */
  readonly app: string;
  /** Printed into an annotation, to see parameters. */
  readonly shows?: string;
  readonly go?: boolean;
  readonly options?: readonly string[];
  /** More of the set's spec. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** More of the template's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The real controller panics over it and never gives a verdict. */
  readonly panics?: boolean;
}

/** Addresses that are known only once the servers run. */
export interface Addresses {
  readonly repo: string;
  readonly host: string;
}

const list = (...elements: readonly unknown[]): unknown => ({ list: { elements } });
const matrix = (...generators: readonly unknown[]): unknown => ({ matrix: { generators } });
const merge = (mergeKeys: readonly string[], ...generators: readonly unknown[]): unknown => ({
  merge: { mergeKeys, generators },
});

function lists(): AppSetCase[] {
  return [
    {
      name: "list",
      generators: [list({ a: "one", values: { b: "x" } }, { a: "two" })],
      app: "{{a}}",
      shows: "{{values.b}} {{ a }}",
    },
    { name: "list-unknown-key", generators: [list({ a: "one" })], app: "{{a}}", shows: "{{b}} {{}} {{ c }}" },
    { name: "list-number", generators: [list({ a: "one", n: 3 })], app: "{{a}}" },
    {
      name: "list-yaml",
      generators: [{ list: { elements: [{ a: "one" }], elementsYaml: "- a: two\n  n: 3\n- a: three\n" } }],
      app: "{{a}}",
      shows: "{{n}}",
    },
    {
      name: "list-yaml-words",
      generators: [{ list: { elementsYaml: "- a: one\n  y: yes\n  v: 1e3\n  o: 0o7\n" } }],
      go: true,
      app: "{{.a}}",
      shows: "{{.y}} {{.v}} {{.o}} {{.none}}",
    },
    { name: "list-yaml-bad", generators: [{ list: { elementsYaml: "a: [" } }], app: "x" },
    {
      name: "list-go-tree",
      generators: [list({ a: "one", n: 3, f: 1.5, big: 1000000, t: true, l: ["x", "y"], m: { k: "v" } })],
      go: true,
      app: "{{.a}}",
      shows: "{{.n}} {{.f}} {{.big}} {{.t}} {{.l}} {{.m}} {{index .l 1}} {{.m.k}} {{.m.none}}",
    },
    {
      name: "list-go-missing-error",
      generators: [list({ a: "one" })],
      go: true,
      options: ["missingkey=error"],
      app: "{{.b}}",
    },
    {
      name: "list-go-missing-zero",
      generators: [list({ a: "one", m: {} })],
      go: true,
      options: ["missingkey=zero"],
      app: "{{.a}}",
      shows: "{{.b}}",
    },
    {
      name: "list-go-functions",
      generators: [list({ a: "Feature/One_Two" })],
      go: true,
      app: "{{normalize .a}}",
      shows:
        '{{slugify .a}} {{slugify 5 false .a}} {{.a | upper | trunc 4}} {{toYaml (dict "k" (list 1 2))}} {{(fromYaml "a: 1").a}} {{fromYamlArray "[1,2]"}}',
    },
    { name: "list-go-parse-fault", generators: [list({ a: "one" })], go: true, app: "{{.a" },
    { name: "list-open-placeholder", generators: [list({ a: "one" })], app: "{{a}}", shows: "{{a}} {{" },
    { name: "list-braces", generators: [list({ a: "one" })], app: "{{a}}", shows: "{{ {{a}} }} }} {a} {{{a}}}" },
    { name: "list-empty-row", generators: [list({})], app: "static" },
    {
      name: "list-keys",
      generators: [list({ a: "one", k: "key" })],
      app: "{{a}}",
      metadata: { labels: { "{{k}}": "{{a}}" } },
    },
    { name: "list-duplicate", generators: [list({ a: "one" }, { a: "one" }, { a: "two" })], app: "{{a}}" },
    { name: "list-bad-name", generators: [list({ a: "One" }, { a: "two" })], app: "{{a}}" },
    { name: "list-none", generators: [{ list: { elements: [] } }], app: "{{a}}" },
    {
      name: "list-finalizers",
      generators: [list({ a: "one" })],
      app: "{{a}}",
      metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io/background"] },
    },
    {
      name: "list-preserve",
      generators: [list({ a: "one" })],
      app: "{{a}}",
      more: { syncPolicy: { preserveResourcesOnDeletion: true } },
    },
    {
      name: "list-project-unknown",
      generators: [list({ a: "one", p: "none" }, { a: "two", p: "default" })],
      app: "{{a}}",
      spec: { project: "{{p}}" },
    },
    {
      name: "list-destination-unknown",
      generators: [list({ a: "one", d: "https://none" }, { a: "two", d: "https://east.example.com" })],
      app: "{{a}}",
      spec: { destination: { server: "{{d}}", namespace: "n" } },
    },
    {
      name: "list-destination-name",
      generators: [list({ a: "one", d: "east" }, { a: "two", d: "in-cluster" }, { a: "three", d: "none" })],
      app: "{{a}}",
      spec: { destination: { name: "{{d}}", namespace: "n" } },
    },
    {
      name: "list-template",
      generators: [
        {
          list: {
            elements: [{ a: "one" }],
            template: {
              metadata: { labels: { own: "{{a}}" } },
              spec: { project: "", destination: {}, source: { repoURL: "", path: "own" } },
            },
          },
        },
      ],
      app: "{{a}}",
      metadata: { labels: { set: "1", own: "set" } },
    },
    {
      name: "list-helm",
      generators: [list({ a: "one", v: "x" })],
      app: "{{a}}",
      spec: {
        source: {
          repoURL: "https://x/y",
          path: "p",
          helm: {
            valueFiles: ["{{a}}.yaml"],
            valuesObject: { "{{a}}": { n: 3, t: true, s: "{{v}}", l: ["{{v}}"] } },
            parameters: [{ name: "p", value: "{{v}}" }],
          },
        },
      },
    },
    { name: "two-generators", generators: [list({ a: "one" }), list({ a: "two" })], app: "{{a}}" },
    {
      name: "two-in-one-entry",
      generators: [{ list: { elements: [{ name: "one" }] }, clusters: {} }],
      app: "{{name}}",
    },
    {
      name: "selector",
      generators: [
        {
          ...(list({ a: "one", u: "https://u" }, { a: "two", u: "https://v" }) as object),
          selector: { matchLabels: { u: "https://v" } },
        },
      ],
      app: "{{a}}",
    },
    {
      name: "selector-expressions",
      generators: [
        {
          ...(list({ a: "one", b: "1" }, { a: "two" }, { a: "three", b: "3" }) as object),
          selector: {
            matchExpressions: [
              { key: "b", operator: "Exists" },
              { key: "a", operator: "NotIn", values: ["three"] },
            ],
          },
        },
      ],
      app: "{{a}}",
    },
    {
      name: "selector-bad",
      generators: [
        {
          ...(list({ a: "one" }) as object),
          selector: { matchExpressions: [{ key: "a", operator: "In", values: [] }] },
        },
      ],
      app: "{{a}}",
    },
    {
      name: "selector-go-nested",
      generators: [
        {
          ...(list({ a: "one", m: { k: "1" } }, { a: "two", m: { k: "2" } }) as object),
          selector: { matchLabels: { "m.k": "2" } },
        },
      ],
      go: true,
      app: "{{.a}}",
    },
    {
      name: "patch",
      generators: [list({ a: "one", on: "true" }, { a: "two" })],
      go: true,
      app: "{{.a}}",
      metadata: { labels: { x: "1" } },
      more: {
        templatePatch:
          "metadata:\n  labels: {y: '{{.a}}'}\nspec:\n  project: other\n{{- if .on }}\n  syncPolicy:\n    automated: {prune: {{.on}}}\n{{- end }}\n  source: {path: patched, helm: {valueFiles: [a, b]}}\n",
      },
    },
    {
      name: "patch-delete",
      generators: [list({ a: "one" })],
      app: "{{a}}",
      metadata: { labels: { x: "1", y: "2" } },
      more: {
        templatePatch: '{"metadata":{"labels":{"x":null}},"spec":{"source":{"path":null,"targetRevision":"{{a}}"}}}',
      },
    },
    { name: "patch-bad", generators: [list({ a: "one" })], app: "{{a}}", more: { templatePatch: "spec: [" } },
    {
      name: "patch-wrong-type",
      generators: [list({ a: "one" })],
      app: "{{a}}",
      more: { templatePatch: "spec: {syncPolicy: {automated: {prune: maybe}}}" },
    },
    {
      name: "patch-finalizers",
      generators: [list({ a: "one" })],
      app: "{{a}}",
      more: { templatePatch: "metadata: {finalizers: [resources-finalizer.argocd.argoproj.io/background]}" },
    },
  ];
}

function clusters(): AppSetCase[] {
  return [
    {
      name: "clusters",
      generators: [{ clusters: {} }],
      app: "{{nameNormalized}}",
      shows: "{{name}} {{server}} {{project}} {{metadata.labels.env}}",
    },
    {
      name: "clusters-selector",
      generators: [
        {
          clusters: {
            selector: { matchLabels: { env: "prod" } },
            values: { v: "{{name}}-{{metadata.annotations.note}}", w: "plain" },
          },
        },
      ],
      app: "{{nameNormalized}}",
      shows: "{{values.v}} {{values.w}}",
    },
    {
      name: "clusters-expressions",
      generators: [
        { clusters: { selector: { matchExpressions: [{ key: "env", operator: "NotIn", values: ["prod"] }] } } },
      ],
      app: "{{nameNormalized}}",
    },
    {
      name: "clusters-go",
      generators: [
        {
          clusters: {
            selector: { matchExpressions: [{ key: "env", operator: "Exists" }] },
            values: { v: "{{.name}}" },
          },
        },
      ],
      go: true,
      app: "{{.nameNormalized}}",
      shows: '{{.metadata.labels.env}} {{index .metadata.labels "argocd.argoproj.io/secret-type"}} {{.values.v}}',
    },
    {
      name: "clusters-flat",
      generators: [{ clusters: { flatList: true, selector: { matchLabels: { env: "prod" } } } }],
      go: true,
      app: "all",
      shows: "{{len .clusters}}",
    },
    {
      name: "clusters-template",
      generators: [
        {
          clusters: {
            template: { metadata: {}, spec: { project: "other", destination: {}, source: { repoURL: "" } } },
          },
        },
      ],
      app: "{{nameNormalized}}",
    },
    {
      name: "decision",
      generators: [{ clusterDecisionResource: { configMapRef: "duck", name: "q", values: { v: "1" } } }],
      app: "{{name}}",
      shows: "{{server}} {{clusterName}} {{score}} {{values.v}}",
    },
    {
      name: "decision-labels",
      generators: [
        { clusterDecisionResource: { configMapRef: "duck", labelSelector: { matchLabels: { duck: "yes" } } } },
      ],
      go: true,
      app: "{{.name}}",
      shows: "{{.clusterName}}",
    },
    {
      name: "decision-number",
      panics: true,
      generators: [{ clusterDecisionResource: { configMapRef: "duck", name: "numbers" } }],
      app: "{{name}}",
      shows: "{{score}}",
    },
    {
      name: "decision-none",
      generators: [{ clusterDecisionResource: { configMapRef: "duck", name: "none" } }],
      app: "{{name}}",
    },
    {
      name: "decision-both",
      generators: [
        {
          clusterDecisionResource: { configMapRef: "duck", name: "q", labelSelector: { matchLabels: { duck: "yes" } } },
        },
      ],
      app: "{{name}}",
    },
    {
      name: "decision-no-map",
      generators: [{ clusterDecisionResource: { configMapRef: "none", name: "q" } }],
      app: "{{name}}",
    },
    {
      name: "plugin",
      generators: [
        {
          plugin: {
            configMapRef: { name: "plug" },
            input: { parameters: { env: "e", n: 3 } },
            values: { v: "{{key}}" },
          },
        },
      ],
      app: "{{key}}",
      shows: "{{nested.n}} {{nested.l.1}} {{values.v}}",
    },
    {
      name: "plugin-go",
      generators: [{ plugin: { configMapRef: { name: "plug" }, values: { v: "{{.key}}" } } }],
      go: true,
      app: "{{.key}}",
      shows: "{{.nested.n}} {{.values.v}}",
    },
    { name: "plugin-no-map", generators: [{ plugin: { configMapRef: { name: "none" } } }], app: "x" },
    { name: "plugin-bad-token", generators: [{ plugin: { configMapRef: { name: "plug-bad" } } }], app: "x" },
  ];
}

function combined({ repo }: Addresses): AppSetCase[] {
  const files = (path: string): unknown => ({ git: { repoURL: repo, revision: "main", files: [{ path }] } });
  const prod = { clusters: { selector: { matchLabels: { env: "prod" } } } };
  return [
    {
      name: "matrix",
      generators: [matrix(list({ a: "1" }, { a: "2" }), list({ b: "x" }, { b: "y" }))],
      app: "{{a}}-{{b}}",
    },
    { name: "matrix-filled", generators: [matrix(list({ a: "1" }), list({ b: "{{a}}b" }))], app: "x-{{b}}" },
    { name: "matrix-clash", generators: [matrix(list({ a: "1" }), list({ a: "2" }))], app: "{{a}}" },
    {
      name: "matrix-equal",
      generators: [matrix(list({ a: "1", b: "2" }), list({ a: "1", c: "3" }))],
      app: "x-{{a}}",
      shows: "{{b}}{{c}}",
    },
    {
      name: "matrix-go-clash",
      generators: [matrix(list({ a: "1", m: { x: "1", l: [1] } }), list({ a: "2", m: { x: "2", y: "2", l: [2, 3] } }))],
      go: true,
      app: "x-{{.a}}",
      shows: "{{.m}}",
    },
    {
      name: "matrix-clusters",
      generators: [matrix(list({ a: "1" }), { clusters: { selector: { matchLabels: { env: "{{a}}" } } } })],
      app: "{{name}}",
    },
    {
      name: "matrix-values",
      generators: [
        matrix(files("apps/*/config.json"), {
          clusters: { selector: { matchLabels: { env: "prod" } }, values: { v: "{{path.basename}}" } },
        }),
      ],
      app: "{{path.basename}}-{{nameNormalized}}",
      shows: "{{values.v}} {{app}}",
    },
    { name: "matrix-one", generators: [matrix(list({ a: "1" }))], app: "{{a}}" },
    {
      name: "matrix-nested",
      generators: [matrix(list({ a: "1" }), matrix(list({ b: "2" }), list({ c: "3" })))],
      app: "{{a}}{{b}}{{c}}-x",
    },
    {
      name: "matrix-selector",
      generators: [
        matrix(
          { ...(list({ a: "1" }, { a: "2" }) as object), selector: { matchLabels: { a: "2" } } },
          list({ b: "x" }),
        ),
      ],
      app: "{{a}}-{{b}}",
    },
    {
      name: "matrix-merge",
      generators: [matrix(merge(["k"], list({ k: "1", v: "a" }), list({ k: "1", v: "b" })), list({ c: "3" }))],
      app: "{{k}}-{{v}}-{{c}}",
    },
    {
      name: "matrix-git-go",
      generators: [matrix(files("apps/*/config.json"), prod)],
      go: true,
      app: "{{.path.basename}}-{{.nameNormalized}}",
      shows: "{{.app}} {{.path.path}} {{.metadata.labels.env}}",
    },
    {
      name: "merge",
      generators: [
        merge(
          ["k"],
          list({ k: "a", v: "1" }, { k: "b", v: "1" }),
          list({ k: "a", v: "2", w: "2" }, { k: "z", v: "2" }),
        ),
      ],
      app: "{{k}}",
      shows: "{{v}} {{w}}",
    },
    {
      name: "merge-three",
      generators: [
        merge(
          ["k", "l"],
          list({ k: "a", l: "1", v: "1" }, { k: "a", l: "2", v: "1" }),
          list({ k: "a", l: "2", v: "2" }),
          list({ k: "a", l: "1", v: "3" }),
        ),
      ],
      app: "{{k}}-{{l}}",
      shows: "{{v}}",
    },
    {
      name: "merge-clusters",
      generators: [
        merge(
          ["server"],
          { clusters: { values: { v: "base" } } },
          list({ server: "https://east.example.com", "values.v": "over" }),
        ),
      ],
      app: "{{nameNormalized}}",
      shows: "{{values.v}}",
    },
    {
      name: "merge-duplicate",
      generators: [merge(["k"], list({ k: "a" }, { k: "a" }), list({ k: "a" }))],
      app: "{{k}}",
    },
    { name: "merge-one", generators: [merge(["k"], list({ k: "a" }))], app: "{{k}}" },
    {
      name: "merge-go-deep",
      generators: [
        merge(["k"], list({ k: "a", m: { x: "1", l: [1] }, e: "x" }), list({ k: "a", m: { y: "2", l: [2] }, e: "" })),
      ],
      go: true,
      app: "{{.k}}",
      shows: "{{.m}} {{.e}}",
    },
    {
      name: "merge-missing-key",
      generators: [merge(["k"], list({ k: "a", v: "1" }), list({ v: "2" }))],
      app: "{{k}}",
      shows: "{{v}}",
    },
    {
      name: "merge-selector",
      generators: [
        {
          ...(merge(["k"], list({ k: "a" }, { k: "b" }), list({ k: "a", v: "2" })) as object),
          selector: { matchLabels: { v: "2" } },
        },
      ],
      app: "{{k}}",
    },
  ];
}

function git({ repo }: Addresses): AppSetCase[] {
  const of = (more: object): unknown => ({ git: { repoURL: repo, revision: "main", ...more } });
  const directories = (...paths: readonly (string | object)[]): unknown =>
    of({ directories: paths.map((path) => (typeof path === "string" ? { path } : path)) });
  const files = (...paths: readonly (string | object)[]): unknown =>
    of({ files: paths.map((path) => (typeof path === "string" ? { path } : path)) });
  const shown =
    "{{path}} {{path.basename}} {{path.basenameNormalized}} {{path[0]}} {{path[1]}} {{path.filename}} {{path.filenameNormalized}}";
  return [
    { name: "git-directories", generators: [directories("apps/*")], app: "{{path.basenameNormalized}}", shows: shown },
    {
      name: "git-directories-deep",
      generators: [directories("*/*/*")],
      app: "{{path.basenameNormalized}}",
      shows: shown,
    },
    {
      name: "git-directories-exclude",
      generators: [directories("apps/*", { path: "apps/w*", exclude: true })],
      app: "{{path.basenameNormalized}}",
    },
    {
      name: "git-directories-class",
      generators: [directories("apps/[a-b]*", "libs/?ore")],
      app: "{{path.basenameNormalized}}",
    },
    { name: "git-directories-star", generators: [directories("*")], app: "{{path.basenameNormalized}}" },
    { name: "git-directories-doublestar", generators: [directories("apps/**")], app: "{{path.basenameNormalized}}" },
    {
      name: "git-directories-go",
      generators: [
        of({ directories: [{ path: "apps/*" }], pathParamPrefix: "pre", values: { v: "{{.pre.path.basename}}" } }),
      ],
      go: true,
      app: "{{.pre.path.basenameNormalized}}",
      shows: "{{.pre.path.path}} {{.pre.path.segments}} {{index .pre.path.segments 1}} {{.values.v}}",
    },
    {
      name: "git-directories-prefix",
      generators: [
        of({ directories: [{ path: "apps/*" }], pathParamPrefix: "pre", values: { v: "{{pre.path.basename}}" } }),
      ],
      app: "{{pre.path.basenameNormalized}}",
      shows: "{{pre.path}} {{pre.path[1]}} {{values.v}}",
    },
    {
      name: "git-files",
      generators: [files("apps/*/config.json")],
      app: "{{path.basenameNormalized}}",
      shows: `${shown} {{app}} {{size}} {{big}} {{flag}} {{deep.x}} {{tags.0}} {{nothing}}`,
    },
    {
      name: "git-files-go",
      generators: [files("apps/*/config.json")],
      go: true,
      app: "{{.path.basenameNormalized}}",
      shows:
        "{{.app}} {{.size}} {{.big}} {{.flag}} {{.deep}} {{.tags}} {{.nothing}} {{.path.filename}} {{.path.segments}}",
    },
    {
      name: "git-files-greedy",
      generators: [files("apps/*.json")],
      app: "{{path.basenameNormalized}}-{{path.filenameNormalized}}",
    },
    { name: "git-files-doublestar", generators: [files("**/config.json")], app: "{{path.basenameNormalized}}" },
    { name: "git-files-directory", generators: [files("apps/web")], app: "{{path.filenameNormalized}}" },
    { name: "git-files-exact", generators: [files("apps/web/config.json")], app: "{{path.basenameNormalized}}" },
    {
      name: "git-files-list",
      generators: [files("lists/all.yaml")],
      app: "{{name}}",
      shows: "{{path.filename}} {{n}}",
    },
    {
      name: "git-files-exclude",
      generators: [files("apps/*", { path: "apps/web/*", exclude: true })],
      app: "{{path.basenameNormalized}}",
    },
    { name: "git-files-root", generators: [files("root.json")], app: "root", shows: shown },
    {
      name: "git-files-empty",
      generators: [files("lists/empty.yaml")],
      app: "{{path.basenameNormalized}}",
      shows: "{{path.filename}}",
    },
    { name: "git-files-scalar", generators: [files("lists/scalar.yaml")], app: "x" },
    { name: "git-files-broken", generators: [files("lists/broken.yaml")], app: "x" },
    { name: "git-files-none", generators: [files("nothing/*")], app: "x" },
    { name: "git-files-braces", generators: [files("apps/{web,api}/config.json")], app: "{{path.basenameNormalized}}" },
    { name: "git-files-class", generators: [files("apps/[!w]*/config.json")], app: "{{path.basenameNormalized}}" },
    {
      name: "git-revision",
      generators: [{ git: { repoURL: repo, revision: "feature/x", files: [{ path: "*.json" }] } }],
      app: "{{path.basenameNormalized}}{{path.filenameNormalized}}",
    },
    {
      name: "git-revision-tag",
      generators: [{ git: { repoURL: repo, revision: "v1", directories: [{ path: "*" }] } }],
      app: "{{path.basenameNormalized}}",
    },
    {
      name: "git-revision-none",
      generators: [{ git: { repoURL: repo, revision: "none", directories: [{ path: "*" }] } }],
      app: "x",
    },
    { name: "git-neither", generators: [of({})], app: "x" },
    {
      name: "git-both",
      generators: [of({ directories: [{ path: "libs/*" }], files: [{ path: "root.json" }] })],
      app: "{{path.basenameNormalized}}",
    },
  ];
}

function hosts({ host }: Addresses): AppSetCase[] {
  const pull = (provider: string, fields: object, more: object = {}): unknown => ({
    pullRequest: { [provider]: { api: host, ...fields }, ...more },
  });
  const github = (more: object = {}, filters: readonly unknown[] = []): unknown =>
    pull("github", { owner: "o", repo: "r", ...more }, filters.length > 0 ? { filters } : {});
  const shown =
    "{{number}} {{branch}} {{branch_slug}} {{target_branch}} {{target_branch_slug}} {{head_sha}} {{head_short_sha}} {{head_short_sha_7}} {{author}}";
  const scm = (provider: string, fields: object, more: object = {}): unknown => ({
    scmProvider: { [provider]: { api: host, ...fields }, ...more },
  });
  const repositories =
    "{{organization}} {{url}} {{branch}} {{branchNormalized}} {{sha}} {{short_sha}} {{short_sha_7}} {{labels}}";
  return [
    { name: "pr-github", generators: [github()], app: "pr-{{number}}", shows: shown },
    { name: "pr-github-labels", generators: [github({ labels: ["preview", "big"] })], app: "pr-{{number}}" },
    {
      name: "pr-github-go",
      generators: [github()],
      go: true,
      app: "pr-{{.number}}",
      shows: "{{.labels}} {{len .labels}}",
    },
    {
      name: "pr-github-filters",
      generators: [github({}, [{ branchMatch: "^feat" }, { targetBranchMatch: "main", branchMatch: "x$" }])],
      app: "pr-{{number}}",
    },
    { name: "pr-github-bad-filter", generators: [github({}, [{ branchMatch: "(" }])], app: "pr-{{number}}" },
    { name: "pr-github-404", generators: [pull("github", { owner: "o", repo: "none" })], app: "pr-{{number}}" },
    { name: "pr-github-html", generators: [pull("github", { owner: "o", repo: "html" })], app: "pr-{{number}}" },
    {
      name: "pr-github-no-secret",
      generators: [github({ tokenRef: { secretName: "none", key: "k" } })],
      app: "pr-{{number}}",
    },
    {
      name: "pr-gitlab",
      generators: [pull("gitlab", { project: "42", labels: ["preview"] })],
      app: "pr-{{number}}",
      shows: shown,
    },
    { name: "pr-gitea", generators: [pull("gitea", { owner: "o", repo: "r" })], app: "pr-{{number}}", shows: shown },
    {
      name: "pr-bitbucket-server",
      generators: [pull("bitbucketServer", { project: "P", repo: "r" })],
      app: "pr-{{number}}",
      shows: shown,
    },
    {
      name: "pr-bitbucket",
      generators: [pull("bitbucket", { owner: "o", repo: "r" })],
      app: "pr-{{number}}",
      shows: shown,
    },
    {
      name: "scm-github",
      generators: [scm("github", { organization: "o" })],
      app: "{{repository}}",
      shows: repositories,
    },
    {
      name: "scm-github-https",
      generators: [scm("github", { organization: "o" }, { cloneProtocol: "https", values: { v: "{{repository}}" } })],
      app: "{{repository}}",
      shows: "{{url}} {{values.v}}",
    },
    {
      name: "scm-github-branches",
      generators: [scm("github", { organization: "o", allBranches: true })],
      app: "{{repository}}-{{branchNormalized}}",
      shows: repositories,
    },
    {
      name: "scm-github-repository",
      generators: [scm("github", { organization: "o" }, { filters: [{ repositoryMatch: "^w" }] })],
      app: "{{repository}}",
    },
    {
      name: "scm-github-label",
      generators: [scm("github", { organization: "o" }, { filters: [{ labelMatch: "team-." }] })],
      app: "{{repository}}",
    },
    {
      name: "scm-github-mixed",
      generators: [
        scm(
          "github",
          { organization: "o", allBranches: true },
          { filters: [{ repositoryMatch: "^w" }, { branchMatch: "^feat", repositoryMatch: "." }] },
        ),
      ],
      app: "{{repository}}-{{branchNormalized}}",
    },
    {
      name: "scm-github-paths",
      generators: [
        scm(
          "github",
          { organization: "o" },
          {
            filters: [
              { pathsExist: ["deploy/", "Chart.yaml"] },
              { pathsDoNotExist: ["deploy"], repositoryMatch: "web" },
            ],
          },
        ),
      ],
      app: "{{repository}}",
    },
    {
      name: "scm-gitlab",
      generators: [scm("gitlab", { group: "g", includeSubgroups: true })],
      app: "{{repository}}",
      shows: repositories,
    },
    { name: "scm-gitea", generators: [scm("gitea", { owner: "o" })], app: "{{repository}}", shows: repositories },
  ];
}

/** Where ours goes further than the real controller: each is named in known.ts. */
function further({ repo, host }: Addresses): AppSetCase[] {
  const pull = { pullRequest: { github: { owner: "o", repo: "r", api: host } } };
  return [
    {
      name: "selector-go-labels",
      generators: [{ clusters: {}, selector: { matchLabels: { "metadata.labels.env": "prod" } } }],
      go: true,
      app: "{{.nameNormalized}}",
    },
    {
      name: "merge-go-dotted",
      generators: [
        merge(["m.k"], list({ m: { k: "a" }, v: "1" }, { m: { k: "b" }, v: "1" }), list({ m: { k: "a" }, v: "2" })),
      ],
      go: true,
      app: "{{.m.k}}-{{.v}}",
    },
    {
      name: "matrix-three",
      generators: [matrix(list({ a: "1" }), list({ b: "2" }), list({ c: "{{a}}{{b}}" }))],
      app: "x-{{c}}",
    },
    {
      name: "nested-go-inner",
      generators: [matrix(list({ a: "1" }), matrix(list({ b: "2" }), list({ c: "{{.a}}{{.b}}" })))],
      go: true,
      app: "x-{{.c}}",
    },
    { name: "typo-generator", generators: [{ lst: {} }], app: "x" },
    {
      name: "directory-glob-broken",
      generators: [{ git: { repoURL: repo, revision: "main", directories: [{ path: "apps/[" }] } }],
      app: "x",
    },
    {
      name: "plugin-input",
      generators: [{ plugin: { configMapRef: { name: "plug" }, input: { parameters: { env: "e" } } } }],
      app: "{{key}}",
      shows: "{{generator.input.parameters.env}}",
    },
    { name: "pr-project", generators: [pull], app: "pr-{{number}}", spec: { project: "{{target_branch}}" } },
    {
      name: "templated-flag",
      generators: [list({ a: "one", on: "true" })],
      app: "{{a}}",
      spec: { syncPolicy: { automated: { prune: "{{on}}" } } },
    },
  ];
}

export function casesFor(addresses: Addresses): AppSetCase[] {
  return [
    ...lists(),
    ...clusters(),
    ...combined(addresses),
    ...git(addresses),
    ...hosts(addresses),
    ...further(addresses),
  ];
}
