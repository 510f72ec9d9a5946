import type { Row } from "../application-set/types.ts";
import type { ScmFilter, ScmProvider } from "../providers/types.ts";
import { normalizeName } from "../template/names.ts";
import { readAccess, readProvider, type NamedProvider } from "./access.ts";
import type { ScmRepository } from "./facts.ts";
import { readMatch } from "./matches.ts";
import { ask, withValues, type Leaf } from "./scope.ts";

/** One row a repository of an organization, or with allBranches one each of its branches. */
export function scmRows(leaf: Leaf): Row[] {
  const filters = leaf.fields.objects("filters").map((fields): ScmFilter => ({
    repositoryMatch: readMatch(fields, "repositoryMatch"),
    labelMatch: readMatch(fields, "labelMatch"),
    branchMatch: readMatch(fields, "branchMatch"),
    pathsExist: fields.strings("pathsExist"),
    pathsDoNotExist: fields.strings("pathsDoNotExist"),
  }));
  const named = readProvider(leaf);
  const provider = named && readScmProvider(leaf, named);
  if (!named || !provider) return [];
  const { credentials: _secret, ca: _ca, ...told } = provider;
  const key = JSON.stringify(["repositories", leaf.scope.namespace, told, filters, named.fields.object]);
  const all = ask<"repositories">(leaf, { kind: "repositories", key, provider, filters }) ?? [];
  return all.map((repository) => rowOf(leaf, repository));
}

function readScmProvider(leaf: Leaf, named: NamedProvider): ScmProvider | undefined {
  const { kind, fields } = named;
  const before = leaf.scope.faults.problems.length;
  const access = readAccess(leaf, named);
  const owners: Record<typeof kind, string> = {
    github: "organization",
    gitlab: "group",
    gitea: "owner",
    bitbucketServer: "project",
    bitbucket: "owner",
    azureDevOps: "organization",
  };
  if ((kind === "gitea" || kind === "bitbucketServer") && !fields.has("api")) fields.fault("api", "is missing");
  const cloneProtocol = leaf.fields.text("cloneProtocol") ?? "";
  if (!["", "ssh", "https"].includes(cloneProtocol))
    leaf.fields.fault("cloneProtocol", `is ${JSON.stringify(cloneProtocol)}, neither ssh nor https`);
  const provider = {
    owner: fields.required(owners[kind]),
    project: kind === "azureDevOps" ? fields.required("teamProject") : undefined,
    allBranches: fields.flag("allBranches"),
    cloneProtocol,
    includeSubgroups: fields.flag("includeSubgroups"),
    // As in Argo CD, shared projects are listed unless that is turned off.
    includeSharedProjects: fields.has("includeSharedProjects") ? fields.flag("includeSharedProjects") : true,
    includeArchived: fields.flag("includeArchivedRepos"),
    excludeArchived: fields.flag("excludeArchivedRepos"),
    topic: fields.text("topic") || undefined,
  };
  return access && leaf.scope.faults.problems.length === before ? { ...access, ...provider } : undefined;
}

function rowOf(leaf: Leaf, one: ScmRepository): Row {
  const key = `repository ${one.url}#${one.branch}`;
  const kept = leaf.memo.get(key) as { readonly one: ScmRepository; readonly row: Row } | undefined;
  if (kept?.one === one) return kept.row;
  const row = withValues(leaf, {
    organization: one.organization,
    repository: one.repository,
    repository_id:
      one.repositoryId === undefined ? "" : leaf.scope.dialect.isGo ? one.repositoryId : String(one.repositoryId),
    url: one.url,
    branch: one.branch,
    branchNormalized: normalizeName(one.branch),
    sha: one.sha,
    short_sha: one.sha.slice(0, 8),
    short_sha_7: one.sha.slice(0, 7),
    labels: one.labels.join(","),
  });
  leaf.memo.set(key, { one, row });
  return row;
}
