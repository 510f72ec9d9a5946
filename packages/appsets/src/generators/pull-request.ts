import { cloneJson, type Json } from "@fairlead/base";
import type { Row } from "../application-set/types.ts";
import type { PullRequestProvider } from "../providers/types.ts";
import { slugOf } from "../template/names.ts";
import { readAccess, readProvider, type NamedProvider } from "./access.ts";
import type { PullRequest } from "./facts.ts";
import { compileMatch, readMatch } from "./matches.ts";
import { ask, withValues, type Leaf } from "./scope.ts";

/** One row an open pull request that has all the labels and that one of the filters lets through. */
export function pullRequestRows(leaf: Leaf): Row[] {
  const filters = readFilters(leaf);
  const named = readProvider(leaf);
  if (!named) return [];
  const provider = readPullRequestProvider(leaf, named);
  if (!provider) return [];
  const { credentials: _secret, ca: _ca, ...told } = provider;
  const isOptional = leaf.fields.flag("continueOnRepoNotFoundError");
  const key = JSON.stringify(["pullRequests", leaf.scope.namespace, told, named.fields.object, isOptional]);
  const need = { kind: "pullRequests", key, provider } as const;
  const answer = leaf.scope.facts.answer<"pullRequests">(need);
  const isGone =
    answer !== undefined &&
    "problems" in answer &&
    answer.problems.every((one) => one.code === "HostRepositoryNotFound");
  if (isGone && isOptional) return [];
  const all = ask<"pullRequests">(leaf, need) ?? [];
  const picked = all.filter(
    (one) => provider.labels.every((label) => one.labels.includes(label)) && isOfState(one, provider),
  );
  return picked
    .filter((one) => filters.length === 0 || filters.some((filter) => filter(one)))
    .map((one) => rowOf(leaf, one));
}

function isOfState(one: PullRequest, provider: PullRequestProvider): boolean {
  return (
    one.state === undefined || provider.state === undefined || provider.state === "all" || one.state === provider.state
  );
}

function readPullRequestProvider(leaf: Leaf, named: NamedProvider): PullRequestProvider | undefined {
  const { kind, fields } = named;
  const before = leaf.scope.faults.problems.length;
  const access = readAccess(leaf, named);
  const names: Record<typeof kind, readonly [owner: string, repository: string | undefined]> = {
    github: ["owner", "repo"],
    gitea: ["owner", "repo"],
    gitlab: ["project", undefined],
    bitbucketServer: ["project", "repo"],
    bitbucket: ["owner", "repo"],
    azureDevOps: ["organization", "repo"],
  };
  const [owner, repository] = names[kind];
  // GitLab's project is a path or a number, and a number may come as one.
  const ownerName = typeof fields.object[owner] === "number" ? String(fields.object[owner]) : fields.required(owner);
  if ((kind === "gitea" || kind === "bitbucketServer") && access?.api === undefined && !fields.has("api"))
    fields.fault("api", "is missing");
  const provider = {
    owner: ownerName,
    project: kind === "azureDevOps" ? fields.required("project") : undefined,
    repository: repository === undefined ? "" : fields.required(repository),
    labels: fields.strings("labels"),
    state: fields.text("pullRequestState") || undefined,
  };
  return access && leaf.scope.faults.problems.length === before ? { ...access, ...provider } : undefined;
}

type Filter = (one: PullRequest) => boolean;

function readFilters(leaf: Leaf): Filter[] {
  return leaf.fields.objects("filters").map((fields): Filter => {
    const branch = readMatch(fields, "branchMatch");
    const target = readMatch(fields, "targetBranchMatch");
    const title = readMatch(fields, "titleMatch");
    return (one) => matches(branch, one.branch) && matches(target, one.targetBranch) && matches(title, one.title);
  });
}

function matches(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  try {
    return compileMatch(pattern)(text);
  } catch {
    return false;
  }
}

function rowOf(leaf: Leaf, one: PullRequest): Row {
  const key = `pull request ${one.number}`;
  const kept = leaf.memo.get(key) as { readonly one: PullRequest; readonly row: Row } | undefined;
  if (kept?.one === one) return kept.row;
  const row: Record<string, Json> = {
    number: String(one.number),
    title: one.title,
    branch: one.branch,
    branch_slug: slugOf(one.branch),
    target_branch: one.targetBranch,
    target_branch_slug: slugOf(one.targetBranch),
    head_sha: one.headSha,
    head_short_sha: one.headSha.slice(0, 8),
    head_short_sha_7: one.headSha.slice(0, 7),
    author: one.author,
  };
  // A list has no place among the strings of the fasttemplate dialect.
  if (leaf.scope.dialect.isGo) row["labels"] = cloneJson([...one.labels]);
  const filled = withValues(leaf, row);
  leaf.memo.set(key, { one, row: filled });
  return filled;
}
