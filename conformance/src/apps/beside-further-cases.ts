import type { JsonObject } from "@fairlead/base";
import type { BesideCase } from "./beside-cases.ts";
import { marks, text, map, deployment, job, hook, policyOf, options, CHART, WIDGET_CRD } from "./beside-objects.ts";

/** Sources of every kind, options, hooks, deletion, and what cannot work. */
export const FURTHER_CASES: readonly BesideCase[] = [
  {
    name: "a chart with values from another source",
    sources: [
      {
        path: "chart",
        helm: {
          valueFiles: ["$values/CASE/env/values.yaml", "$values/CASE/env/none.yaml"],
          ignoreMissingValueFiles: true,
        },
      },
      { ref: "values" },
    ],
    files: {
      ...Object.fromEntries(Object.entries(CHART).map(([path, content]) => [`chart/${path}`, content])),
      "env/values.yaml": "greeting: from elsewhere\n",
    },
    steps: [{ commit: { "env/values.yaml": "greeting: changed\n" } }],
  },
  {
    name: "two sources with one object",
    sources: [{ path: "one" }, { path: "two" }],
    files: { "one/a.yaml": map("a", "first"), "two/a.yaml": map("a", "second"), "two/b.yaml": map("b") },
  },
  {
    name: "overrides in the repository",
    files: { ...CHART, ".argocd-source.yaml": "helm:\n  parameters:\n  - name: greeting\n    value: overridden\n" },
  },
  {
    name: "a chart with file parameters and several value files",
    source: {
      helm: {
        valueFiles: ["env/a.yaml", "env/b.yaml"],
        fileParameters: [{ name: "extra.text", path: "text.txt" }],
        parameters: [{ name: "extra.number", value: "12", forceString: true }],
      },
    },
    files: { ...CHART, "env/a.yaml": "greeting: a\n", "env/b.yaml": "greeting: b\n", "text.txt": "some text" },
  },
  {
    name: "a kustomization with patches, replicas and a namespace",
    source: {
      kustomize: {
        nameSuffix: "-x",
        replicas: [{ name: "web", count: 3 }],
        commonAnnotations: { note: "$ARGOCD_APP_PROJECT_NAME" },
        commonAnnotationsEnvsubst: true,
        patches: [{ target: { kind: "ConfigMap" }, patch: '[{"op":"replace","path":"/data/key","value":"patched"}]' }],
      },
    },
    files: {
      "kustomization.yaml": "resources: [web.yaml, a.yaml]\n",
      "web.yaml": deployment("web"),
      "a.yaml": map("a"),
    },
  },
  {
    name: "ServerSideApply",
    policy: { automated: { selfHeal: true, prune: true }, syncOptions: ["ServerSideApply=true"] },
    files: { "a.yaml": map("a") },
    steps: [
      { edit: { kind: "ConfigMap", name: "a", body: { data: { key: "changed", more: "x" } } } },
      { commit: { "a.yaml": map("a", "two") } },
    ],
  },
  {
    name: "what kubectl applied before is taken over",
    policy: { automated: {}, syncOptions: ["ServerSideApply=true"] },
    before: [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          name: "a",
          annotations: {
            "kubectl.kubernetes.io/last-applied-configuration":
              '{"apiVersion":"v1","data":{"gone":"x","key":"old"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"a","namespace":"NAME"}}\n',
          },
        },
        data: { key: "old", gone: "x" },
      },
    ],
    files: { "a.yaml": map("a") },
  },
  {
    name: "RespectIgnoreDifferences",
    policy: { automated: { selfHeal: true }, syncOptions: ["RespectIgnoreDifferences=true"] },
    spec: { ignoreDifferences: [{ kind: "ConfigMap", name: "a", jsonPointers: ["/data/key"] }] },
    files: { "a.yaml": map("a"), "b.yaml": map("b") },
    steps: [
      { edit: { kind: "ConfigMap", name: "a", body: { data: { key: "kept" } } } },
      { commit: { "a.yaml": map("a", "from Git", { labels: { new: "yes" } }) } },
    ],
  },
  {
    name: "without RespectIgnoreDifferences a commit sends Git's value",
    policy: { automated: { selfHeal: true } },
    spec: { ignoreDifferences: [{ kind: "ConfigMap", name: "a", jsonPointers: ["/data/key"] }] },
    files: { "a.yaml": map("a") },
    steps: [
      { edit: { kind: "ConfigMap", name: "a", body: { data: { key: "by hand" } } } },
      { commit: { "a.yaml": map("a", "from Git", { labels: { new: "yes" } }) } },
    ],
  },
  {
    name: "replicas that an autoscaler sets",
    policy: { automated: { selfHeal: true }, syncOptions: ["RespectIgnoreDifferences=true"] },
    spec: { ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }] },
    files: { "web.yaml": deployment("web") },
    steps: [
      { edit: { kind: "Deployment", name: "web", body: { spec: { replicas: 5 } } } },
      { commit: { "web.yaml": deployment("web", { labels: { new: "yes" } }) } },
    ],
  },
  {
    name: "ApplyOutOfSyncOnly",
    policy: { automated: { prune: true }, syncOptions: ["ApplyOutOfSyncOnly=true"] },
    files: { "a.yaml": map("a"), "b.yaml": map("b") },
    steps: [{ commit: { "a.yaml": map("a", "two") } }],
  },
  {
    name: "a kind and its objects in waves",
    source: { helm: {} },
    policy: { automated: { prune: true } },
    files: {
      "Chart.yaml": CHART["Chart.yaml"],
      "templates/crd.yaml": WIDGET_CRD,
      "templates/w.yaml":
        "apiVersion: {{ .Release.Namespace }}.example.com/v1\nkind: Widget\nmetadata:\n  name: w\n  annotations:\n    argocd.argoproj.io/sync-wave: '1'\n    argocd.argoproj.io/sync-options: SkipDryRunOnMissingResource=true\nspec: { size: 1 }\n",
    },
  },
  {
    name: "an object of a kind that nobody serves",
    policy: { automated: {}, retry: { limit: 0 } },
    files: {
      "a.yaml": map("a"),
      "w.yaml": text({ apiVersion: "nobody.example.com/v1", kind: "Widget", metadata: { name: "w" } }),
    },
  },
  {
    name: "a namespace that is not there",
    hasNamespace: false,
    policy: { automated: {}, retry: { limit: 0 } },
    files: { "a.yaml": map("a") },
  },
  {
    name: "retries that come to an end",
    policy: { automated: {}, retry: { limit: 2, backoff: { duration: "1s", factor: 1, maxDuration: "2s" } } },
    files: {
      "b.yaml": text({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" }, data: { key: { no: "text" } } }),
    },
  },
  {
    name: "deletion with Delete=false",
    finalizers: ["resources-finalizer.argocd.argoproj.io/background"],
    files: {
      "a.yaml": map("a"),
      "b.yaml": map("b", "x", marks(undefined, options("Delete=false"))),
      "web.yaml": deployment("web"),
    },
    steps: [{ deleteApp: true }],
  },
  {
    name: "deletion without a finalizer",
    files: { "a.yaml": map("a") },
    steps: [{ deleteApp: true }],
  },
  {
    name: "deletion with a PostDelete hook",
    finalizers: ["resources-finalizer.argocd.argoproj.io/background"],
    files: { "a.yaml": map("a"), "post.yaml": job("post", hook("PostDelete", policyOf("HookSucceeded"))) },
    steps: [{ deleteApp: true }],
  },
  {
    name: "hooks that are kept until the next sync",
    files: { "pre.yaml": job("pre", hook("PreSync", policyOf("BeforeHookCreation"))), "a.yaml": map("a") },
    steps: [{ commit: { "a.yaml": map("a", "two") } }],
  },
  {
    name: "a hook that fails and is deleted, another that is kept",
    policy: { automated: {}, retry: { limit: 0 } },
    files: {
      "pre.yaml": job("fail-pre", hook("PreSync", policyOf("HookFailed"))),
      "a.yaml": map("a"),
      "after.yaml": job("after", hook("SyncFail", policyOf("HookFailed"))),
    },
  },
  {
    name: "a PostSync hook that fails",
    policy: { automated: {}, retry: { limit: 0 } },
    files: { "a.yaml": map("g0-a"), "post.yaml": job("fail-g1", hook("PostSync")) },
  },
  {
    name: "hooks in the sync itself, with waves",
    files: {
      "a.yaml": map("g0-a", "x", marks(-5)),
      "h.yaml": job("g1-h", { ...hook("Sync"), "argocd.argoproj.io/sync-wave": "-1" }),
      "b.yaml": map("g2-b"),
    },
  },
  {
    name: "a hook of two phases with a generated name",
    files: {
      "a.yaml": map("a"),
      "h.yaml": text({
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { generateName: "gen-", annotations: hook("PreSync,PostSync", policyOf("HookSucceeded")) },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "job", image: "job:1" }] } } },
      }),
    },
  },
  {
    name: "a manual sync that runs no hooks",
    policy: {},
    files: { "a.yaml": map("a"), "pre.yaml": job("pre", hook("PreSync")) },
    steps: [{ sync: { syncStrategy: { apply: {} } } }],
  },
  {
    name: "a manual sync that prunes one object",
    policy: {},
    files: { "a.yaml": map("a"), "b.yaml": map("b"), "c.yaml": map("c") },
    steps: [
      { sync: {} },
      { commit: { "b.yaml": null, "c.yaml": null } },
      { sync: { prune: true, resources: [{ group: "", kind: "ConfigMap", name: "b" }] } },
    ],
  },
  {
    name: "a manual sync without prune",
    policy: {},
    files: { "a.yaml": map("a"), "b.yaml": map("b") },
    steps: [{ sync: {} }, { commit: { "b.yaml": null } }, { sync: {} }],
  },
  {
    name: "Replace and Force of an object that cannot be changed",
    policy: { automated: {}, retry: { limit: 0 } },
    files: {
      "a.yaml": text({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", ...marks(undefined, options("Force=true,Replace=true")) },
        immutable: true,
        data: { key: "one" },
      }),
    },
    steps: [
      {
        commit: {
          "a.yaml": text({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "a", ...marks(undefined, options("Force=true,Replace=true")) },
            immutable: true,
            data: { key: "two" },
          }),
        },
      },
    ],
  },
  {
    name: "an immutable object",
    policy: { automated: {}, retry: { limit: 0 } },
    files: {
      "a.yaml": text({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a" },
        immutable: true,
        data: { key: "one" },
      }),
    },
    steps: [
      {
        commit: {
          "a.yaml": text({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "a" },
            immutable: true,
            data: { key: "two" },
          }),
        },
      },
    ],
  },
  {
    name: "a paused Deployment",
    files: {
      "web.yaml": text({
        ...(JSON.parse(deployment("web")) as JsonObject),
        spec: { ...((JSON.parse(deployment("web")) as JsonObject)["spec"] as JsonObject), paused: true },
      }),
    },
  },
  {
    name: "an object that is left out of the health",
    files: {
      "web.yaml": deployment("web", marks(undefined, { "argocd.argoproj.io/ignore-healthcheck": "true" })),
      "a.yaml": map("a"),
    },
  },
  {
    name: "a source that is changed in the application",
    source: { path: "one" },
    files: { "one/a.yaml": map("a"), "two/b.yaml": map("b") },
    steps: [{ spec: { source: { path: "CASE/two" } } }],
  },
  {
    name: "automation that is switched on later",
    policy: {},
    files: { "a.yaml": map("a") },
    steps: [{ spec: { syncPolicy: { automated: { prune: true } } } }],
  },
  {
    name: "a value that the server writes differently",
    policy: { automated: { selfHeal: true } },
    files: {
      "web.yaml": deployment("web"),
      "s.yaml": text({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { p: "x" } }),
    },
    steps: [
      { commit: { "web.yaml": deployment("web").replace('"0.5"', '"500m"') } },
      { edit: { kind: "Secret", name: "s", body: { data: { p: "eQ==" } } } },
    ],
  },
  {
    name: "no more revisions than its limit in the history",
    policy: { automated: {} },
    spec: { revisionHistoryLimit: 2 },
    files: { "a.yaml": map("a") },
    steps: [
      { commit: { "a.yaml": map("a", "2") } },
      { commit: { "a.yaml": map("a", "3") } },
      { commit: { "a.yaml": map("a", "4") } },
    ],
  },
  {
    name: "a revision that is not there",
    source: { targetRevision: "no-such-branch" },
    files: { "a.yaml": map("a") },
  },
  {
    name: "a project that is not there",
    spec: { project: "nobody" },
    files: { "a.yaml": map("a") },
  },
  {
    name: "a cluster that is not there",
    spec: { destination: { name: "nowhere", namespace: "default" } },
    files: { "a.yaml": map("a") },
  },
];
