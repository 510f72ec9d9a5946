import { isJsonObject } from "@fairlead/base";
import type { ApplicationSetSpec, Generator, GeneratorKind } from "./types.ts";

/** How often a generator's answers are asked for again when the set does not say (facts/argocd.md §1.11); the others are watched. */
const DEFAULT_SECONDS: Partial<Record<GeneratorKind, number>> = {
  git: 180,
  clusterDecisionResource: 180,
  scmProvider: 1800,
  pullRequest: 1800,
  plugin: 1800,
};

/** When a set is to be looked at again though nothing was heard; undefined: only when something changes. */
export function requeueAfterMs(spec: ApplicationSetSpec): number | undefined {
  const waits = [...leavesOf(spec)].flatMap((generator) => {
    const seconds = generator.spec["requeueAfterSeconds"];
    const given = typeof seconds === "string" ? Number(seconds) : seconds;
    if (typeof given === "number" && given > 0) return [given];
    return DEFAULT_SECONDS[generator.kind] ?? [];
  });
  return waits.length === 0 ? undefined : Math.min(...waits) * 1000;
}

/** Every generator that is no matrix or merge. */
export function* leavesOf(spec: ApplicationSetSpec): IterableIterator<Generator> {
  for (const entry of spec.generators) yield* leavesIn(entry.generators);
}

function* leavesIn(generators: readonly Generator[]): IterableIterator<Generator> {
  for (const generator of generators) {
    if (generator.children.length === 0) yield generator;
    for (const entry of generator.children) yield* leavesIn(entry.generators);
  }
}

/** What a webhook tells: something happened in a repository, which has several addresses. */
export interface RepositoryEvent {
  readonly type: "push" | "pullRequest";
  readonly repoURLs: readonly string[];
  /** Of the pull request. */
  readonly number?: number | undefined;
  readonly isClosed?: boolean | undefined;
}

/** Whether what a set generates may depend on a repository. */
export function concerns(spec: ApplicationSetSpec, event: RepositoryEvent): boolean {
  const paths = event.repoURLs.map(pathOf).filter((path) => path !== "");
  return [...leavesOf(spec)].some((generator) => {
    if (generator.kind === "git" && event.type === "push") {
      const url = generator.spec["repoURL"];
      // A templated address may be any.
      return typeof url === "string" && (url.includes("{{") || paths.includes(pathOf(url)));
    }
    if (generator.kind === "scmProvider" && event.type === "push") return names(generator, paths, false);
    return generator.kind === "pullRequest" && names(generator, paths, true);
  });
}

/** `owner/name` in lower case, whatever the scheme: https://host/owner/name.git and git@host:owner/name are one. */
function pathOf(url: string): string {
  const text = url
    .trim()
    .toLowerCase()
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
  const path = text.includes("://") ? text.replace(/^[a-z+]+:\/\/[^/]*\//, "") : text.replace(/^[^/:]*@?[^/:]*:/, "");
  return path.replace(/^(?:scm|_git)\//, "").replace(/\/_git\//, "/");
}

/** Whether a provider's own names lead to one of the paths; a templated name may be any. */
function names(generator: Generator, paths: readonly string[], withRepository: boolean): boolean {
  return Object.values(generator.spec).some((provider) => {
    if (!isJsonObject(provider)) return false;
    const text = (name: string): string | undefined => {
      const value = provider[name];
      return typeof value === "string" ? value.toLowerCase() : undefined;
    };
    const owner = text("owner") ?? text("organization") ?? text("group") ?? text("project");
    if (owner === undefined) return false;
    const repository = withRepository ? text("repo") : undefined;
    if (owner.includes("{{") || repository?.includes("{{")) return true;
    return paths.some((path) =>
      repository === undefined
        ? path === owner || path.startsWith(`${owner}/`)
        : path.startsWith(owner) && path.endsWith(`/${repository}`),
    );
  });
}
