import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { jsonEqual, silentLogger, systemClock, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { applicationCrds, SecretClusterRegistry, startApps, type Apps, type SourceAccess } from "@fairlead/apps";
import { createClient, type KubeClient } from "@fairlead/kube";
import { createSourceAccess } from "@fairlead/cli/up";
import { RenderPool } from "@fairlead/render";
import { ChartSources, CredentialStore, Repositories } from "@fairlead/sources";
import type { KubeApiServer } from "../kube-apiserver.ts";
import type { Difference } from "../suite.ts";
import { argoCdObjects, defaultProject } from "./argocd.ts";
import { FURTHER_CASES } from "./beside-further-cases.ts";
import { firstDifference, isAtRest, isWithoutCluster, plain, statusOf, withoutHeal, type Side } from "./beside-look.ts";
import { BESIDE_CASES, type BesideCase, type BesideStep } from "./beside-cases.ts";
import { Workloads } from "./workloads.ts";

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" } as const;
const KINDS = ["ConfigMap", "Secret", "Deployment", "Job"] as const;
const API_VERSIONS: Readonly<Record<string, string>> = { Deployment: "apps/v1", Job: "batch/v1" };
/** On a slow machine Argo CD takes its time; whoever is done and different for so long is not about to change. */
const WITHIN_MS = 300_000;
const REST_MS = 60_000;
const POLL_MS = 1_500;
/** After a failed look at the cluster Argo CD waits for its next turn, which is an hour away here. */
const ASK_AGAIN_MS = 15_000;
const REFRESH = "argocd.argoproj.io/refresh";
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const OURS = { owns: (key: string): boolean => key.startsWith("fairlead/"), onChange: () => () => undefined };

/** Where each side's Applications are. */
const HOME: Readonly<Record<Side, string>> = { argo: "argocd", ours: "fairlead" };

/** Argo CD and Fairlead on one API server, with one repository, the same applications at the same time. */
export class Beside {
  readonly #client: KubeClient;
  readonly #workloads: Workloads;
  readonly #folder = mkdtempSync(join(tmpdir(), "fairlead-beside-"));
  readonly #files = new Map<string, string>();
  readonly #mirrors = mkdtempSync(join(tmpdir(), "fairlead-beside-mirrors-"));
  readonly #repositories = new Repositories({ directory: this.#mirrors, clock: systemClock });
  readonly #charts = new ChartSources({ directory: this.#mirrors, clock: systemClock });
  readonly #pool = new RenderPool();
  readonly #stopping = new AbortController();
  readonly #cases: readonly BesideCase[];
  #apps: Apps | undefined;
  #commits = 0;

  readonly #hasTexts: boolean;

  /** @param which `isAll`: the further cases too, and what operations say; `only`: cases whose names match, of all */
  constructor(server: KubeApiServer, which: { readonly isAll: boolean; readonly only: RegExp | undefined }) {
    const { isAll, only } = which;
    this.#hasTexts = isAll || only !== undefined;
    const all = this.#hasTexts ? [...BESIDE_CASES, ...FURTHER_CASES] : BESIDE_CASES;
    this.#cases = all.filter(({ name }) => only === undefined || only.test(name));
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
    for (const [index, entry] of this.#cases.entries()) {
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
      this.#cases.map(async (entry, index) => {
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
    await this.#pool.close();
    await this.#repositories.close();
    await this.#charts.close();
    for (const folder of [this.#folder, this.#mirrors]) rmSync(folder, { recursive: true, force: true });
  }

  async #runCase(entry: BesideCase, index: number): Promise<string | undefined> {
    for (const side of ["argo", "ours"] as const) {
      for (const object of entry.before ?? []) await this.#before(object, index, side);
      await this.#client.create(this.#application(entry, index, side));
    }
    let detail = await this.#compare(entry, index);
    for (const [at, step] of (entry.steps ?? []).entries()) {
      if (detail !== undefined) return detail;
      await this.#take(step, index);
      detail = await this.#compare(entry, index);
      if (detail !== undefined) detail = `after step ${at + 1}: ${detail}`;
    }
    return detail;
  }

  /** What is there before the application, made by somebody else; NAME is the application's. */
  async #before(object: JsonObject, index: number, side: Side): Promise<void> {
    const name = nameOf(side, index);
    const text = JSON.stringify(object).replaceAll("NAME", name);
    const whole = JSON.parse(text) as KubeObject;
    await this.#client.create(
      { ...whole, metadata: { namespace: name, ...whole.metadata } },
      { fieldManager: "kubectl-client-side-apply" },
    );
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
      const ref = { ...APPLICATION, name: namespace, namespace: HOME[side] };
      if ("deleteApp" in step) {
        await this.#client.delete(APPLICATION, ref.name, ref.namespace);
        continue;
      }
      if ("spec" in step) {
        const spec = JSON.parse(JSON.stringify(step.spec).replaceAll("CASE", `c${index}`)) as JsonObject;
        await this.#client.patch(ref, { type: "merge", body: { spec } });
        continue;
      }
      if ("sync" in step) {
        const body = { operation: { initiatedBy: { username: "ann" }, sync: step.sync } };
        await this.#client.patch(ref, { type: "merge", body });
        continue;
      }
      const { kind, name } = "edit" in step ? step.edit : step.remove;
      const object = { apiVersion: API_VERSIONS[kind] ?? "v1", kind, name, namespace };
      if ("edit" in step)
        await this.#client.patch(object, { type: "merge", body: step.edit.body }, { fieldManager: "somebody" });
      else await this.#client.delete(object, name, namespace, { propagationPolicy: "Background" });
    }
    // Both must have had the time to notice.
    await pause(2_000);
  }

  /** Argo CD is told by its annotation; it is done when that is gone. */
  async #refresh(index: number): Promise<void> {
    const ref = await this.#askArgo(index, "normal");
    for (let i = 0; i < 200; i++) {
      const app = await this.#client.get(APPLICATION, ref.name, ref.namespace);
      if (app.metadata.annotations?.[REFRESH] === undefined) return;
      await pause(POLL_MS);
    }
  }

  async #askArgo(index: number, how: "normal" | "hard"): Promise<{ name: string; namespace: string }> {
    const ref = { name: nameOf("argo", index), namespace: HOME.argo };
    const body = { metadata: { annotations: { [REFRESH]: how } } };
    await this.#client.patch({ ...APPLICATION, ...ref }, { type: "merge", body });
    return ref;
  }

  async #compare(entry: BesideCase, index: number): Promise<string | undefined> {
    const end = Date.now() + WITHIN_MS;
    let seen = "";
    let since = Date.now();
    let asked = since;
    for (;;) {
      // The status alone is cheap; everything is looked at once that is the same, and at the end.
      const brief = await this.#both((side) => this.#status(side, index));
      const isSame = jsonEqual(brief.argo, brief.ours);
      const isSettled = brief.argo["settled"] === true && brief.ours["settled"] === true;
      const isAway = isWithoutCluster(brief.argo);
      if (isAway && Date.now() - asked > ASK_AGAIN_MS) {
        asked = Date.now();
        await this.#askArgo(index, "hard");
      }
      const mayRest = isSettled && !isAway && isAtRest(brief.argo, entry);
      const text = JSON.stringify(brief);
      if (text !== seen) since = Date.now();
      seen = text;
      const restedMs = Date.now() - since;
      // Equal for a moment may be on the way to different, and the other way round.
      if ((isSame && isSettled && restedMs > 1_500) || (mayRest && restedMs > REST_MS) || Date.now() > end) {
        const whole = await this.#both((side) => this.#look(side, index));
        if (jsonEqual(whole.argo, whole.ours)) return undefined;
        if ((mayRest && restedMs > REST_MS) || Date.now() > end) return firstDifference(whole, entry);
      }
      await pause(POLL_MS);
    }
  }

  async #both(look: (side: Side) => Promise<JsonObject>): Promise<Record<Side, JsonObject>> {
    const [argo, ours] = await Promise.all([look("argo"), look("ours")]);
    return withoutHeal({ argo, ours });
  }

  async #status(side: Side, index: number): Promise<JsonObject> {
    const name = nameOf(side, index);
    const status = statusOf(await this.#client.find(APPLICATION, name, HOME[side]), this.#hasTexts);
    return JSON.parse(JSON.stringify(status).replaceAll(name, "app")) as JsonObject;
  }

  /** Objects and status as they would be without the names of either side. */
  async #look(side: Side, index: number): Promise<JsonObject> {
    const name = nameOf(side, index);
    const app = await this.#client.find(APPLICATION, name, HOME[side]);
    const lists = await Promise.all(
      KINDS.map((kind) => this.#client.list({ apiVersion: API_VERSIONS[kind] ?? "v1", kind }, { namespace: name })),
    );
    const kinds = KINDS.flatMap((kind, at) => (lists[at]?.items ?? []).map((object) => plain({ ...object, kind })));
    const namespace = await this.#client.find({ apiVersion: "v1", kind: "Namespace" }, name);
    const looked = {
      ...statusOf(app, this.#hasTexts),
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
    const located = (source: JsonObject = {}): JsonObject => {
      // A source that only lends its files has no path.
      const path = source["ref"] !== undefined && source["path"] === undefined ? {} : { path: at(source["path"]) };
      return {
        ...base,
        ...(JSON.parse(JSON.stringify(source).replaceAll("CASE", `c${index}`)) as JsonObject),
        ...path,
      };
    };
    const one = located(entry.source);
    const many = entry.sources?.map(located);
    const policy: JsonObject = entry.policy ?? { automated: { prune: true, selfHeal: true } };
    const syncOptions = [
      "PrunePropagationPolicy=background",
      ...((policy["syncOptions"] as string[] | undefined) ?? []),
    ];
    return {
      ...APPLICATION,
      metadata: { name, namespace: HOME[side], ...(entry.finalizers ? { finalizers: [...entry.finalizers] } : {}) },
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

  /** As `fairlead controller` has it, over the repository itself. */
  #sources(): SourceAccess {
    return createSourceAccess({
      repositories: this.#repositories,
      charts: this.#charts,
      credentials: new CredentialStore(),
      renderKey: "suite",
      clock: systemClock,
      pool: this.#pool,
    });
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
