import type { Problem } from "@fairlead/base";
import { parseRepositorySecret, type RepositorySecret, type SecretLike } from "./secret.ts";
import type { RepositoryAccess } from "./types.ts";

/**
 * What is known about access to repositories, kept in memory and looked up by address: Secrets in Argo CD's format, and the ConfigMaps
 * argocd-ssh-known-hosts-cm and argocd-tls-certs-cm.
 */
export class CredentialStore {
  readonly #secrets = new Map<string, RepositorySecret>();
  #knownHosts: string | undefined;
  #certificates: Readonly<Record<string, string>> = {};

  /** Adds or replaces. @returns what is wrong with the Secret; one without an address is left out */
  put(key: string, secret: SecretLike): readonly Problem[] {
    const { repository, problems } = parseRepositorySecret(secret);
    if (repository) this.#secrets.set(key, repository);
    else this.#secrets.delete(key);
    return problems;
  }

  remove(key: string): void {
    this.#secrets.delete(key);
  }

  /** @param lines `ssh_known_hosts` of argocd-ssh-known-hosts-cm; undefined leaves it to the machine's files */
  setKnownHosts(lines: string | undefined): void {
    this.#knownHosts = lines;
  }

  /** @param byHost argocd-tls-certs-cm: host name → PEM */
  setCertificates(byHost: Readonly<Record<string, string>>): void {
    this.#certificates = byHost;
  }

  /**
   * A repository's own Secret, the project's before everybody's; what it does not say of who we are comes from the repo-creds with the
   * longest address that begins the repository's.
   */
  accessFor(url: string, project = ""): RepositoryAccess {
    const wanted = comparableUrl(url);
    const own = this.#ownSecret(wanted, project);
    const shared = this.#sharedSecret(wanted);
    const merged =
      own && shared && !hasCredentials(own.access) ? withCredentials(own.access, shared.access) : undefined;
    return {
      ...(merged ?? own?.access ?? shared?.access),
      ...(own && own.project !== "" ? { project: own.project } : {}),
      knownHosts: this.#knownHosts,
      ca: this.#certificateFor(url),
    };
  }

  /** Repositories with a name, for `@name` in charts: everybody's and the project's. */
  named(project = ""): { name: string; url: string; access: RepositoryAccess }[] {
    return [...this.#secrets.values()]
      .filter((secret) => secret.kind === "repository" && secret.type !== "git" && secret.name !== "")
      .filter((secret) => secret.project === "" || secret.project === project)
      .map(({ name, url }) => ({ name, url, access: this.accessFor(url, project) }));
  }

  #ownSecret(wanted: string, project: string): RepositorySecret | undefined {
    const same = [...this.#secrets.values()].filter(
      (secret) => secret.kind === "repository" && comparableUrl(secret.url) === wanted,
    );
    const scoped = project === "" ? undefined : same.find((secret) => secret.project === project);
    return scoped ?? same.find((secret) => secret.project === "");
  }

  #sharedSecret(wanted: string): RepositorySecret | undefined {
    let best: { readonly secret: RepositorySecret; readonly length: number } | undefined;
    for (const secret of this.#secrets.values()) {
      if (secret.kind !== "repo-creds") continue;
      const prefix = comparableUrl(secret.url);
      if (prefix !== "" && wanted.startsWith(prefix) && prefix.length > (best?.length ?? 0)) {
        best = { secret, length: prefix.length };
      }
    }
    return best?.secret;
  }

  #certificateFor(url: string): string | undefined {
    const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)/i.exec(url)?.[1]?.toLowerCase();
    return host !== undefined && Object.hasOwn(this.#certificates, host) ? this.#certificates[host] : undefined;
  }
}

/** One form for all spellings of an address: `git@host:path` is `ssh://git@host/path`, case and `.git` make no difference. */
function comparableUrl(url: string): string {
  const lower = url.trim().toLowerCase();
  const scp = /^([^/:@\s]+@[^/:\s]+):(?!\/\/)(.*)$/.exec(lower);
  const written = scp ? `${scp[1]}/${scp[2]}` : lower.replace(/^ssh:\/\//, "");
  return written.replace(/\.git$/, "");
}

function hasCredentials({
  username,
  password,
  bearerToken,
  sshPrivateKey,
  tlsClientCert,
  githubApp,
}: RepositoryAccess): boolean {
  return Boolean(username || password || bearerToken || sshPrivateKey || tlsClientCert || githubApp);
}

function withCredentials(own: RepositoryAccess, shared: RepositoryAccess): RepositoryAccess {
  const { username, password, bearerToken, sshPrivateKey, tlsClientCert, tlsClientKey, githubApp } = shared;
  return {
    ...own,
    username,
    password,
    bearerToken,
    sshPrivateKey,
    tlsClientCert,
    tlsClientKey,
    githubApp,
    proxy: own.proxy ?? shared.proxy,
    noProxy: own.noProxy ?? shared.noProxy,
    enableOci: own.enableOci === true || shared.enableOci === true,
    isPlainHttp: own.isPlainHttp === true || shared.isPlainHttp === true,
  };
}
