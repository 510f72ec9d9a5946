import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Clock } from "@fairlead/base";
import { systemClock } from "@fairlead/base";
import type { ApiServerAccess, LocalConnection } from "@fairlead/apiserver";
import type { AuditEvent } from "../src/audit/types.ts";
import { issueCertificate } from "../src/auth/certificates.ts";
import { startForTest } from "./support.ts";

const REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const DAY_MS = 86_400_000;
const encode = (text: string): string => Buffer.from(text).toString("base64");

interface Heard {
  readonly code: number;
  readonly text: string;
}

function ask(
  way: LocalConnection | undefined,
  line: string,
  body?: unknown,
  headers: Record<string, string | string[]> = {},
): Promise<Heard> {
  assert.ok(way, "there is a way to the server");
  const [method = "GET", path = ""] = line.split(" ");
  const given = { "content-type": "application/json", ...headers };
  return new Promise((resolve, reject) => {
    let code = 0;
    let text = "";
    way.send(
      { method, path, headers: given, ...(body === undefined ? {} : { body: JSON.stringify(body) }) },
      {
        onHead: (status) => (code = status),
        onData: (chunk) => (text += chunk.toString()),
        onEnd: () => resolve({ code, text }),
        onError: reject,
      },
    );
  });
}

async function nameOf(way: LocalConnection | undefined, headers = {}): Promise<unknown> {
  const { code, text } = await ask(way, `POST ${REVIEWS}`, {}, headers);
  const answer = JSON.parse(text) as { status?: { userInfo?: { username?: unknown } } };
  return code === 201 ? answer.status?.userInfo?.username : code;
}

describe("a client in the server's process", () => {
  test("is who its certificate says, whoever it impersonates, or whose token it has", async (context) => {
    const { server } = await startForTest(context);
    const ann = server.issueClient({ user: "ann", groups: ["system:masters"] });
    assert.equal(await nameOf(server.connect(ann)), "ann");
    const asBob = { "impersonate-user": "bob", "impersonate-group": ["one", "system:masters"] };
    assert.equal(await nameOf(server.connect(ann), asBob), "bob");
    const { server: url, caData } = ann;
    const nobody = server.connect({ server: url, caData });
    const token = server.adminConfig().bearerToken ?? "";
    assert.equal(await nameOf(nobody, { authorization: `Bearer ${token}` }), "admin");
    assert.equal(await nameOf(nobody, { authorization: "Bearer stolen" }), 401);
    assert.equal((await ask(nobody, "GET /api/v1/secrets")).code, 403);
    const eve = server.issueClient({ user: "eve" });
    assert.equal((await ask(server.connect(eve), "GET /api/v1/secrets")).code, 403);
  });

  test("has its certificate judged as TLS judges it", async (context) => {
    let aheadMs = 0;
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    const { server } = await startForTest(context, { clock });
    const ann = server.issueClient({ user: "ann" });
    const way = server.connect(ann);
    assert.equal(await nameOf(way), "ann");
    aheadMs = 4000 * DAY_MS;
    assert.equal(await nameOf(way), 401, "a certificate that ends while it is in use");
    assert.equal(await nameOf(server.connect(ann)), 401, "a certificate that has ended");
    aheadMs = 0;
    const lifetimeMs = DAY_MS;
    const stranger = issueCertificate({ commonName: "eve", lifetimeMs, nowMs: Date.now(), usage: "client" });
    const asStranger = { ...ann, certData: encode(stranger.cert), keyData: encode(stranger.key) };
    assert.equal(await nameOf(server.connect(asStranger)), 401, "another authority's certificate");
    assert.equal(server.connect({ ...ann, keyData: encode(stranger.key) }), undefined, "a key of another certificate");
    assert.equal(server.connect({ ...ann, keyData: "" }), undefined, "a certificate without its key");
  });

  const ELSEWHERE: readonly [string, (access: ApiServerAccess) => Parameters<typeof nothing>[0]][] = [
    ["another address", (access) => ({ ...access, server: "https://127.0.0.1:1" })],
    ["another authority", (access) => ({ ...access, caData: encode("another") })],
    ["a proxy in between", (access) => ({ ...access, proxyUrl: "http://proxy.example.com" })],
    ["another name of the server", (access) => ({ ...access, serverName: "kubernetes" })],
  ];
  function nothing(_access: ApiServerAccess & { proxyUrl?: string; serverName?: string }): void {}
  for (const [what, change] of ELSEWHERE) {
    test(`goes over the network where its access means ${what}`, async (context) => {
      const { server } = await startForTest(context);
      const access = server.issueClient({ user: "ann" });
      assert.ok(server.connect(access));
      assert.equal(server.connect(change(access)), undefined);
    });
  }

  test("that reads a watch slowly holds it back and misses nothing", async (context) => {
    const { server, ask: asAdmin } = await startForTest(context);
    const way = server.connect(server.adminConfig());
    assert.ok(way);
    const { body } = await asAdmin(`GET ${CONFIG_MAPS}?limit=1`);
    const { resourceVersion } = (body as { metadata: { resourceVersion: string } }).metadata;
    const path = `${CONFIG_MAPS}?watch=1&resourceVersion=${resourceVersion}`;
    let text = "";
    let chunks = 0;
    const told = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const big = 30;
    const answer = way.send(
      { method: "GET", path, headers: {} },
      {
        onHead: (status) => assert.equal(status, 200),
        onData(chunk) {
          if (chunks++ === 0) answer.pause();
          text += chunk.toString();
          if (text.includes(`"name":"big-${big - 1}"`)) told.resolve();
        },
        onEnd: () => ended.resolve(),
        onError: () => ended.resolve(),
      },
    );
    for (let index = 0; index < big; index++) {
      await asAdmin(`POST ${CONFIG_MAPS}`, {
        metadata: { name: `big-${index}` },
        data: { text: "x".repeat(500_000) },
      });
    }
    assert.equal(chunks, 1, "what comes after a pause waits");
    answer.resume();
    await told.promise;
    const events = text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { object: { metadata: { name: string } } });
    const names = events.map(({ object }) => object.metadata.name).filter((name) => name.startsWith("big-"));
    assert.deepEqual(
      names,
      Array.from({ length: big }, (_, index) => `big-${index}`),
    );
    answer.abort();
    await ended.promise;
  });

  test("has its watches ended and its calls refused when the server ends", async (context) => {
    const { server } = await startForTest(context);
    const way = server.connect(server.adminConfig());
    const watch = ask(way, `GET ${CONFIG_MAPS}?watch=1`);
    assert.equal((await ask(way, `GET ${CONFIG_MAPS}`)).code, 200);
    await server.close();
    assert.equal((await watch).code, 200);
    await assert.rejects(ask(way, `GET ${CONFIG_MAPS}`), { code: "ECONNRESET" });
  });

  test("is in the audit log with its user and its address", async (context) => {
    const events: AuditEvent[] = [];
    const { server } = await startForTest(context, { audit: (event) => void events.push(event) });
    await ask(server.connect(server.issueClient({ user: "ann" })), "GET /api/v1/secrets");
    const own = events.find(({ requestURI }) => requestURI === "/api/v1/secrets");
    assert.deepEqual(
      { user: own?.user.username, from: own?.sourceIPs, status: own?.responseStatus },
      { user: "ann", from: ["127.0.0.1"], status: { code: 403 } },
    );
  });
});
