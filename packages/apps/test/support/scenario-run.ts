import { parseGoDuration, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { applicationOf, fileText, mismatch, objectOf, type Scenario, type Step } from "./scenario.ts";

/** Where a scenario takes place. */
export interface Stage {
  commit(files: Readonly<Record<string, string | null>>): void;
  /** As kubectl's server-side apply with force, by this manager. */
  apply(object: KubeObject, cluster: string | undefined, manager: string): Promise<void>;
  patch(target: Target, body: JsonObject, manager: string, subresource?: string): Promise<void>;
  remove(target: Target): Promise<void>;
  find(target: Target): Promise<KubeObject | undefined>;
  restart(): Promise<void>;
  tick(ms: number): Promise<void>;
  /** Whether things are as asked; a real place asks again for a while. */
  eventually(check: () => Promise<string | undefined>): Promise<string | undefined>;
  /** Calls since they were last asked for, as `verb Kind/name`. */
  takeCalls(): readonly string[];
  /** Reasons and messages of Events about applications so far. */
  events(): readonly string[];
  /** Has calls fail that match (`verb Kind/name`), with this status and message; undefined: no more. */
  breakCalls(rule: { pattern: RegExp; code: number; message: string } | undefined): void;
  /** Forces the branch so many commits back. */
  force(back: number): void;
  setGit(isDown: boolean): void;
  setCluster(cluster: string | undefined, isDown: boolean): void;
  rendered(): readonly string[];
}

export interface Target {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly cluster: string | undefined;
}

const NAMESPACES: Readonly<Record<string, string | undefined>> = {
  Application: "argocd",
  AppProject: "argocd",
  Namespace: undefined,
  ClusterRole: undefined,
  CustomResourceDefinition: undefined,
};

/** `Kind/name`, `Kind/namespace/name`, with `cluster:` before it. */
function targetOf(text: string): Target {
  const [, cluster, rest = ""] = /^(?:([a-z]+):)?(.*)$/.exec(text) ?? [];
  const [kind = "", ...path] = rest.split("/");
  const namespace = path.length > 1 ? path[0] : Object.hasOwn(NAMESPACES, kind) ? NAMESPACES[kind] : "default";
  return { kind, name: path.at(-1) ?? "", namespace, cluster };
}

/** @returns what is not as it should be, with the step; undefined when everything is. */
export async function runScenario(stage: Stage, scenario: Scenario): Promise<string | undefined> {
  for (const [index, step] of scenario.steps.entries()) {
    const wrong = await runStep(stage, step);
    if (wrong !== undefined) return `step ${index + 1}: ${wrong}`;
  }
  return undefined;
}

async function runStep(stage: Stage, step: Step): Promise<string | undefined> {
  for (const [word, value] of Object.entries(step)) {
    if (word === "expect") {
      const wrong = await stage.eventually(() => checkExpectations(stage, value as JsonObject));
      if (wrong !== undefined) return wrong;
      continue;
    }
    const act = ACTS[word];
    if (!act) return `nobody knows the word ${word}`;
    await act(stage, value as JsonObject, step);
  }
  return undefined;
}

type Act = (stage: Stage, value: JsonObject, step: Step) => Promise<void> | void;

const ACTS: Readonly<Record<string, Act | undefined>> = {
  commit: (stage, files) =>
    stage.commit(Object.fromEntries(Object.entries(files).map(([path, content]) => [path, fileText(content ?? null)]))),
  app: (stage, short) => stage.apply(applicationOf(short), undefined, "kubectl"),
  apply: async (stage, value, step) => {
    for (const each of [value as Json].flat() as JsonObject[]) {
      const object = objectOf(each);
      const { namespace } = targetOf(`${object.kind}/${object.metadata.name}`);
      const placed = namespace ? { ...object, metadata: { namespace, ...object.metadata } } : object;
      await stage.apply(placed, step["on"] as string | undefined, by(step));
    }
  },
  edit: async (stage, edits, step) => {
    for (const [text, body] of Object.entries(edits)) await stage.patch(targetOf(text), body as JsonObject, by(step));
  },
  status: async (stage, edits) => {
    for (const [text, body] of Object.entries(edits)) {
      await stage.patch(targetOf(text), { status: statusOf(body ?? {}) }, "kube-controller-manager", "status");
    }
  },
  sync: (stage, value) => {
    const { app, by: username = "ann", retry, ...sync } = value;
    const operation = { initiatedBy: { username }, sync, ...(retry === undefined ? {} : { retry }) };
    return stage.patch(targetOf(`Application/${String(app)}`), { operation } as JsonObject, "argocd-cli");
  },
  annotate: async (stage, value) => {
    for (const [app, annotations] of Object.entries(value)) {
      await stage.patch(targetOf(`Application/${app}`), { metadata: { annotations } }, "kubectl-annotate");
    }
  },
  delete: async (stage, value) => {
    for (const text of [value as Json].flat()) await stage.remove(targetOf(String(text)));
  },
  tick: (stage, value) => stage.tick(parseGoDuration(String(value))),
  restart: (stage) => stage.restart(),
  calls: (stage) => void stage.takeCalls(),
  force: (stage, value) => stage.force(Number(value)),
  git: (stage, value) => stage.setGit((value as Json) === "down"),
  cluster: (stage, value) => {
    for (const [name, state] of Object.entries(value))
      stage.setCluster(name === "hub" ? undefined : name, state === "down");
  },
  break: (stage, value) => {
    if ((value as Json) === false) return stage.breakCalls(undefined);
    const { call, code = 500, message = "broken by the scenario" } = value;
    stage.breakCalls({ pattern: new RegExp(`^(?:${String(call)})$`), code: Number(code), message: String(message) });
  },
  by: () => undefined,
  on: () => undefined,
};

function by(step: Step): string {
  return (step["by"] as string | undefined) ?? "kubectl-edit";
}

/** `healthy`, `degraded`, `succeeded`, `failed`: what the controllers of Deployments and Jobs write; else a status as it is. */
function statusOf(word: Json): JsonObject {
  const condition = (type: string): JsonObject => ({
    type,
    status: "True",
    reason: "Scenario",
    message: "by the scenario",
  });
  if (word === "healthy") {
    return {
      observedGeneration: 99,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      conditions: [condition("Available")],
    };
  }
  if (word === "degraded") {
    const late = { ...condition("Progressing"), status: "False", reason: "ProgressDeadlineExceeded" };
    return { observedGeneration: 99, replicas: 1, updatedReplicas: 1, conditions: [late] };
  }
  if (word === "succeeded") {
    const times = { startTime: "2026-11-24T08:00:00Z", completionTime: "2026-11-24T08:00:01Z" };
    return { ...times, succeeded: 1, conditions: [condition("SuccessCriteriaMet"), condition("Complete")] };
  }
  if (word === "failed") {
    return {
      startTime: "2026-11-24T08:00:00Z",
      failed: 1,
      conditions: [condition("FailureTarget"), condition("Failed")],
    };
  }
  return word as JsonObject;
}

/**
 * `<app>: Synced/Healthy` · `objects: { Kind/name: part | null }` · `conditions: { app: [patterns] }` (all of them, in any order)
 * · `operation: { app: part }` · `app: { app: part }` of the whole Application · `calls: [patterns]` since last asked · `events: [patterns]`
 */
async function checkExpectations(stage: Stage, expected: JsonObject): Promise<string | undefined> {
  for (const [word, value] of Object.entries(expected)) {
    const wrong = await (CHECKS[word] ?? ((at, summary) => checkSummary(at, word, String(summary))))(
      stage,
      value as JsonObject,
    );
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

type Check = (stage: Stage, value: JsonObject) => Promise<string | undefined>;

async function checkSummary(stage: Stage, app: string, expected: string): Promise<string | undefined> {
  const { sync, health, conditions } = await statusOfApp(stage, app);
  const summary = `${sync?.status ?? "-"}/${health?.status ?? "-"}`;
  return summary === expected
    ? undefined
    : `${app} is ${summary}, not ${expected}: ${JSON.stringify(conditions ?? [])}`;
}

interface Status {
  readonly sync?: { readonly status?: string };
  readonly health?: { readonly status?: string };
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  readonly operationState?: unknown;
}

async function statusOfApp(stage: Stage, app: string): Promise<Status> {
  return ((await stage.find(targetOf(`Application/${app}`)))?.["status"] ?? {}) as Status;
}

const CHECKS: Readonly<Record<string, Check | undefined>> = {
  async objects(stage, expected) {
    for (const [text, want] of Object.entries(expected)) {
      const wrong = mismatch(want, (await stage.find(targetOf(text))) ?? undefined, text);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  },
  async conditions(stage, expected) {
    for (const [app, patterns] of Object.entries(expected)) {
      const have = ((await statusOfApp(stage, app)).conditions ?? []).map(({ type, message }) => `${type}: ${message}`);
      const wanted = (patterns as string[] | null) ?? [];
      const missing = wanted.filter((pattern) => !have.some((text) => new RegExp(pattern, "s").test(text)));
      const extra = have.filter((text) => !wanted.some((pattern) => new RegExp(pattern, "s").test(text)));
      if (missing.length > 0 || extra.length > 0)
        return `conditions of ${app} are ${JSON.stringify(have)}, missing ${missing.join()}`;
    }
    return undefined;
  },
  async operation(stage, expected) {
    for (const [app, want] of Object.entries(expected)) {
      const wrong = mismatch(want, (await statusOfApp(stage, app)).operationState, `operation of ${app}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  },
  async app(stage, expected) {
    for (const [app, want] of Object.entries(expected)) {
      const wrong = mismatch(want, await stage.find(targetOf(`Application/${app}`)), `Application ${app}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  },
  async calls(stage, expected) {
    const have = stage.takeCalls();
    const want = expected as unknown as string[];
    const isSame =
      have.length === want.length && want.every((pattern, index) => new RegExp(`^${pattern}$`).test(have[index] ?? ""));
    return isSame ? undefined : `calls are ${JSON.stringify(have)}, not ${JSON.stringify(want)}`;
  },
  async events(stage, expected) {
    const have = stage.events();
    const missing = (expected as unknown as string[]).filter(
      (pattern) => !have.some((text) => new RegExp(pattern, "s").test(text)),
    );
    return missing.length === 0 ? undefined : `no event is ${missing.join()}; there are ${JSON.stringify(have)}`;
  },
  async renders(stage, expected) {
    const have = stage.rendered();
    return mismatch(expected, have, "renders");
  },
};
