import type { KubeObject } from "@fairlead/apimachinery";
import { labelSelectorFromObject, matchesLabels } from "@fairlead/apimachinery";
import { isJsonObject, problemError, ProblemError, problemsOf, type JsonObject } from "@fairlead/base";
import {
  again,
  done,
  failed,
  isConflict,
  isNotFound,
  keyOf,
  stalled,
  type EventRecorder,
  type Outcome,
} from "@fairlead/kube";
import type { Metrics } from "../metrics.ts";
import { PUSH_SECRET, SECRET } from "../model/names.ts";
import { IssuedStates, type StatesDeps } from "../issued/states.ts";
import type { Observed } from "../observe.ts";
import { StoreDown } from "../store/gate.ts";
import { generate, readTemplateTexts, type ReadDeps } from "../sync/read-values.ts";
import { nextPeriodMs, spread, syncStateOf, versionOf } from "../sync/refresh.ts";
import { timeText, withCondition } from "../sync/status.ts";
import { parsePushSecret } from "./parse.ts";
import { isMeant, pushesFor, sourceOf, statusName, type Push, type SourceSecret, type StoreName } from "./plan.ts";
import type { PushSpec } from "./types.ts";

export interface PushDeps extends ReadDeps, StatesDeps {
  readonly observed: Observed;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
}

/** Store (`SecretStore/name`) → entry (`key` or `key/property`) → what was pushed, as status.syncedPushSecrets. */
type Synced = Record<string, Record<string, JsonObject>>;

const FINALIZER = "pushsecret.externalsecrets.io/finalizer";
const SOURCE_GONE = "source secret deleted; provider secrets cleaned up";

/** The place of a PushSecret's only generator, as External Secrets calls it. */
const GENERATED = "__pushsecret";

/** Pushes Secrets of the cluster to providers. */
export class PushSync {
  readonly #deps: PushDeps;
  /** The last write to a remote key: entries of several objects may be properties of one secret. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** PushSecrets whose source changed since it was pushed. */
  readonly #changed = new Set<string>();

  constructor(deps: PushDeps) {
    this.#deps = deps;
  }

  noteChanged(key: string): void {
    this.#changed.add(key);
  }

  async reconcile(key: string): Promise<Outcome> {
    const object = this.#deps.observed.pushSecrets.get(key);
    if (object === undefined) {
      this.#changed.delete(key);
      this.#deps.metrics.forget("pushsecret", key);
      return done();
    }
    const { spec, problems } = parsePushSecret(object);
    if (object.metadata.deletionTimestamp !== undefined) return this.#cleanUp(object, spec);
    if (problems.length > 0) {
      const error = new ProblemError(problems);
      await this.#fail(object, error, undefined);
      return stalled(error);
    }
    await this.#keepFinalizer(object, spec.deletes);
    // What is pushed once is not pushed again for a change.
    const isChanged = this.#changed.delete(key) && spec.refreshIntervalMs > 0;
    if (!isChanged && !isDue(object, spec, this.#deps.clock.now())) return this.#later(object, spec);
    return this.#sync(object, spec);
  }

  async #sync(object: KubeObject, spec: PushSpec): Promise<Outcome> {
    const synced: Synced = {};
    const issued = new IssuedStates(this.#deps, object);
    try {
      const sources = await this.#sources(object, spec, issued);
      if (sources === undefined) return await this.#sourceGone(object);
      const stores = this.#stores(object, spec);
      if (stores.length === 0) {
        await issued.settle(false);
        return done();
      }
      for (const source of sources) for (const store of stores) await this.#pushTo(object, spec, source, store, synced);
      if (spec.deletes) await this.#removeOthers(object, synced);
      await issued.settle(true);
      await this.#succeed(object, spec, synced);
      return this.#later(this.#deps.observed.pushSecrets.get(keyOf(object)) ?? object, spec, this.#deps.clock.now());
    } catch (error) {
      this.#changed.add(keyOf(object));
      await issued.settle(false);
      if (isConflict(error)) return again(100, "written by someone else meanwhile");
      await this.#fail(object, error, merged(syncedOf(object), synced));
      if (error instanceof StoreDown) return again(error.retryAfterMs + spread(object) * 1000, "the store is out");
      const isInput = error instanceof ProblemError && error.code === "InvalidExternalSecret";
      return isInput ? stalled(error) : failed(error);
    }
  }

  /** undefined: the source is gone, and what was pushed from it is to go. */
  async #sources(object: KubeObject, spec: PushSpec, issued: IssuedStates): Promise<SourceSecret[] | undefined> {
    const { hub } = this.#deps;
    const { namespace = "" } = object.metadata;
    const texts = await readTemplateTexts(hub, spec.template, namespace);
    const { source } = spec;
    if (source.kind === "generator") {
      const entries = await generate(this.#deps, source.ref, namespace, { issued, place: GENERATED });
      const data = Object.fromEntries([...entries].map(([key, bytes]) => [key, Buffer.from(bytes).toString("base64")]));
      return [sourceOf({ ...SECRET, metadata: { name: "", namespace }, data } as KubeObject, spec, texts)];
    }
    if (source.kind === "selector") {
      const labelSelector = labelSelectorFromObject(source.selector);
      const { items } = await hub.list(SECRET, { namespace });
      return items
        .filter(({ metadata }) => matchesLabels(labelSelector, metadata.labels ?? {}))
        .map((secret) => sourceOf(secret, spec, texts));
    }
    const secret = await hub.find(SECRET, source.name, namespace);
    if (secret !== undefined) return [sourceOf(secret, spec, texts)];
    if (spec.deletes && Object.keys(syncedOf(object)).length > 0) return undefined;
    throw problemError(
      "StoreNotReady",
      `could not get source secret: Secret ${namespace}/${source.name} does not exist`,
    );
  }

  #stores(object: KubeObject, spec: PushSpec): StoreName[] {
    const { stores, clusterStores } = this.#deps.observed;
    const { namespace = "" } = object.metadata;
    const known = [...stores.list().filter((store) => store.metadata.namespace === namespace), ...clusterStores.list()]
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ kind, metadata: { name = "", labels = {} } }): StoreName => {
        return { kind: kind === "ClusterSecretStore" ? kind : "SecretStore", name, labels };
      });
    const found = spec.stores.flatMap((choice) => {
      const meant = known.filter((store) => isMeant(choice, store));
      if (meant.length === 0 && choice.name !== "")
        throw problemError(
          "StoreNotReady",
          `could not get ${choice.kind} ${JSON.stringify(choice.name)}: it does not exist`,
        );
      return meant;
    });
    const unique = new Map(found.map((store) => [`${store.kind}/${store.name}`, store]));
    return [...unique.values()].filter((store) => !this.#deps.registry.isForeign(store, namespace));
  }

  async #pushTo(
    object: KubeObject,
    spec: PushSpec,
    source: SourceSecret,
    store: StoreName,
    synced: Synced,
  ): Promise<void> {
    const { namespace = "" } = object.metadata;
    const name = `${store.kind}/${store.name}`;
    const entries = (synced[name] ??= {});
    for (const push of pushesFor(spec, source, store)) {
      await this.#push(push, spec, store, namespace).catch((error: unknown) => {
        throw placed(error, `could not write remote ref ${push.entry.remoteKey} to target secretstore ${store.name}`);
      });
      entries[statusName(push.entry)] = statusOf(push);
    }
  }

  async #push({ value, target }: Push, spec: PushSpec, store: StoreName, namespace: string): Promise<void> {
    const { client, gate, key } = this.#deps.registry.open(store, namespace);
    const { writes } = client;
    if (writes === undefined) throw problemError("InvalidStore", "the store's provider cannot be written to");
    await this.#inTurn(`${key}${target.key}`, () =>
      gate.run(async () => {
        if (spec.keepsExisting && (await writes.exists(target, this.#deps.signal))) return;
        await writes.push(value, target, this.#deps.signal);
      }),
    );
  }

  async #inTurn<T>(key: string, act: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(key) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(act);
    this.#turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }

  /** Removes what was pushed before and is not any more; a store that is gone has nothing left to be removed from. */
  async #removeOthers(object: KubeObject, kept: Synced): Promise<void> {
    const { namespace = "" } = object.metadata;
    for (const [name, entries] of Object.entries(syncedOf(object))) {
      const [kind = "", storeName = ""] = name.split("/");
      const ref = { kind: kind === "ClusterSecretStore" ? kind : "SecretStore", name: storeName } as const;
      const { stores, clusterStores } = this.#deps.observed;
      const isThere =
        kind === "ClusterSecretStore" ? clusterStores.get(storeName) : stores.get(`${namespace}/${storeName}`);
      if (isThere === undefined) continue;
      for (const [entry, data] of Object.entries(entries)) {
        if (kept[name]?.[entry] !== undefined) continue;
        const { client, gate, key } = this.#deps.registry.open(ref, namespace);
        const target = targetOf(data);
        await this.#inTurn(`${key}${target.key}`, () =>
          gate.run(async () => client.writes?.remove(target, this.#deps.signal)),
        );
      }
    }
  }

  async #sourceGone(object: KubeObject): Promise<Outcome> {
    await this.#removeOthers(object, {});
    const { clock, events, metrics } = this.#deps;
    const conditions = withCondition(object, "Ready", false, "SourceDeleted", SOURCE_GONE, clock.now());
    metrics.condition("pushsecret", object, false);
    await this.#patchStatus(object, { conditions, syncedPushSecrets: null });
    events.event(object, { type: "Normal", reason: "SourceDeleted", message: SOURCE_GONE });
    return done();
  }

  async #succeed(object: KubeObject, spec: PushSpec, synced: Synced): Promise<void> {
    const { clock, events, metrics } = this.#deps;
    const message = `PushSecret synced successfully${spec.keepsExisting ? ". Existing secrets in providers unchanged." : ""}`;
    const nowMs = clock.now();
    metrics.condition("pushsecret", object, true);
    await this.#patchStatus(object, {
      conditions: withCondition(object, "Ready", true, "Synced", message, nowMs),
      refreshTime: timeText(nowMs),
      syncedResourceVersion: versionOf(object),
      syncedPushSecrets: replaced(syncedOf(object), synced),
    });
    events.event(object, { type: "Normal", reason: "Synced", message });
  }

  async #fail(object: KubeObject, error: unknown, synced: Synced | undefined): Promise<void> {
    const { clock, events, metrics } = this.#deps;
    const why = problemsOf(error)
      .map(({ message }) => message)
      .join("; ");
    const message = `set secret failed: ${why}`;
    const conditions = withCondition(object, "Ready", false, "Errored", message, clock.now());
    metrics.condition("pushsecret", object, false);
    const before = (object["status"] as JsonObject | undefined)?.["conditions"];
    if (JSON.stringify(before) === JSON.stringify(conditions)) return;
    await this.#patchStatus(object, { conditions, ...(synced && { syncedPushSecrets: synced }) });
    events.event(object, { type: "Warning", reason: "Errored", message });
  }

  async #cleanUp(object: KubeObject, spec: PushSpec): Promise<Outcome> {
    const { finalizers = [] } = object.metadata;
    if (!finalizers.includes(FINALIZER)) return done();
    if (spec.deletes) {
      try {
        await this.#removeOthers(object, {});
      } catch (error) {
        await this.#fail(object, error, undefined);
        return error instanceof StoreDown ? again(error.retryAfterMs, "the store is out") : failed(error);
      }
    }
    await this.#keepFinalizer(object, false);
    return done();
  }

  async #keepFinalizer(object: KubeObject, isWanted: boolean): Promise<void> {
    const { name = "", namespace, resourceVersion, finalizers = [] } = object.metadata;
    if (finalizers.includes(FINALIZER) === isWanted) return;
    const wanted = isWanted ? [...finalizers, FINALIZER] : finalizers.filter((finalizer) => finalizer !== FINALIZER);
    const body = { metadata: { finalizers: wanted, ...(resourceVersion !== undefined && { resourceVersion }) } };
    const ref = { ...PUSH_SECRET, name, namespace };
    await this.#deps.hub.patch(ref, { type: "merge", body }).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    });
  }

  async #patchStatus(object: KubeObject, status: JsonObject): Promise<void> {
    const { name = "", namespace } = object.metadata;
    const ref = { ...PUSH_SECRET, name, namespace };
    const options = { subresource: "status", fieldManager: "external-secrets" } as const;
    await this.#deps.hub.patch(ref, { type: "merge", body: { status } }, options).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  #later(object: KubeObject, spec: PushSpec, refreshedAt = syncStateOf(object).refreshedAt): Outcome {
    if (spec.refreshIntervalMs === 0) return done();
    return again(nextPeriodMs(object, spec.refreshIntervalMs, refreshedAt, this.#deps.clock.now()), "refresh interval");
  }
}

function isDue(object: KubeObject, { refreshIntervalMs }: PushSpec, nowMs: number): boolean {
  const { refreshedAt, syncedVersion } = syncStateOf(object);
  if (syncedVersion !== versionOf(object) || refreshedAt === undefined) return true;
  if (refreshIntervalMs === 0) return false;
  return refreshedAt > nowMs + 1000 || refreshedAt + refreshIntervalMs <= nowMs;
}

function syncedOf(object: KubeObject): Synced {
  const status = isJsonObject(object["status"]) ? object["status"] : {};
  return isJsonObject(status["syncedPushSecrets"]) ? (status["syncedPushSecrets"] as Synced) : {};
}

function merged(before: Synced, now: Synced): Synced {
  const all: Synced = { ...before };
  for (const [name, entries] of Object.entries(now)) all[name] = { ...all[name], ...entries };
  return all;
}

/** As a merge patch: what is gone has to be named. */
function replaced(before: Synced, now: Synced): JsonObject {
  const gone = Object.keys(before).filter((name) => now[name] === undefined);
  const entries = Object.entries(now).map(([name, own]) => {
    const left = Object.keys(before[name] ?? {}).filter((entry) => own[entry] === undefined);
    return [name, { ...own, ...Object.fromEntries(left.map((entry) => [entry, null])) }] as const;
  });
  return { ...Object.fromEntries(entries), ...Object.fromEntries(gone.map((name) => [name, null])) };
}

function statusOf({ entry }: Push): JsonObject {
  const { secretKey, remoteKey, property, metadata, decodesUnicode } = entry;
  return {
    match: {
      ...(secretKey !== "" && { secretKey }),
      remoteRef: { remoteKey, ...(property !== "" && { property }) },
    },
    ...(metadata !== undefined && { metadata: metadata as JsonObject }),
    conversionStrategy: decodesUnicode ? "ReverseUnicode" : "None",
  };
}

function targetOf(data: JsonObject): { key: string; property: string; metadata: unknown } {
  const match = isJsonObject(data["match"]) ? data["match"] : {};
  const remote = isJsonObject(match["remoteRef"]) ? match["remoteRef"] : {};
  return {
    key: String(remote["remoteKey"] ?? ""),
    property: String(remote["property"] ?? ""),
    metadata: data["metadata"],
  };
}

function placed(error: unknown, where: string): unknown {
  if (error instanceof StoreDown || !(error instanceof ProblemError)) return error;
  const problems = error.problems.map((problem) => ({ ...problem, message: `${where}: ${problem.message}` }));
  return new ProblemError(problems, { cause: error });
}
