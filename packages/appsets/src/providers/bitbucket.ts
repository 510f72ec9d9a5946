import type { Json } from "@fairlead/base";
import { cloneUrl } from "./bitbucket-server.ts";
import type { HostClient } from "./http.ts";
import { atBranch, type Host, type ListedRepository } from "./host.ts";
import { HostSession, part, parts, textAt, valueAt, type NextPage } from "./session.ts";
import type { HostAccess } from "./types.ts";

const PAGE = { pagelen: 50 };
const values = (json: Json): Json | undefined => valueAt(json, "values");
const next: NextPage = ({ json }) => textAt(json, "next") || undefined;

/** Bitbucket Cloud's REST API 2.0. */
export function bitbucketHost(client: HostClient, access: HostAccess): Host {
  const { credentials } = access;
  const headers: Record<string, string> = {};
  if (credentials.type === "token") headers["authorization"] = `Bearer ${credentials.token}`;
  if (credentials.type === "basic") {
    headers["authorization"] =
      `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  }
  const bases =
    access.api === undefined
      ? ["https://api.bitbucket.org/2.0"]
      : [access.api, `${access.api.replace(/\/+$/, "")}/2.0`];
  const host = new HostSession({ client, access, bases, headers });
  const pathOf = (owner: string, slug: string): string => `/repositories/${part(owner)}/${part(slug)}`;
  return {
    async pullRequests({ owner, repository }) {
      const all = await host.list(
        `${pathOf(owner, repository)}/pullrequests`,
        { state: "OPEN", ...PAGE },
        values,
        next,
      );
      return all.map((one) => ({
        number: Number(one["id"]),
        title: textAt(one, "title"),
        branch: textAt(one, "source", "branch", "name"),
        targetBranch: textAt(one, "destination", "branch", "name"),
        headSha: textAt(one, "source", "commit", "hash"),
        labels: [],
        author: textAt(one, "author", "nickname"),
        headRepository: textAt(one, "source", "repository", "full_name") || undefined,
        url: textAt(one, "links", "html", "href") || undefined,
      }));
    },
    async repositories(provider) {
      const all = await host.list(`/repositories/${part(provider.owner)}`, { role: "member", ...PAGE }, values, next);
      return all.map((one): ListedRepository => ({
        organization: provider.owner,
        repository: textAt(one, "slug"),
        repositoryId: textAt(one, "uuid"),
        url: cloneUrl(valueAt(one, "links", "clone"), provider.cloneProtocol || "ssh"),
        branch: textAt(one, "mainbranch", "name"),
        labels: [],
      }));
    },
    async branches(provider, repository) {
      const path = `${pathOf(provider.owner, repository.repository)}/refs/branches`;
      if (provider.allBranches) {
        const all = await host.list(path, PAGE, values, next);
        return all.map((one) => atBranch(repository, textAt(one, "name"), textAt(one, "target", "hash")));
      }
      if (repository.branch === "") return [];
      const found = await host.find(`${path}/${parts(repository.branch)}`);
      return found ? [atBranch(repository, textAt(found.json, "name"), textAt(found.json, "target", "hash"))] : [];
    },
    async hasPath(provider, repository, path) {
      const at = `${pathOf(provider.owner, repository.repository)}/src/${part(repository.sha)}/${parts(path)}`;
      return (await host.find(at, { format: "meta" })) !== undefined;
    },
    async isClosed({ owner, repository }, number) {
      const found = await host.find(`${pathOf(owner, repository)}/pullrequests/${number}`);
      return ["MERGED", "DECLINED", "SUPERSEDED"].includes(textAt(found?.json, "state"));
    },
    async comment({ owner, repository }, number, mark, text) {
      const path = `${pathOf(owner, repository)}/pullrequests/${number}/comments`;
      const all = await host.list(path, PAGE, values, next);
      const own = all.find((one) => textAt(one, "content", "raw").includes(mark));
      if (!own) await host.send("POST", path, { content: { raw: text } });
      else if (textAt(own, "content", "raw") !== text)
        await host.send("PUT", `${path}/${textAt(own, "id")}`, { content: { raw: text } });
    },
  };
}
