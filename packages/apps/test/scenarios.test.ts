import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { ApiError } from "@fairlead/kube";
import { apiVersionOf, readScenarios, type Scenario } from "./support/scenario.ts";
import { runScenario, type Stage } from "./support/scenario-run.ts";
import { World } from "./support/world.ts";

/** Scenarios in memory, on virtual time: nothing is waited for. */
function stageOf(world: World): Stage {
  const servers = [world.hub, ...world.clusters.values()];
  const settled = async (act: Promise<unknown> | void): Promise<void> => {
    await act;
    await world.settle();
  };
  return {
    commit: (files) => void world.commit(files),
    apply: (object, cluster, manager) =>
      settled(world.server(cluster).as.user(manager).apply(object, { fieldManager: manager, force: true })),
    patch: ({ kind, name, namespace, cluster }, body, manager) =>
      settled(
        world
          .server(cluster)
          .as.user(manager)
          .patch({ apiVersion: apiVersionOf(kind), kind, name, namespace }, { type: "merge", body }),
      ),
    remove: ({ kind, name, namespace, cluster }) =>
      settled(
        world
          .server(cluster)
          .as.user("kubectl")
          .delete({ apiVersion: apiVersionOf(kind), kind }, name, namespace),
      ),
    find: async ({ kind, name, namespace, cluster }) => world.server(cluster).get(kind, name, namespace),
    async restart() {
      await world.stopEngine();
      await world.startEngine();
    },
    tick: (ms) => world.tick(ms),
    async eventually(check) {
      await world.settle();
      return check();
    },
    takeCalls() {
      const calls = servers.flatMap((server) =>
        server.calls.map(({ verb, kind, name, isDryRun }) => `${verb} ${kind}/${name}${isDryRun ? " (dry run)" : ""}`),
      );
      for (const server of servers) server.calls.length = 0;
      return calls;
    },
    events: () => world.told.map(({ reason, message }) => `${reason}: ${message}`),
    breakCalls(rule) {
      for (const server of servers) {
        server.intercept =
          rule &&
          (({ verb, kind, name }) => {
            if (rule.pattern.test(`${verb} ${kind}/${name}`)) throw refusal(rule.code, rule.message);
          });
      }
    },
    force: (back) => world.repository.force(back),
    setGit: (isDown) => void (world.repository.isDown = isDown),
    setCluster: (cluster, isDown) => void (world.server(cluster).isDown = isDown),
    rendered: () => world.renders.splice(0),
  };
}

const REASONS: Readonly<Record<number, string>> = {
  403: "Forbidden",
  409: "Conflict",
  413: "RequestEntityTooLarge",
  422: "Invalid",
  500: "InternalError",
};

function refusal(code: number, message: string): Error {
  return new ApiError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    code,
    reason: REASONS[code] ?? "",
    message,
  });
}

async function play(scenario: Scenario): Promise<void> {
  const world = new World({ clusters: scenario.clusters });
  await world.prepare();
  for (const [name, data] of Object.entries(scenario.settings)) {
    const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "argocd" }, data };
    await world.hub.as.user("admin").create(object);
  }
  await world.startEngine();
  const wrong = await runScenario(stageOf(world), scenario);
  await world.stopEngine();
  assert.equal(wrong, undefined);
}

const scenarios = readScenarios();

test("there are at least 150 scenarios, each with a name of its own", () => {
  assert.ok(scenarios.length >= 150, String(scenarios.length));
  assert.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length);
});

for (const scenario of scenarios) test(scenario.name, () => play(scenario));
