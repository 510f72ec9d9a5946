import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { silentLogger, systemClock } from "@fairlead/base";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { createClient, type KubeClient } from "@fairlead/kube";
import { hubSopsKeys } from "../src/up/sops-keys.ts";

const SECRET = { apiVersion: "v1", kind: "Secret" };
let server: ApiServer;
let hub: KubeClient;
const stopping = new AbortController();

before(async () => {
  server = await startApiServer({ data: "memory", logger: silentLogger });
  hub = createClient(server.issueClient({ user: "admin", groups: ["system:masters"] }), {
    clock: systemClock,
    logger: silentLogger,
    userAgent: "test",
  });
});
after(async () => {
  stopping.abort();
  hub.close();
  await server.close();
});

test("a Secret's keys are followed from the first time they are asked for", async () => {
  let changed: (() => void) | undefined;
  const options = { hub, namespace: "default", clock: systemClock, logger: silentLogger, onChange: () => changed?.() };
  const filesFor = hubSopsKeys(options, stopping.signal);
  const none = await filesFor("team-keys");
  assert.equal((await filesFor("team-keys")).keysId, none.keysId);
  const told = new Promise<void>((resolve) => (changed = resolve));
  const metadata = { name: "team-keys", namespace: "default" };
  await hub.create({ ...SECRET, metadata, data: { "age.agekey": Buffer.from("# none yet").toString("base64") } });
  await told;
  const some = await filesFor("team-keys");
  assert.notEqual(some.keysId, none.keysId);
  assert.notEqual((await filesFor("other-keys")).keysId, none.keysId);
  assert.equal(await some.open("a.yaml", Buffer.from("a: ENC[AES256_GCM,data:x]\n")), undefined);
});

test("an empty name asks nobody", async () => {
  const options = { hub, namespace: "default", clock: systemClock, logger: silentLogger, onChange: () => undefined };
  const { keysId } = await hubSopsKeys(options, stopping.signal)("");
  assert.match(keysId, /^[0-9a-f]{64}$/);
});
