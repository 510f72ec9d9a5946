/**
 * Who we are to AWS, in the order of AWS' own tools: the environment, a profile of the shared files, a token of a web identity, the
 * container, the machine. Sign-ins by browser (SSO) are left to the `aws` program, which keeps their tokens.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { isJsonObject, problemError, type Json, type JsonObject } from "@fairlead/base";
import { AwsV4Signer } from "aws4fetch";
import { call, callJson, textAt, type CloudDeps } from "./http.ts";
import { splitWords } from "./words.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface AwsAsk {
  /** Of the key; AWS_PROFILE otherwise. */
  readonly profile: string;
  /** To assume with what was found. */
  readonly role: string;
  readonly region: string;
}

const MACHINE = "http://169.254.169.254";
const MACHINE_TIMEOUT_MS = 1_000;
/** Profiles may lead to profiles. */
const PROFILE_DEPTH_MAX = 8;

/** @throws ProblemError KeyUnusable with what was looked for */
export async function awsCredentials(ask: AwsAsk, deps: CloudDeps): Promise<AwsCredentials> {
  const own = await ownCredentials(ask, deps);
  return ask.role === "" ? own : assumeRole(own, ask.role, ask.region, deps);
}

async function ownCredentials({ profile, region }: AwsAsk, deps: CloudDeps): Promise<AwsCredentials> {
  const { env } = deps;
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token, AWS_PROFILE } = env;
  if (profile === "" && id && secret)
    return { accessKeyId: id, secretAccessKey: secret, sessionToken: token || undefined };
  const name = profile || AWS_PROFILE || "default";
  const found =
    (await profileCredentials(name, region, deps, 0)) ??
    (profile === "" ? await ambientCredentials(region, deps) : undefined);
  if (found !== undefined) return found;
  const places = "AWS_ACCESS_KEY_ID, profiles, AWS_WEB_IDENTITY_TOKEN_FILE, the container, the machine";
  const what =
    profile === "" ? `no credentials for AWS (${places})` : `profile ${JSON.stringify(profile)} gives no credentials`;
  throw problemError("KeyUnusable", what);
}

type Profile = Readonly<Record<string, string>>;

async function profileCredentials(
  name: string,
  region: string,
  deps: CloudDeps,
  depth: number,
): Promise<AwsCredentials | undefined> {
  const profile = await readProfile(name, deps);
  if (profile === undefined || depth > PROFILE_DEPTH_MAX) return undefined;
  const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token, role_arn: role } = profile;
  if (role) {
    const file = profile["web_identity_token_file"];
    if (file) return webIdentity(role, file, region, deps);
    const source = profile["source_profile"];
    const base =
      source === undefined || (source === name && id)
        ? (keysOf(id, secret, token) ?? (await ambientCredentials(region, deps)))
        : await profileCredentials(source, region, deps, depth + 1);
    return base && assumeRole(base, role, region, deps, profile["external_id"]);
  }
  const keys = keysOf(id, secret, token);
  if (keys !== undefined) return keys;
  const command = profile["credential_process"];
  if (command) return fromProcess(splitWords(command), deps);
  // The token of a sign-in by browser is the aws program's to renew.
  if (profile["sso_session"] || profile["sso_start_url"] || profile["login_session"])
    return fromProcess(["aws", "configure", "export-credentials", "--profile", name, "--format", "process"], deps);
  return undefined;
}

function keysOf(id?: string, secret?: string, token?: string): AwsCredentials | undefined {
  return id && secret ? { accessKeyId: id, secretAccessKey: secret, sessionToken: token || undefined } : undefined;
}

/** What both shared files say of a profile; the credentials file wins. */
async function readProfile(name: string, { env, readFile }: CloudDeps): Promise<Profile | undefined> {
  const folder = join(env["HOME"] ?? homedir(), ".aws");
  const config = await readFile?.(env["AWS_CONFIG_FILE"] ?? join(folder, "config"));
  const credentials = await readFile?.(env["AWS_SHARED_CREDENTIALS_FILE"] ?? join(folder, "credentials"));
  const sections = [
    section(config ?? "", name === "default" ? "default" : `profile ${name}`),
    section(config ?? "", `profile ${name}`),
    section(credentials ?? "", name),
  ];
  return sections.some((each) => each !== undefined) ? (Object.assign({}, ...sections) as Profile) : undefined;
}

function section(text: string, name: string): Profile | undefined {
  const entries: [string, string][] = [];
  let isIn = false;
  let isThere = false;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*(.*?)\s*\]/.exec(line)?.[1]?.replace(/\s+/g, " ");
    if (header !== undefined) {
      isIn = header === name;
      isThere ||= isIn;
      continue;
    }
    const [, key, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isIn && key !== undefined && value !== undefined) entries.push([key, value]);
  }
  return isThere ? Object.fromEntries(entries) : undefined;
}

async function ambientCredentials(region: string, deps: CloudDeps): Promise<AwsCredentials | undefined> {
  const { env } = deps;
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role } = env;
  if (file && role) return webIdentity(role, file, region, deps);
  return (await fromContainer(deps)) ?? fromMachine(deps);
}

async function webIdentity(role: string, file: string, region: string, deps: CloudDeps): Promise<AwsCredentials> {
  const token = (await deps.readFile?.(file))?.trim();
  if (!token) throw problemError("KeyUnusable", `the web identity's token, ${file}, cannot be read`);
  const form = { Action: "AssumeRoleWithWebIdentity", RoleArn: role, WebIdentityToken: token };
  return askSts(form, region, deps);
}

async function assumeRole(
  keys: AwsCredentials,
  role: string,
  region: string,
  deps: CloudDeps,
  externalId?: string,
): Promise<AwsCredentials> {
  const form = { Action: "AssumeRole", RoleArn: role, ...(externalId && { ExternalId: externalId }) };
  return askSts(form, region, deps, keys);
}

async function askSts(
  form: Readonly<Record<string, string>>,
  region: string,
  deps: CloudDeps,
  keys?: AwsCredentials,
): Promise<AwsCredentials> {
  const url = `${awsEndpoint("sts", region, deps)}/`;
  const body = new URLSearchParams({ Version: "2011-06-15", RoleSessionName: "fairlead-sops", ...form }).toString();
  const plain = { "content-type": "application/x-www-form-urlencoded; charset=utf-8", accept: "application/json" };
  const headers =
    keys === undefined ? plain : await signed({ url, headers: plain, body, service: "sts", region }, keys, deps);
  const { status, text } = await call(url, { method: "POST", headers, body }, "AWS STS", deps);
  const tag = (name: string): string =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? jsonField(text, name);
  const found = keysOf(tag("AccessKeyId"), tag("SecretAccessKey"), tag("SessionToken"));
  if (status < 300 && found !== undefined) return found;
  const code = tag("Code");
  throw problemError(
    "KeyUnusable",
    `AWS STS answers ${status}${/^\w{1,80}$/.test(code) ? `: ${code}` : ""} for ${form["RoleArn"] ?? ""}`,
  );
}

function jsonField(text: string, name: string): string {
  return new RegExp(`"${name}"\\s*:\\s*"([^"]*)"`).exec(text)?.[1] ?? "";
}

async function fromProcess(words: readonly string[], { run }: CloudDeps): Promise<AwsCredentials | undefined> {
  const [program = "", ...args] = words;
  const text = await run?.(program, args);
  if (text === undefined) throw problemError("KeyUnusable", `${program} gives no credentials for AWS`);
  return fromJson(parse(text), "SessionToken");
}

async function fromContainer(deps: CloudDeps): Promise<AwsCredentials | undefined> {
  const { env, readFile } = deps;
  const relative = env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  const url = relative ? `http://169.254.170.2${relative}` : env["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  if (!url) return undefined;
  const file = env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token = file ? ((await readFile?.(file)) ?? "").trim() : env["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  const headers = token ? { authorization: token } : {};
  return fromJson(await callJson(url, { headers }, "the container's credentials", deps), "Token");
}

async function fromMachine(deps: CloudDeps): Promise<AwsCredentials | undefined> {
  if (/^true$/i.test(deps.env["AWS_EC2_METADATA_DISABLED"] ?? "")) return undefined;
  const base = (deps.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? MACHINE).replace(/\/$/, "");
  const timeoutMs = MACHINE_TIMEOUT_MS;
  try {
    const asked = { method: "PUT", headers: { "x-aws-ec2-metadata-token-ttl-seconds": "300" }, timeoutMs } as const;
    const token = await call(`${base}/latest/api/token`, asked, "the machine", deps);
    const headers = { "x-aws-ec2-metadata-token": token.text };
    const roles = `${base}/latest/meta-data/iam/security-credentials/`;
    const role = (await call(roles, { headers, timeoutMs }, "the machine", deps)).text.trim().split("\n")[0] ?? "";
    return fromJson(await callJson(roles + role, { headers, timeoutMs }, "the machine", deps), "Token");
  } catch {
    // No machine of AWS.
    return undefined;
  }
}

function fromJson(json: JsonObject, tokenName: string): AwsCredentials | undefined {
  return keysOf(textAt(json, "AccessKeyId"), textAt(json, "SecretAccessKey"), textAt(json, tokenName));
}

function parse(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

const DOMAINS: readonly (readonly [prefix: string, domain: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["eusc-", "amazonaws.eu"],
];

/** AWS_ENDPOINT_URL[_KMS] redirect, as in AWS' own tools. */
export function awsEndpoint(service: "kms" | "sts", region: string, { env }: CloudDeps): string {
  const redirected = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || env["AWS_ENDPOINT_URL"];
  if (redirected) return redirected.replace(/\/+$/, "");
  return `https://${service}.${region}.${DOMAINS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "amazonaws.com"}`;
}

interface ToSign {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly service: string;
  readonly region: string;
}

/** The headers with a signature of version 4. */
export async function signed(
  { url, headers, body, service, region }: ToSign,
  keys: AwsCredentials,
  { now = Date.now }: CloudDeps,
): Promise<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const signer = new AwsV4Signer({
    method: "POST",
    url,
    headers: { ...headers },
    body,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    service,
    region,
    datetime: new Date(now()).toISOString().replace(/[:-]|\.\d{3}/g, ""),
  });
  return Object.fromEntries((await signer.sign()).headers);
}
