import { createHash, sign, verify, type KeyObject } from "node:crypto";
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { UserInfo } from "../registry/types.ts";
import type { TokenReader } from "./authenticate.ts";

export const ISSUER = "https://kubernetes.default.svc.cluster.local";
export const SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:";

/** What is looked up to see whether a token still stands for something. */
export interface TokenObjects {
  find(
    plural: "serviceaccounts" | "pods" | "secrets" | "nodes",
    namespace: string,
    name: string,
  ): KubeObject | undefined;
}

export interface TokenClaims {
  readonly audiences: readonly string[];
  readonly expiresAtMs: number;
  readonly namespace: string;
  readonly account: { readonly name: string; readonly uid: string };
  /** The object whose deletion ends the token. */
  readonly bound?:
    | { readonly kind: "pod" | "secret" | "node"; readonly name: string; readonly uid: string }
    | undefined;
}

/** The key's RFC 7638 thumbprint: how verifiers find it in the key set. */
function keyId(publicKey: KeyObject): string {
  const { crv, kty, x, y } = publicKey.export({ format: "jwk" });
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

/** /openid/v1/jwks */
export function keySet(publicKey: KeyObject): JsonObject {
  const jwk = publicKey.export({ format: "jwk" }) as JsonObject;
  return { keys: [{ use: "sig", kid: keyId(publicKey), alg: "ES256", ...jwk }] };
}

/** A service-account token with the claims kube-apiserver writes. */
export function signToken(
  privateKey: KeyObject,
  publicKey: KeyObject,
  claims: TokenClaims,
  nowMs: number,
  id: string,
): string {
  const header = { alg: "ES256", kid: keyId(publicKey) };
  const issuedAt = Math.floor(nowMs / 1000);
  const payload = {
    aud: claims.audiences,
    exp: Math.floor(claims.expiresAtMs / 1000),
    iat: issuedAt,
    iss: ISSUER,
    jti: id,
    "kubernetes.io": {
      namespace: claims.namespace,
      ...(claims.bound === undefined
        ? {}
        : { [claims.bound.kind]: { name: claims.bound.name, uid: claims.bound.uid } }),
      serviceaccount: claims.account,
    },
    nbf: issuedAt,
    sub: `${SERVICE_ACCOUNT_PREFIX}${claims.namespace}:${claims.account.name}`,
  };
  const signed = `${encode(header)}.${encode(payload)}`;
  const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

/** Reads tokens of `signToken` for the given audience; undefined for any that is not ours, expired, or bound to something gone. */
export function tokenReader(publicKey: KeyObject, objects: TokenObjects, now: () => number): TokenReader {
  return (token) => readToken(publicKey, objects, now(), token, [ISSUER])?.user;
}

export interface ReadToken {
  readonly user: UserInfo;
  readonly audiences: readonly string[];
}

export function readToken(
  publicKey: KeyObject,
  objects: TokenObjects,
  nowMs: number,
  token: string,
  audiences: readonly string[],
): ReadToken | undefined {
  const payload = verified(publicKey, token);
  if (payload === undefined) return undefined;
  const { exp, nbf, iss, aud } = payload;
  const seconds = nowMs / 1000;
  if (iss !== ISSUER || typeof exp !== "number" || exp <= seconds) return undefined;
  if (typeof nbf === "number" && nbf > seconds + 60) return undefined;
  const own = Array.isArray(aud) ? aud.map(String) : [];
  const shared = audiences.filter((audience) => own.includes(audience));
  if (shared.length === 0) return undefined;
  const user = userOf(payload, objects);
  return user === undefined ? undefined : { user, audiences: shared };
}

function userOf(payload: JsonObject, objects: TokenObjects): UserInfo | undefined {
  const claims = payload["kubernetes.io"];
  if (!isJsonObject(claims)) return undefined;
  const namespace = String(claims["namespace"]);
  const account = named(claims["serviceaccount"]);
  if (account === undefined || !lives(objects, "serviceaccounts", namespace, account)) return undefined;
  const extra: Record<string, string[]> = {
    "authentication.kubernetes.io/credential-id": [`JTI=${String(payload["jti"])}`],
  };
  for (const kind of ["pod", "secret", "node"] as const) {
    const bound = named(claims[kind]);
    if (bound === undefined) continue;
    if (!lives(objects, `${kind}s`, kind === "node" ? "" : namespace, bound)) return undefined;
    if (kind === "secret") continue;
    extra[`authentication.kubernetes.io/${kind}-name`] = [bound.name];
    extra[`authentication.kubernetes.io/${kind}-uid`] = [bound.uid];
  }
  return { ...serviceAccountUser(namespace, account.name, account.uid), extra };
}

function serviceAccountUser(namespace: string, name: string, uid: string): UserInfo {
  return {
    username: `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`,
    uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  };
}

function lives(
  objects: TokenObjects,
  plural: Parameters<TokenObjects["find"]>[0],
  namespace: string,
  wanted: { name: string; uid: string },
): boolean {
  const object = objects.find(plural, namespace, wanted.name);
  return object !== undefined && object.metadata.uid === wanted.uid;
}

function named(value: Json | undefined): { name: string; uid: string } | undefined {
  if (!isJsonObject(value)) return undefined;
  return { name: String(value["name"]), uid: String(value["uid"]) };
}

function verified(publicKey: KeyObject, token: string): JsonObject | undefined {
  const [header = "", payload = "", signature = "", ...rest] = token.split(".");
  if (signature === "" || rest.length > 0) return undefined;
  try {
    const { alg } = JSON.parse(Buffer.from(header, "base64url").toString()) as { alg?: unknown };
    if (alg !== "ES256") return undefined;
    const isGood = verify(
      "sha256",
      Buffer.from(`${header}.${payload}`),
      { key: publicKey, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    );
    const value = isGood ? (JSON.parse(Buffer.from(payload, "base64url").toString()) as Json) : null;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
