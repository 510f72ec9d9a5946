/** How one repository may be reached and is to be trusted: what Argo CD keeps in repository and repo-creds Secrets. */
export interface RepositoryAccess {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly bearerToken?: string | undefined;
  /** PEM or OpenSSH format. */
  readonly sshPrivateKey?: string | undefined;
  /** PEM. */
  readonly tlsClientCert?: string | undefined;
  readonly tlsClientKey?: string | undefined;
  /** PEM; trusted besides the well-known authorities. */
  readonly ca?: string | undefined;
  /** Certificates are not checked. */
  readonly insecure?: boolean | undefined;
  /** Lines of a known_hosts file; undefined leaves it to the machine's own files. */
  readonly knownHosts?: string | undefined;
  readonly insecureIgnoreHostKey?: boolean | undefined;
  readonly enableLfs?: boolean | undefined;
  /** The charts are in an OCI registry though the address does not say so. */
  readonly enableOci?: boolean | undefined;
  /** The registry speaks HTTP without TLS. */
  readonly isPlainHttp?: boolean | undefined;
  readonly githubApp?: GithubApp | undefined;
  readonly proxy?: string | undefined;
  readonly noProxy?: string | undefined;
  /** Commits of history to fetch; 0 and undefined are all. */
  readonly depth?: number | undefined;
  /** Credentials go to every host that an index names, not only to the repository's own. */
  readonly passCredentials?: boolean | undefined;
  /** The project the credentials are for alone. What was fetched with them is not shared with others. */
  readonly project?: string | undefined;
}

export interface GithubApp {
  readonly id: string;
  readonly installationId: string | undefined;
  /** PEM. */
  readonly privateKey: string;
  /** `https://host/api/v3` of GitHub Enterprise; undefined is github.com. */
  readonly baseUrl: string | undefined;
}

/** The access to a repository for an application's project; `{}` when nothing is known about it. */
export type AccessFor = (url: string, project?: string) => RepositoryAccess;

export const ANONYMOUS: RepositoryAccess = {};
