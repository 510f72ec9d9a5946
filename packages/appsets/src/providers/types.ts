export type ProviderKind = "github" | "gitlab" | "gitea" | "bitbucketServer" | "bitbucket" | "azureDevOps";

/** Who we are to a host. Values are secrets: they go into headers and nowhere else. */
export type Credentials =
  | { readonly type: "none" }
  | { readonly type: "token"; readonly token: string }
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | {
      readonly type: "githubApp";
      readonly appId: string;
      readonly installationId: string | undefined;
      readonly privateKey: string;
    };

export interface HostAccess {
  readonly kind: ProviderKind;
  /** As written in the set; undefined: the host's public address. */
  readonly api: string | undefined;
  readonly credentials: Credentials;
  /** Certificates are not checked. */
  readonly insecure: boolean;
  /** PEM of further authorities. */
  readonly ca: string | undefined;
}

/** Asks a host for pull requests. */
export interface PullRequestProvider extends HostAccess {
  /** GitHub and Gitea: owner; GitLab: the project's path or number; Bitbucket Server: project key; Azure: organization. */
  readonly owner: string;
  /** Azure's project. */
  readonly project: string | undefined;
  readonly repository: string;
  readonly labels: readonly string[];
  /** GitLab's pullRequestState; undefined: any. */
  readonly state: string | undefined;
}

/** Asks a host for repositories and their branches. */
export interface ScmProvider extends HostAccess {
  readonly owner: string;
  readonly project: string | undefined;
  readonly allBranches: boolean;
  readonly cloneProtocol: string;
  readonly includeSubgroups: boolean;
  readonly includeSharedProjects: boolean;
  /** GitLab: archived ones are listed too. */
  readonly includeArchived: boolean;
  /** GitHub, Gitea: archived ones are left out. */
  readonly excludeArchived: boolean;
  readonly topic: string | undefined;
}

/** One item of filters: all of its conditions must hold. */
export interface ScmFilter {
  readonly repositoryMatch: string | undefined;
  readonly labelMatch: string | undefined;
  readonly branchMatch: string | undefined;
  readonly pathsExist: readonly string[];
  readonly pathsDoNotExist: readonly string[];
}
