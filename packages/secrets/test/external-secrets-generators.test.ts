import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createVerify, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import { clusterFieldOf, GENERATORS } from "../src/external/generators/index.ts";
import { Fields, problemSink } from "../src/external/model/fields.ts";
import { EXTERNAL, eventually, ExternalCluster } from "./support/external-cluster.ts";
import { depsOf, NOW_MS, SIGNAL, stubServer, textsOf, type Asked, type Stub, type World } from "./support/provider.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

function faultsOf(kind: string, spec: JsonObject): string[] {
  const { problems, report } = problemSink("InvalidExternalSecret", kind);
  GENERATORS.find((one) => one.kind === kind)?.parse(new Fields(spec, "spec", report));
  return problems.map(({ message }) => message);
}

async function generated(kind: string, spec: JsonObject, world: World = {}): Promise<Record<string, string>> {
  const { problems, report } = problemSink("InvalidExternalSecret", kind);
  const run = GENERATORS.find((one) => one.kind === kind)?.parse(new Fields(spec, "spec", report));
  assert.deepEqual(problems, []);
  const made = await run?.(depsOf(world), SIGNAL);
  assert.ok(made instanceof Map, "nothing is issued that would have to be taken back");
  return textsOf(made);
}

const jwtUntil = (exp: number): string => `h.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.s`;

describe("tokens of registries, hosts and clouds", () => {
  let stub: Stub;
  const asked = (part: string): Asked | undefined =>
    stub.asked.find(({ url, body }) => `${url} ${body}`.includes(part));

  before(async () => {
    stub = await stubServer(({ url, headers, body }) => {
      const target = String(headers["x-amz-target"] ?? "");
      const authorizationToken = Buffer.from("AWS:pw:with:colons").toString("base64");
      const data = { authorizationToken, proxyEndpoint: "https://r", expiresAt: 1_767_366_245.5 };
      if (target.includes("SpencerFrontend")) return { body: { authorizationData: data } };
      if (target.includes("GetAuthorizationToken")) return { body: { authorizationData: [data] } };
      if (body.includes("GetSessionToken")) {
        const xml = "<AccessKeyId>K</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>";
        return { body: `<C>${xml}<Expiration>2026-01-02T04:04:05Z</Expiration></C>` };
      }
      if (url.startsWith("/tenant/")) return { body: { access_token: "entra", expires_in: 3600 } };
      if (url === "/oauth2/exchange") return { body: { refresh_token: "refresh" } };
      if (url === "/oauth2/token") return { body: { access_token: "narrow" } };
      if (url.endsWith("/access_tokens")) return { status: 201, body: { token: "ghs_1" } };
      if (url.includes("robot/token")) return { body: { token: jwtUntil(77) } };
      if (url.includes("/openid/")) return { status: 201, body: { token: jwtUntil(78) } };
      return { body: { access_token: "google", expires_in: 3600 } };
    });
  });

  after(() => stub.close());

  const AWS = {
    region: "eu-west-1",
    auth: {
      secretRef: {
        accessKeyIDSecretRef: { name: "aws", key: "id" },
        secretAccessKeySecretRef: { name: "aws", key: "secret" },
      },
    },
  };
  const worldOf = (texts: Record<string, string> = {}): World => ({
    texts: { "aws/id": "AKID", "aws/secret": "s", "sp/id": "client", "sp/secret": "secret", "gh/pem": PEM, ...texts },
    environment: { AWS_ENDPOINT_URL: stub.url, AZURE_AUTHORITY_HOST: stub.url },
  });

  test("ECR, private and public", async () => {
    const wanted = { username: "AWS", password: "pw:with:colons", expires_at: "1767366245" };
    assert.deepEqual(await generated("ECRAuthorizationToken", AWS, worldOf()), {
      ...wanted,
      proxy_endpoint: "https://r",
    });
    assert.deepEqual(await generated("ECRAuthorizationToken", { ...AWS, scope: "public" }, worldOf()), wanted);
  });

  test("STS, with a code of a second factor", async () => {
    const spec = { ...AWS, requestParameters: { sessionDuration: 900, serialNumber: "arn:mfa", tokenCode: "123456" } };
    assert.deepEqual(await generated("STSSessionToken", spec, worldOf()), {
      access_key_id: "K",
      secret_access_key: "S",
      session_token: "T",
      expiration: "1767326645",
    });
    assert.equal(new URLSearchParams(asked("GetSessionToken")?.body).get("TokenCode"), "123456");
    const jwt = { region: "eu-west-1", auth: { jwt: { serviceAccountRef: { name: "x" } } } };
    assert.match(faultsOf("STSSessionToken", jwt).join(), /cannot be used for STS/);
  });

  test("ACR: Entra's token becomes the registry's, and one of a scope", async () => {
    const secretRef = { clientId: { name: "sp", key: "id" }, clientSecret: { name: "sp", key: "secret" } };
    const spec = { tenantId: "tenant", registry: stub.url, auth: { servicePrincipal: { secretRef } } };
    const username = "00000000-0000-0000-0000-000000000000";
    assert.deepEqual(await generated("ACRAccessToken", spec, worldOf()), { username, password: "refresh" });
    const narrow = { ...spec, scope: "repository:app:pull" };
    assert.deepEqual(await generated("ACRAccessToken", narrow, worldOf()), { username, password: "narrow" });
    assert.equal(new URLSearchParams(asked("/tenant/")?.body).get("scope"), "https://management.azure.com/.default");
  });

  test("GCR", async () => {
    const json = { type: "service_account", client_email: "me@p", private_key: PEM, token_uri: `${stub.url}/google` };
    const auth = { secretRef: { secretAccessKeySecretRef: { name: "gcp", key: "json" } } };
    const made = await generated(
      "GCRAccessToken",
      { projectID: "p", auth },
      worldOf({ "gcp/json": JSON.stringify(json) }),
    );
    assert.deepEqual(made, { username: "oauth2accesstoken", password: "google", expiry: String(NOW_MS / 1000 + 3600) });
  });

  test("GitHub: the app signs, and asks for what it was told", async () => {
    const spec = {
      url: stub.url,
      appID: "12",
      installID: "34",
      repositories: ["app"],
      permissions: { contents: "read" },
      auth: { privateKey: { secretRef: { name: "gh", key: "pem" } } },
    };
    assert.deepEqual(await generated("GithubAccessToken", spec, worldOf()), { token: "ghs_1" });
    const call = asked("/app/installations/34/access_tokens");
    assert.deepEqual(JSON.parse(call?.body ?? ""), { permissions: { contents: "read" }, repositories: ["app"] });
    const [header = "", claims = "", signature = ""] = String(call?.headers.authorization)
      .replace("Bearer ", "")
      .split(".");
    assert.ok(createVerify("sha256").update(`${header}.${claims}`).verify(publicKey, signature, "base64url"));
    assert.equal((JSON.parse(Buffer.from(claims, "base64url").toString()) as JsonObject)["iss"], "12");
  });

  test("Quay and Cloudsmith take a ServiceAccount's token", async () => {
    const serviceAccountRef = { name: "app", audiences: ["quay"] };
    const quay = await generated(
      "QuayAccessToken",
      { url: stub.url, robotAccount: "org+bot", serviceAccountRef },
      worldOf(),
    );
    assert.deepEqual(quay, {
      registry: stub.url,
      auth: Buffer.from(`org+bot:${jwtUntil(77)}`).toString("base64"),
      expiry: "77",
    });
    const spec = { apiUrl: stub.url, orgSlug: "org", serviceSlug: "s", serviceAccountRef };
    assert.equal((await generated("CloudsmithAccessToken", spec, worldOf()))["expiry"], "78");
  });
});

describe("codes and keys", () => {
  // RFC 6238, appendix B: the seed is its ASCII text in base32.
  const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  for (const [when, token] of [
    ["1970-01-01T00:00:59Z", "94287082"],
    ["2005-03-18T01:58:29Z", "07081804"],
    ["2009-02-13T23:31:30Z", "89005924"],
    ["2033-05-18T03:33:20Z", "69279037"],
  ] as const)
    test(`MFA at ${when} is ${token}`, async () => {
      const spec = { secret: { name: "mfa", key: "seed" }, length: 8, when };
      const made = await generated("MFA", spec, { texts: { "mfa/seed": SEED.toLowerCase().replace("gez", "gez ") } });
      assert.equal(made["token"], token);
    });

  for (const [keyType, keySize] of [
    ["rsa", 2048],
    ["ecdsa", 384],
    ["ed25519", 256],
  ] as const)
    test(`ssh-keygen takes the ${keyType} key, and finds the same public one`, async () => {
      const made = await generated("SSHKey", { keyType, keySize, comment: "me@home" });
      const folder = mkdtempSync(join(tmpdir(), "fairlead-ssh-"));
      try {
        writeFileSync(join(folder, "key"), made["privateKey"] ?? "", { mode: 0o600 });
        const found = execFileSync("ssh-keygen", ["-y", "-P", "", "-f", join(folder, "key")]).toString();
        assert.equal(found, made["publicKey"]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

  test("UUIDs are of version 4, and passwords of what they were told", async () => {
    assert.match(
      (await generated("UUID", {}))["uuid"] ?? "",
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    const spec = { length: 40, digits: 10, symbols: 5, symbolCharacters: "-_", noUpper: true, allowRepeat: true };
    const { one = "", two } = await generated("Password", { ...spec, secretKeys: ["one", "two"] });
    assert.equal(one.length, 40);
    assert.equal(one.replace(/[^0-9]/g, "").length, 10);
    assert.equal(one.replace(/[^-_]/g, "").length, 5);
    assert.equal(one, one.toLowerCase());
    assert.notEqual(one, two);
    const { password = "" } = await generated("Password", { length: 5, digits: 1, symbols: 0, encoding: "base32" });
    assert.match(password, /^[A-Z2-7]{8}$/);
    assert.match(faultsOf("Password", { length: 100, digits: 20, symbols: 0 }).join(), /set allowRepeat/);
  });
});

test("a ClusterGenerator's fields are named as External Secrets names them", () => {
  const fields = ["ACRAccessToken", "SSHKey", "STSSessionToken", "UUID", "Password", "VaultDynamicSecret", "MFA"].map(
    clusterFieldOf,
  );
  assert.deepEqual(fields, [
    "acrAccessTokenSpec",
    "sshKeySpec",
    "stsSessionTokenSpec",
    "uuidSpec",
    "passwordSpec",
    "vaultDynamicSecretSpec",
    "mfaSpec",
  ]);
});

test("a ClusterGenerator works for objects of any namespace, and one that is unknown is told by name", async () => {
  const cluster = await ExternalCluster.start();
  try {
    const kind = { apiVersion: "generators.external-secrets.io/v1alpha1", kind: "ClusterGenerator" };
    await cluster.create(kind, "all", { kind: "Fake", generator: { fakeSpec: { data: { a: "1" } } } });
    const from = (name: string, one: JsonObject = kind): JsonObject => ({
      dataFrom: [
        { sourceRef: { generatorRef: { ...one, name } }, rewrite: [{ regexp: { source: "^", target: "x-" } }] },
      ],
    });
    await cluster.create(EXTERNAL, "made", from("all"));
    await cluster.has("made", { "x-a": "1" });
    await cluster.create(EXTERNAL, "unknown", from("all", { ...kind, kind: "Artifactory" }));
    const { message = "" } = await cluster.ready("unknown", "SecretSyncedError");
    assert.match(message, /generator Artifactory is not supported; there are ACRAccessToken/);
    await eventually(async () =>
      assert.equal(await cluster.hub.find({ apiVersion: "v1", kind: "Secret" }, "unknown", "team"), undefined),
    );
  } finally {
    await cluster.close();
  }
});
