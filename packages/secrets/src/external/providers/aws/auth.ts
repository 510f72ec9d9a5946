import { readFile } from "node:fs/promises";
import { problemError } from "@fairlead/base";
import type { Fields } from "../../model/fields.ts";
import { parseJsonText, textOf } from "../../values/json-text.ts";
import { failureOf, isSuccess } from "../http.ts";
import { parseAccountRef, parseKeyRef } from "../refs.ts";
import { Renewed } from "../renewed.ts";
import type { AccountRef, KeyRef, ProviderDeps } from "../types.ts";
import { AwsApi, awsEndpoint, awsErrorOf, xmlText, type AwsPlace } from "./api.ts";
import type { AwsKeys, KeySource } from "./keys.ts";

export type AwsAuth =
  | { readonly kind: "keys"; readonly id: KeyRef; readonly secret: KeyRef; readonly session: KeyRef | undefined }
  | { readonly kind: "account"; readonly account: AccountRef }
  | { readonly kind: "own" };

export interface AwsRoles {
  /** Assumed in order before `role`. */
  readonly chain: readonly string[];
  readonly role: string;
  readonly externalId: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly transitiveTagKeys: readonly string[];
  /** Tags that tell who asks: none, the store's identity, or that and some of the store's own. */
  readonly identityTags: boolean;
}

const API_VERSION = "2011-06-15";
/** Trust policies out there may ask for this name, which External Secrets uses. */
const SESSION = "external-secrets-provider-aws";
const ROLE_ANNOTATION = "eks.amazonaws.com/role-arn";
const AUDIENCE_ANNOTATION = "eks.amazonaws.com/audience";
const DEFAULT_AUDIENCE = "sts.amazonaws.com";
const TOKEN_SECONDS = 3600;
const RESERVED_TAGS = ["esoNamespace", "esoStoreName", "esoStoreKind"];

/** @param auth `auth` of a store of AWS: none of its members is a way of its own, that of the process */
export function parseAwsAuth(auth: Fields): AwsAuth {
  if (auth.has("jwt")) return { kind: "account", account: parseAccountRef(auth.child("jwt"), "serviceAccountRef") };
  if (!auth.has("secretRef")) return { kind: "own" };
  const ref = auth.child("secretRef");
  return {
    kind: "keys",
    id: parseKeyRef(ref, "accessKeyIDSecretRef"),
    secret: parseKeyRef(ref, "secretAccessKeySecretRef"),
    session: ref.has("sessionTokenSecretRef") ? parseKeyRef(ref, "sessionTokenSecretRef") : undefined,
  };
}

export function parseAwsRoles(fields: Fields): AwsRoles {
  const policy = fields.choice("sessionTagsPolicy", ["None", "Simple", "Custom"], "None");
  const custom = fields.textMap("customSessionTags");
  for (const key of RESERVED_TAGS)
    if (Object.hasOwn(custom, key)) fields.fault("customSessionTags", `${key} is set by itself and cannot be given`);
  const listed = fields.list("sessionTags").map((tag) => ({ key: tag.required("key"), value: tag.text("value") }));
  const own = policy === "Custom" ? Object.entries(custom).map(([key, value]) => ({ key, value })) : [];
  return {
    chain: fields.texts("additionalRoles"),
    role: fields.text("role"),
    externalId: fields.text("externalID"),
    tags: policy === "None" ? listed : own,
    transitiveTagKeys: fields.texts("transitiveTagKeys"),
    identityTags: policy !== "None",
  };
}

/** Host names are made of it, so nothing else may be in there. */
export function parseRegion(fields: Fields): string {
  const region = fields.required("region");
  if (region !== "" && !/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(region)) fields.fault("region", "is not an AWS region");
  return region;
}

/** The keys a store works with in the end: its own, or those of the last role that is assumed. */
export function awsKeys(auth: AwsAuth, roles: AwsRoles, deps: ProviderDeps, place: AwsPlace): KeySource {
  let source = baseKeys(auth, deps, place);
  for (const role of roles.chain) source = assumed(role, {}, source, place);
  if (roles.role === "") return source;
  return assumed(roles.role, roleForm(roles, deps), source, place);
}

function roleForm(roles: AwsRoles, { store, namespace }: ProviderDeps): Record<string, string> {
  const form: Record<string, string> = {};
  if (roles.externalId !== "") form["ExternalId"] = roles.externalId;
  const identity = roles.identityTags
    ? [namespace, store.name, store.kind].map((value, at) => ({ key: RESERVED_TAGS[at] ?? "", value }))
    : [];
  for (const [index, { key, value }] of [...roles.tags, ...identity].entries()) {
    form[`Tags.member.${index + 1}.Key`] = key;
    form[`Tags.member.${index + 1}.Value`] = value;
  }
  for (const [index, key] of roles.transitiveTagKeys.entries()) form[`TransitiveTagKeys.member.${index + 1}`] = key;
  return form;
}

function assumed(role: string, more: Record<string, string>, parent: KeySource, place: AwsPlace): KeySource {
  const sts = new AwsApi("sts", place, parent);
  return new Renewed(
    place.clock,
    async (signal) => {
      const form = { Action: "AssumeRole", Version: API_VERSION, RoleArn: role, RoleSessionName: SESSION, ...more };
      return keysOfXml(await sts.query("AssumeRole", new URLSearchParams(form), signal));
    },
    parent,
  );
}

function baseKeys(auth: AwsAuth, deps: ProviderDeps, place: AwsPlace): KeySource {
  const { clock } = place;
  switch (auth.kind) {
    case "keys":
      return new Renewed(clock, async () => ({
        accessKeyId: (await deps.credentials.secretText(auth.id)).trim(),
        secretAccessKey: (await deps.credentials.secretText(auth.secret)).trim(),
        sessionToken: auth.session && (await deps.credentials.secretText(auth.session)).trim(),
        expiresAt: Number.POSITIVE_INFINITY,
      }));
    case "account":
      return new Renewed(clock, (signal) => accountKeys(auth.account, deps, place, signal));
    case "own":
      return new Renewed(clock, (signal) => ownKeys(place, signal));
  }
}

/** IAM roles for service accounts: the role is noted on the ServiceAccount, and its token stands for the keys. */
async function accountKeys(
  account: AccountRef,
  { credentials }: ProviderDeps,
  place: AwsPlace,
  signal: AbortSignal,
): Promise<AwsKeys> {
  const annotations = await credentials.accountAnnotations(account);
  const role = annotations[ROLE_ANNOTATION];
  if (!role)
    throw problemError(
      "StoreNotReady",
      `an IAM role must be associated with service account ${account.name}: annotation ${ROLE_ANNOTATION} is missing`,
    );
  const audience = annotations[AUDIENCE_ANNOTATION] || DEFAULT_AUDIENCE;
  const token = await credentials.accountToken(account, [audience], TOKEN_SECONDS);
  return webIdentityKeys(role, token, SESSION, place, signal);
}

async function webIdentityKeys(
  role: string,
  token: string,
  session: string,
  { http, region, environment }: AwsPlace,
  signal: AbortSignal,
): Promise<AwsKeys> {
  const action = "AssumeRoleWithWebIdentity";
  const form = {
    Action: action,
    Version: API_VERSION,
    RoleArn: role,
    RoleSessionName: session,
    WebIdentityToken: token.trim(),
  };
  const answer = await http.call({
    method: "POST",
    url: `${awsEndpoint("sts", region, environment)}/`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
    signal,
  });
  if (!isSuccess(answer)) throw awsErrorOf(answer, action);
  return keysOfXml(answer.body.toString());
}

function keysOfXml(text: string): AwsKeys {
  const accessKeyId = xmlText(text, "AccessKeyId");
  const secretAccessKey = xmlText(text, "SecretAccessKey");
  if (!accessKeyId || !secretAccessKey) throw problemError("ProviderFailed", "AWS STS answered without credentials");
  const expiresAt = Date.parse(xmlText(text, "Expiration") ?? "");
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: xmlText(text, "SessionToken"),
    expiresAt: expiresAt || Infinity,
  };
}

/** What AWS' own tools look for, in their order: the environment, a web identity, a container's credentials, the machine's role. */
async function ownKeys(place: AwsPlace, signal: AbortSignal): Promise<AwsKeys> {
  const { environment: env } = place;
  const accessKeyId = env["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"];
  if (accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, sessionToken: env["AWS_SESSION_TOKEN"] || undefined, expiresAt: Infinity };
  const tokenFile = env["AWS_WEB_IDENTITY_TOKEN_FILE"];
  const role = env["AWS_ROLE_ARN"];
  if (tokenFile && role) {
    const session = env["AWS_ROLE_SESSION_NAME"] || SESSION;
    return webIdentityKeys(role, await readFile(tokenFile, "utf8"), session, place, signal);
  }
  const uri = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  if (uri) return containerKeys(uri, place, signal);
  if (env["AWS_EC2_METADATA_DISABLED"] === "true") throw noKeys();
  return machineKeys(place, signal);
}

function noKeys(cause?: unknown): Error {
  return problemError(
    "StoreNotReady",
    "no AWS credentials: the store has no auth, and this process has no identity at AWS of its own",
    {},
    cause,
  );
}

async function containerKeys(uri: string, { http, environment }: AwsPlace, signal: AbortSignal): Promise<AwsKeys> {
  const file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token = file ? (await readFile(file, "utf8")).trim() : environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  const answer = await http.call({ method: "GET", url: uri, headers: token ? { authorization: token } : {}, signal });
  if (!isSuccess(answer)) throw failureOf(answer, "the container's credentials");
  return keysOfJson(answer.body.toString());
}

async function machineKeys({ http, environment }: AwsPlace, signal: AbortSignal): Promise<AwsKeys> {
  const base = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] || "http://169.254.169.254";
  const ask = async (method: string, path: string, headers: Record<string, string>): Promise<string> => {
    const answer = await http.call({ method, url: `${base}/latest/${path}`, headers, signal, timeoutMs: 1000 });
    if (!isSuccess(answer)) throw failureOf(answer, "the machine's metadata");
    return answer.body.toString().trim();
  };
  const roles = "meta-data/iam/security-credentials/";
  try {
    const token = await ask("PUT", "api/token", { "x-aws-ec2-metadata-token-ttl-seconds": "300" });
    const headers = { "x-aws-ec2-metadata-token": token };
    const role = (await ask("GET", roles, headers)).split("\n")[0] ?? "";
    return keysOfJson(await ask("GET", `${roles}${encodeURIComponent(role)}`, headers));
  } catch (error) {
    throw noKeys(error);
  }
}

function keysOfJson(text: string): AwsKeys {
  const node = parseJsonText(text);
  const accessKeyId = textOf(node, "AccessKeyId");
  const secretAccessKey = textOf(node, "SecretAccessKey");
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw problemError("ProviderFailed", "the credentials of this process are not of AWS' form");
  const expiresAt = Date.parse(textOf(node, "Expiration") ?? "") || Infinity;
  return { accessKeyId, secretAccessKey, sessionToken: textOf(node, "Token"), expiresAt };
}
