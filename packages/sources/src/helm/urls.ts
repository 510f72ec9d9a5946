import type { RepositoryAccess } from "../credentials/types.ts";
import { authorizationOf, parseUrl } from "../http/client.ts";

/** Where a repository's index is: `index.yaml` below its path, its query kept. @throws ProblemError SourceAddressInvalid */
export function indexUrl(repoURL: string): string {
  const url = parseUrl(withoutUserInfo(repoURL));
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/index.yaml`;
  return url.href;
}

/** An address of an index's entry: absolute, or below the repository's, whose query goes along. */
export function chartUrl(repoURL: string, reference: string): string {
  if (URL.canParse(reference)) return reference;
  const base = parseUrl(withoutUserInfo(repoURL));
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  const resolved = new URL(reference, base);
  if (resolved.search === "") resolved.search = base.search;
  return resolved.href;
}

/**
 * The Authorization header for an address, if any: credentials of a repository go to its own scheme and host, and to others only
 * where passCredentials says so (Helm's rule).
 */
export function authorizationFor(url: string, repoURL: string, access: RepositoryAccess): string | undefined {
  const own = authorizationOf(withUserInfo(repoURL, access));
  if (own === undefined || access.passCredentials) return own;
  return parseUrl(url).origin === parseUrl(withoutUserInfo(repoURL)).origin ? own : undefined;
}

/** `https://user:password@host` says who one is where nothing else does. */
function withUserInfo(repoURL: string, access: RepositoryAccess): RepositoryAccess {
  if (access.username || access.password || access.bearerToken || !URL.canParse(repoURL)) return access;
  const { username, password } = new URL(repoURL);
  if (!username && !password) return access;
  return { ...access, username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function withoutUserInfo(repoURL: string): string {
  if (!URL.canParse(repoURL)) return repoURL;
  const url = new URL(repoURL);
  url.username = "";
  url.password = "";
  return url.href;
}
