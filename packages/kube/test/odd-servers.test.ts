import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { type Clock, systemClock } from "@fairlead/base";
import { createInformer, type Informer, type KubeClient } from "@fairlead/kube";
import type { FakeApiServer, RequestInfo } from "./support/fake-api-server.ts";
import { CONFIG_MAP, configMap, startFake, until } from "./support/setup.ts";

/** Pauses pass two hundred times as fast; how long something took is told as it was. */
const HURRY = 200;
const PATIENCE_MS = 50_000;
const hurried: Clock = {
  now: () => systemClock.now(),
  after: (delayMs, callback) => systemClock.after(delayMs / HURRY, callback),
};

interface Rig {
  readonly server: FakeApiServer;
  readonly client: KubeClient;
  readonly informer: Informer;
}

async function follow(t: TestContext, prepare: (server: FakeApiServer) => void = () => undefined): Promise<Rig> {
  const { client, server } = await startFake({ streamingLists: true }, {}, { clock: hurried });
  await client.create(configMap("a"));
  prepare(server);
  const stop = new AbortController();
  t.after(() => stop.abort());
  const informer = createInformer(client, { kind: CONFIG_MAP, clock: hurried });
  informer.start(stop.signal);
  return { server, client, informer };
}

const isStreamingList = ({ query }: RequestInfo): boolean => query.has("sendInitialEvents");
const PAGE = { status: 200, body: "<html>Please sign in</html>", headers: { "content-type": "text/html" } };

/** What stands between client and server and lets no stream through. */
const NO_STREAMS = {
  "a proxy's page": PAGE,
  "an empty answer": { status: 200, body: "" },
  "half a line": { status: 200, body: '{"type":"ADDED","obj' },
  "a value that is no event": { status: 200, body: "[]\n" },
};

for (const [what, fault] of Object.entries(NO_STREAMS)) {
  test(`where every stream is answered with ${what}, objects are listed, and changes are still seen`, async (t) => {
    const { client, informer } = await follow(t, (server) => {
      server.faults.onRequest = ({ isWatch }) => (isWatch ? fault : undefined);
    });
    await informer.synced;
    assert.deepEqual(
      informer.list().map(({ metadata }) => metadata.name),
      ["a"],
    );
    await client.create(configMap("b"));
    await until("the new object is seen without a watch", () => informer.size === 2, PATIENCE_MS);
    await until("somebody is told why", () => /watch|JSON/i.test(informer.lastError?.message ?? ""), PATIENCE_MS);
    await client.delete(CONFIG_MAP, "a", "shop");
    await until("the absence is seen without a watch", () => informer.size === 1, PATIENCE_MS);
  });

  test(`a few streams answered with ${what} do no harm`, async (t) => {
    let left = 4;
    const { client, server, informer } = await follow(t);
    await informer.synced;
    server.faults.onRequest = ({ isWatch }) => (isWatch && left-- > 0 ? fault : undefined);
    server.endWatches();
    await client.create(configMap("b"));
    await until("the new object is seen", () => informer.size === 2 && informer.lastError === undefined, PATIENCE_MS);
    assert.equal(server.countOf(isStreamingList), 1);
  });
}

test("a list that is a web page is told as one, and nothing of its text", async () => {
  const { client, server } = await startFake();
  server.faults.onRequest = ({ path }) => (path.startsWith("/apis") || path === "/api" ? undefined : PAGE);
  const message = "the server's answer is not JSON: it is a web page, as of a proxy or a login";
  await assert.rejects(client.list(CONFIG_MAP), { code: "AnswerInvalid", message });
  await assert.rejects(client.get(CONFIG_MAP, "a", "shop"), { code: "AnswerInvalid", message });
});

test("a list without a resourceVersion is refused: no watch could go on from it", async (t) => {
  const list = { kind: "ConfigMapList", apiVersion: "v1", metadata: {}, items: [] };
  const { informer } = await follow(t, (server) => {
    server.faults.onRequest = ({ path, isWatch }) => {
      if (!path.endsWith("/configmaps")) return undefined;
      return isWatch ? { status: 400, body: {} } : { status: 200, body: list };
    };
  });
  await until("the fault is named", () => informer.lastError !== undefined);
  assert.match(informer.lastError?.message ?? "", /a list of ConfigMap has no resourceVersion/);
  assert.equal(informer.hasSynced, false);
});
