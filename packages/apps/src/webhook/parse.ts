import { isJsonObject } from "@fairlead/base";
import type { WebhookEvent, WebhookProvider, WebhookRequest } from "./types.ts";

/** Who sends; undefined for a request that no provider sends. Gitea also calls itself GitHub, so it is asked first. */
export function providerOf({ headers }: WebhookRequest, payload: unknown): WebhookProvider | undefined {
  if (headers["x-gogs-event"] || headers["x-gitea-event"]) return "gogs";
  if (headers["x-github-event"]) return "github";
  if (headers["x-gitlab-event"]) return "gitlab";
  if (headers["x-event-key"]) return headers["x-hook-uuid"] ? "bitbucket" : "bitbucketserver";
  return text(payload, "publisherId") === "tfs" || headers["x-vss-activityid"] ? "azuredevops" : undefined;
}

/** What a payload says, of every provider the same way. Fields that are missing or of another type say nothing. */
export function readEvent(provider: WebhookProvider, { headers }: WebhookRequest, payload: unknown): WebhookEvent {
  const { name, isPush, repositories, ref } = READERS[provider](headers, payload);
  const urls = [...new Set(repositories.filter((url): url is string => typeof url === "string" && url !== ""))];
  return { provider, name, isPush, repositories: urls, ref: typeof ref === "string" ? ref : "", payload };
}

interface Read {
  readonly name: string;
  readonly isPush: boolean;
  readonly repositories: readonly unknown[];
  readonly ref: unknown;
}

type Reader = (headers: WebhookRequest["headers"], payload: unknown) => Read;

const READERS: Readonly<Record<WebhookProvider, Reader>> = {
  github: (headers, payload) => githubLike(headers["x-github-event"] ?? "", payload),
  gogs: (headers, payload) => githubLike(headers["x-gitea-event"] ?? headers["x-gogs-event"] ?? "", payload),
  gitlab(headers, payload) {
    const name = headers["x-gitlab-event"] ?? "";
    const kind = text(payload, "event_name") ?? text(payload, "object_kind") ?? "";
    const isPush =
      /^(Tag )?Push Hook$/.test(name) || (name === "System Hook" && /^(tag_)?push$|^repository_update$/.test(kind));
    const urls = ["web_url", "git_http_url", "git_ssh_url", "http_url", "ssh_url"].map((key) =>
      at(payload, "project", key),
    );
    return { name, isPush, repositories: urls, ref: at(payload, "ref") };
  },
  bitbucket(headers, payload) {
    const name = headers["x-event-key"] ?? "";
    const [change] = list(at(payload, "push", "changes"));
    const branch = text(change, "new", "name") ?? text(change, "old", "name");
    const url = at(payload, "repository", "links", "html", "href");
    return { name, isPush: name === "repo:push", repositories: [url], ref: branch && `refs/heads/${branch}` };
  },
  bitbucketserver(headers, payload) {
    const name = headers["x-event-key"] ?? "";
    const links = [
      ...list(at(payload, "repository", "links", "clone")),
      ...list(at(payload, "repository", "links", "self")),
    ];
    const [change] = list(at(payload, "changes"));
    return {
      name,
      isPush: name === "repo:refs_changed",
      repositories: links.map((link) => at(link, "href")),
      ref: at(change, "ref", "id"),
    };
  },
  azuredevops(_headers, payload) {
    const name = text(payload, "eventType") ?? "";
    const [update] = list(at(payload, "resource", "refUpdates"));
    const repository = at(payload, "resource", "repository");
    return {
      name,
      isPush: name === "git.push",
      repositories: [at(repository, "remoteUrl"), at(repository, "sshUrl"), at(repository, "webUrl")],
      ref: at(update, "name"),
    };
  },
};

function githubLike(name: string, payload: unknown): Read {
  const repository = at(payload, "repository");
  return {
    name,
    isPush: name === "push" || name === "create" || name === "delete",
    repositories: ["html_url", "clone_url", "ssh_url", "git_url", "url"].map((key) => at(repository, key)),
    ref: at(payload, "ref"),
  };
}

function at(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const key of path) current = isJsonObject(current) && Object.hasOwn(current, key) ? current[key] : undefined;
  return current;
}

function text(value: unknown, ...path: string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Spellings of one repository compare equal: https, ssh and scp-like forms, user, port, `.git`, case. */
export function repositoryKey(url: string): string {
  const bare = url
    .trim()
    .toLowerCase()
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(bare);
  if (scp && !bare.includes("://")) return `${scp[1]}/${(scp[2] ?? "").replace(/^\/+/, "")}`;
  const full = /^[a-z+]+:\/\/(?:[^@/]*@)?([^:/]*)(?::\d+)?\/(.*)$/.exec(bare);
  return full ? `${full[1]}/${full[2]}` : bare;
}
