import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "@fairlead/base";
import { awsKmsService } from "../src/sops/keys/cloud/aws-kms.ts";
import { azureKeyVaultService } from "../src/sops/keys/cloud/azure-kv.ts";
import { gcpKmsService } from "../src/sops/keys/cloud/gcp-kms.ts";
import type { CloudDeps, Environment } from "../src/sops/keys/cloud/http.ts";
import { parseKeys } from "../src/sops/keys/parse.ts";
import type { KeyKind, MasterKey } from "../src/sops/metadata.ts";

const SECRETS = ["planted-secret", "planted-token", "planted-data-key"];
const DATA_KEY = Buffer.from("planted-data-key");

interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Reply = (asked: Asked) => object | string | number | undefined;

/** A cloud that answers by `reply`: JSON, text, or a status alone; undefined: nobody is there. */
function cloud(reply: Reply, env: Environment, more: Partial<CloudDeps> = {}): CloudDeps & { readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const send = (async (url: string | URL | Request, init: RequestInit = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const each = { url: String(url), headers, body: typeof init.body === "string" ? init.body : "" };
    asked.push(each);
    assert.equal(init.redirect, "error", "no token may follow a redirect");
    const answer = reply(each);
    if (answer === undefined) throw new TypeError("fetch failed");
    if (typeof answer === "number") return new Response("planted-token <html>", { status: answer });
    return new Response(typeof answer === "string" ? answer : JSON.stringify(answer), { status: 200 });
  }) as typeof fetch;
  return { env, fetch: send, now: () => Date.parse("2026-01-02T03:04:05Z"), asked, ...more };
}

const keyOf = (kind: KeyKind, text: string, context?: Record<string, string>): MasterKey =>
  parseKeys(kind, text, { now: "2026-01-02T03:04:05Z", context })[0] ?? assert.fail();

async function refused(run: Promise<unknown>, why: RegExp): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.code, "KeyUnusable");
    assert.match(error.message, why);
    for (const secret of SECRETS) assert.equal(error.message.includes(secret), false, error.message);
    return true;
  });
}

const ARN = "arn:aws:kms:eu-west-1:111122223333:key/k";
const AWS = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "planted-secret" };
const kmsReply: Reply = ({ headers, body, url }) => {
  if (!url.startsWith("https://kms.")) return undefined;
  const fields = JSON.parse(body) as Record<string, string>;
  return headers["x-amz-target"] === "TrentService.Encrypt"
    ? { CiphertextBlob: fields["Plaintext"] }
    : { Plaintext: fields["CiphertextBlob"] };
};

test("AWS KMS wraps and opens, signed for the key's region, with the context it is bound to", async () => {
  const deps = cloud(kmsReply, AWS);
  const key = keyOf("kms", ARN, { app: "web" });
  const enc = await awsKmsService(deps).wrap(key, DATA_KEY);
  assert.deepEqual(Buffer.from(await awsKmsService(deps).unwrap({ ...key, enc })), DATA_KEY);
  const [first] = deps.asked;
  assert.equal(first?.url, "https://kms.eu-west-1.amazonaws.com/");
  assert.match(first?.headers["authorization"] ?? "", /Credential=AKID\/20260102\/eu-west-1\/kms\/aws4_request/);
  assert.deepEqual((JSON.parse(first?.body ?? "") as { EncryptionContext: object }).EncryptionContext, { app: "web" });
});

const FILES: Readonly<Record<string, string>> = {
  "/home/.aws/config":
    "[profile base]\nregion = x\n[profile up]\nrole_arn = arn:aws:iam::1:role/up\nsource_profile = base\n[profile out]\ncredential_process = /bin/creds 'a b'\n[profile browser]\nsso_session = s\n[profile round]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = round\n",
  "/home/.aws/credentials": "[base]\naws_access_key_id=BASE\naws_secret_access_key = planted-secret\n",
  "/token": "planted-token\n",
};
const readFile = (path: string): Promise<string | undefined> => Promise.resolve(FILES[path]);
const GIVEN = JSON.stringify({ AccessKeyId: "RUN", SecretAccessKey: "planted-secret", SessionToken: "planted-token" });
const stsReply: Reply = (asked) =>
  asked.url.startsWith("https://sts.")
    ? "<Credentials><AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>planted-secret</SecretAccessKey><SessionToken>planted-token</SessionToken></Credentials>"
    : asked.url.startsWith("http://169.254.170.2/c")
      ? { AccessKeyId: "CONTAINER", SecretAccessKey: "planted-secret", Token: "planted-token" }
      : asked.url.endsWith("/api/token")
        ? "planted-token"
        : asked.url.endsWith("/security-credentials/")
          ? "role"
          : asked.url.endsWith("/security-credentials/role")
            ? { AccessKeyId: "MACHINE", SecretAccessKey: "planted-secret", Token: "planted-token" }
            : kmsReply(asked);

const WAYS_IN: readonly (readonly [title: string, env: Environment, role: string, id: string])[] = [
  ["the environment", AWS, "", "AKID"],
  ["a profile", { AWS_PROFILE: "base" }, "", "BASE"],
  ["a role of a profile", { AWS_PROFILE: "up" }, "", "ASSUMED"],
  ["a program", { AWS_PROFILE: "out" }, "", "RUN"],
  ["a sign-in by browser", { AWS_PROFILE: "browser" }, "", "RUN"],
  ["a web identity", { AWS_WEB_IDENTITY_TOKEN_FILE: "/token", AWS_ROLE_ARN: "arn:aws:iam::1:role/w" }, "", "ASSUMED"],
  ["a container", { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/c" }, "", "CONTAINER"],
  ["the machine", {}, "", "MACHINE"],
  ["the key's role", AWS, "+arn:aws:iam::1:role/k", "ASSUMED"],
];

test("who we are to AWS is found where its own tools look", async () => {
  const ran: string[] = [];
  const run = (program: string, args: readonly string[]): Promise<string> => {
    ran.push([program, ...args].join("|"));
    return Promise.resolve(GIVEN);
  };
  for (const [title, env, role, id] of WAYS_IN) {
    const deps = cloud(stsReply, { HOME: "/home", ...env }, { readFile, run });
    await awsKmsService(deps).wrap(keyOf("kms", ARN + role), DATA_KEY);
    assert.match(deps.asked.at(-1)?.headers["authorization"] ?? "", new RegExp(`Credential=${id}/`), title);
  }
  assert.deepEqual(ran, ["/bin/creds|a b", "aws|configure|export-credentials|--profile|browser|--format|process"]);
  const own = cloud(stsReply, { HOME: "/home" }, { readFile });
  const key = { ...keyOf("kms", ARN), fields: { ...keyOf("kms", ARN).fields, aws_profile: "nobody" } };
  await refused(awsKmsService(own).wrap(key, DATA_KEY), /profile "nobody" gives no credentials/);
  const round = cloud(
    stsReply,
    { HOME: "/home", AWS_PROFILE: "round", AWS_EC2_METADATA_DISABLED: "true" },
    { readFile },
  );
  await refused(awsKmsService(round).wrap(keyOf("kms", ARN), DATA_KEY), /no credentials for AWS/);
});

const RESOURCE = "projects/p/locations/l/keyRings/r/cryptoKeys/k";
const gcpReply: Reply = ({ url, body, headers }) => {
  if (url.startsWith("https://oauth2.")) return { access_token: "planted-token" };
  if (headers["authorization"] !== "Bearer planted-token") return 401;
  const fields = JSON.parse(body) as Record<string, string>;
  return url.endsWith(":encrypt") ? { ciphertext: fields["plaintext"] } : { plaintext: fields["ciphertext"] };
};

test("Google Cloud KMS wraps and opens, for a token, a user's sign-in and a service account", async () => {
  const user = JSON.stringify({
    type: "authorized_user",
    client_id: "i",
    client_secret: "planted-secret",
    refresh_token: "planted-token",
  });
  const ways: readonly Environment[] = [
    { GOOGLE_OAUTH_ACCESS_TOKEN: "planted-token" },
    { GOOGLE_CREDENTIALS: user },
    { GOOGLE_APPLICATION_CREDENTIALS: "/user.json" },
  ];
  for (const env of ways) {
    const deps = cloud(gcpReply, { HOME: "/home", ...env }, { readFile: () => Promise.resolve(user) });
    const service = gcpKmsService(deps);
    const key = keyOf("gcp_kms", RESOURCE);
    assert.deepEqual(Buffer.from(await service.unwrap({ ...key, enc: await service.wrap(key, DATA_KEY) })), DATA_KEY);
    assert.equal(deps.asked.at(-1)?.url, `https://cloudkms.googleapis.com/v1/${RESOURCE}:decrypt`);
  }
});

const VAULT = "https://team.vault.azure.net";
const AZURE = { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", AZURE_CLIENT_SECRET: "planted-secret" };
const azureReply: Reply = ({ url, body, headers }) => {
  if (url.startsWith("https://login.microsoftonline.com/t/")) return { access_token: "planted-token" };
  if (headers["authorization"] !== "Bearer planted-token") return 401;
  if (url === `${VAULT}/keys/k?api-version=7.4`) return { key: { kid: `${VAULT}/keys/k/v7` } };
  const { value = "", alg } = JSON.parse(body) as Record<string, string>;
  return alg === "RSA-OAEP-256" ? { value } : 400;
};

test("Azure Key Vault wraps and opens, and a key without a version gets the newest one's", async () => {
  const deps = cloud(azureReply, AZURE);
  const service = azureKeyVaultService(deps);
  const key = (await service.complete?.(keyOf("azure_kv", `${VAULT}/keys/k`))) ?? assert.fail();
  assert.equal(key.fields["version"], "v7");
  const enc = await service.wrap(key, Buffer.from([0xfb, 0xff, 1]));
  assert.equal(enc, "-_8B", "without padding, in the alphabet of addresses");
  assert.deepEqual(Buffer.from(await service.unwrap({ ...key, enc })), Buffer.from([0xfb, 0xff, 1]));
  assert.match(deps.asked[0]?.body ?? "", /scope=https%3A%2F%2Fvault\.azure\.net%2F\.default/);
});

test("a token for Azure goes to vaults alone, whatever address a file names", async () => {
  for (const vault of [
    "https://vault.example.org",
    "http://team.vault.azure.net",
    "https://vault.azure.net.example.org",
  ]) {
    const deps = cloud(azureReply, AZURE);
    const key = { kind: "azure_kv" as const, fields: { vault_url: vault, name: "k", version: "v" }, enc: "YQ" };
    await refused(azureKeyVaultService(deps).unwrap(key), /is no Azure vault's/);
    assert.deepEqual(deps.asked, [], vault);
  }
});

const BAD: readonly (readonly [string, Reply])[] = [
  ["nobody there", () => undefined],
  ["forbidden", () => 403],
  ["HTML", () => "<html>planted-token</html>"],
  ["an empty object", () => ({})],
  ["a redirect or an error page", () => 302],
  ["a megabyte and more", () => "x".repeat(1_100_000)],
];

test("clouds that answer slowly, wrongly or with HTML are named, and nothing of what was sent or came back", async () => {
  for (const [, reply] of BAD) {
    const aws = awsKmsService(cloud(reply, AWS));
    await refused(aws.wrap(keyOf("kms", ARN), DATA_KEY), /^arn:aws:kms/);
    const gcp = gcpKmsService(cloud(reply, { GOOGLE_OAUTH_ACCESS_TOKEN: "planted-token" }));
    await refused(gcp.unwrap({ ...keyOf("gcp_kms", RESOURCE), enc: "YQ==" }), /^projects\/p/);
    const azure = azureKeyVaultService(cloud(reply, AZURE));
    await refused(azure.unwrap({ ...keyOf("azure_kv", `${VAULT}/keys/k/v`), enc: "YQ" }), /^https:\/\/team/);
  }
  const kms = awsKmsService(cloud(() => undefined, AWS));
  await refused(kms.wrap({ ...keyOf("kms", ARN), fields: { arn: "arn:aws:s3:::b" } }, DATA_KEY), /no valid ARN/);
  const gcp = gcpKmsService(cloud(() => undefined, {}));
  await refused(
    gcp.wrap({ ...keyOf("gcp_kms", RESOURCE), fields: { resource_id: "p" } }, DATA_KEY),
    /no valid resource ID/,
  );
});
