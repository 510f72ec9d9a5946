import type { FieldReader } from "../application-set/faults.ts";
import type { Credentials, HostAccess, ProviderKind } from "../providers/types.ts";
import { readConfigRef, readSecretRef, secretData } from "./secrets.ts";
import { fail, type Leaf } from "./scope.ts";

/** How a host is named in a set: Azure's name differs between the two generators, as in Argo CD. */
const KINDS: Readonly<Record<string, ProviderKind>> = {
  github: "github",
  gitlab: "gitlab",
  gitea: "gitea",
  bitbucketServer: "bitbucketServer",
  bitbucket: "bitbucket",
  azureDevOps: "azureDevOps",
  azuredevops: "azureDevOps",
};

export interface NamedProvider {
  readonly kind: ProviderKind;
  readonly fields: FieldReader;
}

/** The one host a generator names. */
export function readProvider(leaf: Leaf): NamedProvider | undefined {
  const named = Object.keys(KINDS).filter((name) => leaf.fields.has(name));
  const [name] = named;
  if (name === undefined || named.length > 1) {
    const what = name === undefined ? "names no host" : `names ${named.length} hosts (${named.join(", ")})`;
    const hint = leaf.fields.has("awsCodeCommit")
      ? "awsCodeCommit is not available"
      : `one of ${Object.keys(KINDS).slice(0, 6).join(", ")}`;
    fail(leaf, what, hint);
    return undefined;
  }
  const fields = leaf.fields.map(name);
  const kind = KINDS[name];
  return fields && kind ? { kind, fields } : undefined;
}

/** A host that is not asked: its answers are given. */
function withoutCredentials({ kind, fields }: NamedProvider): HostAccess {
  return { kind, api: fields.text("api"), credentials: { type: "none" }, insecure: false, ca: undefined };
}

/** Address and credentials, with every reference followed. Undefined when a reference leads nowhere, which was told. */
export function readAccess(leaf: Leaf, { kind, fields }: NamedProvider): HostAccess | undefined {
  if (leaf.scope.settings.pullRequestsGiven && leaf.path.endsWith(".pullRequest"))
    return withoutCredentials({ kind, fields });
  const before = leaf.scope.faults.problems.length;
  const api = fields.text("api") || undefined;
  if (api !== undefined) checkAddress(leaf, fields, api);
  const access: HostAccess = {
    kind,
    api,
    credentials: readCredentials(leaf, fields),
    insecure: fields.flag("insecure"),
    ca: readConfigRef(leaf, fields, "caRef"),
  };
  return leaf.scope.faults.problems.length === before ? access : undefined;
}

/** https anywhere; http only to this machine, since a token travels with each request. */
function checkAddress(leaf: Leaf, fields: FieldReader, api: string): void {
  const url = URL.canParse(api) ? new URL(api) : undefined;
  const isLoopback = url !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:"))
    fields.fault("api", `${JSON.stringify(api)} is not an https address`);
  else if (url.protocol === "http:" && !isLoopback)
    fields.fault("api", "is plain http, over which a token would travel readable", "use https://");
  const allowed = leaf.scope.settings.allowedProviders;
  const isAllowed =
    allowed === undefined || allowed.some((entry) => entry.replace(/\/+$/, "") === api.replace(/\/+$/, ""));
  if (!isAllowed) fields.fault("api", `${JSON.stringify(api)} is not among the hosts this installation allows`);
}

function readCredentials(leaf: Leaf, fields: FieldReader): Credentials {
  const app = fields.text("appSecretName");
  if (app) return readGithubApp(leaf, fields, app);
  const basic = fields.map("basicAuth");
  if (basic) {
    return {
      type: "basic",
      username: basic.text("username") ?? "",
      password: readSecretRef(leaf, basic, "passwordRef") ?? "",
    };
  }
  const password = readSecretRef(leaf, fields, "appPasswordRef");
  if (password !== undefined) return { type: "basic", username: fields.text("user") ?? "", password };
  const bearer = fields.map("bearerToken");
  const token =
    (bearer && readSecretRef(leaf, bearer, "tokenRef")) ??
    readSecretRef(leaf, fields, "tokenRef") ??
    readSecretRef(leaf, fields, "accessTokenRef");
  return token === undefined || token === "" ? { type: "none" } : { type: "token", token };
}

/** A repository or repo-creds Secret with a GitHub App in it, of the control plane's namespace (facts/argocd.md §1.9). */
function readGithubApp(leaf: Leaf, fields: FieldReader, name: string): Credentials {
  const { controlNamespace } = leaf.scope.settings;
  const secret = leaf.scope.facts.objects.secret(controlNamespace, name);
  if (!secret) {
    fields.fault("appSecretName", `there is no Secret ${controlNamespace}/${name}`);
    return { type: "none" };
  }
  const appId = secretData(secret, "githubAppID")?.trim() ?? "";
  const privateKey = secretData(secret, "githubAppPrivateKey") ?? "";
  for (const [key, value] of [
    ["githubAppID", appId],
    ["githubAppPrivateKey", privateKey],
  ] as const) {
    if (value === "") fields.fault("appSecretName", `Secret ${controlNamespace}/${name} has no ${key}`);
  }
  return {
    type: "githubApp",
    appId,
    installationId: secretData(secret, "githubAppInstallationID")?.trim() || undefined,
    privateKey,
  };
}
