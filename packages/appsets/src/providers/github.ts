import { createSign } from "node:crypto";
import { problemError, type Clock, type JsonObject } from "@fairlead/base";
import { hostFault, type HostClient } from "./http.ts";
import { atBranch, type Host, type ListedRepository } from "./host.ts";
import { HostSession, labelNames, nextLink, part, parts, textAt, valueAt, withApiPath } from "./session.ts";
import type { HostAccess } from "./types.ts";

const PAGE = { per_page: 100 };
const asList = (json: unknown): never => json as never;
/** A token of an App is good for an hour; it is renewed a little before. */
const APP_TOKEN_MARGIN_MS = 60_000;
const JWT_LIFE_S = 540;

interface AppToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** GitHub's REST API, of github.com or an own server, by token or as an App. */
export function githubHost(
  client: HostClient,
  access: HostAccess,
  clock: Clock,
  appTokens: Map<string, AppToken>,
): Host {
  let session: Promise<HostSession> | undefined;
  const open = (owner: string): Promise<HostSession> =>
    (session ??= openSession(client, access, clock, appTokens, owner));
  const next = nextLink;
  return {
    async pullRequests({ owner, repository }) {
      const host = await open(owner);
      const path = `/repos/${part(owner)}/${part(repository)}/pulls`;
      const all = await host.list(path, { state: "open", ...PAGE }, asList, next);
      return all.map((one) => ({
        number: Number(one["number"]),
        title: textAt(one, "title"),
        branch: textAt(one, "head", "ref"),
        targetBranch: textAt(one, "base", "ref"),
        headSha: textAt(one, "head", "sha"),
        labels: labelNames(one["labels"]),
        author: textAt(one, "user", "login"),
        headRepository: textAt(one, "head", "repo", "full_name") || undefined,
        url: textAt(one, "html_url") || undefined,
      }));
    },
    async repositories(provider) {
      const host = await open(provider.owner);
      const all = await listOwned(host, provider.owner);
      const kept = provider.excludeArchived ? all.filter((one) => one["archived"] !== true) : all;
      return kept.map((one): ListedRepository => {
        const url = textAt(one, provider.cloneProtocol === "https" ? "clone_url" : "ssh_url");
        return {
          organization: textAt(one, "owner", "login"),
          repository: textAt(one, "name"),
          repositoryId: Number(one["id"]),
          url,
          branch: textAt(one, "default_branch"),
          labels: labelNames(one["topics"]),
        };
      });
    },
    async branches(provider, repository) {
      const host = await open(provider.owner);
      const path = `/repos/${part(repository.organization)}/${part(repository.repository)}/branches`;
      if (provider.allBranches) {
        const all = await host.list(path, PAGE, asList, next);
        return all.map((one) => atBranch(repository, textAt(one, "name"), textAt(one, "commit", "sha")));
      }
      // An empty repository has a default branch by name only.
      const found = await host.find(`${path}/${parts(repository.branch)}`);
      return found ? [atBranch(repository, textAt(found.json, "name"), textAt(found.json, "commit", "sha"))] : [];
    },
    async hasPath(provider, repository, path) {
      const host = await open(provider.owner);
      const at = `/repos/${part(repository.organization)}/${part(repository.repository)}/contents/${parts(path)}`;
      return (await host.find(at, { ref: repository.branch })) !== undefined;
    },
    async isClosed({ owner, repository }, number) {
      const host = await open(owner);
      const found = await host.find(`/repos/${part(owner)}/${part(repository)}/pulls/${number}`);
      return textAt(found?.json, "state") === "closed";
    },
    async comment({ owner, repository }, number, mark, text) {
      const host = await open(owner);
      const path = `/repos/${part(owner)}/${part(repository)}/issues`;
      const all = await host.list(`${path}/${number}/comments`, PAGE, asList, next);
      const own = all.find((one) => textAt(one, "body").includes(mark));
      if (!own) await host.send("POST", `${path}/${number}/comments`, { body: text });
      else if (textAt(own, "body") !== text)
        await host.send("PATCH", `${path}/comments/${textAt(own, "id")}`, { body: text });
    },
  };
}

/** An organization's, or a user's where no organization has the name. */
async function listOwned(host: HostSession, owner: string): Promise<JsonObject[]> {
  try {
    return await host.list(`/orgs/${part(owner)}/repos`, PAGE, asList, nextLink);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const users = await host.find(`/users/${part(owner)}`);
    if (!users) throw error;
    return host.list(`/users/${part(owner)}/repos`, PAGE, asList, nextLink);
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "HostRepositoryNotFound";
}

function basesOf(api: string | undefined): string[] {
  if (api === undefined) return ["https://api.github.com"];
  const { hostname } = new URL(api);
  return hostname.startsWith("api.") || hostname.includes(".api.") ? [api] : withApiPath(api, "/api/v3");
}

async function openSession(
  client: HostClient,
  access: HostAccess,
  clock: Clock,
  appTokens: Map<string, AppToken>,
  owner: string,
): Promise<HostSession> {
  const { credentials } = access;
  const accept = { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" };
  const bases = basesOf(access.api);
  if (credentials.type === "token") {
    return new HostSession({
      client,
      access,
      bases,
      headers: { ...accept, authorization: `Bearer ${credentials.token}` },
    });
  }
  if (credentials.type !== "githubApp") return new HostSession({ client, access, bases, headers: accept });
  const key = `${bases[0]} ${credentials.appId} ${credentials.installationId ?? owner}`;
  let known = appTokens.get(key);
  if (known === undefined || known.expiresAtMs - APP_TOKEN_MARGIN_MS <= clock.now()) {
    const jwt = signJwt(credentials.appId, credentials.privateKey, clock.now());
    const asApp = new HostSession({ client, access, bases, headers: { ...accept, authorization: `Bearer ${jwt}` } });
    known = await fetchAppToken(asApp, credentials.installationId, owner, clock);
    appTokens.set(key, known);
  }
  return new HostSession({ client, access, bases, headers: { ...accept, authorization: `Bearer ${known.token}` } });
}

async function fetchAppToken(
  asApp: HostSession,
  installationId: string | undefined,
  owner: string,
  clock: Clock,
): Promise<AppToken> {
  const id = installationId ?? (await findInstallation(asApp, owner));
  const { json } = await asApp.send("POST", `/app/installations/${part(id)}/access_tokens`, {});
  const token = textAt(json, "token");
  if (token === "") throw hostFault("https://github.com", "gave no token for the App's installation");
  const expiresAtMs = Date.parse(textAt(json, "expires_at"));
  return { token, expiresAtMs: Number.isFinite(expiresAtMs) ? expiresAtMs : clock.now() + 30 * 60_000 };
}

async function findInstallation(asApp: HostSession, owner: string): Promise<string> {
  const found =
    (await asApp.find(`/orgs/${part(owner)}/installation`)) ?? (await asApp.find(`/users/${part(owner)}/installation`));
  const id = valueAt(found?.json, "id");
  if (typeof id === "number") return String(id);
  throw problemError("GeneratorHostFailed", `the GitHub App is not installed for ${owner}`, {
    hint: "install it there, or name its installation in githubAppInstallationID",
  });
}

/** RS256 over the App's id, good for nine minutes; issued a minute ago, since clocks differ. */
function signJwt(appId: string, privateKey: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode({ iat: seconds - 60, exp: seconds + JWT_LIFE_S, iss: appId })}`;
  try {
    return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey).toString("base64url")}`;
  } catch {
    throw problemError("GeneratorHostFailed", "the GitHub App's private key is no RSA key in PEM form");
  }
}
