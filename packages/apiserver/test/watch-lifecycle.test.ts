import assert from "node:assert/strict";
import { connect, type TLSSocket } from "node:tls";
import { test } from "node:test";
import { startForTest } from "./support.ts";

const CMS = "/api/v1/namespaces/default/configmaps";

test("watchers that go away in the middle of changes take nothing with them", async (context) => {
  const { server, ask } = await startForTest(context, { controllers: false });
  const { bearerToken } = server.adminConfig();
  const open = async (): Promise<TLSSocket> => {
    const socket = connect({
      host: "127.0.0.1",
      port: server.port,
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    });
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("secureConnect", resolve));
    socket.write(
      `GET ${CMS}?watch=1&resourceVersion=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bearerToken}\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once("data", resolve));
    return socket;
  };
  const sockets = await Promise.all(Array.from({ length: 20 }, open));
  let seen = "";
  const last = sockets.at(-1) as TLSSocket;
  last.on("data", (chunk: Buffer) => (seen += chunk.toString()));
  await ask(`POST ${CMS}`, { metadata: { name: "a" } });
  const writes = Array.from({ length: 40 }, async (_, index) => {
    if (index < 19) sockets[index]?.destroy();
    const type = { "content-type": "application/merge-patch+json" };
    return ask(`PATCH ${CMS}/a`, { data: { [`n${index}`]: "x" } }, type);
  });
  const answers = await Promise.all(writes);
  assert(
    answers.every((answer) => answer.code === 200),
    JSON.stringify(answers.find((answer) => answer.code !== 200)?.body),
  );
  const events = (): number => [...seen.matchAll(/"type":"MODIFIED"/g)].length;
  for (let tries = 0; tries < 100 && events() < 40; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(events(), 40, "the one that stayed has seen every change");
  last.destroy();
  assert.equal((await ask("GET /readyz")).code, 200);
});
