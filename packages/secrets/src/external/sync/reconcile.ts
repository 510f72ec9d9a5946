import type { KubeObject } from "@fairlead/apimachinery";
import { problemError, ProblemError, problemsOf, type Clock, type JsonObject } from "@fairlead/base";
import {
  again,
  done,
  failed,
  isAlreadyExists,
  isConflict,
  isNotFound,
  keyOf,
  stalled,
  type EventRecorder,
  type KubeClient,
  type Outcome,
} from "@fairlead/kube";
import { EXTERNAL_LIMITS } from "../limits.ts";
import { CLEANUP_FINALIZER, EXTERNAL_SECRET, LABEL_OWNER, SECRET } from "../model/names.ts";
import { parseExternalSecret } from "../model/parse.ts";
import type { ExternalSecretSpec } from "../model/types.ts";
import type { Observed } from "../observe.ts";
import { StoreDown } from "../store/gate.ts";
import { fieldManager, ownerHash } from "../values/hash.ts";
import type { Metrics } from "../metrics.ts";
import { collect, type Collected } from "./collect.ts";
import { readingFor, readTemplateTexts, type ReadDeps } from "./read-values.ts";
import { isDue, isTargetValid, nextRefreshMs, spread, syncStateOf, versionOf } from "./refresh.ts";
import { MESSAGES, timeText, withCondition, type Reason } from "./status.ts";
import { planWrite, targetSecret } from "./target.ts";
import { isRefreshAllowed } from "./windows.ts";

const CONFLICT_WAIT_MS = 100;

export interface SyncDeps extends ReadDeps {
  readonly observed: Observed;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
  /** Called when a Secret that was there got other data. */
  readonly onRotated: (secret: KubeObject) => void;
}

/** Keeps the Secrets of ExternalSecrets as their stores have them. */
export class SecretSync {
  readonly #deps: SyncDeps;
  /** Objects one of whose values is known to have changed at the provider. */
  readonly #changed = new Set<string>();
  readonly #written = new Map<string, { readonly uid: string | undefined; readonly status: JsonObject }>();

  constructor(deps: SyncDeps) {
    this.#deps = deps;
  }

  /** The object with the status as it was last written here, which the watch may not have brought back yet. */
  #latest(key: string): KubeObject | undefined {
    const object = this.#deps.observed.externalSecrets.get(key);
    const written = this.#written.get(key);
    if (object === undefined || written === undefined || written.uid !== object.metadata.uid) return object;
    const isOlder =
      (syncStateOf(object).refreshedAt ?? 0) < (syncStateOf({ ...object, status: written.status }).refreshedAt ?? 0);
    return isOlder ? { ...object, status: written.status } : object;
  }

  get #clock(): Clock {
    return this.#deps.clock;
  }

  get #hub(): KubeClient {
    return this.#deps.hub;
  }

  noteChanged(key: string): void {
    this.#changed.add(key);
  }

  async reconcile(key: string): Promise<Outcome> {
    const object = this.#latest(key);
    if (object === undefined) {
      this.#changed.delete(key);
      this.#written.delete(key);
      this.#deps.metrics.forget("externalsecret", key);
      return done();
    }
    const { spec, problems } = parseExternalSecret(object);
    if (object.metadata.deletionTimestamp !== undefined) return this.#cleanUp(object, spec);
    if (problems.length > 0) {
      await this.#fail(object, "the ExternalSecret is invalid", new ProblemError(problems));
      return stalled(new ProblemError(problems));
    }
    if (this.#isForeign(spec, object.metadata.namespace ?? "")) return done();
    await this.#keepFinalizer(object, spec);
    const target = this.#deps.observed.targets.get(`${object.metadata.namespace ?? ""}/${spec.target.name}`);
    // A value that another object's read found changed is a refresh by time too.
    const mayRefresh = spec.refreshPolicy === "Periodic" && isRefreshAllowed(spec.syncWindows, this.#clock.now());
    const isChanged = this.#changed.delete(key) && mayRefresh;
    if (!isChanged && !isDue(object, spec, this.#clock.now()) && isTargetValid(target, spec))
      return this.#later(object, spec);
    return this.#sync(key, object, spec, target, isChanged);
  }

  #isForeign(spec: ExternalSecretSpec, namespace: string): boolean {
    const refs = [spec.store, ...spec.data.map(({ store }) => store)];
    return refs.some((ref) => ref !== undefined && this.#deps.registry.isForeign(ref, namespace));
  }

  async #sync(
    key: string,
    object: KubeObject,
    spec: ExternalSecretSpec,
    target: KubeObject | undefined,
    isChanged: boolean,
  ): Promise<Outcome> {
    const { metrics } = this.#deps;
    metrics.countSync(key);
    const namespace = object.metadata.namespace ?? "";
    let collected: Collected;
    try {
      const maxAgeMs = this.#maxAgeMs(object, spec, isChanged);
      collected = await collect(spec, readingFor(this.#deps, key, namespace, maxAgeMs));
    } catch (error) {
      if (isChanged) this.#changed.add(key);
      return this.#failed(key, object, MESSAGES.noData, error);
    }
    for (const message of collected.missing) this.#tell(object, "Normal", "MissingProviderSecret", message);
    try {
      return await this.#write(object, spec, target, collected);
    } catch (error) {
      if (isChanged) this.#changed.add(key);
      if (isConflict(error)) return again(CONFLICT_WAIT_MS, "the Secret was changed meanwhile");
      const isImmutable = error instanceof ProblemError && error.message.includes("secret is immutable");
      return this.#failed(key, object, isImmutable ? MESSAGES.immutable : MESSAGES.notUpdated, error);
    }
  }

  /** A refresh by time takes what others read within the interval; one that was asked for takes only what is nearly new. */
  #maxAgeMs(object: KubeObject, spec: ExternalSecretSpec, isChanged: boolean): number {
    const { syncedVersion } = syncStateOf(object);
    const isByTime = isChanged || (syncedVersion === versionOf(object) && spec.refreshPolicy === "Periodic");
    const interval = spec.refreshIntervalMs;
    return isByTime && interval > 0 ? interval : Math.min(EXTERNAL_LIMITS.freshMs, interval || EXTERNAL_LIMITS.freshMs);
  }

  async #write(
    object: KubeObject,
    spec: ExternalSecretSpec,
    known: KubeObject | undefined,
    { entries }: Collected,
  ): Promise<Outcome> {
    const { creationPolicy, deletionPolicy, name } = spec.target;
    const namespace = object.metadata.namespace ?? "";
    if (entries.size === 0 && deletionPolicy === "Retain")
      return this.#succeed(object, spec, "SecretSynced", MESSAGES.retained);
    if (entries.size === 0 && deletionPolicy === "Delete") return this.#deleteTarget(object, spec);
    if (creationPolicy === "None") return this.#succeed(object, spec, "SecretSynced", MESSAGES.synced);
    if (creationPolicy === "Owner") await this.#deleteFormer(object, name);
    let existing = known;
    // A Secret that is not ours yet is in no cache; only where one is likely is it looked for first.
    if (existing === undefined && creationPolicy !== "Owner") existing = await this.#hub.find(SECRET, name, namespace);
    if (existing === undefined && creationPolicy === "Merge")
      return this.#succeed(object, spec, "SecretMissing", MESSAGES.missing);
    const texts = await readTemplateTexts(this.#hub, spec.target.template, namespace);
    const put = (before: KubeObject | undefined): Promise<void> =>
      this.#put(object, before, targetSecret(object, spec, before, entries, texts));
    try {
      await put(existing);
    } catch (error) {
      if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
      await put(await this.#hub.find(SECRET, name, namespace));
    }
    return this.#succeed(object, spec, "SecretSynced", MESSAGES.synced, name);
  }

  async #put(object: KubeObject, existing: KubeObject | undefined, wanted: KubeObject): Promise<void> {
    const write = planWrite(existing, wanted);
    const options = { fieldManager: fieldManager(object.metadata.name ?? "") };
    switch (write.kind) {
      case "none":
        return;
      case "create":
        await this.#hub.create(write.secret, options);
        this.#tell(object, "Normal", "Created", "secret created");
        return;
      case "update":
        await this.#hub.update(write.secret, options);
        this.#tell(object, "Normal", "Updated", "secret updated");
        this.#deps.onRotated(write.secret);
        return;
      case "metadata":
        await this.#hub.update(write.secret, options);
        if (write.isRefused)
          throw problemError(
            "ExternalTargetRefused",
            `unable to update secret ${wanted.metadata.name ?? ""}: secret is immutable`,
          );
    }
  }

  async #deleteTarget(object: KubeObject, spec: ExternalSecretSpec): Promise<Outcome> {
    const { namespace = "" } = object.metadata;
    const existing = await this.#hub.find(SECRET, spec.target.name, namespace);
    if (existing !== undefined && isControlledBy(existing, object)) {
      await this.#deleteSecret(existing);
      this.#tell(object, "Normal", "Deleted", MESSAGES.deleted);
    }
    return this.#succeed(object, spec, "SecretDeleted", MESSAGES.deleted);
  }

  /** Secrets under a name the target had before. */
  async #deleteFormer(object: KubeObject, name: string): Promise<void> {
    const { namespace = "", name: own = "" } = object.metadata;
    const binding = (object["status"] as JsonObject | undefined)?.["binding"] as JsonObject | undefined;
    const former = binding?.["name"];
    if (typeof former !== "string" || former === name || former === "") return;
    const existing = this.#deps.observed.targets.get(`${namespace}/${former}`);
    if (existing?.metadata.labels?.[LABEL_OWNER] !== ownerHash(namespace, own)) return;
    await this.#deleteSecret(existing);
    this.#tell(object, "Normal", "Deleted", "secret deleted because it was orphaned");
  }

  async #deleteSecret({ metadata }: KubeObject): Promise<void> {
    const { name = "", namespace, uid } = metadata;
    await this.#hub.delete(SECRET, name, namespace, { preconditions: { uid } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  async #succeed(
    object: KubeObject,
    spec: ExternalSecretSpec,
    reason: Reason,
    message: string,
    binding?: string,
  ): Promise<Outcome> {
    const nowMs = this.#clock.now();
    const status: JsonObject = {
      refreshTime: timeText(nowMs),
      syncedResourceVersion: versionOf(object),
      conditions: withCondition(object, "Ready", true, reason, message, nowMs),
      ...(binding !== undefined && { binding: { name: binding } }),
    };
    await this.#patchStatus(object, status);
    this.#written.set(keyOf(object), { uid: object.metadata.uid, status });
    this.#deps.metrics.condition("externalsecret", object, true);
    return this.#later({ ...object, status }, spec);
  }

  async #failed(key: string, object: KubeObject, what: string, error: unknown): Promise<Outcome> {
    this.#deps.metrics.countError(key);
    await this.#fail(object, what, error);
    const cause = error instanceof StoreDown ? error : error instanceof Error ? error.cause : undefined;
    // Waits for the store and not for a growing delay of its own, so that all are good again soon after the provider is.
    if (cause instanceof StoreDown) return again(cause.retryAfterMs + spread(object) * 1000, "the store is out");
    const isInput =
      error instanceof ProblemError &&
      (error.code === "ExternalTargetRefused" || error.code === "InvalidExternalSecret");
    return isInput ? stalled(error) : failed(error);
  }

  async #fail(object: KubeObject, what: string, error: unknown): Promise<void> {
    const why = problemsOf(error)
      .map(({ message }) => message)
      .join("; ");
    const conditions = withCondition(object, "Ready", false, "SecretSyncedError", `${what}: ${why}`, this.#clock.now());
    this.#deps.metrics.condition("externalsecret", object, false);
    const before = (object["status"] as JsonObject | undefined)?.["conditions"];
    if (JSON.stringify(before) === JSON.stringify(conditions)) return;
    await this.#patchStatus(object, { conditions });
    this.#tell(object, "Warning", "UpdateFailed", why);
  }

  async #patchStatus(object: KubeObject, status: JsonObject): Promise<void> {
    const { name = "", namespace } = object.metadata;
    const ref = { ...EXTERNAL_SECRET, name, namespace };
    await this.#hub
      .patch(ref, { type: "merge", body: { status } }, { subresource: "status", fieldManager: "external-secrets" })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }

  #later(object: KubeObject, spec: ExternalSecretSpec): Outcome {
    const afterMs = nextRefreshMs(object, spec, this.#clock.now());
    return afterMs === undefined ? done() : again(afterMs, "refresh interval");
  }

  #tell(object: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#deps.events.event(object, { type, reason, message });
  }

  /** Owned Secrets go with their owner by the garbage collector; only deletionPolicy Delete promises it, so only it needs a finalizer. */
  async #keepFinalizer(object: KubeObject, spec: ExternalSecretSpec): Promise<void> {
    const finalizers = object.metadata.finalizers ?? [];
    if (spec.target.deletionPolicy !== "Delete" || finalizers.includes(CLEANUP_FINALIZER)) return;
    await this.#patchFinalizers(object, [...finalizers, CLEANUP_FINALIZER]);
  }

  async #cleanUp(object: KubeObject, spec: ExternalSecretSpec): Promise<Outcome> {
    const { namespace = "", finalizers = [] } = object.metadata;
    if (!finalizers.includes(CLEANUP_FINALIZER)) return done();
    if (spec.target.deletionPolicy === "Delete") {
      const secret = await this.#hub.find(SECRET, spec.target.name, namespace);
      if (secret !== undefined && isControlledBy(secret, object)) await this.#deleteSecret(secret);
    }
    await this.#patchFinalizers(
      object,
      finalizers.filter((finalizer) => finalizer !== CLEANUP_FINALIZER),
    );
    return done();
  }

  async #patchFinalizers({ metadata }: KubeObject, finalizers: string[]): Promise<void> {
    const { name = "", namespace, resourceVersion } = metadata;
    const body = { metadata: { finalizers, ...(resourceVersion !== undefined && { resourceVersion }) } };
    await this.#hub.patch({ ...EXTERNAL_SECRET, name, namespace }, { type: "merge", body }).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    });
  }
}

function isControlledBy(secret: KubeObject, owner: KubeObject): boolean {
  return (secret.metadata.ownerReferences ?? []).some(
    (reference) => reference.controller === true && reference.uid === owner.metadata.uid,
  );
}
