import type { HostClient } from "./http.ts";
import { atBranch, type Host, type ListedRepository } from "./host.ts";
import { HostSession, labelNames, nextLink, part, parts, textAt, withApiPath, type NextPage } from "./session.ts";
import type { HostAccess } from "./types.ts";

/** Gitea gives at most fifty a page whatever is asked, unless its owner set more. */
const PAGE_SIZE = 50;
const asList = (json: unknown): never => json as never;

/** By Link header; where there is none, until a page is not full. */
const next: NextPage = (answer, page, listed) =>
  nextLink(answer) ?? (answer.headers["link"] === undefined && listed >= PAGE_SIZE ? { page: page + 1 } : undefined);

/** Gitea's (and Forgejo's) REST API v1. */
export function giteaHost(client: HostClient, access: HostAccess): Host {
  const { credentials } = access;
  const headers: Record<string, string> =
    credentials.type === "token" ? { authorization: `token ${credentials.token}` } : {};
  const host = new HostSession({ client, access, bases: withApiPath(access.api ?? "", "/api/v1"), headers });
  const query = { page: 1, limit: PAGE_SIZE };
  return {
    async pullRequests({ owner, repository }) {
      const all = await host.list(
        `/repos/${part(owner)}/${part(repository)}/pulls`,
        { state: "open", ...query },
        asList,
        next,
      );
      return all.map((one) => ({
        number: Number(one["number"]),
        title: textAt(one, "title"),
        branch: textAt(one, "head", "ref"),
        targetBranch: textAt(one, "base", "ref"),
        headSha: textAt(one, "head", "sha"),
        labels: labelNames(one["labels"]),
        author: textAt(one, "user", "login") || textAt(one, "user", "username"),
        headRepository: textAt(one, "head", "repo", "full_name") || undefined,
        url: textAt(one, "html_url") || undefined,
      }));
    },
    async repositories(provider) {
      const all = await host.list(`/orgs/${part(provider.owner)}/repos`, query, asList, next);
      const kept = provider.excludeArchived ? all.filter((one) => one["archived"] !== true) : all;
      return Promise.all(
        kept.map(async (one): Promise<ListedRepository> => {
          const name = textAt(one, "name");
          const labels = await host.list(`/repos/${part(provider.owner)}/${part(name)}/labels`, query, asList, next);
          return {
            organization: provider.owner,
            repository: name,
            repositoryId: Number(one["id"]),
            url: textAt(one, provider.cloneProtocol === "https" ? "html_url" : "ssh_url"),
            branch: textAt(one, "default_branch"),
            labels: labelNames(labels),
          };
        }),
      );
    },
    async branches(provider, repository) {
      const path = `/repos/${part(provider.owner)}/${part(repository.repository)}/branches`;
      if (provider.allBranches) {
        const all = await host.list(path, query, asList, next);
        return all.map((one) => atBranch(repository, textAt(one, "name"), textAt(one, "commit", "id")));
      }
      const found = await host.find(`${path}/${parts(repository.branch)}`);
      return found ? [atBranch(repository, repository.branch, textAt(found.json, "commit", "id"))] : [];
    },
    async hasPath(provider, repository, path) {
      const at = `/repos/${part(provider.owner)}/${part(repository.repository)}/contents/${parts(path)}`;
      return (await host.find(at, { ref: repository.branch })) !== undefined;
    },
    async isClosed({ owner, repository }, number) {
      const found = await host.find(`/repos/${part(owner)}/${part(repository)}/pulls/${number}`);
      return textAt(found?.json, "state") === "closed";
    },
    async comment({ owner, repository }, number, mark, text) {
      const path = `/repos/${part(owner)}/${part(repository)}/issues`;
      const all = await host.list(`${path}/${number}/comments`, query, asList, next);
      const own = all.find((one) => textAt(one, "body").includes(mark));
      if (!own) await host.send("POST", `${path}/${number}/comments`, { body: text });
      else if (textAt(own, "body") !== text)
        await host.send("PATCH", `${path}/comments/${textAt(own, "id")}`, { body: text });
    },
  };
}
