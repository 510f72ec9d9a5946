import type { JsonObject } from "@fairlead/base";

/** Everything needed to talk to one cluster as one identity. PEM data may be base64 (as kubeconfigs hold it) or plain PEM. */
export interface ClusterConfig {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string;
  /** The namespace of the context; `default` when absent. */
  readonly namespace?: string | undefined;
  readonly caData?: string | undefined;
  readonly certData?: string | undefined;
  readonly keyData?: string | undefined;
  readonly bearerToken?: string | undefined;
  /** Read again when it is a minute old, since kubelets rotate it. What was last read from it wins over bearerToken. */
  readonly tokenFile?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly exec?: ExecConfig | undefined;
  readonly oidc?: OidcConfig | undefined;
  readonly impersonate?: Impersonation | undefined;
  /** Does not check the server's certificate. */
  readonly insecure?: boolean | undefined;
  /** The name the server's certificate must carry, where it is not the host's. */
  readonly serverName?: string | undefined;
  /** `http://`, `https://` or `socks5://`. Absent: HTTPS_PROXY and NO_PROXY are asked by loadKubeconfig's caller. */
  readonly proxyUrl?: string | undefined;
  readonly disableCompression?: boolean | undefined;
}

/** A program that prints credentials (client.authentication.k8s.io). */
export interface ExecConfig {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint?: string | undefined;
  readonly provideClusterInfo?: boolean | undefined;
  /** Never, IfAvailable or Always. */
  readonly interactiveMode?: string | undefined;
  /** The cluster's `client.authentication.k8s.io/exec` extension, handed to the program. */
  readonly clusterConfig?: unknown;
}

/** The oidc auth provider: an id token that is renewed with the refresh token. */
export interface OidcConfig {
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly idToken?: string | undefined;
  readonly refreshToken?: string | undefined;
  readonly caData?: string | undefined;
  readonly extraScopes?: readonly string[] | undefined;
}

export interface Impersonation {
  readonly user: string;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A kubeconfig, merged from its files. Paths in it are absolute. Unknown fields are kept for writing. */
export interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>;
  readonly users: ReadonlyMap<string, KubeconfigUser>;
  readonly contexts: ReadonlyMap<string, KubeconfigContext>;
}

export interface KubeconfigCluster {
  readonly server: string;
  readonly certificateAuthority?: string | undefined;
  readonly certificateAuthorityData?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly tlsServerName?: string | undefined;
  readonly proxyUrl?: string | undefined;
  readonly disableCompression?: boolean | undefined;
  readonly extensions?: readonly { readonly name: string; readonly extension: unknown }[] | undefined;
  /** Fields Fairlead does not know, kept for writing. */
  readonly unknown?: JsonObject | undefined;
}

export interface KubeconfigUser {
  readonly clientCertificate?: string | undefined;
  readonly clientCertificateData?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly clientKeyData?: string | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly impersonate?: Impersonation | undefined;
  readonly exec?: ExecConfig | undefined;
  readonly authProvider?: { readonly name: string; readonly config: Readonly<Record<string, string>> } | undefined;
  readonly unknown?: JsonObject | undefined;
}

export interface KubeconfigContext {
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string | undefined;
  readonly unknown?: JsonObject | undefined;
}
