import { memoryTree, problemError, silentLogger, type FileTree } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import {
  applicationCrds,
  SecretClusterRegistry,
  startApps,
  type AppEvent,
  type Apps,
  type ApplicationSource,
  type SourceAccess,
} from "@fairlead/apps";
import { ApiError, createClient, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { RenderCache } from "@fairlead/render";
import { SteppedClock } from "./stepped-clock.ts";

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" } as const;
const POLL_MS = 50;
/** What names the newest commit. */
const BRANCHES: readonly string[] = ["main", "HEAD", ""];

const revisionOf = (count: number): string => String(count).padStart(40, "0");

// Registers the codes that a real repository fails with.
import "@fairlead/sources";

/** The application engine over one API server, with a repository in memory; every call it makes is written down. */
export class Plane {
  readonly calls: string[] = [];
  readonly events: AppEvent[] = [];
  /** Events about applications, as `reason: message`. */
  readonly told: string[] = [];
  /** As another person or controller: not written down. */
  readonly other: KubeClient;
  /** Calls of the engine that match (`verb Kind/name`) are refused so. */
  refused: Refusal | undefined;
  isGitDown = false;
  clock = new SteppedClock();
  readonly #config: ClusterConfig;
  readonly #hub: KubeClient;
  readonly #listeners = new Set<() => void>();
  /** By revision, the newest last; the first one has nothing. */
  #commits = new Map<string, FileTree>([[revisionOf(0), memoryTree({})]]);
  #count = 0;
  #apps: Apps | undefined;
  #stopping = new AbortController();
  #registry: SecretClusterRegistry | undefined;

  constructor(config: ClusterConfig) {
    this.#config = config;
    this.other = this.#client("someone");
    this.#hub = this.#noted(this.#client("fairlead"));
  }

  async prepare(): Promise<void> {
    for (const crd of applicationCrds()) await this.other.apply(crd, { fieldManager: "setup", force: true });
    for (const name of ["argocd", "shop"]) {
      await this.other.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, { fieldManager: "setup" });
    }
    await this.until(async () => {
      await this.other.list(APPLICATION);
      return true;
    });
  }

  /**
   * As if nothing had ever been committed, called or told.
   * @param nowMs what the engine's clock is set to; the time of day when absent
   */
  reset(nowMs?: number): void {
    this.clock = new SteppedClock(nowMs);
    this.refused = undefined;
    this.isGitDown = false;
    this.#commits = new Map();
    this.commit({});
    this.calls.length = 0;
    this.events.length = 0;
    this.told.length = 0;
  }

  commit(files: Readonly<Record<string, string>>): void {
    this.#commits.set(revisionOf(++this.#count), memoryTree(files));
    for (const listener of this.#listeners) listener();
  }

  async start(): Promise<void> {
    this.#stopping = new AbortController();
    const { clock } = this;
    const logger = silentLogger;
    this.#registry = new SecretClusterRegistry({
      hub: this.#hub,
      namespace: "argocd",
      connect: () => this.#hub,
      clock,
      logger,
    });
    await this.#registry.start(this.#stopping.signal);
    this.#apps = startApps({
      hub: this.#hub,
      clusters: this.#registry,
      sources: this.#sources(),
      clock,
      logger,
      namespace: "argocd",
      recorder: {
        event: (_object, { reason, message }) => void this.told.push(`${reason}: ${message}`),
        flush: async () => undefined,
      },
    });
    this.#apps.events.subscribe((event) => void this.events.push(event));
  }

  async stop(): Promise<void> {
    await this.#apps?.stop();
    this.#stopping.abort();
  }

  close(): void {
    this.other.close();
    this.#hub.close();
  }

  async status(name: string): Promise<Readonly<Record<string, unknown>>> {
    const object = await this.other.find(APPLICATION, name, "argocd");
    return (object?.["status"] ?? {}) as Record<string, unknown>;
  }

  /** Waits until the question is answered with true; an error counts as no. */
  async until(question: () => Promise<boolean>, withinMs = 20_000): Promise<boolean> {
    const end = Date.now() + withinMs;
    while (Date.now() < end) {
      if (await question().catch(() => false)) return true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return false;
  }

  isSynced(name: string): Promise<boolean> {
    return this.until(async () => {
      const status = (await this.status(name)) as { sync?: { status?: string }; operationState?: { phase?: string } };
      return status.sync?.status === "Synced" && status.operationState?.phase === "Succeeded";
    });
  }

  #client(userAgent: string): KubeClient {
    return createClient(this.#config, { logger: silentLogger, userAgent });
  }

  #noted(client: KubeClient): KubeClient {
    const noted = ["apply", "create", "update", "patch", "delete", "find", "get"];
    return new Proxy(client, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        const call = value.bind(target) as (...args: unknown[]) => unknown;
        if (!noted.includes(String(key))) return call;
        return (...args: unknown[]) => {
          const object = args[0] as KubeObject;
          const name = object.metadata?.name ?? String((args[0] as { name?: string }).name ?? args[1]);
          this.calls.push(`${String(key)} ${object.kind} ${name}`);
          const { refused } = this;
          const isRefused = refused?.pattern.test(`${String(key)} ${object.kind}/${name}`) ?? false;
          return refused && isRefused ? Promise.reject(refusal(refused)) : call(...args);
        };
      },
    });
  }

  #resolve(name: string): { revision: string; tree: FileTree } {
    if (this.isGitDown) throw problemError("GitFailed", "the host does not answer");
    const revision = BRANCHES.includes(name) ? revisionOf(this.#count) : name;
    const tree = this.#commits.get(revision);
    if (!tree) throw problemError("RevisionNotFound", `revision "${name}" is not in the repository`);
    return { revision, tree };
  }

  #sources(): SourceAccess {
    const cache = new RenderCache();
    return {
      resolve: async (source, asked) => this.#resolve(asked ?? source.targetRevision ?? "main"),
      render: async ({ owner, source, resolved, app }) => {
        const environment = { appName: app.instance, namespace: app.destinationNamespace };
        const { rendered, why } = await cache.render(owner, resolved.tree, specOf(source), environment);
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
}

interface Refusal {
  readonly pattern: RegExp;
  readonly code: number;
  readonly message: string;
}

const REASONS: Readonly<Record<number, string>> = {
  403: "Forbidden",
  409: "Conflict",
  413: "RequestEntityTooLarge",
  422: "Invalid",
  500: "InternalError",
};

function refusal({ code, message }: Refusal): ApiError {
  const reason = REASONS[code] ?? "";
  return new ApiError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason, message });
}

function specOf({ path = "", directory, kustomize, helm }: ApplicationSource): Parameters<RenderCache["render"]>[2] {
  return { path, directory, kustomize, helm } as Parameters<RenderCache["render"]>[2];
}
