import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cloneJson, isJsonObject, type JsonObject } from "@fairlead/base";
import { mergePatch, type KubeObject } from "@fairlead/apimachinery";
import { decide, type Decision } from "../src/index.ts";
import type { Condition } from "../src/application-set/types.ts";
import { planDeletion } from "../src/application-set/deletion.ts";
import { applicationSet, generate, specOf } from "./support/facts.ts";

const elements = (count: number, from = 0): { cluster: string }[] =>
  Array.from({ length: count }, (_, index) => ({ cluster: `c${index + from}` }));
const TEMPLATE = {
  metadata: { name: "{{cluster}}", labels: { own: "1" } },
  spec: {
    project: "default",
    source: { repoURL: "r", targetRevision: "main", path: "{{cluster}}" },
    destination: { namespace: "n" },
  },
};

function listSet(rows: readonly object[], more: object = {}, annotations: Record<string, string> = {}): KubeObject {
  return applicationSet({ generators: [{ list: { elements: rows } }], template: TEMPLATE, ...more }, { annotations });
}

async function look(
  set: KubeObject,
  applications: readonly KubeObject[] = [],
  explained: readonly string[] = [],
): Promise<Decision> {
  const generation = await generate(set);
  const jq = (expression: string) => (expression === ".spec.source.path" ? [["spec", "source", "path"]] : undefined);
  return decide({ set, generation, applications, nowMs: 0, policy: "sync", explained: new Set(explained), jq });
}

/** Applications as they are once everything was written. */
function carriedOut(decision: Decision, before: readonly KubeObject[] = []): KubeObject[] {
  const gone = new Set(decision.remove.map(({ metadata }) => metadata.name));
  const patches = new Map(decision.update.map(({ live, patch }) => [live.metadata.name, patch]));
  const kept = before.filter(({ metadata }) => !gone.has(metadata.name));
  return [
    ...kept.map((one) => mergePatch(one, patches.get(one.metadata.name) ?? {}) as KubeObject),
    ...decision.create,
  ];
}

const conditionsOf = (decision: Decision, left = 0): Record<string, string> => {
  const conditions = decision.status(left)["conditions"] as Condition[];
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
};

describe("deciding about a set", () => {
  test("creates what is missing, owned by the set, and does nothing when all is as it should be", async () => {
    const set = listSet(elements(3));
    const decision = await look(set);
    assert.equal(decision.create.length, 3);
    assert.equal(decision.create[0]?.metadata.ownerReferences?.[0]?.uid, "u1");
    const again = await look(set, carriedOut(decision));
    assert.deepEqual([again.create, again.update, again.remove], [[], [], []]);
    assert.deepEqual(conditionsOf(again), {
      ErrorOccurred: "False ApplicationSetUpToDate",
      ParametersGenerated: "True ParametersGenerated",
      ResourcesUpToDate: "True ApplicationSetUpToDate",
    });
  });

  test("mends what others changed, drops what they added, keeps what is to be preserved", async () => {
    const set = listSet(elements(1), { preservedFields: { annotations: ["keep"], labels: ["team"] } });
    const [live] = carriedOut(await look(set)).map(cloneJson);
    assert.ok(live);
    live.metadata.labels = { own: "2", team: "x", other: "y" };
    live.metadata.annotations = {
      keep: "1",
      drop: "1",
      "argocd.argoproj.io/refresh": "normal",
      "fairlead.dev/preview-expires": "z",
    };
    live.metadata.finalizers = [...(live.metadata.finalizers ?? []), "others.example.com/x"];
    (live["spec"] as JsonObject)["syncPolicy"] = { automated: {} };
    const [mended] = carriedOut(await look(set, [live]), [live]);
    assert.deepEqual(mended?.metadata.labels, { own: "1", team: "x" });
    assert.deepEqual(mended?.metadata.annotations, {
      keep: "1",
      "argocd.argoproj.io/refresh": "normal",
      "fairlead.dev/preview-expires": "z",
    });
    assert.deepEqual(mended?.metadata.finalizers, ["resources-finalizer.argocd.argoproj.io", "others.example.com/x"]);
    assert.equal(specOf(mended)["syncPolicy"], undefined);
  });

  test("ignored differences stay as they are live, in items of lists too, and nothing else does", async () => {
    const template = {
      metadata: { name: "{{cluster}}" },
      spec: {
        sources: [
          { repoURL: "a", targetRevision: "1" },
          { repoURL: "b", targetRevision: "1" },
        ],
        source: { path: "p", repoURL: "r" },
      },
    };
    const rules = [
      { jsonPointers: ["/spec/sources/1/targetRevision"] },
      { name: "c0", jqPathExpressions: [".spec.source.path"] },
      { name: "other", jsonPointers: ["/spec/source/repoURL"] },
    ];
    const set = listSet(elements(1), { template, ignoreApplicationDifferences: rules });
    const [live] = carriedOut(await look(set)).map(cloneJson);
    const spec = live?.["spec"] as { sources: JsonObject[]; source: JsonObject };
    spec.sources[0] = { repoURL: "a", targetRevision: "9" };
    spec.sources[1] = { repoURL: "b", targetRevision: "9" };
    spec.source = { path: "changed", repoURL: "changed" };
    const [mended] = carriedOut(await look(set, [live as KubeObject]), [live as KubeObject]);
    assert.deepEqual(mended?.["spec"], {
      sources: [
        { repoURL: "a", targetRevision: "1" },
        { repoURL: "b", targetRevision: "9" },
      ],
      source: { path: "changed", repoURL: "r" },
    });
    const quiet = await look(set, [mended as KubeObject]);
    assert.deepEqual(quiet.update, []);
  });

  for (const [policy, writes] of [
    ["sync", [1, 1, 1]],
    ["create-only", [1, 0, 0]],
    ["create-update", [1, 1, 0]],
    ["create-delete", [1, 0, 1]],
  ] as const) {
    test(`policy ${policy} creates, updates and deletes ${writes.join(", ")}`, async () => {
      const before = carriedOut(await look(listSet(elements(6)))).map(cloneJson);
      specOf(before[1])["project"] = "changed";
      const decision = await look(
        listSet([...elements(5, 1), { cluster: "new" }], { syncPolicy: { applicationsSync: policy } }),
        before,
      );
      assert.deepEqual([decision.create.length, decision.update.length, decision.remove.length], writes);
    });
  }

  test("a generator that fails changes nothing", async () => {
    const before = carriedOut(await look(listSet(elements(4))));
    const decision = await look(listSet([{ cluster: 1 }]), before);
    assert.deepEqual([decision.create, decision.update, decision.remove], [[], [], []]);
    assert.deepEqual(conditionsOf(decision), {
      ErrorOccurred: "True ApplicationGenerationFromParamsError",
      ParametersGenerated: "False ErrorOccurred",
      ResourcesUpToDate: "False ErrorOccurred",
    });
  });

  test("an Application that is faulty by itself is neither written nor deleted; the others are written", async () => {
    const before = carriedOut(await look(listSet(elements(2))));
    const decision = await look(
      listSet([{ cluster: "c0" }, { cluster: "c0" }, { cluster: "c1" }, { cluster: "new" }]),
      before,
    );
    assert.deepEqual(decision.remove, []);
    assert.deepEqual(
      decision.create.map(({ metadata }) => metadata.name),
      ["new"],
    );
    assert.equal(conditionsOf(decision)["ErrorOccurred"], "True ApplicationValidationError");
  });

  test("an Application of another set is left to it", async () => {
    const other = carriedOut(await look(listSet(elements(1)))).map((one) => ({
      ...one,
      metadata: {
        ...one.metadata,
        ownerReferences: [
          { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet", name: "other", uid: "u9", controller: true },
        ],
      },
    }));
    const decision = await look(listSet(elements(2)), other);
    assert.deepEqual([decision.update.length, decision.remove.length, decision.create.length], [0, 0, 1]);
    assert.match(decision.problems[0]?.message ?? "", /belongs to ApplicationSet other/);
  });

  test("a huge set says how far it is", async () => {
    const decision = await look(listSet(elements(10)));
    assert.equal(conditionsOf(decision, 4)["ResourcesUpToDate"], "False ApplicationSetModified");
  });

  test("status lists the Applications with sync and health", async () => {
    const set = listSet(elements(1));
    const live = carriedOut(await look(set)).map((one) => ({
      ...one,
      status: { sync: { status: "Synced" }, health: { status: "Healthy" } },
    }));
    const status = (await look(set, live)).status(0);
    assert.deepEqual(status["resources"], [
      {
        group: "argoproj.io",
        version: "v1alpha1",
        kind: "Application",
        name: "c0",
        namespace: "argocd",
        status: "Synced",
        health: { status: "Healthy" },
      },
    ]);
    assert.equal(status["resourcesCount"], 1);
  });
});

describe("the deletion guard", () => {
  const after = async (
    rows: readonly object[],
    annotations: Record<string, string> = {},
    explained: readonly string[] = [],
  ): Promise<Decision> =>
    look(listSet(rows, {}, annotations), carriedOut(await look(listSet(elements(10)))), explained);

  test("one of ten goes, three of ten are held with a condition and the list", async () => {
    assert.deepEqual(
      (await after(elements(9, 1))).remove.map(({ metadata }) => metadata.name),
      ["c0"],
    );
    const held = await after(elements(7, 3));
    assert.deepEqual([held.remove, held.held], [[], ["c0", "c1", "c2"]]);
    assert.equal(conditionsOf(held)["ResourcesUpToDate"], "False DeletionHeld");
  });

  test("an approval counts for exactly the number it names", async () => {
    assert.deepEqual((await after(elements(7, 3), { "fairlead.dev/approve-deletion": "2" })).remove, []);
    assert.equal((await after(elements(7, 3), { "fairlead.dev/approve-deletion": "3" })).remove.length, 3);
  });

  test("an empty answer is held, and another share can be stated", async () => {
    assert.equal((await after([])).held.length, 10);
    assert.equal((await after(elements(5), { "fairlead.dev/max-deletion-percent": "50" })).remove.length, 5);
    assert.equal((await after([], { "fairlead.dev/max-deletion-percent": "100" })).remove.length, 10);
  });

  test("what went for a reason we know is not counted", async () => {
    assert.equal((await after(elements(7, 3), {}, ["c0", "c1", "c2"])).remove.length, 3);
    assert.equal((await after(elements(7, 3), {}, ["c0", "c1"])).remove.length, 3);
    assert.equal((await after(elements(5, 5), {}, ["c0", "c1"])).remove.length, 0);
  });
});

describe("a rollout in steps", () => {
  const steps = [
    { matchExpressions: [{ key: "env", operator: "In", values: ["dev"] }] },
    { matchExpressions: [{ key: "env", operator: "In", values: ["prod"] }], maxUpdate: "50%" },
  ];
  const rows = [
    { cluster: "d", env: "dev" },
    ...["p1", "p2", "p3", "p4"].map((cluster) => ({ cluster, env: "prod" })),
    { cluster: "x", env: "none" },
  ];
  const rolling = (revision: string): KubeObject => {
    const spec = {
      ...TEMPLATE.spec,
      source: { ...TEMPLATE.spec.source, targetRevision: revision },
      syncPolicy: { automated: { prune: true }, syncOptions: ["A=b"] },
    };
    return applicationSet({
      generators: [{ list: { elements: rows } }],
      template: { metadata: { name: "{{cluster}}", labels: { env: "{{env}}" } }, spec },
      strategy: { type: "RollingSync", rollingSync: { steps } },
    });
  };

  /** A cluster of Applications that do as they are told: an operation makes them compared, synced and healthy with the next tick. */
  class World {
    set = rolling("1");
    applications: KubeObject[] = [];
    nowMs = 0;

    async turn(): Promise<Decision> {
      this.nowMs += 60_000;
      const generation = await generate(this.set);
      const decision = decide({
        set: this.set,
        generation,
        applications: this.applications,
        nowMs: this.nowMs,
        policy: "sync",
        explained: new Set(),
        jq: () => undefined,
      });
      this.applications = carriedOut(decision, this.applications).map(cloneJson);
      this.set = { ...this.set, status: decision.status(0) };
      return decision;
    }

    /** What the application engine does meanwhile; `stale` ones do nothing yet. */
    work(stale: readonly string[] = []): void {
      this.nowMs += 60_000;
      for (const one of this.applications) {
        if (stale.includes(one.metadata.name ?? "")) continue;
        const { source, destination } = one["spec"] as JsonObject;
        const isSynced = one["operation"] !== undefined;
        delete one["operation"];
        const before = isJsonObject(one["status"]) ? one["status"] : {};
        const compared = {
          comparedTo: { source, destination },
          revision: String((source as JsonObject)["targetRevision"]),
        };
        const startedAt = new Date(this.nowMs).toISOString();
        const wasSynced =
          isJsonObject(before["sync"]) &&
          before["sync"]["revision"] === compared.revision &&
          before["sync"]["status"] === "Synced";
        one["status"] = {
          ...before,
          sync: { ...compared, status: isSynced || wasSynced ? "Synced" : "OutOfSync" },
          health: { status: isSynced || wasSynced ? "Healthy" : "Missing" },
          ...(isSynced ? { operationState: { phase: "Succeeded", startedAt } } : {}),
        };
      }
    }

    get states(): string {
      const entries = ((this.set["status"] as JsonObject)["applicationStatus"] ?? []) as JsonObject[];
      return entries
        .map(
          (entry) => `${String(entry["application"])}:${String(entry["step"])}:${String(entry["status"]).slice(0, 2)}`,
        )
        .join(" ");
    }
  }

  test("goes step by step, so many at a time, and leaves alone what no step selects", async () => {
    const world = new World();
    await world.turn();
    assert.equal(JSON.stringify(specOf(world.applications[0])["syncPolicy"]), '{"syncOptions":["A=b"]}');
    const seen: string[] = [];
    for (let turn = 0; turn < 14; turn++) {
      world.work();
      await world.turn();
      if (seen.at(-1) !== world.states) seen.push(world.states);
    }
    assert.deepEqual(seen, [
      "d:1:Pe p1:2:Wa p2:2:Wa p3:2:Wa p4:2:Wa x:-1:Wa",
      "d:1:He p1:2:Pe p2:2:Pe p3:2:Wa p4:2:Wa x:-1:Wa",
      "d:1:He p1:2:He p2:2:He p3:2:Pe p4:2:Pe x:-1:Wa",
      "d:1:He p1:2:He p2:2:He p3:2:He p4:2:He x:-1:Wa",
    ]);
    const conditions = (world.set["status"] as JsonObject)["conditions"] as Condition[];
    assert.equal(conditions.find(({ type }) => type === "RolloutProgressing")?.reason, "ApplicationSetRolloutComplete");
  });

  test("Synced and Healthy of the spec before does not count for the one that was just written", async () => {
    const world = new World();
    for (let turn = 0; turn < 8; turn++) {
      await world.turn();
      world.work();
    }
    const status = world.set["status"] as JsonObject;
    world.set = { ...rolling("2"), status };
    await world.turn();
    assert.match(world.states, /^d:1:(?:Wa|Pe) p1:2:Wa p2:2:Wa/);
    // The engine has not looked yet: its status still says Synced and Healthy, of revision 1.
    world.work(["d", "p1", "p2", "p3", "p4", "x"]);
    await world.turn();
    assert.match(world.states, /^d:1:(?:Wa|Pe) p1:2:Wa p2:2:Wa/);
    world.work(["p1", "p2", "p3", "p4"]);
    await world.turn();
    // Only now may the second step begin; what stands in its status of revision 1 makes none of it healthy.
    assert.match(world.states, /^d:1:He p1:2:Pe p2:2:Pe p3:2:Wa p4:2:Wa/);
    world.work(["p1", "p2", "p3", "p4"]);
    await world.turn();
    assert.match(world.states, /^d:1:He p1:2:Pe p2:2:Pe p3:2:Wa p4:2:Wa/);
  });

  test("ends in reverse order, the last step first, waiting for each", async () => {
    const world = new World();
    await world.turn();
    const set = rolling("1");
    ((set["spec"] as JsonObject)["strategy"] as JsonObject)["deletionOrder"] = "Reverse";
    const { spec } = await generate(set);
    const order: string[] = [];
    let left = world.applications;
    for (let turn = 0; turn < 5; turn++) {
      const plan = planDeletion(spec, "sync", left);
      if (plan.isDone) break;
      order.push(plan.remove.map(({ metadata }) => metadata.name).join(","));
      left = left.filter((one) => !plan.remove.includes(one));
    }
    assert.deepEqual(order, ["p1,p2,p3,p4", "d", "x"]);
    assert.equal(planDeletion(spec, "create-only", world.applications).release.length, 6);
  });
});
