import assert from "node:assert/strict";
import { createVerify, generateKeyPairSync } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import { ProblemError, VirtualClock, type JsonObject } from "@fairlead/base";
import { gcpProvider } from "../src/external/providers/gcp/index.ts";
import { ProviderBusy } from "../src/external/providers/http.ts";
import type { ProviderClient, PushValue } from "../src/external/providers/types.ts";
import {
  depsOf,
  faultsOf,
  findOf,
  NOW_MS,
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

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const AUTH = { secretRef: { secretAccessKeySecretRef: { name: "gcp", key: "json" } } };

interface Kept {
  labels: JsonObject;
  annotations: JsonObject;
  versions: { data: string; state: string; createTime: string }[];
  etag: string;
}

let gcp: Stub;
let secrets: Map<string, Kept>;
/** Answers before the stub itself does. */
let first: (asked: Asked) => Answer | undefined;

/** Secret Manager's REST form as its public description has it, as far as a store needs it. */
function secretManager({ method, url, body }: Asked): Answer {
  const { pathname, searchParams } = new URL(url, "http://x");
  const missing = (): Answer => ({
    status: 404,
    body: { error: { code: 404, status: "NOT_FOUND", message: "not found" } },
  });
  const match = /^\/v1\/(projects\/[^/]+(?:\/locations\/[^/]+)?)\/secrets(?:\/([^/:]+))?(.*)$/.exec(pathname);
  if (!match) return missing();
  const [, parent = "", id, rest = ""] = match;
  const sent = body === "" ? {} : (JSON.parse(body) as JsonObject);
  if (id === undefined && method === "POST") {
    const name = searchParams.get("secretId") ?? "";
    secrets.set(name, { labels: sent["labels"] as JsonObject, annotations: {}, versions: [], etag: "e1" });
    return { body: { name: `${parent}/secrets/${name}`, labels: sent["labels"], etag: "e1" } };
  }
  if (id === undefined) {
    const all = [...secrets].map(([name, { labels }]) => ({ name: `projects/42/secrets/${name}`, labels }));
    const at = Number(searchParams.get("pageToken") ?? "0");
    return { body: { secrets: all.slice(at, at + 1), ...(at + 1 < all.length && { nextPageToken: String(at + 1) }) } };
  }
  const kept = secrets.get(decodeURIComponent(id));
  if (kept === undefined) return missing();
  const of = (version: string): Answer => {
    const found = version === "latest" ? kept.versions.at(-1) : kept.versions[Number(version) - 1];
    if (found === undefined) return missing();
    if (found.state === "ENABLED") return { body: { payload: { data: found.data } } };
    const message = `Secret Version [x] is in ${found.state} state.`;
    return { status: 400, body: { error: { code: 400, status: "FAILED_PRECONDITION", message } } };
  };
  const access = /^\/versions\/([^:]+):access$/.exec(rest)?.[1];
  if (access !== undefined) return of(access);
  if (rest === "/versions") {
    const versions = kept.versions.map((version, at) => ({
      ...version,
      name: `projects/42/secrets/${id}/versions/${at + 1}`,
    }));
    return { body: { versions: versions.filter(({ state }) => state === "ENABLED") } };
  }
  if (rest === ":addVersion") {
    const { data } = sent["payload"] as { data: string };
    kept.versions.push({
      data,
      state: "ENABLED",
      createTime: new Date(NOW_MS + kept.versions.length * 1000).toISOString(),
    });
    return { body: {} };
  }
  if (method === "DELETE") {
    secrets.delete(decodeURIComponent(id));
    return { body: {} };
  }
  if (method === "PATCH") Object.assign(kept, { labels: sent["labels"], annotations: sent["annotations"] });
  return { body: { name: id, labels: kept.labels, annotations: kept.annotations, etag: kept.etag } };
}

before(async () => {
  gcp = await stubServer((asked) => {
    const given = first(asked);
    if (given) return given;
    if (asked.url.endsWith("/token")) return { body: { access_token: `t${tokens().length}`, expires_in: 3600 } };
    if (asked.url.includes("identitybindingtoken")) return { body: { access_token: "bound", expires_in: 3600 } };
    if (asked.url.includes(":generateAccessToken"))
      return { body: { accessToken: "stood-in", expireTime: new Date(NOW_MS + 3_600_000).toISOString() } };
    return secretManager(asked);
  });
});

after(() => gcp.close());
beforeEach(() => {
  gcp.asked.length = 0;
  secrets = new Map();
  first = () => undefined;
});

const tokens = (): Asked[] => gcp.asked.filter(({ url }) => url.endsWith("/token"));
const values = (): Asked[] =>
  gcp.asked.filter(({ url }) => url.startsWith("/v1/projects") && !url.includes("serviceAccounts"));

function keep(name: string, ...texts: string[]): Kept {
  const versions = texts.map((text, at) => ({
    data: Buffer.from(text).toString("base64"),
    state: "ENABLED",
    createTime: new Date(NOW_MS + at * 1000).toISOString(),
  }));
  const kept = { labels: { "managed-by": "external-secrets" }, annotations: {}, versions, etag: "e" };
  secrets.set(name, kept);
  return kept;
}

function worldOf(more: World = {}): World {
  const json = {
    type: "service_account",
    client_email: "me@p",
    private_key: PEM,
    private_key_id: "kid",
    token_uri: `${gcp.url}/token`,
  };
  const environment = {
    CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: gcp.url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STS: gcp.url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: gcp.url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_SECURETOKEN: gcp.url,
  };
  return { environment, ...more, texts: { "gcp/json": JSON.stringify(json), ...more.texts } };
}

function open(more: JsonObject = {}, world: World = {}): ProviderClient & { deps: ReturnType<typeof depsOf> } {
  const deps = depsOf(worldOf(world));
  return Object.assign(openProvider(gcpProvider, { projectID: "p", auth: AUTH, ...more }, deps), { deps });
}

const pushed = (text: string): PushValue => valueOfText(text);

describe("Google's ways in", () => {
  test("a service account's key signs a token request, once for many reads", async () => {
    keep("db", "v");
    const client = open();
    await Promise.all(["db", "db", "db"].map((key) => valueAt(client, refTo(key))));
    assert.equal(tokens().length, 1);
    const assertion = new URLSearchParams(tokens()[0]?.body).get("assertion") ?? "";
    const [header = "", claims = "", signature = ""] = assertion.split(".");
    assert.ok(createVerify("sha256").update(`${header}.${claims}`).verify(publicKey, signature, "base64url"));
    const said = JSON.parse(Buffer.from(claims, "base64url").toString()) as JsonObject;
    assert.deepEqual([said["iss"], said["aud"]], ["me@p", `${gcp.url}/token`]);
    assert.equal(values()[0]?.headers.authorization, "Bearer t1");
    client.close();
  });

  test("a token that ends is got again, before its end and when it is refused", async () => {
    keep("db", "v");
    const clock = new VirtualClock(NOW_MS);
    const client = open({}, { clock });
    await valueAt(client, refTo("db"));
    await clock.advance(3_590_000);
    await valueAt(client, refTo("db"));
    assert.equal(tokens().length, 2);
    first = ({ headers }) => (headers.authorization === "Bearer t2" ? { status: 401, body: {} } : undefined);
    assert.equal(await valueAt(client, refTo("db")), "v");
    assert.equal(tokens().length, 3);
    client.close();
  });

  test("GKE: a ServiceAccount's token is bound to the cluster's pool, then stands in for a Google account", async () => {
    keep("db", "v");
    const identity = {
      serviceAccountRef: { name: "app" },
      clusterProjectID: "cp",
      clusterLocation: "l",
      clusterName: "c",
    };
    const annotations = { "iam.gke.io/gcp-service-account": "g@p.iam.gserviceaccount.com" };
    const client = open({ auth: { workloadIdentity: identity } }, { annotations });
    assert.equal(await valueAt(client, refTo("db")), "v");
    const bound = JSON.parse(gcp.asked[0]?.body ?? "") as JsonObject;
    assert.equal(
      bound["audience"],
      "identitynamespace:cp.svc.id.goog:https://container.googleapis.com/v1/projects/cp/locations/l/clusters/c",
    );
    assert.equal(bound["subject_token"], "token-of-app");
    assert.deepEqual(client.deps.audiences, [["cp.svc.id.goog"]]);
    assert.equal(values()[0]?.headers.authorization, "Bearer stood-in");
    client.close();
  });

  test("federation by a ServiceAccount exchanges its token for the audience's", async () => {
    keep("db", "v");
    const federation = { serviceAccountRef: { name: "app" }, audience: "//iam.googleapis.com/pool" };
    const client = open({ auth: { workloadIdentityFederation: federation } });
    assert.equal(await valueAt(client, refTo("db")), "v");
    const form = new URLSearchParams(tokens()[0]?.body);
    assert.deepEqual([form.get("audience"), form.get("subject_token")], ["//iam.googleapis.com/pool", "token-of-app"]);
    client.close();
  });

  test("federation by AWS' keys sends Google a signed request of who asks", async () => {
    keep("db", "v");
    const federation = {
      awsSecurityCredentials: { region: "eu-west-1", awsCredentialsSecretRef: { name: "aws" } },
      audience: "//pool",
    };
    const texts = { "aws/aws_access_key_id": "AKID", "aws/aws_secret_access_key": "planted" };
    const client = open({ auth: { workloadIdentityFederation: federation } }, { texts });
    assert.equal(await valueAt(client, refTo("db")), "v");
    const subject = new URLSearchParams(tokens()[0]?.body).get("subject_token") ?? "";
    const request = JSON.parse(decodeURIComponent(subject)) as { headers: { key: string; value: string }[] };
    const header = (key: string): string => request.headers.find((one) => one.key === key)?.value ?? "";
    assert.match(header("authorization"), /AKID.*SignedHeaders=[^,]*x-goog-cloud-target-resource/);
    assert.equal(header("x-goog-cloud-target-resource"), "//pool");
    assert.doesNotMatch(subject, /planted/);
    client.close();
  });

  for (const [name, config, fault] of [
    ["runs a program", { credential_source: { executable: { command: "sh" } } }, /executable is not allowed/],
    [
      "reads the controller's token",
      { credential_source: { file: "/var/run/secrets/kubernetes.io/serviceaccount/token" } },
      /must be a token/,
    ],
    ["reads any file", { credential_source: { file: "/var/run/secrets/../../../etc/passwd" } }, /must be a token/],
    ["fetches from elsewhere", { credential_source: { url: "http://169.254.169.254/" } }, /externalTokenEndpoint/],
    ["sends the token elsewhere", { token_url: "https://evil.example/", credential_source: {} }, /token_url/],
    [
      "stands in elsewhere",
      { service_account_impersonation_url: "https://evil.example/", credential_source: {} },
      /impersonation/,
    ],
  ] as const)
    test(`a configuration that ${name} is refused`, async () => {
      const federation = { credConfig: { name: "cm", key: "json" } };
      const texts = { "cm/json": JSON.stringify({ type: "external_account", audience: "a", ...config }) };
      const client = open({ auth: { workloadIdentityFederation: federation } }, { texts });
      await assert.rejects(client.validate(SIGNAL), fault);
      assert.equal(gcp.asked.length, 0);
      client.close();
    });

  test("a key that is none is told without being quoted", async () => {
    const bad = { type: "service_account", client_email: "x", private_key: "planted" };
    const client = open({}, { texts: { "gcp/json": JSON.stringify(bad) } });
    await assert.rejects(
      client.validate(SIGNAL),
      (error) => error instanceof ProblemError && !error.message.includes("planted"),
    );
    client.close();
  });

  test("every fault of a store is told", () => {
    const faults = faultsOf(gcpProvider, {
      projectID: "p/../x",
      location: "a.b",
      auth: { workloadIdentityFederation: {} },
    });
    for (const path of ["projectID", "location", "workloadIdentityFederation", "audience"])
      assert.ok(
        faults.some((fault) => fault.includes(path)),
        path,
      );
  });
});

describe("GCP Secret Manager", () => {
  test("versions, properties and what does not exist", async () => {
    keep("db", "one", `{"user":"ann","a.b":"dot"}`);
    const client = open();
    assert.equal(await valueAt(client, refTo("db", { version: "1" })), "one");
    assert.equal(await valueAt(client, refTo("db", { property: "user" })), "ann");
    assert.equal(await valueAt(client, refTo("db", { property: "a.b" })), "dot");
    assert.equal(await valueAt(client, refTo("absent")), undefined);
    await assert.rejects(valueAt(client, refTo("db", { property: "x" })), /key x does not exist in secret db/);
    client.close();
  });

  test("a regional store asks its location", async () => {
    keep("db", "v");
    const client = open({ location: "europe-west3" });
    assert.equal(await valueAt(client, refTo("db")), "v");
    assert.equal(values()[0]?.url, "/v1/projects/p/locations/europe-west3/secrets/db/versions/latest:access");
    client.close();
  });

  test("a latest version that is disabled fails, or the newest enabled one stands in", async () => {
    keep("db", "one", "two", "three").versions[2] = { data: "", state: "DISABLED", createTime: "" };
    const strict = open();
    await assert.rejects(valueAt(strict, refTo("db")), /DISABLED state/);
    const fetching = open({ secretVersionSelectionPolicy: "LatestOrFetch" });
    assert.equal(await valueAt(fetching, refTo("db")), "two");
    strict.close();
    fetching.close();
  });

  test("labels and annotations by metadataPolicy", async () => {
    Object.assign(keep("db", "v"), { labels: { team: "red" }, annotations: { note: "x" } });
    const client = open();
    const of = (property: string): Promise<string | undefined> =>
      valueAt(client, refTo("db", { metadata: true, property }));
    assert.equal(await of("labels.team"), "red");
    assert.equal(await of("annotations"), `{"note":"x"}`);
    assert.equal(await of(""), `{"annotations":{"note":"x"},"labels":{"team":"red"}}`);
    await assert.rejects(of("other"), /metadata property should start with/);
    client.close();
  });

  test("find goes through all pages, by name, by path and by labels", async () => {
    for (const name of ["app-a", "app-b", "zeta"]) keep(name, `of ${name}`);
    const client = open();
    assert.deepEqual(textsOf(await client.find(findOf({ name: "b$|^z", path: "app" }), SIGNAL)), {
      "app-b": "of app-b",
    });
    await client.find(findOf({ tags: { team: "red" } }), SIGNAL);
    assert.ok(gcp.asked.some(({ url }) => url.includes("filter=labels.team%3Dred")));
    client.close();
  });

  test("pushing creates, adds a version when the value changes, sets labels, and leaves others' secrets alone", async () => {
    const client = open();
    const target = { key: "new", property: "", metadata: undefined };
    await client.writes?.push(pushed("1"), target, SIGNAL);
    await client.writes?.push(pushed("1"), target, SIGNAL);
    await client.writes?.push(
      pushed("2"),
      {
        ...target,
        metadata: {
          apiVersion: "kubernetes.external-secrets.io/v1alpha1",
          kind: "PushSecretMetadata",
          spec: { labels: { a: "b" } },
        },
      },
      SIGNAL,
    );
    assert.equal(secrets.get("new")?.versions.length, 2);
    assert.deepEqual(secrets.get("new")?.labels, { a: "b", "managed-by": "external-secrets" });
    keep("theirs", "x").labels = {};
    await assert.rejects(
      client.writes?.push(pushed("2"), { ...target, key: "theirs" }, SIGNAL) ?? Promise.resolve(),
      /not managed/,
    );
    await client.writes?.remove({ ...target, key: "theirs" }, SIGNAL);
    await client.writes?.remove(target, SIGNAL);
    assert.deepEqual([...secrets.keys()], ["theirs"]);
    client.close();
  });
});

describe("Google that does not answer well", () => {
  for (const [name, answer, code, text] of [
    ["HTML", { body: "<html>sign in</html>" }, "InvalidRemoteValue", /answered HTML/],
    [
      "permission denied",
      { status: 403, body: { error: { status: "PERMISSION_DENIED", message: "no" } } },
      "ProviderRefused",
      /PERMISSION_DENIED no/,
    ],
    ["out of order", { status: 503, body: "<html></html>" }, "ProviderFailed", /503 with HTML/],
  ] as const)
    test(`${name} is ${code}`, async () => {
      first = ({ url }) => (url.endsWith("/token") ? undefined : answer);
      const client = open();
      await assert.rejects(valueAt(client, refTo("k")), (error) => {
        assert.ok(error instanceof ProblemError && error.code === code, String(error));
        assert.match(error.message, text);
        return true;
      });
      client.close();
    });

  test("429 says for how long to leave it alone, by a time too", async () => {
    const date = new Date(NOW_MS).toUTCString();
    const later = new Date(NOW_MS + 9000).toUTCString();
    first = ({ url }) =>
      url.endsWith("/token") ? undefined : { status: 429, headers: { date, "retry-after": later } };
    const client = open();
    await assert.rejects(
      valueAt(client, refTo("k")),
      (error) => error instanceof ProviderBusy && error.retryAfterMs === 9000,
    );
    client.close();
  });

  test("credentials that Google no longer takes are told as such", async () => {
    first = () => ({ status: 400, body: { error: "invalid_grant", error_description: "Invalid JWT Signature." } });
    const client = open();
    await assert.rejects(client.validate(SIGNAL), /sign-in answered 400: invalid_grant Invalid JWT Signature/);
    client.close();
  });
});
