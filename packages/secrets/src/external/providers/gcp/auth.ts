import { readFile } from "node:fs/promises";
import { problemError } from "@fairlead/base";
import type { Fields } from "../../model/fields.ts";
import { jsonOf } from "../http.ts";
import { textOf } from "../../values/json-text.ts";
import { parseAccountRef, parseKeyRef } from "../refs.ts";
import type { AccountRef, KeyRef } from "../types.ts";
import { configToken, federatedToken, parseFederation, type Federation } from "./federation.ts";
import {
  fromMetadata,
  gcpEndpoint,
  impersonated,
  impersonationUrl,
  keyToken,
  SCOPE,
  tokenOf,
  type GcpPlace,
  type GcpToken,
} from "./token.ts";

export type GcpAuth =
  | { readonly kind: "key"; readonly ref: KeyRef }
  | { readonly kind: "cluster"; readonly identity: ClusterIdentity }
  | { readonly kind: "federation"; readonly federation: Federation }
  | { readonly kind: "own" };

interface ClusterIdentity {
  readonly account: AccountRef;
  readonly location: string;
  readonly name: string;
  readonly project: string;
}

/** On a ServiceAccount: which service account of Google it stands for. */
export const ACCOUNT_ANNOTATION = "iam.gke.io/gcp-service-account";
const ACCOUNT_TOKEN_SECONDS = 900;

/** In External Secrets' order: a key, GKE's workload identity, federation, what the process itself has. */
export function parseGcpAuth(auth: Fields): GcpAuth {
  if (auth.has("secretRef"))
    return { kind: "key", ref: parseKeyRef(auth.child("secretRef"), "secretAccessKeySecretRef") };
  const identity = auth.optional("workloadIdentity");
  if (identity !== undefined)
    return {
      kind: "cluster",
      identity: {
        account: parseAccountRef(identity, "serviceAccountRef"),
        location: identity.text("clusterLocation"),
        name: identity.text("clusterName"),
        project: identity.text("clusterProjectID"),
      },
    };
  const federation = auth.optional("workloadIdentityFederation");
  return federation ? { kind: "federation", federation: parseFederation(federation) } : { kind: "own" };
}

export async function gcpToken(auth: GcpAuth, place: GcpPlace, signal: AbortSignal): Promise<GcpToken> {
  switch (auth.kind) {
    case "key":
      return keyToken(await place.credentials.secretText(auth.ref), place, signal);
    case "cluster":
      return clusterToken(auth.identity, place, signal);
    case "federation":
      return federatedToken(auth.federation, place, signal);
    case "own":
      return ownToken(place, signal);
  }
}

/** GKE: a ServiceAccount's token becomes one of the cluster's identity pool, and that one of a Google service account. */
async function clusterToken(identity: ClusterIdentity, place: GcpPlace, signal: AbortSignal): Promise<GcpToken> {
  const known = async (text: string, path: string): Promise<string> =>
    text || (await fromMetadata(place, path, signal)).body.toString().trim();
  const project = await known(identity.project, "project/project-id");
  const location = await known(identity.location, "instance/attributes/cluster-location");
  const name = await known(identity.name, "instance/attributes/cluster-name");
  const pool = `${project}.svc.id.goog`;
  const provider = `https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${name}`;
  const { credentials, environment } = place;
  const annotations = await credentials.accountAnnotations(identity.account);
  const subject = await credentials.accountToken(identity.account, [pool], ACCOUNT_TOKEN_SECONDS);
  const url = `${gcpEndpoint("securetoken", "securetoken.googleapis.com", environment)}/v1/identitybindingtoken`;
  const body = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    subject_token: subject,
    audience: `identitynamespace:${pool}:${provider}`,
    scope: SCOPE,
  };
  const bound = await tokenOf(place, "Google's identity binding", url, body, {}, signal);
  const account = annotations[ACCOUNT_ANNOTATION];
  return account ? impersonated(place, impersonationUrl(account, environment), bound, signal) : bound;
}

/** Application default credentials: a file that the environment names, or the machine's own account. */
async function ownToken(place: GcpPlace, signal: AbortSignal): Promise<GcpToken> {
  const file = place.environment["GOOGLE_APPLICATION_CREDENTIALS"];
  if (file) {
    const json = await readFile(file, "utf8");
    return json.includes('"external_account"') ? configToken(json, "", place, signal) : keyToken(json, place, signal);
  }
  try {
    const askedAt = place.clock.now();
    const node = jsonOf(await fromMetadata(place, "instance/service-accounts/default/token", signal), "metadata");
    const text = textOf(node, "access_token");
    const life = node.kind === "object" ? Number(node.members.get("expires_in")?.raw) : Number.NaN;
    if (text !== undefined) return { text, expiresAt: askedAt + (life || 300) * 1000 };
  } catch (error) {
    throw noIdentity(error);
  }
  throw noIdentity();
}

function noIdentity(cause?: unknown): Error {
  return problemError(
    "StoreNotReady",
    "no Google credentials: the store has no auth, and this process has no identity at Google of its own",
    {},
    cause,
  );
}
