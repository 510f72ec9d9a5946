import type { HostClient } from "./http.ts";
import { atBranch, type Host, type ListedRepository } from "./host.ts";
import { HostSession, labelNames, nextLink, part, textAt, withApiPath, type NextPage } from "./session.ts";
import type { HostAccess } from "./types.ts";

const PAGE = { per_page: 100 };
const asList = (json: unknown): never => json as never;

const next: NextPage = (answer) => {
  const page = answer.headers["x-next-page"];
  if (page !== undefined) return page === "" ? undefined : { page };
  return nextLink(answer);
};

/** GitLab's REST API v4. */
export function gitlabHost(client: HostClient, access: HostAccess): Host {
  const { credentials } = access;
  const headers: Record<string, string> = credentials.type === "token" ? { "private-token": credentials.token } : {};
  const bases = withApiPath(access.api ?? "https://gitlab.com", "/api/v4");
  const host = new HostSession({ client, access, bases, headers });
  return {
    async pullRequests({ owner, labels, state }) {
      const query = { state, labels: labels.length > 0 ? labels.join(",") : undefined, ...PAGE };
      const all = await host.list(`/projects/${part(owner)}/merge_requests`, query, asList, next);
      return all.map((one) => ({
        number: Number(one["iid"]),
        title: textAt(one, "title"),
        branch: textAt(one, "source_branch"),
        targetBranch: textAt(one, "target_branch"),
        headSha: textAt(one, "sha"),
        labels: labelNames(one["labels"]),
        author: textAt(one, "author", "username"),
        headRepository:
          one["source_project_id"] === one["target_project_id"] ? owner : `project ${textAt(one, "source_project_id")}`,
        state: textAt(one, "state") || undefined,
        url: textAt(one, "web_url") || undefined,
      }));
    },
    async repositories(provider) {
      const query = {
        include_subgroups: provider.includeSubgroups,
        with_shared: provider.includeSharedProjects,
        archived: provider.includeArchived ? true : undefined,
        topic: provider.topic,
        ...PAGE,
      };
      const all = await host.list(`/groups/${part(provider.owner)}/projects`, query, asList, next);
      return all.map((one): ListedRepository => {
        const topics = labelNames(one["topics"]);
        return {
          organization: textAt(one, "namespace", "full_path"),
          repository: textAt(one, "path"),
          repositoryId: Number(one["id"]),
          url: textAt(one, provider.cloneProtocol === "https" ? "http_url_to_repo" : "ssh_url_to_repo"),
          branch: textAt(one, "default_branch"),
          labels: topics.length > 0 ? topics : labelNames(one["tag_list"]),
        };
      });
    },
    async branches(provider, repository) {
      const path = `/projects/${repository.repositoryId}/repository/branches`;
      if (provider.allBranches) {
        const all = await host.list(path, PAGE, asList, next);
        return all.map((one) => atBranch(repository, textAt(one, "name"), textAt(one, "commit", "id")));
      }
      if (repository.branch === "") return [];
      const found = await host.find(`${path}/${part(repository.branch)}`);
      return found ? [atBranch(repository, textAt(found.json, "name"), textAt(found.json, "commit", "id"))] : [];
    },
    async hasPath(_provider, repository, path) {
      const at = `/projects/${repository.repositoryId}/repository`;
      if (await host.find(`${at}/files/${part(path)}`, { ref: repository.branch })) return true;
      const tree = await host.find(`${at}/tree`, { path, ref: repository.branch });
      return tree !== undefined && Array.isArray(tree.json) && tree.json.length > 0;
    },
    async isClosed({ owner }, number) {
      const found = await host.find(`/projects/${part(owner)}/merge_requests/${number}`);
      return ["closed", "merged"].includes(textAt(found?.json, "state"));
    },
    async comment({ owner }, number, mark, text) {
      const path = `/projects/${part(owner)}/merge_requests/${number}/notes`;
      const all = await host.list(path, PAGE, asList, next);
      const own = all.find((one) => textAt(one, "body").includes(mark));
      if (!own) await host.send("POST", path, { body: text });
      else if (textAt(own, "body") !== text) await host.send("PUT", `${path}/${textAt(own, "id")}`, { body: text });
    },
  };
}
