import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { canonicalJson, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { applicationCrds } from "@fairlead/apps";
import { argoCdObjects, startArgoCd } from "../apps/argocd.ts";
import type { SuiteContext } from "../suite.ts";
import { CLUSTER_FILES, SECOND_COMMIT } from "./argocd-files.ts";
import type { Cluster } from "./cluster.ts";
import type { Tally } from "./tally.ts";

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" } as const;
const WITHIN_MS = 150_000;
const POLL_MS = 200;
const HOME = "argocd";
const REFRESH = "argocd.argoproj.io/refresh";

/** How the two applications differ: whoever merges, Argo CD or the server. */
const APPS: Readonly<Record<string, readonly string[]>> = {
  shop: ["CreateNamespace=true"],
  wide: ["CreateNamespace=true", "ServerSideApply=true"],
};

/** Argo CD's application controller and repository server sync to both clusters from one repository: the same comes of it. */
export async function compareArgoCd(
  context: SuiteContext,
  [ours, theirs]: readonly [ours: Cluster, theirs: Cluster],
  tally: Tally,
): Promise<void> {
  if (spawnSync("redis-server", ["--version"]).status !== 0) {
    tally.skipped.push({ name: "Argo CD's application controller", reason: "there is no redis-server" });
    return;
  }
  const repository = new Repository();
  try {
    const [left, right] = await Promise.all([
      syncOn(context, ours, repository.copy("ours")),
      syncOn(context, theirs, repository.copy("theirs")),
    ]);
    for (const name of new Set([...left.keys(), ...right.keys()])) {
      const [mine, real] = [canonicalJson(left.get(name) ?? null), canonicalJson(right.get(name) ?? null)];
      if (mine === real) tally.same++;
      else tally.different.push({ name: `Argo CD: ${name}`, detail: `ours: ${mine}\ntheirs: ${real}` });
    }
    context.say(`Argo CD's application controller: ${right.size} states`);
  } finally {
    repository.remove();
  }
}

/** A Git repository that both sides read, each its own copy, as they come to the second commit at times of their own. */
class Repository {
  readonly #folder = mkdtempSync(join(tmpdir(), "fairlead-argocd-repository-"));

  copy(name: string): Working {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    return new Working(folder);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

class Working {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#git("init", "-q", "-b", "main");
    this.commit(CLUSTER_FILES);
  }

  get url(): string {
    return `file://${this.#folder}`;
  }

  /** Files by path; null takes one away. */
  commit(files: Readonly<Record<string, string | null>>): string {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.#folder, path);
      mkdirSync(dirname(file), { recursive: true });
      if (text === null) rmSync(file);
      else writeFileSync(file, text);
    }
    this.#git("add", "-A");
    this.#git("commit", "-q", "-m", "change");
    return this.#git("rev-parse", "HEAD").trim();
  }

  #git(...args: readonly string[]): string {
    const identity = ["-c", "user.name=suite", "-c", "user.email=suite@example.com"];
    return execFileSync("git", ["-C", this.#folder, ...identity, ...args], { encoding: "utf8" });
  }
}

async function syncOn(
  context: SuiteContext,
  cluster: Cluster,
  repository: Working,
): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  await prepare(cluster);
  const argoCd = await startArgoCd({
    directory: context.toolDirectory("argocd"),
    path: [context.toolDirectory("helm3"), context.toolDirectory("kustomize")],
    kubeconfig: cluster.kubeconfig,
  });
  try {
    for (const name of Object.keys(APPS)) await cluster.client.create(application(name, repository.url));
    await lookAtAll(
      cluster,
      found,
      "a first sync",
      isDone(() => true),
    );
    const revision = repository.commit(SECOND_COMMIT);
    await Promise.all(Object.keys(APPS).map((name) => refresh(cluster, name)));
    await lookAtAll(
      cluster,
      found,
      "a second commit",
      isDone((app) => revisionOf(app) === revision),
    );
    for (const name of Object.keys(APPS)) {
      const body = { spec: { replicas: 4 } };
      await cluster.client.patch(
        { apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: name },
        { type: "merge", body },
      );
      found.set(`${name} heals`, await until(async () => (await replicasOf(cluster, name)) === 2));
    }
    await lookAtAll(
      cluster,
      found,
      "drift",
      isDone(() => true),
    );
    for (const name of Object.keys(APPS)) {
      await cluster.client.delete(APPLICATION, name, HOME);
      found.set(
        `${name} is deleted`,
        await until(async () => (await cluster.client.find(APPLICATION, name, HOME)) === undefined),
      );
      found.set(`${name} leaves`, await objectsIn(cluster, name));
    }
  } catch (error) {
    found.set("error", `${String(error)}\n${argoCd.log("argocd-application-controller")}`);
  } finally {
    await argoCd.stop();
  }
  return found;
}

async function prepare({ client }: Cluster): Promise<void> {
  for (const crd of applicationCrds()) await client.apply(crd, { fieldManager: "setup", force: true });
  await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: HOME } }, { fieldManager: "setup" });
  for (const object of argoCdObjects()) await client.apply(object, { fieldManager: "setup", force: true });
  for (const kind of ["Application", "AppProject"]) {
    await until(async () => (await client.list({ ...APPLICATION, kind }).catch(() => undefined)) !== undefined);
  }
  const any = [{ group: "*", kind: "*" }];
  const spec = { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], clusterResourceWhitelist: any };
  const metadata = { name: "default", namespace: HOME };
  await client.apply(
    { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata, spec },
    { fieldManager: "setup" },
  );
}

function application(name: string, repoURL: string): KubeObject {
  return {
    ...APPLICATION,
    metadata: { name, namespace: HOME, finalizers: ["resources-finalizer.argocd.argoproj.io"] },
    spec: {
      project: "default",
      source: { repoURL, targetRevision: "main", path: name === "wide" ? "overlay" : "plain" },
      destination: { server: "https://kubernetes.default.svc", namespace: name },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: [...(APPS[name] ?? [])] },
    },
  };
}

interface AppStatus {
  readonly sync?: { readonly status?: string; readonly revision?: string };
  readonly health?: { readonly status?: string };
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  readonly operationState?: {
    readonly phase?: string;
    readonly message?: string;
    readonly syncResult?: {
      readonly revision?: string;
      readonly resources?: readonly Readonly<Record<string, string>>[];
    };
  };
  readonly resources?: readonly JsonObject[];
}

function statusOf(app: KubeObject): AppStatus {
  return (app["status"] ?? {}) as AppStatus;
}

function revisionOf(app: KubeObject): string | undefined {
  return statusOf(app).operationState?.syncResult?.revision;
}

/** Synced, healthy, and nothing under way. */
function isDone(more: (app: KubeObject) => boolean): (app: KubeObject) => boolean {
  return (app) => {
    const { sync, health, operationState } = statusOf(app);
    const isSettled = sync?.status === "Synced" && health?.status === "Healthy";
    return isSettled && operationState?.phase === "Succeeded" && more(app);
  };
}

/** Waits for every application, and notes what has become of each. */
async function lookAtAll(
  cluster: Cluster,
  found: Map<string, unknown>,
  when: string,
  isReady: (app: KubeObject) => boolean,
): Promise<void> {
  for (const name of Object.keys(APPS)) {
    await until(async () => isReady(await cluster.client.get(APPLICATION, name, HOME)));
    found.set(`${name} after ${when}`, summary(await cluster.client.get(APPLICATION, name, HOME)));
    found.set(`objects of ${name} after ${when}`, await objectsIn(cluster, name));
  }
}

/** What of a status is the same wherever it is written. */
function summary(app: KubeObject): unknown {
  const { sync, health, operationState, conditions = [], resources = [] } = statusOf(app);
  const results = operationState?.syncResult?.resources ?? [];
  return {
    sync: sync?.status,
    health: health?.status,
    phase: operationState?.phase,
    message: operationState?.message,
    conditions: conditions.map(({ type, message }) => `${type}: ${message}`),
    resources: resources
      .map(({ kind, name, status, health: own }) =>
        canonicalJson([kind, name, status, own].map((item) => item ?? null)),
      )
      .toSorted(),
    results: results
      // Argo CD tries a sync again where the machine was slow: the namespace is there then, and so is what was applied before.
      .filter(({ kind }) => kind !== "Namespace")
      .map(({ kind, name, status, hookPhase, message }) =>
        [kind, name, status, hookPhase, message?.replace(/ (?:created|configured|unchanged)$/, " applied")].join(" "),
      )
      .toSorted(),
  };
}

const KINDS = [
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "Service"],
  ["v1", "ServiceAccount"],
  ["v1", "PersistentVolumeClaim"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["batch/v1", "Job"],
] as const;

/** Names of what Argo CD keeps in a namespace, with the labels and the managers of each. */
async function objectsIn({ client }: Cluster, namespace: string): Promise<string[]> {
  const lists = await Promise.all(KINDS.map(([apiVersion, kind]) => client.list({ apiVersion, kind }, { namespace })));
  return lists
    .flatMap(({ items }, index) =>
      items
        .filter(
          ({ metadata }) =>
            metadata.annotations?.["argocd.argoproj.io/tracking-id"] !== undefined ||
            metadata.labels?.["app.kubernetes.io/instance"] !== undefined,
        )
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => {
          const managers = (metadata.managedFields ?? []).filter(({ manager }) => manager?.startsWith("argocd"));
          return `${KINDS[index]?.[1]} ${metadata.name} ${managers.map(({ manager, operation }) => `${manager} ${operation}`).join()}`;
        }),
    )
    .toSorted();
}

async function refresh({ client }: Cluster, name: string): Promise<void> {
  const body = { metadata: { annotations: { [REFRESH]: "normal" } } };
  await client.patch({ ...APPLICATION, name, namespace: HOME }, { type: "merge", body });
}

async function replicasOf({ client }: Cluster, namespace: string): Promise<unknown> {
  const deployment = await client.get({ apiVersion: "apps/v1", kind: "Deployment" }, "web", namespace);
  return (deployment["spec"] as JsonObject)["replicas"];
}

async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + WITHIN_MS;
  while (Date.now() < end) {
    if (await isSo()) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}
