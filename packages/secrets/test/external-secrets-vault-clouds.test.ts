import assert from "node:assert/strict";
import { createHash, createHmac, createVerify, generateKeyPairSync } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import { vaultProvider } from "../src/external/providers/vault.ts";
import {
  depsOf,
  faultsOf,
  NOW_MS,
  openProvider,
  refTo,
  stubServer,
  valueAt,
  type Asked,
  type Stub,
  type World,
} from "./support/provider.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const KEYS = {
  accessKeyIDSecretRef: { name: "aws", key: "id" },
  secretAccessKeySecretRef: { name: "aws", key: "secret" },
};
const TEXTS = { "aws/id": "AKID", "aws/secret": "planted-secret", "aws/session": "planted-session" };

/** One stub is Vault, STS and Google at once: each has paths of its own. */
describe("Vault's ways in with an identity of a cloud", () => {
  let stub: Stub;
  before(async () => {
    stub = await stubServer(({ method, url, body }) => {
      if (url.startsWith("/v1/auth/")) return { body: { auth: { client_token: "vault-token", lease_duration: 100 } } };
      if (url.startsWith("/v1/kv/")) return { body: { data: { data: { a: "v" } } } };
      if (body.includes("Action=AssumeRole"))
        return {
          body: "<r><AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>planted-assumed</SecretAccessKey><SessionToken>T</SessionToken></r>",
        };
      if (url.includes("/identity?")) return { body: "signed.by.machine" };
      if (url.endsWith(":signJwt")) return { body: { keyId: "1", signedJwt: "signed.by.google" } };
      if (url.endsWith(":generateAccessToken"))
        return { body: { accessToken: "as-account", expireTime: "2027-01-01T00:00:00Z" } };
      return method === "POST" ? { body: { access_token: "bound", expires_in: 3600 } } : { status: 404 };
    });
  });
  after(() => stub.close());
  beforeEach(() => void (stub.asked.length = 0));

  async function loggedIn(
    auth: JsonObject,
    world: World = {},
  ): Promise<{ path: string; body: Record<string, string> }> {
    const deps = depsOf({ ...world, texts: { ...TEXTS, ...world.texts } });
    const client = openProvider(vaultProvider, { server: stub.url, path: "kv", auth }, deps);
    assert.equal(await valueAt(client, refTo("x", { property: "a" })), "v");
    client.close();
    const [login] = stub.asked.filter(({ url }) => url.startsWith("/v1/auth/"));
    const read = stub.asked.find(({ url }) => url.startsWith("/v1/kv/"));
    assert.equal(read?.headers["x-vault-token"], "vault-token");
    assert.equal(login?.body.includes("planted"), false, "no secret is sent to Vault");
    return { path: login?.url ?? "", body: JSON.parse(login?.body ?? "") as Record<string, string> };
  }

  const plain = (text: string | undefined): string => Buffer.from(text ?? "", "base64").toString();

  /** What STS would find, from AWS' description of signatures (version 4). */
  function signatureOf(url: string, body: string, headers: Record<string, string[]>, secret: string, region: string) {
    const authorization = headers["Authorization"]?.[0] ?? "";
    const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
    const { host } = new URL(url);
    const lower = new Map(Object.entries(headers).map(([name, [value = ""]]) => [name.toLowerCase(), value]));
    const lines = names.map((name) => `${name}:${name === "host" ? host : lower.get(name)}\n`).join("");
    const hex = (text: string): string => createHash("sha256").update(text).digest("hex");
    const request = ["POST", "/", "", lines, names.join(";"), hex(body)].join("\n");
    const time = lower.get("x-amz-date") ?? "";
    const scope = `${time.slice(0, 8)}/${region}/sts/aws4_request`;
    const mac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
    const key = [region, "sts", "aws4_request"].reduce(mac, mac(`AWS4${secret}`, time.slice(0, 8)));
    const wanted = mac(key, ["AWS4-HMAC-SHA256", time, scope, hex(request)].join("\n")).toString("hex");
    return { authorization, wanted, names };
  }

  for (const [name, auth, keyId, secret, region, url] of [
    ["keys", { secretRef: KEYS }, "AKID", "planted-secret", "us-east-1", "https://sts.amazonaws.com/"],
    [
      "keys in a younger region",
      { secretRef: KEYS, region: "eu-south-1", path: "aws-eu" },
      "AKID",
      "planted-secret",
      "eu-south-1",
      "https://sts.eu-south-1.amazonaws.com/",
    ],
  ] as const)
    test(`iam with ${name}: Vault gets a question to STS that is signed and not yet asked`, async () => {
      const { path, body } = await loggedIn({ iam: { vaultRole: "app", ...auth } });
      assert.equal(path, `/v1/auth/${"path" in auth ? auth.path : "aws"}/login`);
      assert.deepEqual([body["role"], body["iam_http_request_method"]], ["app", "POST"]);
      assert.equal(plain(body["iam_request_url"]), url);
      assert.equal(plain(body["iam_request_body"]), "Action=GetCallerIdentity&Version=2011-06-15");
      const headers = JSON.parse(plain(body["iam_request_headers"])) as Record<string, string[]>;
      const { authorization, wanted } = signatureOf(url, plain(body["iam_request_body"]), headers, secret, region);
      assert.match(authorization, new RegExp(`Credential=${keyId}/20260102/${region}/sts/`));
      assert.equal(/Signature=([0-9a-f]+)/.exec(authorization)?.[1], wanted);
    });

  test("iam assumes a role before, and signs what tells Vaults apart", async () => {
    const session = { ...KEYS, sessionTokenSecretRef: { name: "aws", key: "session" } };
    const iam = {
      vaultRole: "app",
      role: "arn:aws:iam::1:role/x",
      externalID: "e",
      region: "us-west-2",
      vaultAwsIamServerID: "vault.example",
      secretRef: session,
    };
    const { body } = await loggedIn({ iam }, { environment: { AWS_STS_ENDPOINT: stub.url } });
    const assumed = new URLSearchParams(stub.asked.find((asked) => asked.body.includes("Action=AssumeRole"))?.body);
    assert.deepEqual([assumed.get("RoleArn"), assumed.get("ExternalId")], ["arn:aws:iam::1:role/x", "e"]);
    const headers = JSON.parse(plain(body["iam_request_headers"])) as Record<string, string[]>;
    assert.deepEqual(headers["X-Vault-Aws-Iam-Server-Id"], ["vault.example"]);
    assert.deepEqual(headers["X-Amz-Security-Token"], ["T"]);
    const url = plain(body["iam_request_url"]);
    assert.equal(url, `${stub.url}/`);
    const { authorization, wanted, names } = signatureOf(
      url,
      plain(body["iam_request_body"]),
      headers,
      "planted-assumed",
      "us-west-2",
    );
    assert.ok(names.includes("x-vault-aws-iam-server-id"));
    assert.equal(/Signature=([0-9a-f]+)/.exec(authorization)?.[1], wanted);
  });

  test("iam without keys is the process itself, from its environment", async () => {
    const environment = { AWS_ACCESS_KEY_ID: "OWN", AWS_SECRET_ACCESS_KEY: "planted-own" };
    const { body } = await loggedIn({ iam: { vaultRole: "app" } }, { environment });
    assert.match(plain(body["iam_request_headers"]), /Credential=OWN\//);
  });

  test("gcp with a key signs for the role itself", async () => {
    const json = JSON.stringify({ client_email: "me@p.iam", private_key: PEM, private_key_id: "k1" });
    const gcp = { role: "app", secretRef: { secretAccessKeySecretRef: { name: "gcp", key: "json" } } };
    const { path, body } = await loggedIn({ gcp }, { texts: { "gcp/json": json } });
    assert.equal(path, "/v1/auth/gcp/login");
    assert.equal(body["role"], "app");
    const [header = "", claims = "", signature = ""] = (body["jwt"] ?? "").split(".");
    const decoded = (part: string): JsonObject => JSON.parse(Buffer.from(part, "base64url").toString()) as JsonObject;
    assert.equal(decoded(header)["kid"], "k1");
    assert.deepEqual(decoded(claims), { sub: "me@p.iam", aud: "vault/app", exp: Math.floor(NOW_MS / 1000) + 900 });
    assert.ok(createVerify("sha256").update(`${header}.${claims}`).verify(publicKey, signature, "base64url"));
  });

  test("gcp with workload identity has Google sign for the account that the ServiceAccount stands for", async () => {
    const workloadIdentity = {
      serviceAccountRef: { name: "app" },
      clusterLocation: "eu",
      clusterName: "c",
      clusterProjectID: "p",
    };
    const overrides = ["SECURETOKEN", "IAMCREDENTIALS"].map((name) => [
      `CLOUDSDK_API_ENDPOINT_OVERRIDES_${name}`,
      stub.url,
    ]);
    const world = {
      environment: Object.fromEntries(overrides) as Record<string, string>,
      annotations: { "iam.gke.io/gcp-service-account": "sa@p.iam" },
    };
    const { path, body } = await loggedIn({ gcp: { role: "app", path: "g", workloadIdentity } }, world);
    assert.equal(path, "/v1/auth/g/login");
    assert.deepEqual(body, { role: "app", jwt: "signed.by.google" });
    const asked = stub.asked.find(({ url }) => url.endsWith("/serviceAccounts/sa%40p.iam:signJwt"));
    assert.equal(asked?.headers.authorization, "Bearer as-account");
    const { payload } = JSON.parse(asked?.body ?? "") as { payload: string };
    assert.equal((JSON.parse(payload) as JsonObject)["aud"], "vault/app");
  });

  test("gcp without any of these is the machine itself", async () => {
    const { host } = new URL(stub.url);
    const { body } = await loggedIn({ gcp: { role: "app" } }, { environment: { GCE_METADATA_HOST: host } });
    assert.deepEqual(body, { role: "app", jwt: "signed.by.machine" });
    const asked = stub.asked.find(({ url }: Asked) => url.includes("/identity?"));
    assert.equal(new URL(asked?.url ?? "", stub.url).searchParams.get("audience"), "http://vault/app");
  });

  test("a way in without a role is a fault of the store", () => {
    for (const [auth, wanted] of [
      [{ iam: {} }, /auth\.iam\.vaultRole: is required/],
      [{ gcp: {} }, /auth\.gcp\.role: is required/],
    ] as const)
      assert.match(faultsOf(vaultProvider, { server: stub.url, auth }).join("\n"), wanted);
  });
});
