import type { KubeObject } from "@fairlead/apimachinery";
import type { World } from "../generators/world.ts";
import type { AskedPullRequests } from "../preview/previews.ts";
import type { Generation, SetGenerator } from "./generate.ts";

/** What is remembered of a set between two looks; everything in it can be lost. */
export interface SetMemory {
  readonly generator: SetGenerator;
  generation: Generation | undefined;
  /** Pull requests that a webhook told to be closed. */
  readonly closed: Set<string>;
  /** Applications that go because of that. */
  readonly explained: Set<string>;
  readonly watched: Map<string, () => void>;
  statusWrittenAtMs: number;
}

/** What one generation asked for. */
export interface Seen {
  readonly urls: Set<string>;
  readonly asked: AskedPullRequests[];
}

/** The world, noting what is asked of it. */
export function seeing(world: World, seen: Seen): World {
  return {
    git(repoURL, revision) {
      seen.urls.add(repoURL);
      return world.git(repoURL, revision);
    },
    branches(repoURL) {
      seen.urls.add(repoURL);
      return world.branches(repoURL);
    },
    resources: (query) => world.resources(query),
    plugin: (call) => world.plugin(call),
    repositories: (provider, filters) => world.repositories(provider, filters),
    async pullRequests(provider) {
      const list = await world.pullRequests(provider);
      seen.asked.push({ provider, list });
      return list;
    },
  };
}

/** Notes Applications whose pull request was told to be closed and is indeed no longer listed. */
export function explain(memory: SetMemory, before: Generation, now: Generation, owned: readonly KubeObject[]): void {
  for (const [name, row] of before.rows) {
    if (typeof row["number"] === "string" && memory.closed.has(row["number"]) && !now.names.has(name))
      memory.explained.add(name);
  }
  for (const row of now.rows.values()) if (typeof row["number"] === "string") memory.closed.delete(row["number"]);
  for (const name of memory.explained) {
    if (now.names.has(name) || !owned.some(({ metadata }) => metadata.name === name)) memory.explained.delete(name);
  }
}
