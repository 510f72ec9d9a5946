import { readFile } from "node:fs/promises";
import type { Clock } from "@fairlead/base";
import type { ClusterConfig, Impersonation } from "../config/types.ts";
import type { ClientCertificate } from "../http/transport.ts";
import { execSource } from "./exec.ts";
import { fetchJson } from "./fetch-json.ts";
import { oidcSource } from "./oidc.ts";
import { runProgram } from "./run-program.ts";
import { tokenFileSource } from "./token-file.ts";
import type { AuthDeps, Credentials, CredentialSource } from "./types.ts";

export interface Authorization {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly certificate: ClientCertificate | undefined;
}

export interface Authorizer {
  /** Ready at once when nothing has to be asked for, which is nearly always. */
  current(): Authorization | Promise<Authorization>;
  /** After a 401: forgets what was obtained. False when there is nothing better to be had. */
  renew(used: Authorization): boolean;
}

/** After credentials could not be obtained, calls fail with the same error for this long instead of asking again. */
const FAILURE_KEPT_MS = 1_000;

export function createAuthorizer(config: ClusterConfig, clock: Clock, deps: AuthDeps = {}): Authorizer {
  const source = sourceOf(config, clock, deps);
  const base = impersonationHeaders(config.impersonate);
  if (source === undefined) {
    const fixed = { headers: { ...base, ...staticHeader(config) }, certificate: undefined };
    return { current: () => fixed, renew: () => false };
  }
  return new RenewingAuthorizer(source, base, clock);
}

class RenewingAuthorizer implements Authorizer {
  readonly #source: CredentialSource;
  readonly #base: Readonly<Record<string, string | string[]>>;
  readonly #clock: Clock;
  #certificate: ClientCertificate | undefined;
  #now: { authorization: Authorization; expiresAt: number } | undefined;
  #asking: Promise<Authorization> | undefined;
  #failure: { error: unknown; until: number } | undefined;

  constructor(source: CredentialSource, base: Readonly<Record<string, string | string[]>>, clock: Clock) {
    this.#source = source;
    this.#base = base;
    this.#clock = clock;
  }

  current(): Authorization | Promise<Authorization> {
    const now = this.#now;
    if (now !== undefined && now.expiresAt > this.#clock.now()) return now.authorization;
    if (this.#failure && this.#failure.until > this.#clock.now()) return Promise.reject(this.#failure.error as Error);
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  renew(used: Authorization): boolean {
    // Many calls may come back refused at once; only the first of them throws the credentials away.
    if (this.#now?.authorization === used) this.#now = undefined;
    return true;
  }

  async #ask(): Promise<Authorization> {
    try {
      const credentials = await this.#source.obtain();
      const authorization = this.#authorization(credentials);
      this.#now = { authorization, expiresAt: credentials.expiresAt ?? Number.POSITIVE_INFINITY };
      this.#failure = undefined;
      return authorization;
    } catch (error) {
      this.#failure = { error, until: this.#clock.now() + FAILURE_KEPT_MS };
      throw error;
    }
  }

  #authorization({ token, certificate }: Credentials): Authorization {
    const before = this.#certificate;
    // The same pair stays the same object, so that its connections are kept.
    if (before?.cert !== certificate?.cert || before?.key !== certificate?.key) this.#certificate = certificate;
    return {
      headers: token === undefined ? this.#base : { ...this.#base, authorization: `Bearer ${token}` },
      certificate: this.#certificate,
    };
  }
}

/** As client-go has it, what the config holds itself goes before programs and logins: they are not asked then. */
function sourceOf(config: ClusterConfig, clock: Clock, deps: AuthDeps): CredentialSource | undefined {
  if (config.tokenFile !== undefined) {
    const read = deps.readFile ?? ((path: string) => readFile(path, "utf8"));
    return tokenFileSource(config.tokenFile, config.bearerToken, clock, read);
  }
  if (config.bearerToken || config.username !== undefined) return undefined;
  if (config.exec && !config.certData) {
    return execSource(config, config.exec, {
      run: deps.runProgram ?? runProgram,
      hasTerminal: deps.hasTerminal ?? process.stdin.isTTY,
      env: process.env,
    });
  }
  if (config.oidc) return oidcSource(config.oidc, clock, deps.fetchJson ?? fetchJson, deps.onOidcRenewed);
  return undefined;
}

function staticHeader(config: ClusterConfig): Record<string, string> {
  if (config.bearerToken) return { authorization: `Bearer ${config.bearerToken}` };
  if (config.username === undefined) return {};
  const pair = Buffer.from(`${config.username}:${config.password ?? ""}`).toString("base64");
  return { authorization: `Basic ${pair}` };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation; keys are percent-encoded. */
function impersonationHeaders(who: Impersonation | undefined): Record<string, string | string[]> {
  if (who === undefined) return {};
  const headers: Record<string, string | string[]> = { "impersonate-user": who.user };
  if (who.uid !== undefined) headers["impersonate-uid"] = who.uid;
  if (who.groups && who.groups.length > 0) headers["impersonate-group"] = [...who.groups];
  for (const [key, values] of Object.entries(who.extra ?? {})) {
    headers[`impersonate-extra-${encodeURIComponent(key).replace(/[()]/g, escapeByte)}`] = [...values];
  }
  return headers;
}

/** Parentheses mean nothing in a URL, and may not stand in a header's name. */
function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}
