import { createHash } from "node:crypto";
import { memoryTree, problemError, silentLogger, VirtualClock, type FileTree, type Logger } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { decodeDocuments } from "@fairlead/yaml";
import { RenderCache } from "@fairlead/render";
// Registers the codes that a real repository fails with.
import "@fairlead/sources";
import { applicationCrds, startApps, type AppEvent, type Apps, type AppsOptions } from "../../src/index.ts";
import type { ApplicationStatus } from "../../src/application/types.ts";
import { SecretClusterRegistry } from "../../src/cluster/registry.ts";
import { JqWorker, type Jq } from "../../src/compare/jq.ts";
import type { SourceAccess } from "../../src/source/types.ts";
import { FakeServer } from "./fake-server.ts";

export const REPO = "https://git.example.com/config";
const START_MS = Date.UTC(2026, 10, 24, 8, 0, 0);

/** Files by path; null removes one. */
export type Files = Readonly<Record<string, string | null>>;

/** A Git repository whose commits are values. */
class FakeRepository {
  readonly #commits = new Map<string, FileTree>();
  readonly branches = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  #files: Record<string, string> = {};
  readonly #history: { readonly revision: string; readonly files: Readonly<Record<string, string>> }[] = [];
  isDown = false;
  /** Moves without telling anyone, as a remote does between two polls. */
  isQuiet = false;

  commit(files: Files, branch = "main"): string {
    for (const [path, text] of Object.entries(files)) {
      if (text === null) delete this.#files[path];
      else this.#files[path] = text;
    }
    const revision = createHash("sha1")
      .update(`${this.#commits.size} ${JSON.stringify(this.#files)}`)
      .digest("hex");
    this.#commits.set(revision, memoryTree({ ...this.#files }));
    this.branches.set(branch, revision);
    this.#history.push({ revision, files: { ...this.#files } });
    if (!this.isQuiet) this.tell();
    return revision;
  }

  /** `git push --force` of the commit so many before the last one, which is gone then. */
  force(back: number): void {
    for (const { revision } of this.#history.splice(-back)) this.#commits.delete(revision);
    const last = this.#history.at(-1);
    if (!last) throw new Error("there is no commit so far back");
    this.#files = { ...last.files };
    this.branches.set("main", last.revision);
    this.tell();
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  resolve(name: string): { revision: string; tree: FileTree } {
    if (this.isDown) throw problemError("GitFailed", "the host does not answer");
    const revision = this.branches.get(name) ?? name;
    const tree = this.#commits.get(revision);
    if (!tree) throw problemError("RevisionNotFound", `revision "${name}" is not in ${REPO}`);
    return { revision, tree };
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

export interface WorldOptions {
  readonly clusters?: readonly string[];
  readonly logger?: Logger;
  readonly apps?: Partial<AppsOptions>;
  /** Lays something over the sources: a host that is slow. */
  readonly sources?: (sources: SourceAccess) => SourceAccess;
}

/** jq runs in real time, in a thread: a world on virtual time waits for it to answer. */
class AwaitedJq extends JqWorker {
  pending = 0;

  override check(expression: string): Promise<string | undefined> {
    return this.#awaited(super.check(expression));
  }

  override learn(...of: Parameters<Jq["learn"]>): Promise<string | undefined> {
    return this.#awaited(super.learn(...of));
  }

  async #awaited<T>(answer: Promise<T>): Promise<T> {
    this.pending++;
    try {
      return await answer;
    } finally {
      this.pending--;
    }
  }
}

/** Everything a scenario acts on: a hub, clusters, a repository, the engine, all in memory and on one clock. */
export class World {
  readonly clock = new VirtualClock(START_MS);
  readonly hub: FakeServer;
  readonly clusters = new Map<string, FakeServer>();
  readonly repository = new FakeRepository();
  readonly events: AppEvent[] = [];
  /** Owners rendered, with the reason, since last cleared. */
  readonly renders: string[] = [];
  /** What the last render was told of its cluster. */
  capabilities: { kubeVersion?: string | undefined; apiVersions?: readonly string[] | undefined } = {};
  /** What a commit looks like to who checks its signature. */
  signedObject: Uint8Array | undefined;
  readonly told: { reason: string; message: string }[] = [];
  #apps: Apps | undefined;
  #registry: SecretClusterRegistry | undefined;
  #stopping = new AbortController();
  readonly #jq: AwaitedJq;
  readonly #options: WorldOptions;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.#jq = new AwaitedJq(this.clock, 20);
    this.hub = new FakeServer(this.clock);
    for (const name of options.clusters ?? []) this.clusters.set(name, new FakeServer(this.clock));
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    await world.prepare();
    await world.startEngine();
    return world;
  }

  /** The hub as it is before an engine runs on it. */
  async prepare(): Promise<void> {
    const admin = this.hub.as.user("admin");
    for (const crd of applicationCrds()) await admin.create(crd);
    await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } });
    for (const name of this.clusters.keys()) await admin.create(clusterSecret(name));
  }

  async startEngine(): Promise<void> {
    this.#stopping = new AbortController();
    const { clock } = this;
    const logger = this.#options.logger ?? silentLogger;
    const registry = new SecretClusterRegistry({
      hub: this.hub.client(),
      namespace: "argocd",
      connect: (_config, cluster) => (this.clusters.get(cluster.name) as FakeServer).client(),
      clock,
      logger,
    });
    this.#registry = registry;
    const started = registry.start(this.#stopping.signal);
    await this.settle();
    await started;
    this.#apps = startApps({
      hub: this.hub.client(),
      clusters: registry,
      sources: this.#options.sources?.(this.#sources()) ?? this.#sources(),
      clock,
      logger,
      namespace: "argocd",
      random: () => 0.5,
      jq: this.#jq,
      recorder: {
        event: (_object, { reason, message }) => void this.told.push({ reason, message }),
        flush: async () => undefined,
      },
      ...this.#options.apps,
    });
    this.#apps.events.subscribe((event) => void this.events.push(event));
    await this.settle();
  }

  /** As a kill does: nothing is told, nothing is cleaned up; what was in memory is gone. */
  async stopEngine(): Promise<void> {
    const stopped = this.#apps?.stop();
    this.#stopping.abort();
    this.#registry?.close();
    await this.settle();
    await stopped;
  }

  get apps(): Apps {
    return this.#apps as Apps;
  }

  commit(files: Files): string {
    return this.repository.commit(files);
  }

  /** Applies YAML to the hub (or a cluster) as a person with kubectl does. */
  async apply(yaml: string, cluster?: string): Promise<void> {
    const server = this.server(cluster);
    for (const { value } of decodeDocuments(yaml).documents) {
      await server.as.user("kubectl").apply(value as KubeObject, { fieldManager: "kubectl", force: true });
    }
  }

  server(cluster?: string): FakeServer {
    return cluster === undefined ? this.hub : (this.clusters.get(cluster) as FakeServer);
  }

  /** Changes an object by hand. */
  async edit(
    kind: string,
    name: string,
    body: unknown,
    options: { cluster?: string; manager?: string } = {},
  ): Promise<void> {
    const server = this.server(options.cluster);
    const object = server.get(kind, name) as KubeObject;
    const ref = { apiVersion: object.apiVersion, kind, name, namespace: object.metadata.namespace };
    await server.as.user(options.manager ?? "kubectl-edit").patch(ref, { type: "merge", body });
  }

  async remove(kind: string, name: string, cluster?: string): Promise<void> {
    const server = this.server(cluster);
    const object = server.get(kind, name) as KubeObject;
    await server.as.user("kubectl").delete(object, name, object.metadata.namespace);
  }

  /** Lets everything that needs no time happen. */
  async settle(): Promise<void> {
    for (let i = 0; i < 40; i++) {
      await this.clock.advance(0);
      while (this.#jq.pending > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Waits in real time for what happens outside: files, processes. */
  async settleReal(until: () => boolean): Promise<void> {
    for (let i = 0; i < 500 && !until(); i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await this.settle();
    }
  }

  async tick(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.settle();
  }

  app(name: string): KubeObject {
    const found = this.hub.get("Application", name);
    if (!found) throw new Error(`there is no application ${name}`);
    return found;
  }

  /** The data of a ConfigMap on the hub. */
  data(name: string): Readonly<Record<string, string>> {
    return (this.hub.get("ConfigMap", name)?.["data"] ?? {}) as Record<string, string>;
  }

  spec<T>(kind: string, name: string): T {
    return (this.hub.get(kind, name)?.["spec"] ?? {}) as T;
  }

  status(name: string): ApplicationStatus {
    return (this.app(name)["status"] ?? {}) as ApplicationStatus;
  }

  /** `Synced/Healthy` */
  summary(name: string): string {
    const { sync, health } = this.status(name);
    return `${sync?.status ?? "-"}/${health?.status ?? "-"}`;
  }

  conditions(name: string): string[] {
    return (this.status(name).conditions ?? []).map(({ type, message }) => `${type}: ${message}`);
  }

  #sources(): SourceAccess {
    const cache = new RenderCache();
    return {
      resolve: async (source, revision) => this.repository.resolve(revision ?? source.targetRevision ?? "main"),
      render: async ({ owner, source, resolved, app, kubeVersion, apiVersions }) => {
        this.capabilities = { kubeVersion, apiVersions };
        const { path = "", directory, kustomize, helm } = source;
        const spec = { path, directory, kustomize, helm } as Parameters<RenderCache["render"]>[2];
        const environment = { appName: app.instance, namespace: app.destinationNamespace };
        const { rendered, why } = await cache.render(owner, resolved.tree, spec, environment);
        if (why !== undefined) this.renders.push(`${owner}: ${why}`);
        return { ...rendered, why };
      },
      forget: (owner) => cache.forget(owner),
      watch: (_source, onMoved) => this.repository.watch(onMoved),
      poke: async () => this.repository.tell(),
      signedObject: async () => this.signedObject,
    };
  }
}

function clusterSecret(name: string): KubeObject {
  const encode = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `cluster-${name}`, namespace: "argocd", labels: { "argocd.argoproj.io/secret-type": "cluster" } },
    data: { name: encode(name), server: encode(`https://${name}.example.com`), config: encode("{}") },
  };
}

/** An Application; everything but the name has a usual value. */
export function application(
  name: string,
  more: { path?: string; policy?: string; destination?: string; extra?: string; metadata?: string } = {},
): string {
  return `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
${more.metadata ?? ""}
spec:
  project: default
  source: { repoURL: "${REPO}", path: ${more.path ?? name}, targetRevision: main }
  destination: ${more.destination ?? "{ namespace: default }"}
  syncPolicy: ${more.policy ?? "{ automated: { prune: true, selfHeal: true } }"}
${more.extra ?? ""}
`;
}

export function configMap(
  name: string,
  data: Readonly<Record<string, string>> = { key: "value" },
  annotations = "{}",
): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, annotations: ${annotations} }\ndata: ${JSON.stringify(data)}\n`;
}
