import assert from "node:assert/strict";
import { createVerify, generateKeyPairSync, X509Certificate } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import { azureProvider } from "../src/external/providers/azure/index.ts";
import { fromBytes } from "@fairlead/gotemplate";
import type { ProviderClient, PushValue } from "../src/external/providers/types.ts";
import { fillText } from "../src/external/template/fill.ts";
import { loadPkcs12 } from "../src/external/template/pkcs12.ts";
import { selfSigned } from "./support/certificates.ts";
import {
  depsOf,
  failsWith,
  faultsOf,
  findOf,
  openProvider,
  refTo,
  SIGNAL,
  stubServer,
  textsOf,
  valueAt,
  valueOfText,
  type Answer,
  type Asked,
  type Stub,
  type World,
} from "./support/provider.ts";

const TEXTS = { "sp/id": "client", "sp/secret": "planted-secret" };
const REFS = { clientId: { name: "sp", key: "id" }, clientSecret: { name: "sp", key: "secret" } };
const MANAGED = { "managed-by": "external-secrets" };

let azure: Stub;
let kept: Map<string, JsonObject>;
let first: (asked: Asked) => Answer | undefined;

/** Key Vault's REST form as its public description has it, as far as a store needs it. */
function keyVault({ method, url, body }: Asked): Answer {
  const { pathname, searchParams } = new URL(url, "http://x");
  const path = pathname.slice(1);
  assert.equal(searchParams.get("api-version"), "7.4");
  if (method === "GET" && path === "secrets") {
    const all = [...kept].filter(([key]) => key.startsWith("secrets/"));
    const at = Number(searchParams.get("skip") ?? "0");
    const [name, found] = all[at] ?? [];
    const next = at + 1 < all.length ? `${azure.url}/secrets?api-version=7.4&skip=${at + 1}` : null;
    const { value: _value, ...rest } = found ?? {};
    return { body: { value: name ? [{ ...rest, id: `${azure.url}/${name}` }] : [], nextLink: next } };
  }
  if (method === "GET") {
    const found = kept.get(path);
    return found
      ? { body: found }
      : { status: 404, body: { error: { code: "SecretNotFound", message: `no ${path}` } } };
  }
  if (method === "DELETE") {
    kept.delete(path);
    return { body: {} };
  }
  const sent = JSON.parse(body) as JsonObject;
  const made = path.endsWith("/import") ? { cer: sent["value"], tags: sent["tags"] } : sent;
  kept.set(path.replace(/\/import$/, ""), made as JsonObject);
  return { body: made };
}

before(async () => {
  azure = await stubServer((asked) => {
    const given = first(asked);
    if (given) return given;
    if (asked.url.includes("/oauth2/")) return { body: { access_token: `t${tokens().length}`, expires_in: 3600 } };
    return keyVault(asked);
  });
});

after(() => azure.close());
beforeEach(() => {
  azure.asked.length = 0;
  kept = new Map();
  first = () => undefined;
});

const tokens = (): Asked[] => azure.asked.filter(({ url }) => url.includes("/oauth2/"));

function open(more: JsonObject = {}, world: World = {}): ProviderClient & { deps: ReturnType<typeof depsOf> } {
  const deps = depsOf({ texts: TEXTS, ...world });
  const cloud = { environmentType: "AzureStackCloud", customCloudConfig: { activeDirectoryEndpoint: azure.url } };
  const spec = { vaultUrl: azure.url, tenantId: "tenant", authSecretRef: REFS, ...cloud, ...more };
  return Object.assign(openProvider(azureProvider, spec, deps), { deps });
}

const pushed = (text: string): PushValue => valueOfText(text);
const to = (key: string, metadata?: unknown) => ({ key, property: "", metadata });

describe("Azure's ways in", () => {
  test("a service principal's secret, once for many reads", async () => {
    kept.set("secrets/db", { value: "v" });
    const client = open();
    await Promise.all(["db", "db"].map((key) => valueAt(client, refTo(key))));
    assert.deepEqual(
      tokens().map(({ url }) => url),
      ["/tenant/oauth2/v2.0/token"],
    );
    const form = new URLSearchParams(tokens()[0]?.body);
    assert.deepEqual([form.get("client_id"), form.get("client_secret")], ["client", "planted-secret"]);
    assert.equal(form.get("scope"), "https://vault.azure.net/.default");
    client.close();
  });

  test("a service principal's certificate may be a PKCS#12 file; what is neither is told without its bytes", async () => {
    const { certificate, key } = selfSigned("client");
    const refs = { clientId: { name: "sp", key: "id" }, clientCertificate: { name: "sp", key: "p12" } };
    await loadPkcs12();
    const file = Buffer.from(fillText("k", "{{ pemToPkcs12 .c .k }}", { c: certificate, k: key }), "base64");
    const client = open({ authSecretRef: refs }, { texts: { ...TEXTS, "sp/p12": fromBytes(file) } });
    await valueAt(client, refTo("a"));
    const [, claims = ""] = (new URLSearchParams(tokens()[0]?.body).get("client_assertion") ?? "").split(".");
    assert.equal((JSON.parse(Buffer.from(claims, "base64url").toString()) as { iss: string }).iss, "client");
    const broken = open({ authSecretRef: refs }, { texts: { ...TEXTS, "sp/p12": "planted" } });
    await assert.rejects(valueAt(broken, refTo("a")), /neither PEM nor a PKCS#12 file/);
    client.close();
    broken.close();
  });

  test("a service principal's certificate signs an assertion", async () => {
    const { certificate, key, publicKey } = selfSigned("client");
    const refs = { clientId: REFS.clientId, clientCertificate: { name: "sp", key: "pem" } };
    const client = open({ authSecretRef: refs }, { texts: { ...TEXTS, "sp/pem": `${key}${certificate}` } });
    await client.validate(SIGNAL);
    const [header = "", claims = "", signature = ""] = (
      new URLSearchParams(tokens()[0]?.body).get("client_assertion") ?? ""
    ).split(".");
    assert.ok(createVerify("sha256").update(`${header}.${claims}`).verify(publicKey, signature, "base64url"));
    const said = JSON.parse(Buffer.from(header, "base64url").toString()) as JsonObject;
    const print = new X509Certificate(certificate).fingerprint256.replaceAll(":", "");
    assert.equal(Buffer.from(String(said["x5t#S256"]), "base64url").toString("hex").toUpperCase(), print);
    client.close();
  });

  test("workload identity: a ServiceAccount's token, ids from its annotations", async () => {
    const annotations = { "azure.workload.identity/client-id": "wi", "azure.workload.identity/tenant-id": "noted" };
    const spec = {
      authType: "WorkloadIdentity",
      serviceAccountRef: { name: "app" },
      authSecretRef: null,
      tenantId: "",
    };
    const client = open(spec, { annotations });
    await client.validate(SIGNAL);
    const form = new URLSearchParams(tokens()[0]?.body);
    assert.equal(tokens()[0]?.url, "/noted/oauth2/v2.0/token");
    assert.deepEqual([form.get("client_id"), form.get("client_assertion")], ["wi", "token-of-app"]);
    assert.deepEqual(client.deps.audiences, [["api://AzureADTokenExchange"]]);
    client.close();
  });

  test("an id that is given twice is refused", async () => {
    const spec = { authType: "WorkloadIdentity", serviceAccountRef: { name: "app" } };
    const client = open(spec, { annotations: { "azure.workload.identity/client-id": "wi" } });
    await assert.rejects(client.validate(SIGNAL), /multiple clientID found/);
    client.close();
  });

  test("a managed identity asks the machine, and its token goes to vaults of Azure alone", async () => {
    const spec = { authType: "ManagedIdentity", identityId: "mine", authSecretRef: null };
    const environment = { IDENTITY_ENDPOINT: `${azure.url}/oauth2/msi`, IDENTITY_HEADER: "h" };
    const client = open(spec, { environment });
    await client.validate(SIGNAL);
    assert.match(tokens()[0]?.url ?? "", /client_id=mine/);
    assert.equal(tokens()[0]?.headers["x-identity-header"], "h");
    client.close();
    const elsewhere = { authType: "ManagedIdentity", vaultUrl: "https://vault.azure.net.evil.example" };
    assert.match(faultsOf(azureProvider, elsewhere).join(), /must end with .vault.azure.net/);
  });

  test("every fault of a store is told", () => {
    const faults = faultsOf(azureProvider, {
      vaultUrl: "x",
      environmentType: "Mars",
      authSecretRef: { clientSecret: {} },
    });
    for (const path of ["vaultUrl", "environmentType", "tenantId", "clientSecret.name", "authSecretRef"])
      assert.ok(
        faults.some((fault) => fault.includes(path)),
        path,
      );
  });
});

describe("Azure Key Vault", () => {
  test("secrets by version and property; keys and certificates by their prefix", async () => {
    kept.set("secrets/db/v1", { value: "old" });
    kept.set("secrets/db", { value: `{"a.b":"dot","n":1.0}` });
    kept.set("keys/k", { key: { e: "AQAB", n: "abc", kty: "RSA", kid: "id" } });
    kept.set("certificates/c", { cer: Buffer.from([0x30, 0xff]).toString("base64") });
    const client = open();
    assert.equal(await valueAt(client, refTo("db", { version: "v1" })), "old");
    assert.equal(await valueAt(client, refTo("secret/db", { property: "a.b" })), "dot");
    assert.equal(await valueAt(client, refTo("key/k")), `{"kid":"id","kty":"RSA","n":"abc","e":"AQAB"}`);
    assert.equal(await valueAt(client, refTo("key/k", { property: "e" })), "AQAB");
    const der = await client.read(refTo("cert/c"), SIGNAL);
    assert.deepEqual([...(client.valueOf(der, refTo("cert/c")) ?? [])], [0x30, 0xff]);
    assert.throws(() => client.mapOf(der, refTo("cert/c")), /dataFrom to get certificate/);
    assert.equal(await valueAt(client, refTo("absent")), undefined);
    await assert.rejects(valueAt(client, refTo("blob/x")), /unknown Azure Keyvault object Type/);
    client.close();
  });

  test("tags and times by metadataPolicy", async () => {
    kept.set("secrets/db", {
      value: "v",
      tags: { team: "red", more: `{"x":"1"}` },
      attributes: { exp: 1_767_323_045 },
    });
    const client = open();
    const of = (property: string): Promise<string | undefined> =>
      valueAt(client, refTo("db", { metadata: true, property }));
    assert.equal(await of("team"), "red");
    assert.equal(await of("more.x"), "1");
    assert.equal(await of("attribute.expires"), "2026-01-02T03:04:05Z");
    await assert.rejects(of("none"), /tag none does not exist/);
    const ref = refTo("db", { metadata: true });
    const entries = client.mapOf(await client.read(ref, SIGNAL), ref);
    assert.deepEqual(textsOf(entries), {
      db_team: "red",
      db_more_x: "1",
      "db_attribute.expires": "2026-01-02T03:04:05Z",
    });
    client.close();
  });

  test("find goes through all pages, and leaves what is disabled", async () => {
    kept.set("secrets/app-a", { value: "1", tags: { team: "red" }, attributes: { enabled: true } });
    kept.set("secrets/app-off", { value: "2", tags: { team: "red" }, attributes: { enabled: false } });
    kept.set("secrets/zeta", { value: "3", tags: { team: "blue" }, attributes: { enabled: true } });
    const client = open();
    assert.deepEqual(textsOf(await client.find(findOf({ tags: { team: "red" } }), SIGNAL)), { "app-a": "1" });
    assert.deepEqual(textsOf(await client.find(findOf({ name: "^z" }), SIGNAL)), { zeta: "3" });
    client.close();
  });

  test("a next page at another address is not followed", async () => {
    first = ({ url }) =>
      url.startsWith("/secrets") ? { body: { value: [], nextLink: "http://evil.example/" } } : undefined;
    const client = open();
    await assert.rejects(client.find(findOf({ name: "x" }), SIGNAL), /another address/);
    client.close();
  });

  test("pushing secrets, keys and certificates; what is the same is not written, what is another's stays", async () => {
    const client = open();
    const metadata = {
      apiVersion: "kubernetes.external-secrets.io/v1alpha1",
      kind: "PushSecretMetadata",
      spec: { expirationDate: "2026-12-31T20:00:00Z", tags: { team: "red" }, contentType: "text/plain" },
    };
    await client.writes?.push(pushed("1"), to("new", metadata), SIGNAL);
    await client.writes?.push(pushed("1"), to("new", metadata), SIGNAL);
    assert.equal(azure.asked.filter(({ method }) => method === "PUT").length, 1);
    assert.deepEqual(kept.get("secrets/new"), {
      value: "1",
      tags: { ...MANAGED, team: "red" },
      attributes: { enabled: true, exp: 1_798_747_200 },
      contentType: "text/plain",
    });
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await client.writes?.push(
      pushed(privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
      to("key/k"),
      SIGNAL,
    );
    assert.equal((kept.get("keys/k")?.["key"] as JsonObject | undefined)?.["crv"], "P-256");
    const { certificate, key } = selfSigned("c");
    await client.writes?.push(pushed(`${key}${certificate}`), to("cert/c"), SIGNAL);
    assert.ok(String(kept.get("certificates/c")?.["cer"]).includes("BEGIN CERTIFICATE"));
    kept.set("secrets/theirs", { value: "x" });
    await assert.rejects(client.writes?.push(pushed("2"), to("theirs"), SIGNAL) ?? Promise.resolve(), /not managed/);
    await client.writes?.remove(to("theirs"), SIGNAL);
    await client.writes?.remove(to("new"), SIGNAL);
    assert.deepEqual([...kept.keys()].sort(), ["certificates/c", "keys/k", "secrets/theirs"]);
    client.close();
  });
});

describe("Azure that does not answer well", () => {
  for (const [name, answer, code, text] of [
    ["HTML", { body: "<html>sign in</html>" }, "InvalidRemoteValue", /answered HTML/],
    ["404 of something else", { status: 404, body: "<html>nothing here</html>" }, "ProviderFailed", /404 without/],
    [
      "forbidden",
      { status: 403, body: { error: { code: "Forbidden", message: "no permission" } } },
      "ProviderRefused",
      /Forbidden: no permission/,
    ],
    ["busy", { status: 429, headers: { "retry-after": "3" }, body: {} }, "ProviderFailed", /429/],
  ] as const)
    test(`${name} is ${code}`, async () => {
      first = ({ url }) => (url.includes("/oauth2/") ? undefined : answer);
      const client = open();
      await failsWith(valueAt(client, refTo("k")), code, text);
      client.close();
    });

  test("credentials that ended are told by Entra's words, without the secret", async () => {
    const answer = {
      error: "invalid_client",
      error_description: "AADSTS7000222: The provided client secret keys are expired.\r\nTrace",
    };
    first = () => ({ status: 401, body: answer });
    const client = open();
    await assert.rejects(client.validate(SIGNAL), (error) => {
      assert.match(String(error), /invalid_client AADSTS7000222: The provided client secret keys are expired\./);
      assert.doesNotMatch(String(error), /planted|Trace/);
      return true;
    });
    client.close();
  });
});
