import { isJsonObject, memoryTree, type FileTree, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import {
  generateFrom,
  SetGenerator,
  type Generation,
  type GeneratorSettings,
  type ObjectReader,
  type World,
} from "../../src/index.ts";
import { objectsReader, findResources } from "../../src/command/objects.ts";

export interface Given {
  readonly objects?: readonly KubeObject[];
  /** Knows clusters only where objects are given. */
  readonly reader?: ObjectReader;
  /** Repository → revision → files. */
  readonly git?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
  readonly world?: Partial<World>;
  readonly settings?: Partial<GeneratorSettings>;
}

export function applicationSet(spec: object, metadata: object = {}): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "s", namespace: "argocd", uid: "u1", ...metadata },
    spec: spec as JsonObject,
  } as unknown as KubeObject;
}

/** A set whose Applications say what their row was: `name` and `path` are templates. */
export function setOf(generators: readonly unknown[], name: string, path = "p", more: object = {}): KubeObject {
  return applicationSet({
    generators,
    template: {
      metadata: { name },
      spec: {
        project: "default",
        source: { repoURL: "https://x/y", path },
        destination: { server: "https://kubernetes.default.svc", namespace: "n" },
      },
    },
    ...more,
  });
}

export function clusterSecret(
  name: string,
  labels: Record<string, string> = {},
  annotations: Record<string, string> = {},
): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: `cluster-${name}`,
      namespace: "argocd",
      labels: { "argocd.argoproj.io/secret-type": "cluster", ...labels },
      annotations,
    },
    stringData: { name, server: `https://${name}.example.com`, config: "{}" },
  } as unknown as KubeObject;
}

export function worldOf({ git = {}, objects = [], world = {} }: Given): World {
  const trees = new Map<string, FileTree>();
  const treeOf = (url: string, revision: string): FileTree => {
    const files = git[url]?.[revision];
    if (!files) throw new Error(`revision ${revision} is not in ${url}`);
    const key = `${url}@${revision}`;
    const tree = trees.get(key) ?? memoryTree(files);
    trees.set(key, tree);
    return tree;
  };
  const missing = (): never => {
    throw new Error("nobody is asked here");
  };
  return {
    git: async (url, revision) => ({
      commit: `commit-${revision}`,
      tree: treeOf(url, revision.replace(/^commit-/, "")),
    }),
    branches: async (url) => Object.keys(git[url] ?? {}).map((name) => ({ name, commit: `commit-${name}` })),
    resources: async (query) => findResources(objects, query),
    plugin: missing,
    repositories: missing,
    pullRequests: missing,
    ...world,
  };
}

export async function generate(set: KubeObject, given: Given = {}): Promise<Generation> {
  const reader = given.reader ?? objectsReader(given.objects ?? [], given.objects !== undefined);
  return generateFrom(new SetGenerator(given.settings), set, reader, worldOf(given));
}

export function namesOf({ applications }: Pick<Generation, "applications">): string[] {
  return applications.map(({ metadata }) => metadata.name ?? "");
}

export function pathsOf({ applications }: Pick<Generation, "applications">): string[] {
  return applications.map(
    (application) => ((application["spec"] as JsonObject)["source"] as JsonObject)["path"] as string,
  );
}

export function errorsOf({ problems }: Pick<Generation, "problems">): string[] {
  return problems.filter((problem) => problem.severity !== "warning").map((problem) => problem.message);
}

/** spec of an object that has one. */
export function specOf(object: KubeObject | undefined): JsonObject {
  if (!object || !isJsonObject(object["spec"])) throw new Error("there is no spec");
  return object["spec"];
}
