import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { silentLogger, systemClock } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { createClient, type KubeClient } from "@fairlead/kube";
import { runGit } from "@fairlead/sources";
import { installManifests } from "../src/install/manifests.ts";
import { startControllers, type Controllers } from "../src/up/controllers.ts";
import { joinReplicas, replicaIdentity, type Replicas } from "../src/up/replicas.ts";

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };
const COUNT = 8;

/** One controller as the command runs it, short leases aside. */
interface Replica {
  readonly controllers: Controllers;
  /** Applications it synced, in order. */
  readonly synced: string[];
  readonly shares: Replicas;
  stop(): Promise<void>;
}

describe("controllers on a cluster that is there already", () => {
  let root: string;
  let server: ApiServer;
  let hub: KubeClient;
  const running: Replica[] = [];

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "fairlead-controller-"));
    server = await startApiServer({ data: join(root, "data"), port: 0, logger: silentLogger });
    hub = client();
    mkdirSync(join(root, "repo/app"), { recursive: true });
    await commit("one");
    const setup = installManifests({ namespace: "argocd", image: "fairlead", replicas: 1, allowFrom: [] });
    for (const object of setup.filter(({ kind }) => kind === "CustomResourceDefinition" || kind === "Namespace")) {
      await hub.apply(object, { fieldManager: "test", force: true });
    }
  });
  after(async () => {
    for (const replica of running) await replica.stop();
    hub.close();
    await server.close();
    rmSync(root, { recursive: true, force: true });
  });

  const access = () => server.issueClient({ user: "kubernetes-admin", groups: ["system:masters"] });
  const client = (): KubeClient => createClient(access(), { clock: systemClock, logger: silentLogger });

  async function commit(value: string): Promise<void> {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { key: ${value} }\n`;
    writeFileSync(join(root, "repo/app/a.yaml"), text);
    const git = ["-C", join(root, "repo"), "-c", "user.name=a", "-c", "user.email=a@example.com"];
    await runGit([...git, "init", "-q", "-b", "main"]);
    await runGit([...git, "add", "-A"]);
    await runGit([...git, "commit", "-qm", value]);
  }

  async function start(name: string): Promise<Replica> {
    const leaving = new AbortController();
    const own = client();
    const times = { leaseMs: 2_000, handoverMs: 400 };
    const shared = { clock: systemClock, logger: silentLogger, namespace: "argocd" };
    const shares = joinReplicas({ client: own, identity: `${name}_0_x`, ...shared, ...times }, leaving.signal);
    await shares.joined;
    const mirrorDirectory = join(root, name);
    const controllers = await startControllers({ hub: access(), mirrorDirectory, renderKey: "k", shares, ...shared });
    const synced: string[] = [];
    controllers.apps.events.subscribe((event) => void (event.type === "synced" && synced.push(event.app)));
    let isOver = false;
    const replica = {
      controllers,
      synced,
      shares,
      async stop() {
        if (isOver) return;
        isOver = true;
        await controllers.stop();
        leaving.abort();
        await shares.ended;
        own.close();
      },
    };
    running.push(replica);
    return replica;
  }

  const application = (name: string, namespace: string): KubeObject => ({
    ...APPLICATION,
    metadata: { name, namespace },
    spec: {
      project: "default",
      source: { repoURL: `file://${join(root, "repo")}`, path: "app", targetRevision: "main" },
      destination: { name: "in-cluster", namespace: `to-${name}` },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] },
    },
  });

  async function until(question: () => Promise<boolean> | boolean, what: string): Promise<void> {
    for (let round = 0; round < 900; round++) {
      if (await question()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(
      `not within three quarters of a minute: ${what}; synced ${JSON.stringify(running.map(({ synced }) => synced))}, values ${(await values()).join()}`,
    );
  }

  async function values(): Promise<string[]> {
    const { items } = await hub.list({ apiVersion: "v1", kind: "ConfigMap" });
    const ours = items.filter(({ metadata }) => metadata.name === "settings");
    return ours.map((map) => (map["data"] as { key: string }).key);
  }

  const areAll = (value: string) => async (): Promise<boolean> =>
    (await values()).filter((one) => one === value).length === COUNT;

  test("two share the applications, none is synced by both, and what one leaves the other takes", async () => {
    await hub.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "team-a" } });
    const first = await start("first");
    for (let index = 0; index < COUNT; index++) {
      await hub.create(application(`app-${index}`, index % 2 === 0 ? "argocd" : "team-a"));
    }
    await until(areAll("one"), "everything synced by the only one");
    // An object is there before its application is done with it, and tells so.
    await until(() => first.synced.length >= COUNT, "everything told by the only one");
    assert.equal(first.synced.length, COUNT);
    const second = await start("second");
    const keys = [...first.synced];
    await until(() => keys.some((key) => second.shares.owns(key)), "the second has a share");
    await until(() => keys.every((key) => first.shares.owns(key) !== second.shares.owns(key)), "each has one owner");
    first.synced.length = 0;
    await commit("two");
    await until(areAll("two"), "everything synced by both");
    await until(() => first.synced.length + second.synced.length >= COUNT, "both have told it");
    assert.deepEqual([...first.synced, ...second.synced].sort(), [...keys].sort(), "each once");
    await first.stop();
    await commit("three");
    await until(areAll("three"), "everything synced by the one that is left");
  });

  test("an identity tells its process, so that a successor knows it", () => {
    assert.match(
      replicaIdentity(() => 0.5),
      new RegExp(`_${process.pid}_`),
    );
  });
});
