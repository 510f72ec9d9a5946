import assert from "node:assert/strict";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { WebSocket } from "ws";
import { pod } from "./contract/objects.ts";
import { startForTest, type TestServer } from "./support.ts";

const CMS = "/api/v1/namespaces/default/configmaps";

interface Opened {
  readonly socket: WebSocket;
  readonly messages: { text: string; isBinary: boolean }[];
  /** Resolves when a message has come that says so. */
  seen(isIt: (text: string) => boolean): Promise<void>;
}

async function open(
  context: TestContext,
  { server }: TestServer,
  path: string,
  protocols: string[] = [],
  hasToken = true,
): Promise<Opened> {
  const { bearerToken } = server.adminConfig();
  const socket = new WebSocket(`wss://127.0.0.1:${server.port}${path}`, protocols, {
    ca: Buffer.from(server.caData, "base64").toString(),
    origin: "https://127.0.0.1",
    headers: hasToken ? { authorization: `Bearer ${bearerToken}` } : {},
    perMessageDeflate: false,
  });
  context.after(() => socket.terminate());
  const messages: Opened["messages"] = [];
  socket.on("message", (data: Buffer, isBinary) => messages.push({ text: data.toString(), isBinary }));
  await once(socket, "open");
  return {
    socket,
    messages,
    async seen(isIt) {
      while (!messages.some(({ text }) => isIt(text))) await once(socket, "message");
    },
  };
}

test("a token among the protocols says who asks, and is not answered as a protocol", async (context) => {
  const server = await startForTest(context, { controllers: false });
  const token = Buffer.from(server.server.adminConfig().bearerToken ?? "").toString("base64url");
  const protocols = [`base64url.bearer.authorization.k8s.io.${token}`, "base64.channel.k8s.io"];
  await server.ask(`POST ${CMS}`, { metadata: { name: "a" } });
  const { socket, seen } = await open(context, server, `${CMS}?watch=1&resourceVersion=0`, protocols, false);
  await seen((text) => text.includes('"name":"a"'));
  assert.equal(socket.protocol, "base64.channel.k8s.io");
});

test("a client that takes its leave, or just goes, ends its watch", { timeout: 120_000 }, async (context) => {
  const server = await startForTest(context, { controllers: false });
  const watches = async (): Promise<number> => {
    const { body } = await server.ask("GET /metrics");
    return Number(/^apiserver_longrunning_requests\{[^}]*configmaps[^}]*\} (\d+)$/m.exec(String(body))?.[1] ?? 0);
  };
  const [polite, rude] = await Promise.all([1, 2].map(() => open(context, server, `${CMS}?watch=1&resourceVersion=0`)));
  assert.equal(await watches(), 2);
  polite?.socket.close();
  rude?.socket.terminate();
  while ((await watches()) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
});

test("the server's end is a normal closure of every websocket", async (context) => {
  const server = await startForTest(context, { controllers: false });
  const { socket } = await open(context, server, `${CMS}?watch=1&resourceVersion=0`);
  const closed = once(socket, "close");
  await server.server.close();
  assert.equal((await closed)[0], 1000);
});

test("one that reads slowly loses no event and fills no memory", { timeout: 120_000 }, async (context) => {
  const server = await startForTest(context, { controllers: false });
  const { socket, messages, seen } = await open(context, server, `${CMS}?watch=1&resourceVersion=0`);
  socket.pause();
  const data = { text: "x".repeat(200_000) };
  for (let index = 0; index < 20; index++) await server.ask(`POST ${CMS}`, { metadata: { name: `c${index}` }, data });
  socket.resume();
  await seen((text) => text.includes('"name":"c19"'));
  assert.equal(new Set(messages.map(({ text }) => /"name":"(c\d+)"/.exec(text)?.[1])).size, 20);
});

test("a log comes over a websocket in bytes, or in base64 where that is asked for", async (context) => {
  const server = await startForTest(context, { controllers: false, disabledAdmission: ["ServiceAccount"] });
  const stop = server.server.podLogs.use({ read: () => "one\ntwo\n", nextAt: () => undefined });
  context.after(stop);
  await server.ask("POST /api/v1/namespaces/default/pods", pod("p", { nodeName: "n" }));
  for (const [protocol, isBinary, text] of [
    ["", true, "one\ntwo\n"],
    ["binary.k8s.io", true, "one\ntwo\n"],
    ["base64.binary.k8s.io", false, Buffer.from("one\ntwo\n").toString("base64")],
  ] as const) {
    for (const query of ["", "?follow=true"]) {
      const path = `/api/v1/namespaces/default/pods/p/log${query}`;
      const protocols = protocol === "" ? [] : ["unknown", protocol];
      const { socket, messages } = await open(context, server, path, protocols);
      if (socket.readyState !== WebSocket.CLOSED) await once(socket, "close");
      // Beginning with an empty message: that is how readers see at once that there is an answer.
      assert.deepEqual(messages, [
        { text: "", isBinary },
        { text, isBinary },
      ]);
      assert.equal(socket.protocol, protocol);
    }
  }
});
