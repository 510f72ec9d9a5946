import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { ProblemError, VirtualClock, type JsonObject } from "@fairlead/base";
import { vaultProvider } from "../src/external/providers/vault.ts";
import { webhookProvider } from "../src/external/providers/webhook.ts";
import { StoreDown, StoreGate } from "../src/external/store/gate.ts";
import { ProviderBusy } from "../src/external/providers/http.ts";
import { serverCertificate } from "./support/certificates.ts";
import {
  depsOf,
  failsWith,
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

let stub: Stub;
let answer: (asked: Asked) => Answer;

before(async () => {
  stub = await stubServer((asked) => answer(asked));
});

after(() => stub.close());
beforeEach(() => {
  stub.asked.length = 0;
  answer = ({ url }) =>
    url.includes("/login")
      ? { body: { auth: { client_token: `t${logins().length}`, lease_duration: 100 } } }
      : { body: { data: { data: { a: "v" } } } };
});

const logins = (): Asked[] => stub.asked.filter(({ url }) => url.includes("/login"));
const TEXTS = { "s/k": "planted ", "s/cert": "", "s/key": "" };
const REF = { name: "s", key: "k" };

function openVault(auth: JsonObject, more: JsonObject = {}, world: World = {}) {
  const deps = depsOf({ texts: TEXTS, ...world });
  return Object.assign(openProvider(vaultProvider, { server: stub.url, path: "kv", auth, ...more }, deps), { deps });
}

describe("Vault's ways in", () => {
  for (const [name, auth, path, body] of [
    [
      "appRole",
      { appRole: { path: "ar", roleId: "r", secretRef: REF } },
      "auth/ar/login",
      { role_id: "r", secret_id: "planted" },
    ],
    [
      "appRole by reference",
      { appRole: { roleRef: REF, secretRef: REF } },
      "auth/approle/login",
      { role_id: "planted", secret_id: "planted" },
    ],
    [
      "kubernetes by account",
      { kubernetes: { mountPath: "k8s", role: "r", serviceAccountRef: { name: "app" } } },
      "auth/k8s/login",
      { jwt: "token-of-app", role: "r" },
    ],
    [
      "kubernetes by Secret",
      { kubernetes: { role: "r", secretRef: REF } },
      "auth/kubernetes/login",
      { jwt: "planted", role: "r" },
    ],
    ["kubernetes by the pod", { kubernetes: { role: "r" } }, "auth/kubernetes/login", { jwt: "own-token", role: "r" }],
    ["jwt by Secret", { jwt: { role: "r", secretRef: REF } }, "auth/jwt/login", { jwt: "planted", role: "r" }],
    [
      "jwt by account",
      { jwt: { role: "r", kubernetesServiceAccountToken: { serviceAccountRef: { name: "app" } } } },
      "auth/jwt/login",
      { jwt: "token-of-app", role: "r" },
    ],
    ["ldap", { ldap: { username: "ann@corp", secretRef: REF } }, "auth/ldap/login/ann%40corp", { password: "planted" }],
    [
      "userPass",
      { userPass: { path: "up", username: "ann", secretRef: REF } },
      "auth/up/login/ann",
      { password: "planted" },
    ],
  ] as const)
    test(`${name} logs in once for many reads`, async () => {
      const client = openVault(auth as JsonObject);
      await Promise.all(["a", "b"].map((key) => valueAt(client, refTo(key, { property: "a" }))));
      assert.deepEqual(
        logins().map(({ url }) => url),
        [`/v1/${path}`],
      );
      assert.deepEqual(JSON.parse(logins()[0]?.body ?? ""), body);
      assert.equal(stub.asked.at(-1)?.headers["x-vault-token"], "t1");
      client.close();
    });

  test("a login is renewed before it ends, and when its token is refused", async () => {
    const clock = new VirtualClock(NOW_MS);
    const client = openVault({ kubernetes: { role: "r" } }, {}, { clock });
    await valueAt(client, refTo("a", { property: "a" }));
    await clock.advance(80_000);
    await valueAt(client, refTo("a", { property: "a" }));
    assert.equal(logins().length, 2);
    const usual = answer;
    answer = (asked) =>
      asked.headers["x-vault-token"] === "t2" ? { status: 403, body: { errors: ["permission denied"] } } : usual(asked);
    assert.equal(await valueAt(client, refTo("a", { property: "a" })), "v");
    assert.equal(logins().length, 3);
    client.close();
  });

  test("namespaces, headers and read-your-writes go along", async () => {
    const more = { namespace: "team", headers: { "x-own": "1" }, readYourWrites: true, forwardInconsistent: true };
    const client = openVault({ namespace: "root", kubernetes: { role: "r" } }, more);
    answer = ({ url }) => ({
      body: url.includes("/login") ? { auth: { client_token: "t" } } : { data: { data: { a: "v" } } },
      headers: { "x-vault-index": "state-1" },
    });
    await valueAt(client, refTo("a", { property: "a" }));
    await valueAt(client, refTo("b", { property: "a" }));
    const [login, , second] = stub.asked;
    assert.equal(login?.headers["x-vault-namespace"], "root");
    assert.equal(second?.headers["x-vault-namespace"], "team");
    assert.equal(second?.headers["x-own"], "1");
    assert.equal(second?.headers["x-vault-index"], "state-1");
    assert.equal(second?.headers["x-vault-inconsistent"], "forward-active-node");
    client.close();
  });

  test("a server of one's own authority is trusted by caBundle and caProvider, and else not", async () => {
    const { certificate, key } = serverCertificate("localhost");
    const server = createServer({ cert: certificate, key }, (_, response) => {
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ data: { data: { a: "tls" } } }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    try {
      const texts = { ...TEXTS, "ca/ca.crt": certificate };
      const auth = { tokenSecretRef: REF };
      for (const [more, isTrusted] of [
        [{ caBundle: Buffer.from(certificate).toString("base64") }, true],
        [{ caProvider: { type: "ConfigMap", name: "ca", key: "ca.crt" } }, true],
        [{}, false],
      ] as const) {
        const client = openVault(auth, { server: url, ...more }, { texts });
        const reading = valueAt(client, refTo("a", { property: "a" }));
        if (isTrusted) assert.equal(await reading, "tls");
        else await assert.rejects(reading, /ProblemError|SELF_SIGNED|CERT|ALTNAME/);
        client.close();
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test("every fault of a store is told", () => {
    const spec = { server: "vault", version: "v1", checkAndSet: { required: true }, auth: { appRole: {} } };
    const faults = faultsOf(vaultProvider, spec).join("\n");
    for (const path of ["server", "checkAndSet", "appRole", "secretRef.name"]) assert.ok(faults.includes(path), path);
    assert.match(
      faultsOf(vaultProvider, { server: "http://v", auth: {} }).join(),
      /must have one of tokenSecretRef, appRole/,
    );
  });
});

describe("Vault that does not answer well", () => {
  for (const [name, given, code, text] of [
    ["HTML", { body: "<html>sign in</html>" }, "InvalidRemoteValue", /answered HTML/],
    ["sealed", { status: 503, body: { errors: ["Vault is sealed"] } }, "ProviderFailed", /503: Vault is sealed/],
    [
      "forbidden",
      { status: 403, body: { errors: ["permission denied"] } },
      "ProviderRefused",
      /403: permission denied/,
    ],
    ["of the wrong version", { body: { data: { a: "v" } } }, "ProviderFailed", /is the engine of version 1/],
  ] as const)
    test(`${name} is ${code}`, async () => {
      answer = () => given;
      const client = openVault({ tokenSecretRef: REF });
      await failsWith(valueAt(client, refTo("k")), code, text);
      client.close();
    });

  test("nobody there is told with the host", async () => {
    const client = openVault({ tokenSecretRef: REF }, { server: "http://127.0.0.1:1" });
    await assert.rejects(valueAt(client, refTo("k")), /GET to 127\.0\.0\.1:1: ECONNREFUSED/);
    client.close();
  });

  test("a store that asks for peace gets it: nobody calls before, then one does", async () => {
    const clock = new VirtualClock(0);
    const gate = new StoreGate(clock);
    let calls = 0;
    const busy = (): Promise<never> => Promise.reject((calls++, new ProviderBusy("429", 5000)));
    await assert.rejects(gate.run(busy), (error) => error instanceof StoreDown && error.retryAfterMs === 5000);
    await assert.rejects(gate.run(busy), StoreDown);
    await clock.advance(4999);
    await assert.rejects(gate.run(busy), StoreDown);
    assert.equal(calls, 1);
    await clock.advance(1);
    assert.equal(await gate.run(async () => "back"), "back");
    assert.equal(await gate.run(async () => "open"), "open");
  });
});

describe("a store's retrySettings", () => {
  const failure = (code: string): Promise<never> => Promise.reject(new ProblemError({ code, message: "no" }));

  for (const [what, code, times, calls] of [
    ["a call that the provider failed is made again as often as they say", "ProviderFailed", 2, 3],
    ["what the provider refused is not asked again", "ProviderRefused", 2, 1],
    ["without them nothing is asked again", "ProviderFailed", 0, 1],
  ] as const)
    test(what, async () => {
      const clock = new VirtualClock(0);
      const gate = new StoreGate(clock, { times, intervalMs: 700 });
      let asked = 0;
      const run = assert.rejects(gate.run(() => (asked++, failure(code))));
      for (let at = 0; at < times; at++) {
        assert.equal(asked, Math.min(at + 1, calls));
        await clock.advance(700);
      }
      await run;
      assert.equal(asked, calls);
    });
});

describe("webhook stores", () => {
  const open = (spec: JsonObject, texts: Record<string, string> = {}) =>
    openProvider(webhookProvider, { url: `${stub.url}/get`, ...spec }, depsOf({ texts }));

  test("address, headers and body are templates; what goes into the address is escaped", async () => {
    const labelled = depsOf({ texts: { "auth/token": "t&t" } });
    const credentials = {
      ...labelled.credentials,
      secretData: async () => ({
        data: new Map([["token", Buffer.from("t&t")]]),
        labels: { "external-secrets.io/type": "webhook" },
      }),
    };
    const spec = {
      method: "POST",
      url: `${stub.url}/{{ .remoteRef.namespace }}/{{ .remoteRef.key }}?v={{ .remoteRef.version }}`,
      headers: { authorization: "Bearer {{ .auth.token }}" },
      body: '{"key":"{{ .remoteRef.key }}"}',
      secrets: [{ name: "auth", secretRef: { name: "auth" } }],
      result: { jsonPath: "$.data['a b'][0].value" },
    };
    answer = () => ({ body: { data: { "a b": [{ value: "found" }] } } });
    const client = openProvider(webhookProvider, spec, { ...labelled, credentials });
    assert.equal(await valueAt(client, refTo("a/b c", { version: "1" })), "found");
    const [asked] = stub.asked;
    assert.equal(asked?.url, "/team/a%2Fb+c?v=1");
    assert.equal(asked?.headers.authorization, "Bearer t&t");
    assert.equal(asked?.body, '{"key":"a/b c"}');
    client.close();
  });

  test("a Secret without the label is not handed out", async () => {
    const client = open({ secrets: [{ name: "auth", secretRef: { name: "auth" } }] }, { "auth/token": "planted" });
    await assert.rejects(valueAt(client, refTo("a")), /needs the label external-secrets\.io\/type: webhook/);
    assert.equal(stub.asked.length, 0);
    client.close();
  });

  test("404 is missing, 304 is what there was, an object is a map", async () => {
    const client = open({ result: { jsonPath: "$.data" } });
    answer = () => ({ body: { data: { a: "1", n: 2.5, o: { x: null } } } });
    const entries = client.mapOf(await client.read(refTo("k"), SIGNAL), refTo("k"));
    assert.deepEqual(textsOf(entries), { a: "1", n: "2.5", o: '{"x":null}' });
    answer = () => ({ status: 304 });
    assert.deepEqual(textsOf(client.mapOf(await client.read(refTo("k"), SIGNAL), refTo("k"))), textsOf(entries));
    await assert.rejects(client.read(refTo("other"), SIGNAL), /304/);
    answer = () => ({ status: 404, body: {} });
    assert.equal(await client.read(refTo("k"), SIGNAL), undefined);
    await assert.rejects(client.find(findOf({ name: "x" }), SIGNAL), /cannot find secrets/);
    client.close();
  });

  test("one that never answers is given up", async () => {
    answer = () => ({ hangs: true });
    const client = open({ timeout: "50ms" });
    await assert.rejects(valueAt(client, refTo("a")), /did not answer in time/);
    client.close();
  });

  test("a redirect is not followed: it could lead the credentials elsewhere", async () => {
    answer = () => ({ status: 302, headers: { location: "http://127.0.0.1:1/" } });
    const client = open({});
    await assert.rejects(valueAt(client, refTo("a")), /answered 302/);
    client.close();
  });

  test("pushing sends the value by the template, or as the body, and deletes", async () => {
    const target = { key: "k1", property: "", metadata: undefined };
    const plain = open({ url: `${stub.url}/{{ .remoteRef.remoteKey }}` });
    await plain.writes?.push(valueOfText("value"), target, SIGNAL);
    await plain.writes?.remove(target, SIGNAL);
    assert.deepEqual(
      stub.asked.map(({ method, url, body }) => [method, url, body]),
      [
        ["POST", "/k1", "value"],
        ["DELETE", "/k1", ""],
      ],
    );
    const shaped = open({ method: "PUT", body: '{"{{ .remoteRef.secretKey }}":"{{ .remoteRef.k1 }}"}' });
    await shaped.writes?.push(valueOfText("value", "user"), target, SIGNAL);
    assert.deepEqual([stub.asked.at(-1)?.method, stub.asked.at(-1)?.body], ["PUT", '{"user":"value"}']);
    plain.close();
    shaped.close();
  });
});
