import type { KubeObject } from "@fairlead/apimachinery";
import type { World } from "../generators/world.ts";
import type { PullRequestProvider } from "../providers/types.ts";
import type { AskedPullRequests } from "../preview/previews.ts";
import type { RolloutEntry } from "./rolling.ts";
import type { Generation, SetGenerator } from "./generate.ts";

/** What is remembered of a set between two looks; everything in it can be lost. */
export interface SetMemory {
  readonly generator: SetGenerator;
  generation: Generation | undefined;
  /** Pull requests that a webhook told to be closed. */
  readonly closed: Set<string>;
  /** Which pull request each Application is of, as long as it is there. */
  readonly origins: Map<string, { readonly provider: PullRequestProvider; readonly number: number }>;
  /** Applications that go because of that. */
  readonly explained: Set<string>;
  readonly watched: Map<string, () => void>;
  statusWrittenAtMs: number;
  /** As last decided: what a watch brings of the status may be older. */
  rollout: readonly RolloutEntry[] | undefined;
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

/** How many vanished pull requests are asked after at once; more are left to the guard. */
const ASKED_MAX = 50;

/**
 * Several Applications of pull requests that vanished together look like a host that answers nonsense: each is asked after, and
 * those that were closed are explained. What the host does not say stays for the guard to hold.
 */
export async function askClosed(
  memory: SetMemory,
  now: Generation,
  owned: readonly KubeObject[],
  asked: readonly AskedPullRequests[],
  isClosed: ((provider: PullRequestProvider, number: number) => Promise<boolean>) | undefined,
): Promise<void> {
  for (const [name, row] of now.rows) {
    const { number, head_sha: sha } = row;
    const source = asked.find(({ list }) => list.some((one) => String(one.number) === number && one.headSha === sha));
    if (source) memory.origins.set(name, { provider: source.provider, number: Number(number) });
  }
  const gone = owned.flatMap(({ metadata }) => (now.names.has(metadata.name ?? "") ? [] : (metadata.name ?? "")));
  const unknown = gone.filter((name) => !memory.explained.has(name) && memory.origins.has(name));
  for (const name of memory.origins.keys()) {
    if (!now.names.has(name) && !gone.includes(name)) memory.origins.delete(name);
  }
  if (!isClosed || !now.isComplete || unknown.length < 2 || unknown.length > ASKED_MAX) return;
  await Promise.allSettled(
    unknown.map(async (name) => {
      const origin = memory.origins.get(name);
      if (origin && (await isClosed(origin.provider, origin.number))) memory.explained.add(name);
    }),
  );
}
