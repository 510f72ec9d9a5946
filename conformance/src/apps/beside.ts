import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { jsonEqual, memoryTree, silentLogger, systemClock, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { applicationCrds, SecretClusterRegistry, startApps, type Apps, type SourceAccess } from "@fairlead/apps";
import { createClient, type KubeClient } from "@fairlead/kube";
import { RenderCache } from "@fairlead/render";
import type { KubeApiServer } from "../kube-apiserver.ts";
import type { Difference } from "../suite.ts";
import { argoCdObjects } from "./argocd.ts";
import { BESIDE_CASES, type BesideCase, type BesideStep } from "./beside-cases.ts";
import { Workloads } from "./workloads.ts";

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" } as const;
const KINDS = ["ConfigMap", "Secret", "Deployment", "Job"] as const;
const API_VERSIONS: Readonly<Record<string, string>> = { Deployment: "apps/v1", Job: "batch/v1" };
const WITHIN_MS = 150_000;
const POLL_MS = 1_500;
const TERMINAL = ["Succeeded", "Failed", "Error"];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const OURS = { owns: (key: string): boolean => key.startsWith("fairlead/"), onChange: () => () => undefined };

/** Who looks after an application: where its Application and its objects are. */
type Side = "argo" | "ours";
const HOME: Readonly<Record<Side, string>> = { argo: "argocd", ours: "fairlead" };

/** Argo CD and Fairlead on one API server, with one repository, the same applications at the same time. */
export class Beside {
  readonly #client: KubeClient;
  readonly #workloads: Workloads;
  readonly #folder = mkdtempSync(join(tmpdir(), "fairlead-beside-"));
  readonly #files = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #stopping = new AbortController();
  #apps: Apps | undefined;
  #commits = 0;

  constructor(server: KubeApiServer) {
    const config = { server: server.url, bearerToken: server.token, insecure: true };
    this.#client = createClient(config, { logger: silentLogger, userAgent: "suite" });
    this.#workloads = new Workloads(this.#client);
  }

  /** Everything both need, before either starts. */
  async prepare(): Promise<void> {
    const client = this.#client;
    for (const crd of applicationCrds()) await client.apply(crd, { fieldManager: "setup", force: true });
    for (const name of ["argocd", "fairlead"]) await this.#namespace(name);
    for (const object of argoCdObjects()) await client.apply(object, { fieldManager: "setup", force: true });
    for (let i = 0; i < 100 && !(await client.list(APPLICATION).catch(() => undefined)); i++) await pause(100);
    for (const namespace of ["argocd", "fairlead"])
      await client.apply(defaultProject(namespace), { fieldManager: "setup" });
    for (const [index, entry] of BESIDE_CASES.entries()) {
      for (const side of ["argo", "ours"] as const) {
        if (entry.hasNamespace !== false) await this.#namespace(nameOf(side, index));
      }
      for (const [path, text] of Object.entries(entry.files)) this.#files.set(`c${index}/${path}`, text);
    }
    this.#git("init", "-q", "-b", "main");
    this.#commit();
    await this.#workloads.start(this.#stopping.signal);
    await this.#startOurs();
  }

  /** Differences, and how many cases showed none. */
  async run(say: (line: string) => void): Promise<{ same: number; different: Difference[] }> {
    const answers = await Promise.all(
      BESIDE_CASES.map(async (entry, index) => {
        const detail = await this.#runCase(entry, index).catch((error: unknown) => String(error));
        say(`beside Argo CD: ${entry.name}${detail === undefined ? "" : " differs"}`);
        return detail === undefined ? undefined : { name: `beside Argo CD: ${entry.name}`, detail };
      }),
    );
    const different = answers.filter((answer) => answer !== undefined);
    return { same: answers.length - different.length, different };
  }

  async stop(): Promise<void> {
    await this.#apps?.stop();
    this.#stopping.abort();
    this.#client.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #runCase(entry: BesideCase, index: number): Promise<string | undefined> {
    for (const side of ["argo", "ours"] as const) await this.#client.create(this.#application(entry, index, side));
    let detail = await this.#compare(entry, index);
    for (const [at, step] of (entry.steps ?? []).entries()) {
      if (detail !== undefined) return detail;
      await this.#take(step, index);
      detail = await this.#compare(entry, index);
      if (detail !== undefined) detail = `after step ${at + 1}: ${detail}`;
    }
    return detail;
  }

  async #take(step: BesideStep, index: number): Promise<void> {
    if ("commit" in step) {
      for (const [path, text] of Object.entries(step.commit)) {
        if (text === null) this.#files.delete(`c${index}/${path}`);
        else this.#files.set(`c${index}/${path}`, text);
      }
      this.#commit();
      return this.#refresh(index);
    }
    for (const side of ["argo", "ours"] as const) {
      const namespace = nameOf(side, index);
      if ("sync" in step) {
        const body = { operation: { initiatedBy: { username: "ann" }, sync: step.sync } };
        const ref = { ...APPLICATION, name: namespace, namespace: HOME[side] };
        await this.#client.patch(ref, { type: "merge", body });
        continue;
      }
      const { kind, name } = "edit" in step ? step.edit : step.remove;
      const ref = { apiVersion: API_VERSIONS[kind] ?? "v1", kind, name, namespace };
      if ("edit" in step)
        await this.#client.patch(ref, { type: "merge", body: step.edit.body }, { fieldManager: "somebody" });
      else await this.#client.delete(ref, name, namespace, { propagationPolicy: "Background" });
    }
    // Both must have had the time to notice.
    await pause(2_000);
  }

  /** Argo CD is told by its annotation; it is done when that is gone. */
  async #refresh(index: number): Promise<void> {
    const ref = { ...APPLICATION, name: nameOf("argo", index), namespace: "argocd" };
    const annotation = "argocd.argoproj.io/refresh";
    await this.#client.patch(ref, { type: "merge", body: { metadata: { annotations: { [annotation]: "normal" } } } });
    for (let i = 0; i < 200; i++) {
      const app = await this.#client.get(APPLICATION, ref.name, ref.namespace);
      if (app.metadata.annotations?.[annotation] === undefined) return;
      await pause(POLL_MS);
    }
  }

  async #compare(entry: BesideCase, index: number): Promise<string | undefined> {
    const end = Date.now() + WITHIN_MS;
    let detail = "";
    let since = 0;
    while (Date.now() < end) {
      // The status alone is cheap; everything is looked at once that is the same, and at the end.
      const isLast = Date.now() + 2 * POLL_MS > end;
      const brief = await Promise.all([this.#status("argo", index), this.#status("ours", index)]);
      const isWhole = isLast || jsonEqual(brief[0], brief[1]);
      const [argo, ours] = isWhole ? await Promise.all([this.#look("argo", index), this.#look("ours", index)]) : brief;
      detail = `Argo CD ${JSON.stringify(argo)}\n Fairlead ${JSON.stringify(ours)}`;
      const isSame = argo["settled"] === true && ours["settled"] === true && jsonEqual(argo, ours);
      if (!isSame) since = 0;
      else if (since === 0) since = Date.now();
      // Equal for a moment may be on the way to different.
      else if (Date.now() - since > 1_500) return undefined;
      await pause(POLL_MS);
    }
    return firstDifference(detail, entry);
  }

  async #status(side: Side, index: number): Promise<JsonObject> {
    const name = nameOf(side, index);
    const status = statusOf(await this.#client.get(APPLICATION, name, HOME[side]));
    return JSON.parse(JSON.stringify(status).replaceAll(name, "app")) as JsonObject;
  }

  /** Objects and status as they would be without the names of either side. */
  async #look(side: Side, index: number): Promise<JsonObject> {
    const name = nameOf(side, index);
    const app = await this.#client.get(APPLICATION, name, HOME[side]);
    const lists = await Promise.all(
      KINDS.map((kind) => this.#client.list({ apiVersion: API_VERSIONS[kind] ?? "v1", kind }, { namespace: name })),
    );
    const kinds = KINDS.flatMap((kind, at) => (lists[at]?.items ?? []).map((object) => plain({ ...object, kind })));
    const namespace = await this.#client.find({ apiVersion: "v1", kind: "Namespace" }, name);
    const looked = {
      ...statusOf(app),
      objects: kinds.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      labels: Object.keys(namespace?.metadata.labels ?? {}).filter((key) => !key.startsWith("kubernetes.io/")),
      order: this.#workloads.groups(name),
    };
    return JSON.parse(JSON.stringify(looked).replaceAll(name, "app")) as JsonObject;
  }

  #application(entry: BesideCase, index: number, side: Side): KubeObject {
    const name = nameOf(side, index);
    const base = { repoURL: `file://${this.#folder}`, targetRevision: "main" };
    const at = (path: unknown): string =>
      path === "nowhere" ? "nowhere" : path ? `c${index}/${String(path)}` : `c${index}`;
    const one = { ...base, ...entry.source, path: at(entry.source?.["path"]) };
    const many = entry.sources?.map((source) => ({ ...base, ...source, path: at(source["path"]) }));
    const policy: JsonObject = entry.policy ?? { automated: { prune: true, selfHeal: true } };
    const syncOptions = [
      "PrunePropagationPolicy=background",
      ...((policy["syncOptions"] as string[] | undefined) ?? []),
    ];
    return {
      ...APPLICATION,
      metadata: { name, namespace: HOME[side] },
      spec: {
        project: "default",
        ...(many ? { sources: many } : { source: one }),
        destination: { server: "https://kubernetes.default.svc", namespace: name },
        syncPolicy: { ...policy, syncOptions },
        ...entry.spec,
      },
    };
  }

  async #startOurs(): Promise<void> {
    const shared = { hub: this.#client, clock: systemClock, logger: silentLogger, namespace: "fairlead" };
    const clusters = new SecretClusterRegistry({ ...shared, connect: () => this.#client });
    await clusters.start(this.#stopping.signal);
    // Applications of the other side are in the same API; they are none of ours.
    this.#apps = startApps({
      ...shared,
      clusters,
      sources: this.#sources(),
      shares: OURS,
    });
  }

  #sources(): SourceAccess {
    const cache = new RenderCache();
    return {
      resolve: async () => ({
        revision: String(this.#commits).padStart(40, "0"),
        tree: memoryTree(Object.fromEntries(this.#files)),
      }),
      async render({ owner, source, resolved, app, kubeVersion, apiVersions }) {
        const { path = "", directory, kustomize, helm } = source;
        const spec = { path, directory, kustomize, helm } as Parameters<RenderCache["render"]>[2];
        const environment = { appName: app.instance, namespace: app.destinationNamespace, kubeVersion, apiVersions };
        const { rendered, why } = await cache.render(owner, resolved.tree, spec, environment);
        return { ...rendered, why };
      },
      forget: (owner) => cache.forget(owner),
      watch: (_source, onMoved) => {
        this.#listeners.add(onMoved);
        return () => void this.#listeners.delete(onMoved);
      },
      poke: async () => undefined,
    };
  }

  #commit(): void {
    rmSync(join(this.#folder, "c"), { recursive: true, force: true });
    this.#git("rm", "-rq", "--ignore-unmatch", ".");
    for (const [path, text] of this.#files) {
      mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
      writeFileSync(join(this.#folder, path), text);
    }
    this.#git("add", "-A");
    this.#git("commit", "-q", "--allow-empty", "-m", `commit ${++this.#commits}`);
    for (const listener of this.#listeners) listener();
  }

  #git(...args: readonly string[]): void {
    const identity = ["-c", "user.name=suite", "-c", "user.email=suite@example.com"];
    execFileSync("git", ["-C", this.#folder, ...identity, ...args], { stdio: "ignore" });
  }

  async #namespace(name: string): Promise<void> {
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await this.#client.apply(object, { fieldManager: "setup" });
  }
}

function nameOf(side: Side, index: number): string {
  return `${side}-c${String(index).padStart(2, "0")}`;
}

function defaultProject(namespace: string): KubeObject {
  const any = [{ group: "*", kind: "*" }];
  const spec = { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], clusterResourceWhitelist: any };
  return { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata: { name: "default", namespace }, spec };
}

interface AppStatus {
  readonly sync?: { readonly status?: string };
  readonly health?: { readonly status?: string };
  readonly conditions?: readonly { readonly type: string }[];
  readonly operationState?: {
    readonly phase?: string;
    readonly syncResult?: { readonly resources?: readonly Readonly<Record<string, string>>[] };
  };
  readonly resources?: readonly Readonly<Record<string, unknown>>[];
  readonly history?: readonly unknown[];
}

/**
 * What of status is the same whoever writes it: no texts, no times. Argo CD calls running hooks in need of pruning, since they are
 * no part of what it compares; that is left out.
 */
function statusOf(app: KubeObject): JsonObject {
  const {
    sync,
    health,
    operationState,
    resources = [],
    history = [],
    conditions = [],
  } = (app["status"] ?? {}) as AppStatus;
  const results = operationState?.syncResult?.resources ?? [];
  const lines = (list: readonly string[]): string[] => [...list].sort();
  return {
    settled:
      sync?.status !== undefined && (operationState === undefined || TERMINAL.includes(operationState.phase ?? "")),
    sync: sync?.status ?? "",
    health: health?.status ?? "",
    phase: operationState?.phase ?? "",
    conditions: lines([...new Set(conditions.map(({ type }) => type))].filter((type) => type !== "DriftDetected")),
    results: lines(
      results.map(({ kind, name, status, hookType, hookPhase }) =>
        [kind, name, status, hookType, hookPhase].filter(Boolean).join(" "),
      ),
    ),
    resources: lines(
      resources.map(({ kind, name, status, hook, requiresPruning }) =>
        JSON.stringify([kind, name, status, hook, hook === true ? undefined : requiresPruning]),
      ),
    ),
    history: history.length,
  };
}

const OWN_MARKS = /tracking-id$|^fairlead\.dev\/|last-applied-configuration$|^deployment\.kubernetes\.io\//;

function plain(object: KubeObject): JsonObject {
  const { apiVersion: _a, status: _s, metadata, ...rest } = object as KubeObject & { status?: unknown };
  const { name, labels = {} } = metadata;
  // The server makes up selectors and labels for each Job.
  if (object.kind === "Job") return { kind: object.kind, name: name ?? "" };
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !OWN_MARKS.test(key));
  const plainer = { ...rest, name, labels, annotations: Object.fromEntries(annotations) };
  return JSON.parse(JSON.stringify(plainer)) as JsonObject;
}

function firstDifference(detail: string, entry: BesideCase): string {
  const [argo = "", ours = ""] = detail.split("\n Fairlead ");
  const one = JSON.parse(argo.replace(/^Argo CD /, "")) as JsonObject;
  const two = JSON.parse(ours) as JsonObject;
  const fields = Object.keys(one).filter((key) => !jsonEqual(one[key], two[key]));
  const shown = fields.map(
    (key) => `${key}: Argo CD ${JSON.stringify(one[key])}, Fairlead ${JSON.stringify(two[key])}`,
  );
  return shown.length > 0 ? shown.join("\n").slice(0, 1_500) : `${entry.name} was never settled`;
}
