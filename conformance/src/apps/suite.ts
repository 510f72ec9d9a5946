import { spawnSync } from "node:child_process";
import type { KubeObject } from "@fairlead/apimachinery";
import { startKubeApiServer } from "../kube-apiserver.ts";
import { sortKnown, type Difference, type Skipped, type Suite, type SuiteContext, type SuiteResult } from "../suite.ts";
import { startArgoCd, type ArgoCd } from "./argocd.ts";
import { Beside } from "./beside.ts";
import { KNOWN } from "./known.ts";
import { MANIFESTS } from "./objects.ts";
import { Plane } from "./plane.ts";
import { runScenarios } from "./scenarios.ts";

/** What the engine promises, tried on the real API server: its defaults, its quantities, its managedFields are the judge. */
export const suite: Suite = {
  name: "apps",
  description:
    "the application engine on kube-apiserver 1.35 + etcd, its scenarios there (--scenarios PATTERN), and beside Argo CD 3.1.9 (--only PATTERN); --all: every one of both",
  tools: ["etcd", "kubernetes", "argocd", "helm3", "kustomize"],
  run,
};

interface Case {
  readonly name: string;
  /** Undefined when it is as promised, else what is not. */
  readonly check: (plane: Plane) => Promise<string | undefined>;
}

const QUIET_MS = 1_500;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const files = (more: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...MANIFESTS, ...more }).map(([name, text]) => [`one/${name}`, text]));

const CASES: readonly Case[] = [
  {
    name: "every object is applied once and in sync, kinds of its own definition included",
    async check(plane) {
      plane.commit(files());
      await plane.start();
      await plane.other.create(application("one", ["resources-finalizer.argocd.argoproj.io/background"]));
      if (!(await plane.isSynced("one"))) return JSON.stringify(await plane.status("one")).slice(0, 2_000);
      const applies = plane.calls.filter((call) => call.startsWith("apply"));
      const twice = applies.filter((call, index) => applies.indexOf(call) !== index);
      return twice.length > 0 ? `applied twice: ${twice.join(", ")}` : undefined;
    },
  },
  {
    name: "a quiet application makes no call, and a restart makes none either",
    async check(plane) {
      await pause(QUIET_MS);
      await plane.stop();
      plane.calls.length = 0;
      await plane.start();
      await pause(QUIET_MS * 2);
      return plane.calls.length > 0 ? plane.calls.join(", ") : undefined;
    },
  },
  {
    name: "fields that Git does not speak of may change without a call",
    async check(plane) {
      plane.calls.length = 0;
      for (const [apiVersion, kind, name] of [
        ["apps/v1", "Deployment", "web"],
        ["v1", "Service", "web"],
        ["v1", "ConfigMap", "web"],
        ["conformance.example.com/v1", "Widget", "w"],
      ] as const) {
        const body = { metadata: { labels: { touched: "yes" } } };
        await plane.other.patch(
          { apiVersion, kind, name, namespace: "shop" },
          { type: "merge", body },
          { fieldManager: "labeller" },
        );
      }
      await pause(QUIET_MS);
      const writes = plane.calls.filter((call) => !call.startsWith("patch Application"));
      return writes.length > 0 ? writes.join(", ") : undefined;
    },
  },
  {
    name: "drift is healed and attributed to its manager and field",
    async check(plane) {
      plane.events.length = 0;
      const body = { spec: { replicas: 7 } };
      await plane.other.patch(
        { apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "shop" },
        { type: "merge", body },
        { fieldManager: "someone" },
      );
      const isBack = await plane.until(async () => replicas(await deployment(plane)) === 2);
      const drift = plane.events.find((event) => event.type === "drift");
      if (!isBack) return "replicas are not back at 2";
      const field = drift?.type === "drift" ? drift.fields[0] : undefined;
      const said = JSON.stringify(
        field && { path: field.path, before: field.before, after: field.after, manager: field.manager },
      );
      const expected = '{"path":".spec.replicas","before":2,"after":7,"manager":"someone"}';
      return said === expected ? undefined : `said ${said}`;
    },
  },
  {
    name: "a quantity in another spelling is no difference, and nothing is applied twice for it",
    async check(plane) {
      plane.commit(files({ "policy.yaml": (MANIFESTS["policy.yaml"] ?? "").replaceAll("1024Mi", "1Gi") }));
      await pause(QUIET_MS);
      plane.calls.length = 0;
      await plane.stop();
      await plane.start();
      await pause(QUIET_MS * 2);
      return plane.calls.length > 0 ? plane.calls.join(", ") : undefined;
    },
  },
  {
    name: "what Git drops goes: a field, an object",
    async check(plane) {
      plane.commit(
        files({
          "workloads.yaml": (MANIFESTS["workloads.yaml"] ?? "")
            .replace(", colour: blue", "")
            .replace(/apiVersion: batch\/v1[^]*$/, ""),
        }),
      );
      return (await plane.until(async () => {
        const map = await plane.other.get({ apiVersion: "v1", kind: "ConfigMap" }, "web", "shop");
        const job = await plane.other.find({ apiVersion: "batch/v1", kind: "CronJob" }, "nightly", "shop");
        return job === undefined && JSON.stringify(map["data"]) === '{"mode":"production"}';
      }))
        ? undefined
        : "they are still there";
    },
  },
  {
    name: "what kubectl applied before is adopted: a field that Git does not have goes, an operator's stays",
    async check(plane) {
      const old = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "adopted", namespace: "shop" },
        data: { key: "old", gone: "x" },
      };
      await plane.other.create(old, { fieldManager: "kubectl-client-side-apply" });
      const body = { data: { tuned: "y" } };
      await plane.other.patch(
        { apiVersion: "v1", kind: "ConfigMap", name: "adopted", namespace: "shop" },
        { type: "merge", body },
        { fieldManager: "operator" },
      );
      plane.commit({
        ...files(),
        "two/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: adopted }\ndata: { key: new }\n",
      });
      await plane.other.create(application("two"));
      if (!(await plane.isSynced("two"))) return JSON.stringify(await plane.status("two")).slice(0, 1_000);
      const now = await plane.other.get({ apiVersion: "v1", kind: "ConfigMap" }, "adopted", "shop");
      const data = JSON.stringify(now["data"]);
      return data === '{"key":"new","tuned":"y"}' ? undefined : `data is ${data}`;
    },
  },
  {
    name: "deleting an application deletes what is its own and nothing else",
    async check(plane) {
      // Kubernetes' own controllers, which are not here, would take this finalizer away.
      const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", name: "data", namespace: "shop" };
      await plane.other.patch(claim, { type: "merge", body: { metadata: { finalizers: null } } });
      await plane.other.delete({ apiVersion: "argoproj.io/v1alpha1", kind: "Application" }, "one", "argocd");
      const isGone = await plane.until(
        async () =>
          (await plane.other.find({ apiVersion: "argoproj.io/v1alpha1", kind: "Application" }, "one", "argocd")) ===
          undefined,
        30_000,
      );
      if (!isGone) return JSON.stringify((await plane.status("one"))["conditions"] ?? "it is still there");
      const left = await deployment(plane);
      const other = await plane.other.find({ apiVersion: "v1", kind: "ConfigMap" }, "adopted", "shop");
      if (left && !left.metadata.deletionTimestamp) return "its Deployment is still there";
      return other === undefined ? "another application's object went, too" : undefined;
    },
  },
];

async function run(context: SuiteContext): Promise<SuiteResult> {
  if (context.args.includes("--only")) {
    const { same, different, skipped } = await runBeside(context);
    return { same, ...sortKnown(different, KNOWN), skipped };
  }
  const server = await startKubeApiServer({
    etcdDirectory: context.toolDirectory("etcd"),
    kubernetesDirectory: context.toolDirectory("kubernetes"),
  });
  const plane = new Plane({ server: server.url, bearerToken: server.token, insecure: true });
  const different: Difference[] = [];
  const skipped: Skipped[] = [];
  let same = 0;
  try {
    await plane.prepare();
    // With --scenarios nothing else is wanted.
    for (const { name, check } of context.args.includes("--scenarios") ? [] : CASES) {
      context.say(name);
      const detail = await check(plane).catch((error: unknown) => String(error));
      if (detail === undefined) same++;
      else different.push({ name, detail });
    }
    await plane.stop();
    const played = await runScenarios(plane, which(context.args, "--scenarios"), (line) => context.say(line));
    same += played.same;
    different.push(...played.different);
    skipped.push(...played.skipped);
  } finally {
    await plane.stop();
    plane.close();
    await server.stop();
  }
  if (context.args.includes("--scenarios")) return { same, ...sortKnown(different, KNOWN), skipped };
  const beside = await runBeside(context);
  const sorted = sortKnown([...different, ...beside.different], KNOWN);
  return { same: same + beside.same, ...sorted, skipped: [...skipped, ...beside.skipped] };
}

/** `--all`, or those whose names match the flag's pattern; else what the default run has. */
function which(args: readonly string[], flag: string): Parameters<typeof runScenarios>[1] {
  const at = args.indexOf(flag);
  const pattern = at >= 0 ? args[at + 1] : undefined;
  return { isAll: args.includes("--all"), only: pattern === undefined ? undefined : new RegExp(pattern) };
}

/** The same applications through Argo CD's own controller. */
async function runBeside(
  context: SuiteContext,
): Promise<{ same: number; different: Difference[]; skipped: Skipped[] }> {
  if (spawnSync("redis-server", ["--version"]).status !== 0) {
    return { same: 0, different: [], skipped: [{ name: "beside Argo CD", reason: "there is no redis-server" }] };
  }
  const server = await startKubeApiServer({
    etcdDirectory: context.toolDirectory("etcd"),
    kubernetesDirectory: context.toolDirectory("kubernetes"),
  });
  const beside = new Beside(server, which(context.args, "--only"));
  let argoCd: ArgoCd | undefined;
  try {
    await beside.prepare();
    argoCd = await startArgoCd({
      directory: context.toolDirectory("argocd"),
      path: [context.toolDirectory("helm3"), context.toolDirectory("kustomize")],
      kubeconfig: server.kubeconfig,
    });
    const answer = await beside.run((line) => context.say(line));
    if (answer.same === 0) context.say(argoCd.log("argocd-application-controller"));
    return { ...answer, skipped: [] };
  } finally {
    await argoCd?.stop();
    await beside.stop();
    await server.stop();
  }
}

function deployment(plane: Plane): Promise<KubeObject | undefined> {
  return plane.other.find({ apiVersion: "apps/v1", kind: "Deployment" }, "web", "shop");
}

function replicas(object: KubeObject | undefined): unknown {
  return (object?.["spec"] as { replicas?: number } | undefined)?.replicas;
}

function application(name: string, finalizers: string[] = []): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd", ...(finalizers.length > 0 ? { finalizers } : {}) },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/config", path: name, targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        // Nobody collects garbage here, so nothing may wait for its dependants.
        syncOptions: ["PrunePropagationPolicy=background"],
      },
    },
  };
}
