import type { Json } from "@fairlead/base";
import type { HostClient } from "./http.ts";
import { atBranch, type Host, type ListedRepository } from "./host.ts";
import { HostSession, part, parts, textAt, valueAt, type NextPage } from "./session.ts";
import type { HostAccess } from "./types.ts";

const PAGE = { limit: 100 };
const values = (json: Json): Json | undefined => valueAt(json, "values");

const next: NextPage = ({ json }) => {
  if (valueAt(json, "isLastPage") !== false) return undefined;
  const start = valueAt(json, "nextPageStart");
  return typeof start === "number" ? { start } : undefined;
};

/** The REST API of Bitbucket Server and Data Center; `api` is its address with or without /rest. */
export function bitbucketServerHost(client: HostClient, access: HostAccess): Host {
  const base = (access.api ?? "").replace(/\/+$/, "").replace(/\/rest$/, "");
  const host = new HostSession({ client, access, bases: [`${base}/rest/api/1.0`], headers: headersOf(access) });
  const repositoryPath = (project: string, slug: string): string => `/projects/${part(project)}/repos/${part(slug)}`;
  const defaultBranch = async (project: string, slug: string): Promise<{ name: string; sha: string } | undefined> => {
    const found = await host.find(`${repositoryPath(project, slug)}/branches/default`);
    const name = textAt(found?.json, "displayId");
    return name === "" ? undefined : { name, sha: textAt(found?.json, "latestCommit") };
  };
  return {
    async pullRequests({ owner, repository }) {
      const all = await host.list(`${repositoryPath(owner, repository)}/pull-requests`, PAGE, values, next);
      return all.map((one) => ({
        number: Number(one["id"]),
        title: textAt(one, "title"),
        branch: textAt(one, "fromRef", "displayId"),
        targetBranch: textAt(one, "toRef", "displayId"),
        headSha: textAt(one, "fromRef", "latestCommit"),
        labels: [],
        author: textAt(one, "author", "user", "name"),
        headRepository: sourceOf(one["fromRef"]),
      }));
    },
    async repositories(provider) {
      const all = await host.list(`/projects/${part(provider.owner)}/repos`, PAGE, values, next);
      const found = await Promise.all(
        all.map(async (one): Promise<ListedRepository[]> => {
          const organization = textAt(one, "project", "key") || provider.owner;
          const repository = textAt(one, "name");
          const branch = await defaultBranch(organization, repository);
          const url = cloneUrl(valueAt(one, "links", "clone"), provider.cloneProtocol === "https" ? "http" : "ssh");
          if (!branch) return [];
          return [
            {
              organization,
              repository,
              repositoryId: Number(one["id"]),
              url,
              branch: branch.name,
              sha: branch.sha,
              labels: [],
            },
          ];
        }),
      );
      return found.flat();
    },
    async branches(provider, repository) {
      if (!provider.allBranches)
        return repository.sha === undefined ? [] : [atBranch(repository, repository.branch, repository.sha)];
      const all = await host.list(
        `${repositoryPath(repository.organization, repository.repository)}/branches`,
        PAGE,
        values,
        next,
      );
      return all.map((one) => atBranch(repository, textAt(one, "displayId"), textAt(one, "latestCommit")));
    },
    async hasPath(_provider, repository, path) {
      const at = `${repositoryPath(repository.organization, repository.repository)}/browse/${parts(path)}`;
      return (await host.find(at, { at: repository.branch, type: true, limit: 100 })) !== undefined;
    },
    async isClosed({ owner, repository }, number) {
      const found = await host.find(`${repositoryPath(owner, repository)}/pull-requests/${number}`);
      return ["MERGED", "DECLINED"].includes(textAt(found?.json, "state"));
    },
    async comment({ owner, repository }, number, mark, text) {
      const path = `${repositoryPath(owner, repository)}/pull-requests/${number}`;
      const activities = await host.list(`${path}/activities`, PAGE, values, next);
      const own = activities.map((one) => one["comment"]).find((one) => textAt(one, "text").includes(mark));
      if (!own) await host.send("POST", `${path}/comments`, { text });
      else if (textAt(own, "text") !== text) {
        await host.send("PUT", `${path}/comments/${textAt(own, "id")}`, {
          text,
          version: Number(textAt(own, "version")),
        });
      }
    },
  };
}

function headersOf({ credentials }: HostAccess): Record<string, string> {
  // Without these two, changes are refused as if a browser had been tricked into them.
  const headers = { "x-atlassian-token": "no-check", "x-requested-with": "XMLHttpRequest" };
  if (credentials.type === "token") return { ...headers, authorization: `Bearer ${credentials.token}` };
  if (credentials.type !== "basic") return headers;
  const { username, password } = credentials;
  return { ...headers, authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

function sourceOf(ref: Json | undefined): string | undefined {
  const project = textAt(ref, "repository", "project", "key");
  return project === "" ? undefined : `${project}/${textAt(ref, "repository", "slug")}`;
}

export function cloneUrl(links: Json | undefined, name: string): string {
  return Array.isArray(links)
    ? textAt(
        links.find((link) => textAt(link, "name") === name),
        "href",
      )
    : "";
}
