import { formatProblem, isJsonObject, ProblemError, type JsonObject, type Problem } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import {
  again,
  createController,
  createWorkQueue,
  done,
  failed,
  isConflict,
  keyOf,
  splitKey,
  stalled,
  type Outcome,
} from "@fairlead/kube";
import { generateFrom } from "../generators/world.ts";
import { DEFAULT_SETTINGS, type GeneratorSettings } from "../generators/facts.ts";
import { heldMessage } from "./conditions.ts";
import { decide, statusPatch, type Decision } from "./decide.ts";
import { needsFinalizer, planDeletion, withFinalizer } from "./deletion.ts";
import { SetGenerator, type Generation } from "./generate.ts";
import { askClosed, explain, seeing, type Seen, type SetMemory } from "./memory.ts";
import { hubReader, observe, ownedBy, ownersOf, type Observed } from "./observe.ts";
import type { AppSets, AppSetsOptions } from "./options.ts";
import { parseApplicationSet } from "./parse.ts";
import type { Path } from "./pointer.ts";
import { concerns, leavesOf, requeueAfterMs, type RepositoryEvent } from "./requeue.ts";
import {
  APPLICATION_KIND,
  APPLICATION_SET_KIND,
  REFRESH_ANNOTATION,
  type ApplicationSetSpec,
  type ApplicationsSync,
} from "./types.ts";
import { carryOut, finalizerPatch, ignoreGone, type WriteResult } from "./write.ts";

const WORKERS = 4;
/** A generator that failed is tried again, as Argo CD does after a failure of validation. */
const FAILURE_RETRY_MS = 180_000;
/** Status of a large set changes with every health of every Application; it is written this often at most. */
const STATUS_PACE_MS = 5_000;
const LARGE_SET = 500;

/** The shell around `generate` and `decide`: watches what sets are made of, writes what differs, and the status when it changed. */
export function createAppSets(options: AppSetsOptions): AppSets {
  return new AppSetController(options);
}

class AppSetController implements AppSets {
  readonly #options: AppSetsOptions;
  readonly #settings: GeneratorSettings;
  readonly #observed: Observed;
  readonly #memories = new Map<string, SetMemory>();
  readonly #queue;

  constructor(options: AppSetsOptions) {
    this.#options = options;
    const controlNamespace = options.namespace ?? DEFAULT_SETTINGS.controlNamespace;
    this.#settings = { ...DEFAULT_SETTINGS, controlNamespace, ...options.settings };
    this.#observed = observe(options.hub, options.namespace === undefined ? {} : { namespace: options.namespace });
    this.#queue = createWorkQueue({ clock: options.clock, shareOf: (key) => this.#projectOf(key) });
    this.#subscribe();
  }

  async run(signal: AbortSignal): Promise<void> {
    const informers = Object.values(this.#observed);
    for (const informer of informers) informer.start(signal);
    // Before all are known, an Application that is merely not seen yet would look as if it were missing.
    await Promise.all(informers.map((informer) => informer.synced));
    const { clock, logger } = this.#options;
    const reconcile = (key: string): Promise<Outcome> => this.#reconcile(key);
    await createController({
      name: "applicationset",
      queue: this.#queue,
      workers: WORKERS,
      reconcile,
      clock,
      logger,
    }).run(signal);
    this.#queue.shutDown();
    for (const memory of this.#memories.values()) for (const stop of memory.watched.values()) stop();
  }

  onWebhook(event: RepositoryEvent): void {
    for (const [key, memory] of this.#memories) {
      const spec = memory.generation?.spec;
      if (!spec || !concerns(spec, event)) continue;
      if (event.type === "pullRequest" && event.isClosed && event.number !== undefined)
        memory.closed.add(String(event.number));
      const urls = event.type === "push" ? [...memory.watched.keys()] : [];
      void Promise.allSettled(urls.map((url) => this.#options.world.refresh(url))).then(() =>
        this.#queue.add(key, { priority: 1 }),
      );
    }
  }

  #subscribe(): void {
    const { sets, applications, secrets, configMaps, projects } = this.#observed;
    sets.subscribe(({ object }) => this.#queue.add(keyOf(object)));
    applications.subscribe(({ object, old }) => {
      for (const owner of new Set([...ownersOf(object), ...(old ? ownersOf(old) : [])])) this.#queue.add(owner);
    });
    const wakeAll = (): void => {
      for (const set of sets.list()) this.#queue.add(keyOf(set));
    };
    secrets.subscribe(({ object, old }) => {
      if (object.metadata.resourceVersion !== old?.metadata.resourceVersion) this.#wakeReaders();
    });
    configMaps.subscribe(() => this.#wakeReaders());
    projects.subscribe(({ type }) => {
      if (type !== "updated") wakeAll();
    });
  }

  /** Sets that read Secrets or ConfigMaps: all but those of nothing but lists and Git, and those too whose destination is unknown. */
  #wakeReaders(): void {
    for (const [key, { generation }] of this.#memories) {
      const isSimple =
        generation !== undefined &&
        [...leavesOf(generation.spec)].every(({ kind }) => kind === "list" || kind === "git");
      if (!isSimple || generation.problems.length > 0) this.#queue.add(key);
    }
  }

  #projectOf(key: string): string {
    const spec = this.#observed.sets.get(key)?.["spec"];
    const template = isJsonObject(spec) ? spec["template"] : undefined;
    const inner = isJsonObject(template) ? template["spec"] : undefined;
    const project = isJsonObject(inner) ? inner["project"] : undefined;
    return typeof project === "string" ? project : "default";
  }

  async #reconcile(key: string): Promise<Outcome> {
    const set = this.#observed.sets.get(key);
    if (!set) {
      for (const stop of this.#memories.get(key)?.watched.values() ?? []) stop();
      this.#memories.delete(key);
      return done();
    }
    if (set.metadata.deletionTimestamp !== undefined) return this.#delete(set);
    const memory = this.#memoryOf(key);
    const before = memory.generation;
    const isRefresh = set.metadata.annotations?.[REFRESH_ANNOTATION] !== undefined;
    if (isRefresh) await Promise.allSettled([...memory.watched.keys()].map((url) => this.#options.world.refresh(url)));
    const reader = hubReader(this.#observed, this.#settings.controlNamespace);
    const seen: Seen = { urls: new Set(), asked: [] };
    let generation = await generateFrom(memory.generator, set, reader, seeing(this.#options.world, seen));
    memory.generation = generation;
    this.#watch(key, memory, seen.urls);
    const owned = ownedBy(this.#observed.applications, key);
    explain(memory, before ?? generation, generation, owned);
    const { world } = this.#options;
    await askClosed(memory, generation, owned, seen.asked, world.isClosed?.bind(world));
    const previews = await this.#options.previews?.look({ set, generation, owned, asked: seen.asked });
    if (previews) generation = previews.generation;
    const explained = new Set([...memory.explained, ...(previews?.explained ?? [])]);
    const decision = await this.#decide(set, generation, owned, explained);
    return this.#act(key, set, memory, decision, previews?.status, previews?.wakeAfterMs, isRefresh);
  }

  async #decide(
    set: KubeObject,
    generation: Generation,
    owned: readonly KubeObject[],
    explained: ReadonlySet<string>,
  ): Promise<Decision> {
    const { clock, policy = "sync", jq } = this.#options;
    const { namespace } = set.metadata;
    const wanted = generation.applications.flatMap(({ metadata }) => {
      const found = this.#observed.applications.get(
        keyOf({ metadata: { ...(namespace ? { namespace } : {}), name: metadata.name ?? "" } }),
      );
      return found ? [found] : [];
    });
    const applications = [...new Set([...owned, ...wanted])];
    const expressions = generation.spec.ignoreApplicationDifferences.flatMap((rule) => rule.jqPathExpressions);
    const problems: Problem[] = [];
    if (expressions.length > 0) {
      const fault = jq ? await jq.learn(expressions, applications) : "jq is not available";
      if (fault !== undefined)
        problems.push({ code: "InvalidApplicationSet", message: `spec.ignoreApplicationDifferences: ${fault}` });
    }
    const paths = (expression: string, application: KubeObject): readonly Path[] | undefined => {
      const found = jq?.paths(expression, application);
      return found && "paths" in found ? found.paths : undefined;
    };
    const told =
      problems.length === 0
        ? generation
        : { ...generation, isComplete: false, problems: [...generation.problems, ...problems] };
    return decide({
      set,
      generation: told,
      applications,
      nowMs: clock.now(),
      policy,
      explained,
      jq: paths,
      rollout: this.#memories.get(keyOf(set))?.rollout,
    });
  }

  async #act(
    key: string,
    set: KubeObject,
    memory: SetMemory,
    decision: Decision,
    previewStatus: JsonObject | undefined,
    previewWakeMs: number | undefined,
    isRefresh: boolean,
  ): Promise<Outcome> {
    const { hub, policy = "sync", logger } = this.#options;
    memory.rollout = decision.rollout ?? memory.rollout;
    const spec = memory.generation?.spec;
    if (spec && memory.generation?.isComplete) await this.#keepFinalizer(set, spec, policy);
    const result = await carryOut(hub, decision);
    const status = { ...this.#withErrors(decision.status(result.left), result), ...previewStatus };
    const waitMs = await this.#writeStatus(set, memory, status, decision);
    if (isRefresh) await this.#removeRefresh(set);
    const errors = result.errors.filter(({ error }) => !isConflict(error));
    if (errors.length > 0) {
      logger.warn("applications not written", {
        set: key,
        errors: errors.map(({ name, error }) => `${name}: ${String(error)}`).slice(0, 20),
      });
      return failed(errors[0]?.error);
    }
    if (result.left > 0 || result.errors.length > 0) return again(0, "applications left to write");
    const waits = [
      spec && requeueAfterMs(spec),
      waitMs,
      previewWakeMs,
      decision.problems.length > 0 ? FAILURE_RETRY_MS : undefined,
    ];
    const afterMs = Math.min(...waits.filter((wait) => wait !== undefined));
    if (Number.isFinite(afterMs))
      return again(afterMs, decision.problems.length > 0 ? "problems" : "generators ask again");
    return decision.problems.length > 0 ? stalled(new ProblemError(decision.problems)) : done();
  }

  #withErrors(status: JsonObject, result: WriteResult): JsonObject {
    const [first] = result.errors.filter(({ error }) => !isConflict(error));
    if (!first || !Array.isArray(status["conditions"])) return status;
    const message = `Application ${first.name}: ${first.error instanceof Error ? first.error.message : String(first.error)}`;
    const conditions = status["conditions"].map((condition) => {
      if (!isJsonObject(condition)) return condition;
      if (condition["type"] === "ErrorOccurred")
        return { ...condition, status: "True", reason: "UpdateApplicationError", message };
      return condition["type"] === "ResourcesUpToDate"
        ? { ...condition, status: "False", reason: "ErrorOccurred", message }
        : condition;
    });
    return { ...status, conditions };
  }

  /** Undefined when the status is as it should be; else how long to wait before it may be written. */
  async #writeStatus(
    set: KubeObject,
    memory: SetMemory,
    status: JsonObject,
    decision: Decision,
  ): Promise<number | undefined> {
    const patch = statusPatch(set, status);
    if (!patch) return undefined;
    const { clock, hub } = this.#options;
    const isUrgent = Object.keys(patch).some((name) => name !== "resources");
    const sinceMs = clock.now() - memory.statusWrittenAtMs;
    const count = Number(status["resourcesCount"] ?? 0);
    if (!isUrgent && count > LARGE_SET && sinceMs < STATUS_PACE_MS) return STATUS_PACE_MS - sinceMs;
    memory.statusWrittenAtMs = clock.now();
    const { namespace, name } = splitKey(keyOf(set));
    const ref = { ...APPLICATION_SET_KIND, name, namespace };
    await ignoreGone(hub.patch(ref, { type: "merge", body: { status: patch } }, { subresource: "status" }));
    if (patch["conditions"] !== undefined) this.#announce(set, decision);
    return undefined;
  }

  #announce(set: KubeObject, decision: Decision): void {
    const { events, logger } = this.#options;
    if (decision.problems.length > 0) {
      const message = decision.problems.map(formatProblem).join("; ");
      events.event(set, { type: "Warning", reason: "ApplicationGenerationError", message });
      logger.warn("application set not generated", {
        set: keyOf(set),
        problems: decision.problems.map(formatProblem).slice(0, 20),
      });
    } else if (decision.held.length > 0) {
      events.event(set, { type: "Warning", reason: "DeletionHeld", message: heldMessage(decision.held) });
      logger.warn("deletion of applications held", { set: keyOf(set), held: decision.held });
    }
  }

  async #keepFinalizer(set: KubeObject, spec: ApplicationSetSpec, policy: ApplicationsSync): Promise<void> {
    const wanted = withFinalizer(set.metadata.finalizers, needsFinalizer(spec, spec.applicationsSync ?? policy));
    await this.#patchSet(set, finalizerPatch(set.metadata.finalizers, wanted));
  }

  async #removeRefresh(set: KubeObject): Promise<void> {
    await this.#patchSet(set, { metadata: { annotations: { [REFRESH_ANNOTATION]: null } } });
  }

  async #patchSet(set: KubeObject, body: JsonObject | undefined): Promise<void> {
    if (!body) return;
    const { name = "", namespace } = set.metadata;
    await ignoreGone(this.#options.hub.patch({ ...APPLICATION_SET_KIND, name, namespace }, { type: "merge", body }));
  }

  /** The end of a set, as far as it is ours; its Applications go by their owner references. */
  async #delete(set: KubeObject): Promise<Outcome> {
    const { hub, policy = "sync" } = this.#options;
    const { spec } = parseApplicationSet(set, this.#settings);
    const owned = ownedBy(this.#observed.applications, keyOf(set));
    const plan = planDeletion(spec, spec.applicationsSync ?? policy, owned);
    for (const { metadata } of plan.release) {
      const { name = "", namespace, ownerReferences = [] } = metadata;
      const others = ownerReferences.filter((owner) => owner.uid !== set.metadata.uid);
      const body = { metadata: { ownerReferences: others } };
      await ignoreGone(hub.patch({ ...APPLICATION_KIND, name, namespace }, { type: "merge", body }));
    }
    for (const { metadata } of plan.remove)
      await ignoreGone(hub.delete(APPLICATION_KIND, metadata.name ?? "", metadata.namespace));
    if (plan.isDone || plan.release.length > 0) {
      await this.#patchSet(set, finalizerPatch(set.metadata.finalizers, withFinalizer(set.metadata.finalizers, false)));
    }
    return done();
  }

  #memoryOf(key: string): SetMemory {
    let memory = this.#memories.get(key);
    if (!memory) {
      const generator = new SetGenerator(this.#settings);
      memory = {
        generator,
        generation: undefined,
        closed: new Set(),
        explained: new Set(),
        origins: new Map(),
        watched: new Map(),
        statusWrittenAtMs: 0,
        rollout: undefined,
      };
      this.#memories.set(key, memory);
    }
    return memory;
  }

  /** Follows the repositories a set was made of, and no others any more. */
  #watch(key: string, memory: SetMemory, seen: ReadonlySet<string>): void {
    for (const url of seen) {
      if (!memory.watched.has(url))
        memory.watched.set(
          url,
          this.#options.world.watch(url, () => this.#queue.add(key)),
        );
    }
    for (const [url, stop] of memory.watched) {
      if (seen.has(url)) continue;
      stop();
      memory.watched.delete(url);
    }
  }
}
