import { createHmac } from "node:crypto";
import { problemError } from "@fairlead/base";
import type { Fields } from "../model/fields.ts";
import { failureOf, isSuccess, jsonOf, withHttp } from "../providers/http.ts";
import { rsaKeyOf, signedJwt } from "../providers/jwt.ts";
import { parseAccountRef, parseKeyRef } from "../providers/refs.ts";
import { memberOf, parseJsonText, textOf } from "../values/json-text.ts";
import { addressOf, entriesFrom, federatedToken } from "./clouds.ts";
import type { Generator } from "./types.ts";

/** A GitHub App's installation token, of all or some repositories and permissions. */
export const githubGenerator: Generator = {
  kind: "GithubAccessToken",
  parse(spec) {
    const base = addressOf(spec.text("url") || "https://api.github.com");
    const app = idOf(spec, "appID");
    const installation = idOf(spec, "installID");
    const key = parseKeyRef(spec.child("auth").child("privateKey"), "secretRef");
    const repositories = spec.texts("repositories");
    const permissions = spec.textMap("permissions");
    const asked = {
      ...(spec.has("permissions") && { permissions }),
      ...(repositories.length > 0 && { repositories }),
    };
    return ({ credentials, clock }, signal) =>
      withHttp(async (http) => {
        const pem = await credentials.secretText(key);
        const now = Math.floor(clock.now() / 1000);
        const jwt = signedJwt(
          rsaKeyOf(pem, `key ${key.key} of Secret ${key.name}`),
          {},
          { iss: app, iat: now - 10, exp: now + 300 },
        );
        const answer = await http.call({
          method: "POST",
          url: `${base}/app/installations/${encodeURIComponent(installation)}/access_tokens`,
          headers: {
            authorization: `Bearer ${jwt}`,
            accept: "application/vnd.github.v3+json",
            "content-type": "application/json",
          },
          body: Object.keys(asked).length > 0 ? JSON.stringify(asked) : "",
          signal,
        });
        const node = parseJsonText(answer.body.toString());
        if (!isSuccess(answer)) throw failureOf(answer, "GitHub", textOf(node, "message") ?? "");
        const token = textOf(jsonOf(answer, "GitHub"), "token");
        if (token === undefined) throw problemError("ProviderFailed", "GitHub gave no token");
        return entriesFrom({ token });
      });
  },
};

/** Ids are texts in the schema and numbers in people's heads. */
function idOf(spec: Fields, key: string): string {
  const value = spec.raw(key);
  return typeof value === "number" ? String(value) : spec.required(key);
}

export const quayGenerator: Generator = {
  kind: "QuayAccessToken",
  parse(spec) {
    const url = spec.text("url") || "quay.io";
    const robot = spec.required("robotAccount");
    const account = parseAccountRef(spec, "serviceAccountRef");
    return (deps, signal) =>
      withHttp(async (http) => {
        const federated = await federatedToken(deps, account);
        const answer = await http.call({
          method: "GET",
          url: `${addressOf(url)}/oauth2/federation/robot/token`,
          headers: { authorization: `Basic ${Buffer.from(`${robot}:${federated}`).toString("base64")}` },
          signal,
        });
        if (!isSuccess(answer)) throw failureOf(answer, "Quay");
        const token = textOf(jsonOf(answer, "Quay"), "token");
        if (token === undefined) throw problemError("ProviderFailed", "Quay gave no token");
        return entriesFrom({
          registry: url.replace(/^https:\/\//, ""),
          auth: Buffer.from(`${robot}:${token}`).toString("base64"),
          expiry: endOf(token),
        });
      });
  },
};

export const cloudsmithGenerator: Generator = {
  kind: "CloudsmithAccessToken",
  parse(spec) {
    const base = addressOf(spec.text("apiUrl") || "https://api.cloudsmith.io");
    const organisation = spec.required("orgSlug");
    const service = spec.required("serviceSlug");
    const account = parseAccountRef(spec, "serviceAccountRef");
    return (deps, signal) =>
      withHttp(async (http) => {
        const answer = await http.call({
          method: "POST",
          url: `${base}/openid/${encodeURIComponent(organisation)}/`,
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ oidc_token: await federatedToken(deps, account), service_slug: service }),
          signal,
        });
        if (!isSuccess(answer)) throw failureOf(answer, "Cloudsmith");
        const token = textOf(jsonOf(answer, "Cloudsmith"), "token");
        if (token === undefined) throw problemError("ProviderFailed", "Cloudsmith gave no token");
        return entriesFrom({ auth: Buffer.from(`token:${token}`).toString("base64"), expiry: endOf(token) });
      });
  },
};

/** `exp` of a JSON Web Token. */
function endOf(token: string): string {
  const claims = parseJsonText(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  const end = memberOf(claims, "exp");
  if (end?.kind === "number") return end.raw;
  throw problemError("ProviderFailed", "exp claim not found or wrong type");
}

const HASHES = {
  sha1: "sha1",
  sha256: "sha256",
  sha384: "sha384",
  sha512: "sha512",
  sha512_256: "sha512-256",
} as const;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A time-based one-time password (RFC 6238) of a seed in a Secret. */
export const mfaGenerator: Generator = {
  kind: "MFA",
  parse(spec) {
    const secret = parseKeyRef(spec, "secret");
    const length = spec.integer("length", 0) || 6;
    const period = spec.integer("timePeriod", 0) || 30;
    const algorithm = spec.choice("algorithm", ["sha1", "sha256", "sha384", "sha512", "sha512_256"], "sha1");
    const when = spec.text("when");
    if (length < 1 || length > 10) spec.fault("length", "must be 1 to 10");
    if (period < 1) spec.fault("timePeriod", "must be at least 1");
    if (when !== "" && Number.isNaN(Date.parse(when))) spec.fault("when", "must be a time");
    return async ({ credentials, clock }) => {
      const seed = base32Bytes(await credentials.secretText(secret));
      if (seed === undefined)
        throw problemError("InvalidStore", `key ${secret.key} of Secret ${secret.name} is not base32`);
      const seconds = Math.floor((when === "" ? clock.now() : Date.parse(when)) / 1000);
      const counter = Buffer.alloc(8);
      counter.writeBigUInt64BE(BigInt(Math.floor(seconds / period)));
      const sum = createHmac(HASHES[algorithm], seed).update(counter).digest();
      const number = sum.readUInt32BE((sum.at(-1) ?? 0) & 0xf) & 0x7fff_ffff;
      const token = String(number % 10 ** length).padStart(length, "0");
      return entriesFrom({ token, timeLeft: String(period - (seconds % period)) });
    };
  },
};

function base32Bytes(text: string): Buffer | undefined {
  const clean = text.replaceAll(/[\s=]/g, "").toUpperCase();
  if (!/^[A-Z2-7]+$/.test(clean)) return undefined;
  const bits = Array.from(clean, (char) => BASE32.indexOf(char).toString(2).padStart(5, "0")).join("");
  const bytes = bits.match(/[01]{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}
