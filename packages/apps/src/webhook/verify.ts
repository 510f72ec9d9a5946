import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { WebhookProvider, WebhookRequest, WebhookSecrets } from "./types.ts";

/**
 * Whether a request comes from who it says, by what argocd-secret holds for the provider (facts/argocd.md §1.10). Without a secret
 * everything is believed, as in Argo CD: all a caller gains is that we look at a repository. Comparisons take the same time
 * wherever texts differ.
 */
export function isAuthentic(provider: WebhookProvider, request: WebhookRequest, secrets: WebhookSecrets): boolean {
  return CHECKS[provider](request, (name) => secrets[`webhook.${provider}.${name}`] || undefined);
}

type Check = (request: WebhookRequest, secret: (name: string) => string | undefined) => boolean;

const CHECKS: Readonly<Record<WebhookProvider, Check>> = {
  github: ({ headers, body }, secret) =>
    bySignature(body, secret("secret"), [headers["x-hub-signature-256"], headers["x-hub-signature"]]),
  gitlab: ({ headers }, secret) => byToken(headers["x-gitlab-token"], secret("secret")),
  gogs: ({ headers, body }, secret) =>
    bySignature(body, secret("secret"), [headers["x-gogs-signature"], headers["x-gitea-signature"]]),
  bitbucket: ({ headers }, secret) => byToken(headers["x-hook-uuid"], secret("uuid")),
  bitbucketserver: ({ headers, body }, secret) => bySignature(body, secret("secret"), [headers["x-hub-signature"]]),
  azuredevops: ({ headers }, secret) => byPassword(headers["authorization"], secret("username"), secret("password")),
};

/** The first header that is there decides: a weak one must not stand in for a strong one that is wrong. */
function bySignature(body: Buffer, secret: string | undefined, headers: readonly (string | undefined)[]): boolean {
  if (secret === undefined) return true;
  const given = headers.find((header) => header !== undefined && header !== "");
  if (given === undefined) return false;
  const [, algorithm = "sha256", digest = ""] = /^(?:(sha1|sha256|sha512)=)?([0-9a-fA-F]+)$/.exec(given) ?? [];
  return isSame(createHmac(algorithm, secret).update(body).digest("hex"), digest.toLowerCase());
}

function byToken(given: string | undefined, secret: string | undefined): boolean {
  return secret === undefined || isSame(secret, given ?? "");
}

function byPassword(header: string | undefined, username: string | undefined, password: string | undefined): boolean {
  if (username === undefined && password === undefined) return true;
  const [, encoded = ""] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(header ?? "") ?? [];
  return isSame(`${username ?? ""}:${password ?? ""}`, Buffer.from(encoded, "base64").toString("utf8"));
}

/** Digests are of one length, so not even the length of a secret shows. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
