import { jsonEqual } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import {
  createController,
  createInformer,
  createWorkQueue,
  keyOf,
  type Change,
  type Informer,
  type WorkQueue,
} from "@fairlead/kube";
import { Claims } from "../application/claims.ts";
import { dependenciesOf } from "../application/depends.ts";
import { parseApplication } from "../application/parse.ts";
import { Patience } from "../application/patience.ts";
import { reconcile } from "../application/reconcile.ts";
import { newState, type AppState } from "../application/state.ts";
import type { ApplicationStatus } from "../application/types.ts";
import { JqWorker, type Jq } from "../compare/jq.ts";
import { LIMITS } from "../limits.ts";
import { APPLICATION_KIND, PROJECT_KIND } from "../names.ts";
import { PluginRenderer } from "../plugin/render.ts";
import { Signatures } from "../signature/check.ts";
import { verifyWithGpg } from "../signature/gpg.ts";
import type { Settings } from "../settings/parse.ts";
import { instanceName, type Tracking } from "../sync/tracking.ts";
import { receiveWebhook, type WebhookDeps } from "../webhook/receive.ts";
import { AppCache } from "./cache.ts";
import type { Engine } from "./engine.ts";
import { AppEvents } from "./events.ts";
import { Fleet } from "./fleet.ts";
import { AppMetrics } from "./metrics.ts";
import { HealthChecks } from "./health.ts";
import { overviewOf } from "./overview.ts";
import { OwnWork } from "./own-work.ts";
import { Projects } from "./projects.ts";
import { SettingsWatch } from "./settings-watch.ts";
import { SourceWatch } from "./source-watch.ts";
import type { Apps, AppsOptions } from "./types.ts";
import { Telling } from "./telling.ts";
import { UpdateFilter } from "./updates.ts";

/** Priorities in the queue: what a person waits for goes before what a commit brings, and that before what only may have changed. */
const PRIORITY = { drift: 20, change: 10, commit: 5, other: 0 } as const;

/**
 * Starts the application engine: it follows Applications, AppProjects and clusters on the hub, and brings every application to
 * what its sources say. Returns at once; progress comes through `events`.
 */
export function startApps(options: AppsOptions): Apps {
  const stopping = new AbortController();
  const parts = assemble(options, stopping.signal);
  const { engine, events, applications, projects, queue, cache, fleet, sourceWatch } = parts;
  applications.subscribe((change) => onApplication(parts, change));
  projects.subscribe((project) => {
    for (const object of applications.list()) {
      if (parseApplication(object).application.spec.project === project) engine.wake(keyOf(object), "project changed");
    }
  });
  const undoClusters = options.clusters.subscribe(({ server, kind }) => {
    fleet.forget(server);
    for (const object of applications.list()) engine.wake(keyOf(object), `cluster ${kind}`);
  });
  const ownWork = new OwnWork(options.shares, {
    gained() {
      for (const object of applications.list()) engine.wake(keyOf(object), "replicas changed");
    },
    known: () => parts.states.keys(),
    lost: (key) => forgetState(parts, key),
  });
  const settled = followSettings(parts, stopping.signal);
  applications.start(stopping.signal);
  projects.start(stopping.signal);
  const controller = createController({
    name: "apps",
    queue,
    workers: options.workers ?? LIMITS.workers,
    reconcile: (key, context) =>
      ownWork.during(key, context.signal, (signal) => reconcile(engine, key, { ...context, signal })),
    onOutcome: (key, _outcome, durationMs) => {
      engine.metrics.reconciled(key.slice(0, key.indexOf("/")), parts.states.get(key)?.server, durationMs);
    },
    clock: options.clock,
    logger: options.logger,
  });
  // Nothing is decided before everything that exists is known: an unseen project or application would look like a deleted one.
  const running = Promise.all([settled, applications.synced, projects.synced])
    .then(() => controller.run(stopping.signal))
    .catch((error: unknown) => {
      if (!stopping.signal.aborted) options.logger.error("application engine stopped", { error: String(error) });
    });
  return {
    events,
    overview: () => applications.list().map((object) => overviewOf(cache.latest(object), options.clusters)),
    metrics: () =>
      engine.metrics.text(
        applications.list().map((object) => cache.latest(object)),
        fleet.gauges(),
        comparedCount(parts.states),
      ),
    webhook: (request) => receiveWebhook(webhookDeps(parts), request),
    async refresh(key) {
      const object = engine.application(key);
      if (!object) return;
      const { sources } = parseApplication(object).application.spec;
      await Promise.all(sources.map((source) => options.sources.poke(source)));
      engine.wake(key, "refresh", { priority: PRIORITY.change });
    },
    async stop() {
      stopping.abort();
      queue.shutDown();
      undoClusters();
      ownWork.close();
      sourceWatch.close();
      await running;
      parts.telling.close();
      fleet.close();
      parts.health.close();
      await engine.jq.close();
    },
  };
}

function comparedCount(states: ReadonlyMap<string, AppState>): number {
  let count = 0;
  for (const { isCompared } of states.values()) if (isCompared) count++;
  return count;
}

function webhookDeps({ options, engine, sourceWatch }: Parts): WebhookDeps {
  return {
    hub: options.hub,
    namespace: options.namespace,
    logger: options.logger,
    bytesMax: () => engine.settings.webhookBytesMax,
    followed: () => sourceWatch.followed(),
    poke: (source) => options.sources.poke(source),
    onEvent: options.onWebhook,
    count: (event) => engine.metrics.webhook(event.provider, event.isPush),
  };
}

/** Resolves once the settings are known. Later changes count at once: everything is looked at again, and marked anew if need be. */
async function followSettings(parts: Parts, signal: AbortSignal): Promise<void> {
  const { settings, updates, health, fleet, applications, engine } = parts;
  let tracking: Tracking | undefined;
  let isFirst = true;
  let running = Promise.resolve();
  const use = async (next: Settings): Promise<void> => {
    await health.use(next.healthChecks);
    updates.use(next);
    if (tracking !== undefined && !jsonEqual(tracking, next.tracking)) fleet.forgetAll();
    ({ tracking } = next);
    if (!isFirst) for (const object of applications.list()) engine.wake(keyOf(object), "settings changed");
    isFirst = false;
  };
  settings.subscribe((next) => {
    parts.options.onSettings?.(next);
    running = running.then(() => use(next)).catch((error: unknown) => parts.options.logger.error(String(error)));
  });
  await settings.start(signal);
  await running;
}

interface Parts {
  readonly options: AppsOptions;
  readonly engine: Engine;
  readonly events: AppEvents;
  readonly applications: Informer;
  readonly projects: Projects;
  readonly queue: WorkQueue;
  readonly cache: AppCache;
  readonly fleet: Fleet;
  readonly sourceWatch: SourceWatch;
  readonly states: Map<string, AppState>;
  readonly settings: SettingsWatch;
  readonly updates: UpdateFilter;
  readonly health: HealthChecks;
  readonly telling: Telling;
}

function assemble(options: AppsOptions, signal: AbortSignal): Parts {
  const { hub, clusters, sources, clock, logger, namespace, shares } = options;
  const settings = new SettingsWatch({ hub, namespace, clock, logger, fixed: options.settings });
  const jq = options.jq ?? new JqWorker(clock);
  const updates = new UpdateFilter(jq);
  const health = new HealthChecks(logger);
  const random = options.random ?? Math.random;
  const events = new AppEvents();
  const states = new Map<string, AppState>();
  const applications = createInformer(hub, {
    kind: APPLICATION_KIND,
    clock,
    logger,
    indexes: { dependsOn: dependenciesOf },
  });
  const cache = new AppCache(applications);
  const queue = createWorkQueue({
    clock,
    random,
    shareOf: (key) => projectOf(applications.get(key)),
    groupOf: (key) => states.get(key)?.server,
    groupLimit: LIMITS.workersPerCluster,
  });
  const wake: Engine["wake"] = (key, why, more = {}) => {
    if (shares && !shares.owns(key)) return;
    if (!applications.get(key)) return;
    logger.debug("application woken", { app: key, why });
    queue.add(key, {
      priority: more.priority ?? PRIORITY.other,
      ...(more.afterMs === undefined ? {} : { afterMs: more.afterMs }),
    });
  };
  const fleet = new Fleet({
    clusters,
    tracking: () => settings.current.tracking,
    updates,
    logger,
    namespace,
    clock,
    signal,
    wake,
    states,
    driftPriority: PRIORITY.drift,
  });
  const waiting = (): number => queue.counts.ready + queue.counts.held;
  const telling = new Telling({ recorder: options.recorder, clock, waiting });
  const projects = new Projects(createInformer(hub, { kind: PROJECT_KIND, namespace, clock, logger }), namespace);
  const sourceWatch = new SourceWatch({
    sources,
    states,
    clock,
    random,
    wake,
    logger,
    application: (key) => cache.get(key),
    priority: PRIORITY.commit,
  });
  const pieces = {
    options,
    events,
    applications,
    projects,
    queue,
    cache,
    fleet,
    sourceWatch,
    states,
    settings,
    updates,
    health,
    telling,
  };
  return { ...pieces, engine: engineOf(pieces, jq, wake) };
}

function engineOf(pieces: Omit<Parts, "engine">, jq: Jq, wake: Engine["wake"]): Engine {
  const { options, settings, states, cache, events } = pieces;
  const { hub, clusters, sources, clock, logger, namespace } = options;
  return {
    hub,
    clusters,
    sources,
    clock,
    logger,
    namespace,
    get tracking() {
      return settings.current.tracking;
    },
    get settings() {
      return settings.current;
    },
    jq,
    signatures: new Signatures(options.verifySignature ?? verifyWithGpg),
    plugins: new PluginRenderer(() => settings.current.plugins, options.runPlugin),
    random: options.random ?? Math.random,
    patience: new Patience({
      clock,
      waitMs: LIMITS.sourceWaitMs,
      wake: (key) => wake(key, "a source answered", { priority: PRIORITY.commit }),
    }),
    claims: new Claims(),
    metrics: new AppMetrics(),
    health: options.health ?? pieces.health.of,
    application: (key) => cache.get(key),
    wrote: (object) => cache.wrote(object),
    project: (name) => pieces.projects.get(name),
    live: (cluster) => pieces.fleet.live(cluster),
    state(key) {
      let state = states.get(key);
      if (!state) states.set(key, (state = newState(key)));
      return state;
    },
    wake,
    emit: (event) => events.emit(event),
    tell: (object, type, reason, message) => pieces.telling.tell(object, { type, reason, message }),
    follow: (key, list) => pieces.sourceWatch.follow(key, list),
  };
}

function projectOf(object: KubeObject | undefined): string {
  const spec = object?.["spec"] as { project?: unknown } | undefined;
  return typeof spec?.project === "string" ? spec.project : "default";
}

function onApplication(parts: Parts, { type, object, old }: Change): void {
  const { engine, cache, states, events, options } = parts;
  const key = keyOf(object);
  if (type === "deleted") {
    const instance = instanceName(
      { name: object.metadata.name ?? "", namespace: object.metadata.namespace ?? "" },
      options.namespace,
    );
    cache.forget(key);
    const { server } = states.get(key) ?? {};
    forgetState(parts, key);
    if (server !== undefined) engine.claims.set(instance, server, []);
    return events.emit({ type: "removed", app: key, at: options.clock.now() });
  }
  // What was written and has come back need not be kept twice.
  cache.latest(object);
  if (type === "added") {
    seedClaims(parts, key, object);
    engine.wake(key, "application appeared", { priority: PRIORITY.change });
  } else if (old && isAsked(object, old)) {
    engine.wake(key, "application changed", { priority: PRIORITY.change });
  }
  // What another replica works on is known from its status alone.
  if (old && options.shares?.owns(key) === false) seedClaims(parts, key, object);
  if (old && statusText(old) !== statusText(object)) wakeDependents(parts, key);
}

/** What is remembered of an application is no longer true, or no longer needed. */
function forgetState({ states, sourceWatch, options, engine }: Parts, key: string): void {
  const count = states.get(key)?.sources?.length ?? 1;
  sourceWatch.unfollow(key);
  engine.patience.forget(key);
  states.delete(key);
  for (let index = 0; index < count; index++) {
    options.sources.forget(`${key}#${index}`);
    engine.plugins.forget(`${key}#${index}`);
  }
}

/** Until it is rendered, an application is taken to want what it had: nobody may take or prune that in the meantime. */
function seedClaims(parts: Parts, _key: string, object: KubeObject): void {
  const { name = "", namespace = "" } = object.metadata;
  const { application } = parseApplication(object);
  const { server, name: clusterName } = application.spec.destination;
  const cluster =
    clusterName === undefined
      ? parts.options.clusters.byServer(server ?? "https://kubernetes.default.svc")
      : parts.options.clusters.byName(clusterName)[0];
  const resources = application.status.resources ?? [];
  if (!cluster || resources.length === 0) return;
  const wanted = resources.filter(({ requiresPruning }) => requiresPruning !== true);
  const keys = wanted.map((entry) => `${entry.group ?? ""}/${entry.kind}/${entry.namespace ?? ""}/${entry.name}`);
  parts.engine.claims.set(instanceName({ name, namespace }, parts.options.namespace), cluster.server, keys);
}

/** Our own status writes come back as changes; only what others decide counts: spec, operation, metadata, a request to terminate. */
function isAsked(object: KubeObject, old: KubeObject): boolean {
  const phase = (entry: KubeObject): string | undefined =>
    ((entry["status"] ?? {}) as ApplicationStatus).operationState?.phase;
  if (phase(object) === "Terminating" && phase(old) !== "Terminating") return true;
  if (!jsonEqual(object["spec"], old["spec"])) return true;
  if (object["operation"] !== undefined && !jsonEqual(object["operation"], old["operation"])) return true;
  const { metadata: now } = object;
  const { metadata: before } = old;
  return (
    now.deletionTimestamp !== before.deletionTimestamp ||
    !jsonEqual(now.annotations, before.annotations) ||
    (now.deletionTimestamp !== undefined && !jsonEqual(now.finalizers, before.finalizers))
  );
}

function statusText(object: KubeObject): string {
  const { sync, health } = (object["status"] ?? {}) as ApplicationStatus;
  return `${sync?.status}/${health?.status}`;
}

/** Applications that wait for this one look again as soon as it changes. */
function wakeDependents(parts: Parts, key: string): void {
  for (const object of parts.applications.byIndex("dependsOn", key)) parts.engine.wake(keyOf(object), `${key} changed`);
}
