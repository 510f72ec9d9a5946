import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { AppSetCase } from "./cases.ts";

const FILES: Readonly<Record<string, string>> = {
  "apps/web/config.json":
    '{"app":"web","size":3,"big":12345678,"flag":true,"deep":{"x":"y"},"tags":["a","b"],"nothing":null}',
  "apps/web/other.json": '{"app":"other"}',
  "apps/api/config.json": '{"app":"api","size":1.5}',
  "apps/Big_App/deep/config.json": '{"app":"deep"}',
  "libs/core/README.md": "x",
  ".hidden/x/config.json": '{"app":"hidden"}',
  "root.json": '{"app":"root"}',
  "lists/all.yaml": "- name: one\n  n: 1\n- name: two\n",
  "lists/empty.yaml": "",
  "lists/scalar.yaml": "text\n",
  "lists/broken.yaml": "a: [\n",
};

/** A repository with branch main, branch feature/x and tag v1. */
export function makeRepository(folder: string): string {
  const git = (...args: readonly string[]): void => {
    execFileSync("git", ["-C", folder, "-c", "user.name=c", "-c", "user.email=c@example.com", ...args], {
      stdio: "ignore",
    });
  };
  mkdirSync(folder, { recursive: true });
  git("init", "-q", "-b", "main");
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  git("add", "-A");
  git("commit", "-qm", "one");
  git("tag", "v1");
  git("checkout", "-qb", "feature/x");
  writeFileSync(join(folder, "only.json"), "{}");
  git("add", "-A");
  git("commit", "-qm", "two");
  git("checkout", "-q", "main");
  return `file://${folder}`;
}

function named(
  kind: string,
  apiVersion: string,
  name: string,
  more: JsonObject,
  metadata: JsonObject = {},
): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: "argocd", ...metadata }, ...more } as unknown as KubeObject;
}

function cluster(
  secret: string,
  name: string,
  labels: Record<string, string>,
  annotations: Record<string, string> = {},
): KubeObject {
  const stringData = { name, server: `https://${name.toLowerCase().replace("_", "-")}.example.com`, config: "{}" };
  return named(
    "Secret",
    "v1",
    secret,
    { stringData },
    { labels: { "argocd.argoproj.io/secret-type": "cluster", ...labels }, annotations },
  );
}

/** Everything generators read beside Git and hosts. */
export function objectsFor(host: string): KubeObject[] {
  const project = {
    spec: {
      sourceRepos: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    },
  };
  return [
    named("ConfigMap", "v1", "argocd-cm", { data: {} }, { labels: { "app.kubernetes.io/part-of": "argocd" } }),
    named(
      "Secret",
      "v1",
      "argocd-secret",
      { stringData: { "server.secretkey": "c2VjcmV0", "admin.password": "x" } },
      { labels: { "app.kubernetes.io/part-of": "argocd" } },
    ),
    named("AppProject", "argoproj.io/v1alpha1", "default", project),
    named("AppProject", "argoproj.io/v1alpha1", "other", project),
    cluster("c-3", "west", { env: "prod" }),
    cluster("c-1", "East_Side", { env: "prod" }, { note: "n" }),
    cluster("c-2", "east", { env: "test" }),
    named("ConfigMap", "v1", "duck", {
      data: { apiVersion: "mallard.io/v1beta1", kind: "ducks", statusListKey: "decisions", matchKey: "clusterName" },
    }),
    named("ConfigMap", "v1", "plug", { data: { baseUrl: host, token: "$plug-token:token" } }),
    named("ConfigMap", "v1", "plug-bad", { data: { baseUrl: host, token: "plain" } }),
    named("Secret", "v1", "plug-token", { stringData: { token: "t" } }),
    duck("q", {}, [{ clusterName: "west", score: "3" }, { clusterName: "nowhere" }]),
    duck("r", { duck: "yes" }, [{ clusterName: "east", score: "1" }]),
    duck("numbers", {}, [{ clusterName: "east", score: 1 }]),
  ];
}

function duck(name: string, labels: Record<string, string>, decisions: JsonObject[]): KubeObject {
  return named("Duck", "mallard.io/v1beta1", name, { status: { decisions } }, { labels });
}

/** The kind of the decision resources; its status is no subresource, so that it can be written at once. */
export function duckDefinition(): KubeObject {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const spec = {
    group: "mallard.io",
    scope: "Namespaced",
    names: { kind: "Duck", plural: "ducks", singular: "duck", listKind: "DuckList" },
    versions: [{ name: "v1beta1", served: true, storage: true, schema }],
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "ducks.mallard.io" },
    spec,
  } as unknown as KubeObject;
}

/** The set of a case, as both get it. */
export function setOf(one: AppSetCase): KubeObject {
  const annotations = one.shows === undefined ? {} : { annotations: { shows: one.shows } };
  const metadata = { ...annotations, ...one.metadata, name: `${one.name}-${one.app}` };
  const source = { repoURL: "https://x/y", path: "p" };
  const destination = { server: "https://kubernetes.default.svc", namespace: "n" };
  const spec = {
    generators: one.generators,
    ...(one.go ? { goTemplate: true } : {}),
    ...(one.options ? { goTemplateOptions: one.options } : {}),
    template: { metadata, spec: { project: "default", source, destination, ...one.spec } },
    ...one.more,
  };
  return named("ApplicationSet", "argoproj.io/v1alpha1", one.name, { spec } as unknown as JsonObject);
}
