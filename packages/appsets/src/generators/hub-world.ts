import { problemError } from "@fairlead/base";
import { formatLabelSelector, type KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import type { WatchedWorld } from "../application-set/options.ts";
import type { CodeHosts } from "../providers/hosts.ts";
import type { ResourceQuery } from "./facts.ts";
import type { GitWorld } from "./git-world.ts";
import { callPlugin } from "./world.ts";

export interface HubWorldOptions {
  readonly hub: KubeClient;
  readonly git: GitWorld;
  readonly hosts: CodeHosts;
}

/** The world as the controller asks it: the hub for decision resources, Git by mirrors, hosts over HTTP. */
export function hubWorld({ hub, git, hosts }: HubWorldOptions): WatchedWorld {
  return {
    git: (repoURL, revision) => git.git(repoURL, revision),
    branches: (repoURL) => git.branches(repoURL),
    watch: (repoURL, onMoved) => git.watch(repoURL, onMoved),
    refresh: (repoURL) => git.refresh(repoURL),
    resources: (query) => listResources(hub, query),
    plugin: (call) => callPlugin(hosts.client, call),
    repositories: (provider, filters) => hosts.repositories(provider, filters),
    pullRequests: (provider) => hosts.pullRequests(provider),
    isClosed: (provider, number) => hosts.isClosed(provider, number),
  };
}

/** @throws ProblemError GeneratorFailed for a kind the hub does not serve */
async function listResources(hub: KubeClient, query: ResourceQuery): Promise<KubeObject[]> {
  const all = await hub.discovery.all();
  const found = all.find(
    ({ group, version, plural }) => `${group}/${version}` === query.apiVersion && plural === query.plural.toLowerCase(),
  );
  if (!found) {
    throw problemError("GeneratorFailed", `the cluster serves no ${query.plural} of ${query.apiVersion}`, {
      hint: "data.kind of the ConfigMap is the plural, in lower case",
    });
  }
  const kind = { apiVersion: query.apiVersion, kind: found.kind };
  const labelSelector = query.selector && formatLabelSelector(query.selector);
  const { items } = await hub.list(kind, { namespace: query.namespace, ...(labelSelector ? { labelSelector } : {}) });
  return items
    .filter(({ metadata }) => query.name === undefined || metadata.name === query.name)
    .map((item) => ({ ...kind, ...item }) as KubeObject);
}
