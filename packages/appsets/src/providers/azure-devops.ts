import { problemError, type Json } from "@fairlead/base";
import type { HostClient } from "./http.ts";
import { atBranch, type Host, type ListedRepository } from "./host.ts";
import { HostSession, labelNames, part, textAt, valueAt, type NextPage } from "./session.ts";
import type { HostAccess } from "./types.ts";

const VERSION = { "api-version": "7.0" };
const PAGE_SIZE = 100;
const values = (json: Json): Json | undefined => valueAt(json, "value");
const HEADS = "refs/heads/";
const shortRef = (ref: string): string => (ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref);

const next: NextPage = ({ headers }) => {
  const continuationToken = headers["x-ms-continuationtoken"];
  return continuationToken === undefined || continuationToken === "" ? undefined : { continuationToken };
};
const nextBySkip: NextPage = (_answer, page, listed) => (listed >= PAGE_SIZE ? { $skip: page * PAGE_SIZE } : undefined);

/** Azure DevOps' Git API; a token is a personal access token. */
export function azureDevOpsHost(client: HostClient, access: HostAccess): Host {
  const { credentials } = access;
  const headers: Record<string, string> =
    credentials.type === "token"
      ? { authorization: `Basic ${Buffer.from(`:${credentials.token}`).toString("base64")}` }
      : {};
  const api = (access.api ?? "https://dev.azure.com").replace(/\/+$/, "");
  const host = new HostSession({ client, access, bases: [api], headers });
  const gitPath = (organization: string, project: string | undefined): string =>
    `/${part(organization)}/${part(project ?? "")}/_apis/git`;
  return {
    async pullRequests({ owner, project, repository }) {
      const query = { "searchCriteria.status": "active", $top: PAGE_SIZE, ...VERSION };
      const all = await host.list(`${gitPath(owner, project)}/pullrequests`, query, values, nextBySkip);
      const own = all.filter((one) => textAt(one, "repository", "name") === repository);
      return own.map((one) => ({
        number: Number(one["pullRequestId"]),
        title: textAt(one, "title"),
        branch: shortRef(textAt(one, "sourceRefName")),
        targetBranch: shortRef(textAt(one, "targetRefName")),
        headSha: textAt(one, "lastMergeSourceCommit", "commitId"),
        labels: labelNames(one["labels"]),
        author: textAt(one, "createdBy", "uniqueName").split("@")[0] ?? "",
        headRepository: valueAt(one, "forkSource") === undefined ? `${owner}/${repository}` : "fork",
      }));
    },
    async repositories(provider) {
      if (provider.credentials.type === "none")
        throw problemError("GeneratorHostFailed", "Azure DevOps lists repositories only with an accessTokenRef");
      const all = await host.list(`${gitPath(provider.owner, provider.project)}/repositories`, VERSION, values, next);
      return all.flatMap((one): ListedRepository[] => {
        const branch = textAt(one, "defaultBranch");
        const repositoryId = textAt(one, "id");
        const url = textAt(one, "remoteUrl");
        if (branch === "" || url === "" || repositoryId === "") return [];
        return [
          { organization: provider.owner, repository: textAt(one, "name"), repositoryId, url, branch, labels: [] },
        ];
      });
    },
    async branches(provider, repository) {
      const path = `${gitPath(provider.owner, provider.project)}/repositories/${part(repository.repository)}/stats/branches`;
      if (provider.allBranches) {
        const all = await host.list(path, VERSION, values, next);
        return all.map((one) => atBranch(repository, textAt(one, "name"), textAt(one, "commit", "commitId")));
      }
      const found = await host.find(path, { name: shortRef(repository.branch), ...VERSION });
      return found ? [atBranch(repository, textAt(found.json, "name"), textAt(found.json, "commit", "commitId"))] : [];
    },
    async hasPath(provider, repository, path) {
      const at = `${gitPath(provider.owner, provider.project)}/repositories/${part(String(repository.repositoryId))}/items`;
      const query = {
        path,
        "versionDescriptor.version": repository.branch,
        "versionDescriptor.versionType": "branch",
        ...VERSION,
      };
      return (await host.find(at, query)) !== undefined;
    },
    async isClosed({ owner, project }, number) {
      const found = await host.find(`${gitPath(owner, project)}/pullrequests/${number}`, VERSION);
      return ["completed", "abandoned"].includes(textAt(found?.json, "status"));
    },
    async comment({ owner, project, repository }, number, mark, text) {
      const path = `${gitPath(owner, project)}/repositories/${part(repository)}/pullRequests/${number}/threads`;
      const threads = await host.list(path, VERSION, values, next);
      for (const thread of threads) {
        const comments = thread["comments"];
        const own = Array.isArray(comments) ? comments.find((one) => textAt(one, "content").includes(mark)) : undefined;
        if (own === undefined) continue;
        const at = `${path}/${textAt(thread, "id")}/comments/${textAt(own, "id")}?api-version=7.0`;
        if (textAt(own, "content") !== text) await host.send("PATCH", at, { content: text });
        return;
      }
      const comments = [{ parentCommentId: 0, content: text, commentType: 1 }];
      await host.send("POST", `${path}?api-version=7.0`, { comments, status: 4 });
    },
  };
}
