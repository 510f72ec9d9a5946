import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { KubeClient } from "@fairlead/kube";
import { credentialsFor } from "../src/external/store/credentials.ts";
import { fillText } from "../src/external/template/fill.ts";
import { ExternalCluster, eventually, fakeStore, NAMESPACE, PUSH, STORE } from "./support/external-cluster.ts";

for (const name of ["getSecretKey", "getHostByName", "lookup", "readFile"])
  test(`${name} is no function of templates: none of them reads anything (GHSA-77v3-r3jw-j2v2, CVE-2026-34984)`, () =>
    assert.throws(() => fillText("k", `{{ ${name} "a" "b" "c" }}`, {}), /not defined/));

describe("references of a SecretStore that name another namespace (CVE-2026-42875)", () => {
  const asked: string[] = [];
  const hub = {
    find: (_kind: unknown, name: string, namespace: string) => Promise.resolve(void asked.push(`${namespace}/${name}`)),
    request: () => Promise.reject(new Error("asked for a token")),
  } as unknown as KubeClient;
  const of = (namespace: string | undefined) => {
    const kind = namespace === undefined ? "ClusterSecretStore" : "SecretStore";
    return credentialsFor(hub, { kind, name: "store", namespace }, "team", () => Promise.resolve("own"));
  };
  const ref = { name: "theirs", key: "k", namespace: "other" };
  const account = { ...ref, audiences: [] };

  for (const [name, read] of [
    ["a Secret", (store) => store.secretText(ref)],
    ["a caProvider's ConfigMap", (store) => store.configMapText(ref)],
    ["a whole Secret", (store) => store.secretData(ref)],
    ["a ServiceAccount", (store) => store.accountAnnotations(account)],
    ["a ServiceAccount's token", (store) => store.accountToken(account, [], 600)],
  ] as const satisfies readonly (readonly [string, (store: ReturnType<typeof of>) => Promise<unknown>])[])
    test(`${name} is not even looked for, and a ClusterSecretStore may name it`, async () => {
      asked.length = 0;
      const refused = async (): Promise<unknown> => read(of("team"));
      await assert.rejects(refused, /may only use its own \(team\)/);
      assert.deepEqual(asked, []);
      await assert.rejects(async (): Promise<unknown> => read(of(undefined)), /other\/theirs|asked for a token/);
    });
});

describe("a PushSecret that selects by label", () => {
  let cluster: ExternalCluster;
  before(async () => void (cluster = await ExternalCluster.start()));
  after(() => cluster.close());

  test("takes Secrets of its own namespace and of no other (GHSA-fcxq-v2r3-cc8h)", async () => {
    const labels = { pushed: "yes" };
    await cluster.secret("theirs", { theirs: "planted" }, { namespace: "remote", labels });
    await cluster.secret("ours", { ours: "v" }, { namespace: NAMESPACE, labels });
    await cluster.create(STORE, "fake", fakeStore());
    await cluster.create(PUSH, "push", {
      secretStoreRefs: [{ name: "fake" }],
      selector: { secret: { selector: { matchLabels: labels } } },
      data: [{ match: { secretKey: "ours", remoteRef: { remoteKey: "ours" } } }],
    });
    await cluster.ready("push", "Synced", PUSH);
    await cluster.create(PUSH, "greedy", {
      secretStoreRefs: [{ name: "fake" }],
      selector: { secret: { selector: { matchLabels: labels } } },
      data: [{ match: { secretKey: "theirs", remoteRef: { remoteKey: "theirs" } } }],
    });
    const { message = "" } = await cluster.ready("greedy", "Errored", PUSH);
    assert.match(message, /theirs/);
    await eventually(async () => {
      const push = await cluster.hub.get(PUSH, "push", NAMESPACE);
      assert.match(JSON.stringify(push["status"]), /"ours"/);
    });
    assert.equal(cluster.logged.includes("planted"), false);
  });
});
