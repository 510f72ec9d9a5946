import type { JsonObject } from "@fairlead/base";
import { marks, text, map, deployment, job, hook, policyOf, options, CHART } from "./beside-objects.ts";

/** One application, given to Argo CD and to Fairlead alike; each in a namespace of its own. */
export interface BesideCase {
  readonly name: string;
  /** Files below the case's directory; objects are JSON, which is YAML. */
  readonly files: Readonly<Record<string, string>>;
  /** spec.source beside repoURL, path and targetRevision. */
  readonly source?: JsonObject;
  readonly sources?: readonly JsonObject[];
  readonly policy?: JsonObject;
  readonly spec?: JsonObject;
  /** Namespaces are made by the suite unless the application is to make its own. */
  readonly hasNamespace?: boolean;
  readonly finalizers?: readonly string[];
  /** Objects that are there before, made by kubectl; NAME stands for the application's name. */
  readonly before?: readonly JsonObject[];
  readonly steps?: readonly BesideStep[];
}

export type BesideStep =
  | { readonly commit: Readonly<Record<string, string | null>> }
  | { readonly edit: { readonly kind: string; readonly name: string; readonly body: JsonObject } }
  | { readonly remove: { readonly kind: string; readonly name: string } }
  | { readonly spec: JsonObject }
  | { readonly deleteApp: true }
  | { readonly sync: JsonObject };

export const BESIDE_CASES: readonly BesideCase[] = [
  {
    name: "a directory",
    files: {
      "a.yaml": map("a"),
      "web.yaml": deployment("web"),
      "s.yaml": text({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { p: "x" } }),
    },
  },
  {
    name: "a directory with include, exclude and recurse",
    source: { directory: { recurse: true, include: "*.yaml", exclude: "{skip*,deep/no*}" } },
    files: {
      "a.yaml": map("a"),
      "skip.yaml": map("skip"),
      "deep/b.yaml": map("b"),
      "deep/no.yaml": map("no"),
      "c.json": map("c"),
    },
  },
  {
    name: "a kustomization with overrides",
    source: { kustomize: { namePrefix: "x-", images: ["app:2"], commonLabels: { team: "shop" } } },
    files: {
      "kustomization.yaml": "resources: [web.yaml, a.yaml]\n",
      "web.yaml": deployment("web"),
      "a.yaml": map("a"),
    },
  },
  {
    name: "a chart with values files and parameters",
    source: {
      helm: {
        valueFiles: ["values-prod.yaml"],
        parameters: [{ name: "extra.name", value: "$ARGOCD_APP_SOURCE_TARGET_REVISION" }],
      },
    },
    files: CHART,
  },
  {
    name: "a chart with valuesObject and release name",
    source: { helm: { releaseName: "other", valuesObject: { greeting: "hi", extra: { a: "b" } } } },
    files: CHART,
  },
  {
    name: "two sources",
    sources: [{ path: "one" }, { path: "two" }],
    files: { "one/a.yaml": map("a"), "two/b.yaml": map("b") },
  },
  {
    name: "waves",
    files: {
      "0.yaml": deployment("g0-web", marks(0)),
      "1.yaml": map("g1-a", "x", marks(1)),
      "1b.yaml": map("g1-b", "x", marks(1)),
      "2.yaml": map("g2-a", "x", marks(2)),
      "-1.yaml": map("g-1-a", "x", marks(-1)),
    },
  },
  {
    name: "hooks before and after",
    files: {
      "pre.yaml": job("g0-pre", hook("PreSync")),
      "a.yaml": map("g1-a"),
      "post.yaml": job("g2-post", hook("PostSync", policyOf("HookSucceeded"))),
    },
  },
  {
    name: "hooks with waves of their own",
    files: {
      "p1.yaml": job("g0-p", { ...hook("PreSync"), "argocd.argoproj.io/sync-wave": "-2" }),
      "p2.yaml": job("g1-p", { ...hook("PreSync"), "argocd.argoproj.io/sync-wave": "3" }),
      "a.yaml": map("g2-a"),
    },
  },
  {
    name: "a hook that fails",
    policy: { automated: {}, retry: { limit: 0 } },
    files: {
      "pre.yaml": job("fail-pre", hook("PreSync")),
      "a.yaml": map("a"),
      "fail.yaml": job("after", hook("SyncFail")),
    },
  },
  {
    name: "Helm's hooks",
    files: {
      "pre.yaml": job("g0-pre", { "helm.sh/hook": "pre-install", "helm.sh/hook-delete-policy": "hook-succeeded" }),
      "post.yaml": job("g2-post", { "helm.sh/hook": "post-upgrade", "helm.sh/hook-weight": "5" }),
      "t.yaml": job("t", { "helm.sh/hook": "test" }),
      "a.yaml": map("g1-a"),
    },
  },
  { name: "a hook that is skipped", files: { "skip.yaml": job("skip", hook("Skip")), "a.yaml": map("a") } },
  {
    name: "a commit that changes, adds and removes",
    files: { "a.yaml": map("a"), "b.yaml": map("b") },
    steps: [{ commit: { "a.yaml": map("a", "two"), "b.yaml": null, "c.yaml": map("c") } }],
  },
  {
    name: "a field that Git drops",
    files: {
      "a.yaml": text({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", labels: { x: "y" } },
        data: { key: "1", gone: "2" },
      }),
    },
    steps: [{ commit: { "a.yaml": map("a", "1") } }],
  },
  {
    name: "Prune=false",
    files: { "a.yaml": map("a"), "b.yaml": map("b", "x", marks(undefined, options("Prune=false"))) },
    steps: [{ commit: { "b.yaml": null } }],
  },
  {
    name: "without prune",
    policy: { automated: { selfHeal: true } },
    files: { "a.yaml": map("a"), "b.yaml": map("b") },
    steps: [{ commit: { "b.yaml": null } }],
  },
  {
    name: "IgnoreExtraneous",
    policy: { automated: {} },
    files: {
      "a.yaml": map("a"),
      "b.yaml": map("b", "x", marks(undefined, { "argocd.argoproj.io/compare-options": "IgnoreExtraneous" })),
    },
    steps: [{ commit: { "b.yaml": null } }],
  },
  {
    name: "an emptied directory",
    files: { "a.yaml": map("a"), "README.md": "x" },
    steps: [{ commit: { "a.yaml": null } }],
  },
  {
    name: "an emptied directory with allowEmpty",
    policy: { automated: { prune: true, allowEmpty: true } },
    files: { "a.yaml": map("a"), "README.md": "x" },
    steps: [{ commit: { "a.yaml": null } }],
  },
  {
    name: "CreateNamespace",
    hasNamespace: false,
    policy: {
      automated: {},
      syncOptions: ["CreateNamespace=true"],
      managedNamespaceMetadata: { labels: { team: "shop" } },
    },
    files: { "a.yaml": map("a") },
  },
  {
    name: "drift with selfHeal",
    policy: { automated: { selfHeal: true } },
    files: { "a.yaml": map("a") },
    steps: [{ edit: { kind: "ConfigMap", name: "a", body: { data: { key: "changed" } } } }],
  },
  {
    name: "drift without selfHeal",
    policy: { automated: {} },
    files: { "a.yaml": map("a") },
    steps: [{ edit: { kind: "ConfigMap", name: "a", body: { data: { key: "changed" } } } }],
  },
  {
    name: "a deleted object with selfHeal",
    policy: { automated: { selfHeal: true } },
    files: { "a.yaml": map("a") },
    steps: [{ remove: { kind: "ConfigMap", name: "a" } }],
  },
  {
    name: "an ignored difference",
    policy: { automated: { selfHeal: true } },
    spec: { ignoreDifferences: [{ kind: "ConfigMap", jsonPointers: ["/data/key"] }] },
    files: { "a.yaml": map("a") },
    steps: [{ edit: { kind: "ConfigMap", name: "a", body: { data: { key: "changed" } } } }],
  },
  {
    name: "an ignored difference by jq",
    policy: { automated: { selfHeal: true } },
    spec: {
      ignoreDifferences: [
        {
          group: "apps",
          kind: "Deployment",
          jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "app") | .image'],
        },
      ],
    },
    files: { "web.yaml": deployment("web") },
    steps: [
      {
        edit: {
          kind: "Deployment",
          name: "web",
          body: {
            spec: {
              template: {
                spec: { containers: [{ name: "app", image: "app:9", resources: { requests: { cpu: "500m" } } }] },
              },
            },
          },
        },
      },
    ],
  },
  {
    name: "a manual sync of everything",
    policy: {},
    files: { "a.yaml": map("a"), "b.yaml": map("b") },
    steps: [{ sync: { prune: true } }],
  },
  {
    name: "a manual sync of one object",
    policy: {},
    files: { "a.yaml": map("a"), "b.yaml": map("b"), "pre.yaml": job("pre", hook("PreSync")) },
    steps: [{ sync: { resources: [{ group: "", kind: "ConfigMap", name: "a" }] } }],
  },
  { name: "a dry run", policy: {}, files: { "a.yaml": map("a") }, steps: [{ sync: { dryRun: true } }] },
  {
    name: "an object that the server refuses",
    policy: { automated: {}, retry: { limit: 0 } },
    files: {
      "a.yaml": map("a"),
      "b.yaml": text({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" }, data: { key: { no: "text" } } }),
    },
  },
  { name: "a duplicate", files: { "a.yaml": map("a", "first"), "b.yaml": map("a", "second") } },
  {
    name: "PruneLast",
    policy: { automated: { prune: true }, syncOptions: ["PruneLast=true"] },
    files: { "a.yaml": map("a"), "b.yaml": map("b") },
    steps: [{ commit: { "a.yaml": map("a", "two"), "b.yaml": null } }],
  },
  {
    name: "Replace",
    policy: { automated: {}, syncOptions: ["Replace=true"] },
    files: { "a.yaml": map("a") },
    steps: [
      { edit: { kind: "ConfigMap", name: "a", body: { data: { more: "x" } } } },
      { commit: { "a.yaml": map("a", "two") } },
    ],
  },
  { name: "a broken file", files: { "a.yaml": map("a"), "b.yaml": "apiVersion: v1\nkind: [\n" } },
  { name: "a path that is not there", source: { path: "nowhere" }, files: { "a.yaml": map("a") } },
];
