import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isJsonObject, silentLogger, systemClock, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { createClient, eventRecorder, type KubeClient } from "@fairlead/kube";
import { createAppSets, Previews, type AppSets, type PullRequest, type WatchedWorld } from "../src/index.ts";
import type { Condition } from "../src/application-set/types.ts";
import { previewCommand } from "../src/command/index.ts";
import { clusterSecret, setOf, worldOf } from "./support/facts.ts";

const SET = { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet" };
const APPLICATION = { ...SET, kind: "Application" };
const NAMESPACE = { apiVersion: "v1", kind: "Namespace" };
const WITHIN_MS = 20_000;

let server: ApiServer;
let hub: KubeClient;
let appSets: AppSets;
let ended: Promise<void>;
let pulls: PullRequest[] = [];
const closed = new Set<number>();
const comments = new Map<number, string>();
const stop = new AbortController();

function definition(kind: string, plural: string): KubeObject {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const versions = [{ name: "v1alpha1", served: true, storage: true, schema, subresources: { status: {} } }];
  const spec = {
    group: "argoproj.io",
    scope: "Namespaced",
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions,
  };
  // An Application's status is written by nobody here, so the tests write it with the object.
  if (kind === "Application") delete (versions[0] as { subresources?: unknown }).subresources;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.argoproj.io` },
    spec,
  } as unknown as KubeObject;
}

function connect(): KubeClient {
  const access = server.issueClient({ user: "admin", groups: ["system:masters"] });
  return createClient(access, { logger: silentLogger, clock: systemClock });
}

before(async () => {
  server = await startApiServer({ data: "memory", logger: silentLogger });
  hub = connect();
  for (const [kind, plural] of [
    ["Application", "applications"],
    ["ApplicationSet", "applicationsets"],
    ["AppProject", "appprojects"],
  ] as const) {
    await hub.create(definition(kind, plural));
  }
  await hub.create({ ...NAMESPACE, metadata: { name: "argocd" } });
  await eventually(async () => {
    await hub.create({ ...SET, kind: "AppProject", metadata: { name: "default", namespace: "argocd" }, spec: {} });
    return true;
  });
  const world: WatchedWorld = {
    ...worldOf({}),
    pullRequests: async () => [...pulls],
    isClosed: async (_provider, number) => closed.has(number),
    watch: () => () => undefined,
    refresh: () => Promise.resolve(),
  };
  const events = eventRecorder(hub, { component: "test", clock: systemClock, logger: silentLogger });
  const shared = { hub, clock: systemClock, logger: silentLogger, events };
  const previews = new Previews({
    ...shared,
    clientFor: () => hub,
    comment: async (_provider, number, _mark, text) => void comments.set(number, text),
  });
  appSets = createAppSets({ ...shared, world, namespace: "argocd", previews });
  ended = appSets.run(stop.signal);
});

after(async () => {
  stop.abort();
  await ended;
  hub.close();
  await server.close();
});

async function eventually(check: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      if (await check()) return;
    } catch {
      // Not yet.
    }
    if (Date.now() > until) assert.fail(`not within ${WITHIN_MS} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const named = (set: KubeObject, name: string, annotations: Record<string, string> = {}): KubeObject => ({
  ...set,
  metadata: { name, namespace: "argocd", annotations },
});
const list = (...names: readonly string[]): unknown[] => [{ list: { elements: names.map((n) => ({ n })) } }];

async function applicationsOf(set: string): Promise<string[]> {
  const { items } = await hub.list(APPLICATION, { namespace: "argocd" });
  return items
    .filter((one) => one.metadata.ownerReferences?.[0]?.name === set && one.metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name ?? "")
    .sort();
}

async function statusOf(set: string): Promise<JsonObject> {
  const found = await hub.get(SET, set, "argocd");
  return isJsonObject(found["status"]) ? found["status"] : {};
}

async function conditionOf(set: string, type: string): Promise<string> {
  const { conditions } = await statusOf(set);
  const found = (Array.isArray(conditions) ? (conditions as Condition[]) : []).find((one) => one.type === type);
  return found ? `${found.status} ${found.reason}` : "";
}

async function change(name: string, body: JsonObject): Promise<void> {
  await hub.patch({ ...SET, name, namespace: "argocd" }, { type: "merge", body });
}

/** Deleted Applications have a finalizer, which the engine takes away once their objects are gone; here nobody else does. */
async function finalize(): Promise<void> {
  const { items } = await hub.list(APPLICATION, { namespace: "argocd" });
  for (const { metadata } of items) {
    if (metadata.deletionTimestamp === undefined) continue;
    await hub.patch(
      { ...APPLICATION, name: metadata.name ?? "", namespace: "argocd" },
      { type: "merge", body: { metadata: { finalizers: null } } },
    );
  }
}

describe("the controller on the embedded API", () => {
  test("writes what a set generates, one object for one changed element, and its status", async () => {
    await hub.create(named(setOf(list("a", "b"), "x-{{n}}"), "x"));
    await eventually(async () => (await applicationsOf("x")).join() === "x-a,x-b");
    await eventually(async () => (await conditionOf("x", "ResourcesUpToDate")) === "True ApplicationSetUpToDate");
    const before = await hub.get(APPLICATION, "x-a", "argocd");
    await change("x", { spec: { generators: list("a", "b", "c") as never } });
    await eventually(async () => (await applicationsOf("x")).join() === "x-a,x-b,x-c");
    assert.equal(
      (await hub.get(APPLICATION, "x-a", "argocd")).metadata.resourceVersion,
      before.metadata.resourceVersion,
    );
    await eventually(async () => (await statusOf("x"))["resourcesCount"] === 3);
  });

  test("mends an Application that somebody changed", async () => {
    await hub.patch(
      { ...APPLICATION, name: "x-a", namespace: "argocd" },
      { type: "merge", body: { spec: { project: "changed" } } },
    );
    await eventually(
      async () => ((await hub.get(APPLICATION, "x-a", "argocd"))["spec"] as JsonObject)["project"] === "default",
    );
  });

  test("holds a mass deletion, says so, and lets it go when approved", async () => {
    await change("x", { spec: { generators: list("a") as never } });
    await eventually(async () => (await conditionOf("x", "ResourcesUpToDate")) === "False DeletionHeld");
    assert.equal((await applicationsOf("x")).length, 3);
    await eventually(async () => {
      const { items } = await hub.list({ apiVersion: "v1", kind: "Event" }, { namespace: "argocd" });
      return items.some((event) => event["reason"] === "DeletionHeld" && String(event["message"]).includes("x-b, x-c"));
    });
    await change("x", { metadata: { annotations: { "fairlead.dev/approve-deletion": "2" } } });
    await eventually(async () => (await applicationsOf("x")).join() === "x-a");
  });

  test("a set that fails keeps its Applications and hurts no other", async () => {
    await change("x", { spec: { generators: [{ list: { elements: [{ n: 1 }] } }] as never } });
    await eventually(
      async () => (await conditionOf("x", "ErrorOccurred")) === "True ApplicationGenerationFromParamsError",
    );
    assert.deepEqual(await applicationsOf("x"), ["x-a"]);
    await hub.create(named(setOf(list("a"), "other-{{n}}"), "other"));
    await eventually(async () => (await applicationsOf("other")).length === 1);
  });

  test("follows clusters as they come and go", async () => {
    await hub.create(named(setOf([{ clusters: { selector: { matchLabels: { env: "prod" } } } }], "c-{{name}}"), "c"));
    await hub.create(clusterSecret("west", { env: "prod" }));
    await eventually(async () => (await applicationsOf("c")).join() === "c-west");
  });
});

describe("previews of pull requests", () => {
  const pull = (number: number, more: Partial<PullRequest> = {}): PullRequest => ({
    number,
    title: "t",
    branch: `b${number}`,
    targetBranch: "main",
    headSha: `sha${number}`,
    labels: [],
    author: "a",
    headRepository: "o/r",
    ...more,
  });
  const set = setOf(
    [{ pullRequest: { github: { owner: "o", repo: "r" }, requeueAfterSeconds: 3600 } }],
    "preview-pr-{{number}}",
    "p",
    {},
  );
  const template = {
    metadata: { name: "preview-pr-{{number}}" },
    spec: { source: { repoURL: "r", path: "manifests" }, destination: { namespace: "preview-{{number}}" } },
  };
  const config =
    "max: 2\nforkLabel: ok\ncomment: true\nurl: https://pr-{{number}}.example.com\nobjects:\n- apiVersion: v1\n  kind: ResourceQuota\n  metadata: {name: preview}\n  spec: {hard: {pods: '5'}}\n";
  const wake = (number: number, isClosed = false): void =>
    appSets.onWebhook({ type: "pullRequest", repoURLs: ["https://github.com/o/r.git"], number, isClosed });
  const states = async (): Promise<string> => {
    const { previews } = await statusOf("preview");
    return (Array.isArray(previews) ? (previews as JsonObject[]) : [])
      .map((one) => `${String(one["number"])}:${String(one["state"])}`)
      .join(" ");
  };

  test("a namespace with its quota and an Application for each, no more than there are places, forks only with a label", async () => {
    pulls = [pull(1), pull(2), pull(3), pull(4, { headRepository: "stranger/r" })];
    await hub.create(
      named({ ...set, spec: { ...(set["spec"] as JsonObject), template } }, "preview", {
        "fairlead.dev/preview": config,
      }),
    );
    await eventually(async () => (await states()) === "1:Running 2:Running 3:Queued 4:Gated");
    assert.deepEqual(await applicationsOf("preview"), ["preview-pr-1", "preview-pr-2"]);
    await eventually(
      async () => (await hub.find({ apiVersion: "v1", kind: "ResourceQuota" }, "preview", "preview-1")) !== undefined,
    );
    await eventually(async () => (comments.get(1) ?? "").includes("https://pr-1.example.com"));
    assert.match(comments.get(3) ?? "", /Queued/);
  });

  test("closed: Application and namespace go, nothing is left, the next in line starts", async () => {
    pulls = pulls.filter(({ number }) => number !== 1);
    wake(1, true);
    await eventually(async () => (await applicationsOf("preview")).join() === "preview-pr-2,preview-pr-3");
    await eventually(async () => {
      await finalize();
      return (await hub.find(NAMESPACE, "preview-1")) === undefined;
    });
    await eventually(async () => {
      const { items } = await hub.list({ apiVersion: "v1", kind: "Event" }, { namespace: "argocd" });
      return items.some(
        (event) => event["reason"] === "PreviewGone" && String(event["message"]).includes("nothing is left behind"),
      );
    });
    await eventually(async () => (await states()) === "2:Running 3:Running 4:Gated");
  });

  test("a label opens the gate; the command ends a preview, and a new commit brings it back", async () => {
    const run = async (...args: readonly string[]): Promise<string> => {
      let text = "";
      const io = {
        stdout: { write: (part: string) => void (text += part) },
        stderr: { write: (part: string) => void (text += part) },
        stdin: process.stdin,
        env: {},
        cwd: "/",
        signal: new AbortController().signal,
      };
      assert.equal(await previewCommand(args, io, connect), 0, text);
      return text;
    };
    assert.match(await run("list"), /preview-pr-3\s+3\s+Running/);
    await run("delete", "preview-pr-2");
    await eventually(async () => {
      await finalize();
      return (await states()).startsWith("2:Expired 3:Running");
    });
    pulls = pulls.map((one) =>
      one.number === 2 ? { ...one, headSha: "new" } : one.number === 4 ? { ...one, labels: ["ok"] } : one,
    );
    wake(2);
    await eventually(async () => {
      await finalize();
      return (await states()).startsWith("2:Running 3:Running 4:Queued");
    });
    await run("extend", "preview-pr-3", "24h");
    const expires =
      (await hub.get(APPLICATION, "preview-pr-3", "argocd")).metadata.annotations?.["fairlead.dev/preview-expires"] ??
      "";
    assert.ok(Date.parse(expires) > Date.now() + 23 * 3_600_000);
  });

  test("several that vanish together are held, unless the host itself says that they were closed", async () => {
    pulls = [11, 12, 13].map((number) => pull(number));
    const other = {
      ...template,
      metadata: { name: "many-{{number}}" },
      spec: { ...template.spec, destination: { namespace: "default" } },
    };
    await hub.create(named({ ...set, spec: { ...(set["spec"] as JsonObject), template: other } }, "many"));
    await eventually(async () => (await applicationsOf("many")).length === 3);
    pulls = pulls.slice(0, 1);
    wake(99);
    await eventually(async () => (await conditionOf("many", "ResourcesUpToDate")) === "False DeletionHeld");
    for (const number of [12, 13]) closed.add(number);
    wake(99);
    await eventually(async () => (await applicationsOf("many")).join() === "many-11");
  });
});
