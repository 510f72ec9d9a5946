import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@fairlead/base";
import { createClient, type LocalConnection } from "@fairlead/kube";

type Receiver = Parameters<LocalConnection["send"]>[1];

interface Sent {
  readonly line: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly receiver: Receiver;
  readonly said: string[];
}

/** A server that answers what the test wants, when it wants it. */
function connection(onSent: (sent: Sent) => void): LocalConnection {
  return {
    send({ method, path, headers }, receiver) {
      const said: string[] = [];
      const sent = { line: `${method} ${path}`, headers, receiver, said };
      setImmediate(() => onSent(sent));
      return {
        pause: () => void said.push("pause"),
        resume: () => void said.push("resume"),
        abort: () => void said.push("abort"),
      };
    },
  };
}

function clientOf(onSent: (sent: Sent) => void): ReturnType<typeof createClient> {
  const config = {
    server: "https://127.0.0.1:1",
    bearerToken: "token",
    impersonate: { user: "bob", groups: ["a", "b"] },
  };
  return createClient(config, { logger: silentLogger, local: connection(onSent) });
}

test("calls to a server in this process carry credentials and identity as over the network", async () => {
  const client = clientOf(({ receiver, headers, line }) => {
    assert.equal(line, "GET /version?verbose=true");
    assert.equal(headers["authorization"], "Bearer token");
    const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    assert.equal(names["impersonate-user"], "bob");
    receiver.onHead(200, { "Content-Type": "text/plain", Warning: ["299 - one", "299 - two"] });
    receiver.onData(Buffer.from("hal"));
    receiver.onData(Buffer.from("lo"));
    receiver.onEnd();
  });
  const answer = await client.request({ method: "GET", path: "/version", query: { verbose: true } });
  assert.equal(answer.body.toString(), "hallo");
  assert.deepEqual(answer.headers, { "content-type": "text/plain", warning: "299 - one, 299 - two" });
});

test("a read whose answer breaks off is asked again, a write is not", async () => {
  let asked = 0;
  const client = clientOf(({ receiver }) => {
    asked++;
    if (asked === 2) {
      receiver.onHead(200, {});
      receiver.onData(Buffer.from("{}"));
      receiver.onEnd();
    } else {
      receiver.onError(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
    }
  });
  assert.equal((await client.request({ method: "GET", path: "/version" })).status, 200);
  await assert.rejects(client.request({ method: "POST", path: "/version", body: {} }), { code: "ServerUnreachable" });
  assert.equal(asked, 3);
});

test("a call that is given up, or whose client is closed, is broken off at the server", async () => {
  const waiting: Sent[] = [];
  const stopping = new AbortController();
  const client = clientOf((sent) => {
    waiting.push(sent);
    if (waiting.length === 1) stopping.abort();
    else client.close();
  });
  const { signal } = stopping;
  await assert.rejects(client.request({ method: "GET", path: "/one", signal }), { code: "Cancelled" });
  await assert.rejects(client.request({ method: "GET", path: "/two" }), { code: "Cancelled" });
  assert.deepEqual(
    waiting.map(({ line, said }) => [line, said]),
    [
      ["GET /one", ["abort"]],
      ["GET /two", ["abort"]],
    ],
  );
});
