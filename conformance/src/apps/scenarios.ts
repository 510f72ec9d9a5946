import { isJsonObject, parseGoDuration } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { isNotFound } from "@fairlead/kube";
import { apiVersionOf, readScenarios, type Scenario } from "../../../packages/apps/test/support/scenario.ts";
import { runScenario, type Stage } from "../../../packages/apps/test/support/scenario-run.ts";
import type { Difference, Skipped } from "../suite.ts";
import type { Plane } from "./plane.ts";
import { Workloads } from "./workloads.ts";

/** For longer the clock of the engine is put forward. */
const TICK_MS_MAX = 3_000;
const WITHIN_MS = 15_000;
const POLL_MS = 100;
/** What was begun before the clock is put forward has come to rest. */
const SETTLED_MS = 1_000;
/** Namespaces cannot be deleted where nobody finalizes them, so each scenario has its own. */
const NAMESPACES = ["shop", "lonely", "team-a"];
const IMPOSSIBLE = ["cluster"];
/** When scenarios in which much time passes begin, as on virtual time: their windows are times of a day. */
const VIRTUAL_START_MS = Date.UTC(2026, 10, 24, 8, 0, 0);
const CLEANED = [
  "Application",
  "AppProject",
  "ConfigMap",
  "Secret",
  "Service",
  "Deployment",
  "Job",
  "Ingress",
  "ClusterRole",
  "CustomResourceDefinition",
];

export interface ScenarioResults {
  readonly same: number;
  readonly different: Difference[];
  readonly skipped: Skipped[];
}

/** The engine's scenarios on a real API server: one in three, all of them, or those that are asked for. */
export async function runScenarios(
  plane: Plane,
  which: { readonly isAll: boolean; readonly only: RegExp | undefined },
  say: (line: string) => void,
): Promise<ScenarioResults> {
  const different: Difference[] = [];
  const skipped: Skipped[] = [];
  let same = 0;
  const stopping = new AbortController();
  await new Workloads(plane.other, true).start(stopping.signal);
  for (const [index, scenario] of readScenarios().entries()) {
    const reason = reasonToSkip(scenario);
    if (reason !== undefined) skipped.push({ name: scenario.name, reason });
    const isChosen = which.only ? which.only.test(scenario.name) : which.isAll || index % 3 === 0;
    if (reason !== undefined || !isChosen) continue;
    const detail = await play(plane, placed(scenario, index)).catch((error: unknown) => String(error));
    if (detail === undefined) same++;
    else different.push({ name: `scenario ${scenario.name}`, detail });
    if (detail !== undefined) say(`scenario ${scenario.name} differs`);
  }
  stopping.abort();
  return { same, different, skipped };
}

function reasonToSkip(scenario: Scenario): string | undefined {
  if (scenario.virtual !== undefined) return scenario.virtual;
  if (scenario.clusters.length > 0) return "several clusters";
  const word = scenario.steps.flatMap((step) => Object.keys(step)).find((key) => IMPOSSIBLE.includes(key));
  return word && `${word} cannot be done to a real server`;
}

function placed(scenario: Scenario, index: number): Scenario {
  const text = NAMESPACES.reduce(
    (all, name) => all.replaceAll(new RegExp(`\\b${name}\\b`, "g"), `${name}-${index}`),
    JSON.stringify(scenario),
  );
  return JSON.parse(text) as Scenario;
}

async function play(plane: Plane, scenario: Scenario): Promise<string | undefined> {
  const needsTime = scenario.steps.some((step) => parseGoDuration(String(step["tick"] ?? "0s")) > TICK_MS_MAX);
  plane.reset(needsTime ? VIRTUAL_START_MS : undefined);
  for (const [name, data] of Object.entries(scenario.settings)) {
    await plane.other.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "argocd" }, data });
  }
  await plane.start();
  try {
    return await runScenario(stageOf(plane), scenario);
  } finally {
    await plane.stop();
    await clean(plane);
  }
}

function stageOf(plane: Plane): Stage {
  const files: Record<string, string> = {};
  const history: Readonly<Record<string, string>>[] = [];
  const never = (): never => {
    throw new Error("this cannot be done to a real server");
  };
  return {
    commit(changes) {
      for (const [path, text] of Object.entries(changes)) {
        if (text === null) delete files[path];
        else files[path] = text;
      }
      plane.commit({ ...files });
      history.push({ ...files });
    },
    force(back) {
      history.splice(-back);
      for (const path of Object.keys(files)) delete files[path];
      Object.assign(files, history.at(-1));
      plane.commit({ ...files });
    },
    async apply(object, _cluster, manager) {
      await plane.other.apply(object, { fieldManager: manager, force: true });
    },
    async patch({ kind, name, namespace }, body, manager, subresource) {
      // The server writes the status of definitions itself.
      if (kind === "CustomResourceDefinition") return;
      const ref = { apiVersion: apiVersionOf(kind), kind, name, namespace };
      const options = { fieldManager: manager, ...(subresource ? { subresource } : {}) };
      await until(() => plane.other.patch(ref, { type: "merge", body }, options));
    },
    async remove({ kind, name, namespace }) {
      await plane.other.delete({ apiVersion: apiVersionOf(kind), kind }, name, namespace, {
        propagationPolicy: "Background",
      });
    },
    find: ({ kind, name, namespace }) =>
      plane.other.find({ apiVersion: apiVersionOf(kind), kind }, name, namespace).catch(() => undefined),
    async restart() {
      await plane.stop();
      await plane.start();
    },
    async tick(ms) {
      if (ms <= TICK_MS_MAX) return pause(ms);
      await pause(SETTLED_MS);
      plane.clock.step(ms);
    },
    async eventually(check) {
      const end = Date.now() + WITHIN_MS;
      let wrong = await check();
      while (wrong !== undefined && Date.now() < end) {
        await pause(POLL_MS);
        wrong = await check();
      }
      return wrong;
    },
    takeCalls: () => plane.calls.splice(0).map((call) => call.replace(/^(\S+) (\S+) /, "$1 $2/")),
    events: () => plane.told,
    breakCalls: (rule) => void (plane.refused = rule),
    setGit: (isDown) => void (plane.isGitDown = isDown),
    setCluster: never,
    rendered: () => [],
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the engine is about to make is patched as soon as it is there. */
async function until(act: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      await act();
      return;
    } catch (error) {
      if (!isNotFound(error) || Date.now() > end) throw error;
      await pause(POLL_MS);
    }
  }
}

const KEPT = new Set(["applications.argoproj.io", "appprojects.argoproj.io", "applicationsets.argoproj.io"]);

async function clean(plane: Plane): Promise<void> {
  for (const kind of CLEANED) {
    const ref = { apiVersion: apiVersionOf(kind), kind };
    const { items } = await plane.other.list(ref);
    const mine = items.filter((object) => isOfScenario(kind, object));
    await Promise.all(mine.map((object) => remove(plane, { ...ref, ...object })));
  }
}

function isOfScenario(kind: string, { metadata }: KubeObject): boolean {
  const { name = "", namespace = "", labels } = metadata;
  if (kind === "ClusterRole")
    return labels?.["kubernetes.io/bootstrapping"] === undefined && !name.startsWith("system:");
  if (kind === "CustomResourceDefinition") return !KEPT.has(name);
  return name !== "kubernetes" && !namespace.startsWith("kube-");
}

async function remove(plane: Plane, object: KubeObject): Promise<void> {
  const { name = "", namespace, finalizers } = object.metadata;
  const ref = { apiVersion: object.apiVersion, kind: object.kind, name, namespace };
  try {
    if (finalizers?.length && object.kind !== "CustomResourceDefinition") {
      await plane.other.patch(ref, { type: "merge", body: { metadata: { finalizers: null } } });
    }
    const answer = await plane.other.delete(object, name, namespace, {
      propagationPolicy: "Background",
      gracePeriodSeconds: 0,
    });
    if (isJsonObject(answer) && answer.kind === "Status") return;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
