export interface WebhookRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly message: string;
}

export type WebhookProvider = "github" | "gitlab" | "gogs" | "bitbucket" | "bitbucketserver" | "azuredevops";

/** What a Git host told us. */
export interface WebhookEvent {
  readonly provider: WebhookProvider;
  /** The host's own name of the event, e.g. `push` or `Merge Request Hook`. */
  readonly name: string;
  /** Whether branches or tags moved. */
  readonly isPush: boolean;
  /** Every address the payload gives for the repository. */
  readonly repositories: readonly string[];
  /** `refs/heads/main`; empty when the payload names none. */
  readonly ref: string;
  readonly payload: unknown;
}

/** argocd-secret, decoded. */
export type WebhookSecrets = Readonly<Record<string, string | undefined>>;
