import assert from "node:assert/strict";
import { connect } from "node:tls";
import { describe, test } from "node:test";
import { startForTest } from "./support.ts";

const CMS = "/api/v1/namespaces/default/configmaps";

describe("bad input gets the right error, and the server lives on", () => {
  test("bodies too large, too deep, or not what they say", async (context) => {
    const { ask } = await startForTest(context, { controllers: false });
    const large = { metadata: { name: "large" }, data: { x: "x".repeat(3 * 1024 * 1024) } };
    assert.equal((await ask(`POST ${CMS}`, large)).code, 413);
    let deep: unknown = 1;
    for (let level = 0; level < 2_000; level++) deep = { a: deep };
    assert.equal((await ask(`POST ${CMS}`, { metadata: { name: "deep" }, data: deep })).code, 400);
    const type = { "content-type": "application/vnd.kubernetes.protobuf" };
    assert.equal((await ask(`POST ${CMS}`, { no: "protobuf" }, type)).code, 400);
    assert.equal((await ask(`GET ${CMS}`)).code, 200);
  });

  test("keys that would change a prototype are plain keys", async (context) => {
    const { ask } = await startForTest(context, { controllers: false });
    const body = JSON.parse(
      '{"metadata":{"name":"proto","labels":{"__proto__":"x"}},"data":{"__proto__":"y"}}',
    ) as object;
    const made = await ask(`POST ${CMS}`, body);
    assert.equal(made.code === 201 || made.code === 422, true, JSON.stringify(made.body));
    assert.equal(({} as Record<string, unknown>)["x"], undefined);
  });

  test("paths with tricks find nothing", async (context) => {
    const { ask } = await startForTest(context, { controllers: false });
    for (const path of [
      "/api/v1/namespaces/default/../../secrets",
      "/api/v1//configmaps/%2e%2e",
      "/%00",
      "/apis/%ff/v1/x",
      "/api/v1/namespaces/a%2fb/configmaps/x",
    ]) {
      const { code } = await ask(`GET ${path}`);
      assert(code >= 200 && code < 500, `${path}: ${code}`);
    }
  });

  test("a slow reader is cut off from memory, not from events", async (context) => {
    const { server, ask } = await startForTest(context, { controllers: false });
    const { bearerToken } = server.adminConfig();
    const socket = connect({
      host: "127.0.0.1",
      port: server.port,
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    });
    context.after(() => socket.destroy());
    await new Promise((resolve) => socket.once("secureConnect", resolve));
    socket.write(
      `GET ${CMS}?watch=1&resourceVersion=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bearerToken}\r\n\r\n`,
    );
    socket.pause();
    const text = "x".repeat(100_000);
    await ask(`POST ${CMS}`, { metadata: { name: "big" }, data: { n: "0", text } });
    const writes = 120;
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 1; index <= writes; index++) {
      const patch = { data: { n: String(index) } };
      await ask(`PATCH ${CMS}/big`, patch, { "content-type": "application/merge-patch+json" });
    }
    assert(process.memoryUsage().arrayBuffers - before < 60 * 1024 * 1024, "what waits for a reader is bounded");
    let seen = "";
    socket.on("data", (chunk: Buffer) => (seen += chunk.toString("latin1").replaceAll("x", "")));
    socket.resume();
    const deadline = Date.now() + 120_000;
    while (!seen.includes(`"n":"${writes}"`) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const told = [...seen.matchAll(/"n":"(\d+)"/g)].map((match) => Number(match[1]));
    assert.deepEqual(
      told,
      Array.from({ length: writes + 1 }, (_, index) => index),
      "every change once, in order",
    );
  });
});
