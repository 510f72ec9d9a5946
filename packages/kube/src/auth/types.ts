import type { ClientCertificate } from "../http/transport.ts";

export interface Credentials {
  readonly token?: string | undefined;
  readonly certificate?: ClientCertificate | undefined;
  /** When to ask again, ms since the epoch; absent: only once the server refuses them. */
  readonly expiresAt?: number | undefined;
}

/** One way to obtain credentials. */
export interface CredentialSource {
  /** @throws ProblemError CredentialsFailed */
  obtain(): Promise<Credentials>;
}

/** What a credential program did. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program that may ask a person, if `interactive`. Rejects when it cannot be started. */
export type RunProgram = (
  command: string,
  args: readonly string[],
  options: { env: Readonly<Record<string, string | undefined>>; interactive: boolean; timeoutMs: number },
) => Promise<ProgramResult>;

/** Posts a form, or gets when there is none; for OIDC issuers. */
export type FetchJson = (
  url: string,
  options: { form?: Readonly<Record<string, string>>; caData?: string | undefined },
) => Promise<{ status: number; body: unknown }>;

/** The world outside that credentials come from; the defaults are the real one. */
export interface AuthDeps {
  readonly readFile?: ((path: string) => Promise<string>) | undefined;
  readonly runProgram?: RunProgram | undefined;
  readonly fetchJson?: FetchJson | undefined;
  /** Whether a credential program may use the terminal. Default: whether standard input is one. */
  readonly hasTerminal?: boolean | undefined;
  /** Told the renewed tokens of an OIDC login, so that they can be written to the kubeconfig: issuers may allow each once. */
  readonly onOidcRenewed?: ((tokens: { idToken: string; refreshToken: string | undefined }) => void) | undefined;
}
