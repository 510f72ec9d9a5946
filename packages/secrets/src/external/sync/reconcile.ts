import type { KubeObject } from "@fairlead/apimachinery";
import { problemError, ProblemError, problemsOf, type Clock, type JsonObject } from "@fairlead/base";
import {
  again,
  done,
  failed,
  isConflict,
  isNotFound,
  keyOf,
  stalled,
  type EventRecorder,
  type KubeClient,
  type Outcome,
} from "@fairlead/kube";
import { EXTERNAL_LIMITS } from "../limits.ts";
import { CLEANUP_FINALIZER, EXTERNAL_SECRET } from "../model/names.ts";
import { parseExternalSecret } from "../model/parse.ts";
import type { ExternalSecretSpec, ManifestKind } from "../model/types.ts";
import type { Observed } from "../observe.ts";
import { StoreDown } from "../store/gate.ts";
import { IssuedStates, type StatesDeps } from "../issued/states.ts";
import type { Metrics } from "../metrics.ts";
import { collect, type Collected } from "./collect.ts";
import { ManifestTargets, type ManifestDeps } from "./manifest-targets.ts";
import { readingFor, type ReadDeps } from "./read-values.ts";
import { isDue, isTargetValid, nextRefreshMs, spread, syncStateOf, versionOf } from "./refresh.ts";
import { MESSAGES, reasonOf, timeText, withCondition, type State } from "./status.ts";
import { SecretTargets, type SecretTargetDeps } from "./secret-targets.ts";
import { isRefreshAllowed } from "./windows.ts";

const CONFLICT_WAIT_MS = 100;

export interface SyncDeps extends ReadDeps, StatesDeps {
  readonly observed: Observed;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
  readonly onRotated: SecretTargetDeps["onRotated"];
  /** Whether objects other than Secrets may be written: values in them are open to whoever reads that kind. */
  readonly allowsManifests: boolean;
  readonly onTarget: ManifestDeps["onTarget"];
}

/** Keeps the Secrets of ExternalSecrets as their stores have them. */
export class SecretSync {
  readonly #deps: SyncDeps;
  readonly #secrets: SecretTargets;
  readonly #manifests: ManifestTargets;
  /** Objects one of whose values is known to have changed at the provider. */
  readonly #changed = new Set<string>();
  readonly #written = new Map<string, { readonly uid: string | undefined; readonly status: JsonObject }>();

  constructor(deps: SyncDeps) {
    this.#deps = deps;
    this.#secrets = new SecretTargets(deps);
    this.#manifests = new ManifestTargets(deps);
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
    if (problems.length > 0) return this.#refuse(object, "the ExternalSecret is invalid", new ProblemError(problems));
    if (this.#isForeign(spec, object.metadata.namespace ?? "")) return done();
    if (spec.target.manifest !== undefined && !this.#deps.allowsManifests)
      return this.#refuse(object, MESSAGES.refusedManifest, manifestsDisabled());
    await this.#keepFinalizer(object, spec);
    let target: KubeObject | undefined;
    try {
      target = await this.#targetOf(object, spec);
    } catch (error) {
      if (spec.target.manifest !== undefined)
        return this.#failed(key, object, spec, "could not get target resource", error);
      throw error;
    }
    // A value that another object's read found changed is a refresh by time too.
    const mayRefresh = spec.refreshPolicy === "Periodic" && isRefreshAllowed(spec.syncWindows, this.#clock.now());
    const isChanged = this.#changed.delete(key) && mayRefresh;
    if (!isChanged && !isDue(object, spec, this.#clock.now()) && this.#isValid(target, spec))
      return this.#later(object, spec);
    return this.#sync(key, object, spec, target, isChanged);
  }

  /** Nothing but another spec can mend it. */
  async #refuse(object: KubeObject, what: string, error: unknown): Promise<Outcome> {
    await this.#fail(object, "SecretSyncedError", what, error);
    return stalled(error);
  }

  async #targetOf(object: KubeObject, { target }: ExternalSecretSpec): Promise<KubeObject | undefined> {
    if (target.manifest !== undefined) return this.#manifests.find(object, target.manifest, target.name);
    return this.#deps.observed.targets.get(`${object.metadata.namespace ?? ""}/${target.name}`);
  }

  #isValid(target: KubeObject | undefined, spec: ExternalSecretSpec): boolean {
    return spec.target.manifest === undefined ? isTargetValid(target, spec) : this.#manifests.isValid(target, spec);
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
    const issued = new IssuedStates(this.#deps, object);
    try {
      const maxAgeMs = this.#maxAgeMs(object, spec, isChanged);
      collected = await collect(spec, readingFor(this.#deps, key, namespace, maxAgeMs, issued));
    } catch (error) {
      if (isChanged) this.#changed.add(key);
      await issued.settle(false);
      return this.#failed(key, object, spec, MESSAGES.noData, error);
    }
    for (const message of collected.missing) this.#tell(object, "Normal", "MissingProviderSecret", message);
    try {
      const outcome = await this.#write(object, spec, target, collected);
      await issued.settle(true);
      return outcome;
    } catch (error) {
      if (isChanged) this.#changed.add(key);
      await issued.settle(false);
      if (isConflict(error)) return again(CONFLICT_WAIT_MS, "the Secret was changed meanwhile");
      return this.#failed(key, object, spec, whatFailed(error, spec), error);
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
    if (entries.size === 0 && deletionPolicy === "Retain")
      return this.#succeed(object, spec, "Synced", MESSAGES.retained);
    if (entries.size === 0 && deletionPolicy === "Delete") return this.#deleteTarget(object, spec);
    if (creationPolicy === "None") return this.#succeed(object, spec, "Synced", MESSAGES.synced);
    if (spec.target.manifest !== undefined)
      return this.#writeManifest(object, spec, spec.target.manifest, known, entries);
    const isThere = await this.#secrets.write(object, spec, known, entries);
    if (!isThere) return this.#succeed(object, spec, "Missing", MESSAGES.missing);
    return this.#succeed(object, spec, "Synced", MESSAGES.synced, name);
  }

  async #writeManifest(
    object: KubeObject,
    spec: ExternalSecretSpec,
    kind: ManifestKind,
    existing: KubeObject | undefined,
    entries: Collected["entries"],
  ): Promise<Outcome> {
    if (existing === undefined && spec.target.creationPolicy === "Merge")
      return this.#succeed(object, spec, "Missing", MESSAGES.missingResource);
    await this.#manifests.write(object, spec, kind, existing, entries);
    return this.#succeed(object, spec, "Synced", MESSAGES.synced);
  }

  async #deleteTarget(object: KubeObject, spec: ExternalSecretSpec): Promise<Outcome> {
    await this.#removeTarget(object, spec);
    return this.#succeed(object, spec, "Deleted", MESSAGES.deleted);
  }

  /** Removes the target, if it is the object's own. */
  #removeTarget(object: KubeObject, spec: ExternalSecretSpec): Promise<void> {
    const { manifest } = spec.target;
    return manifest ? this.#manifests.remove(object, spec, manifest) : this.#secrets.remove(object, spec);
  }

  async #succeed(
    object: KubeObject,
    spec: ExternalSecretSpec,
    state: State,
    message: string,
    binding?: string,
  ): Promise<Outcome> {
    const nowMs = this.#clock.now();
    const status: JsonObject = {
      refreshTime: timeText(nowMs),
      syncedResourceVersion: versionOf(object),
      conditions: withCondition(
        object,
        "Ready",
        true,
        reasonOf(state, spec.target.manifest !== undefined),
        message,
        nowMs,
      ),
      ...(binding !== undefined && { binding: { name: binding } }),
    };
    await this.#patchStatus(object, status);
    this.#written.set(keyOf(object), { uid: object.metadata.uid, status });
    this.#deps.metrics.condition("externalsecret", object, true);
    return this.#later({ ...object, status }, spec);
  }

  async #failed(
    key: string,
    object: KubeObject,
    { target }: ExternalSecretSpec,
    what: string,
    error: unknown,
  ): Promise<Outcome> {
    this.#deps.metrics.countError(key);
    await this.#fail(object, reasonOf("SyncedError", target.manifest !== undefined), what, error);
    const cause = error instanceof StoreDown ? error : error instanceof Error ? error.cause : undefined;
    // Waits for the store and not for a growing delay of its own, so that all are good again soon after the provider is.
    if (cause instanceof StoreDown) return again(cause.retryAfterMs + spread(object) * 1000, "the store is out");
    const isInput =
      error instanceof ProblemError &&
      (error.code === "ExternalTargetRefused" || error.code === "InvalidExternalSecret");
    return isInput ? stalled(error) : failed(error);
  }

  async #fail(object: KubeObject, reason: string, what: string, error: unknown): Promise<void> {
    const why = problemsOf(error)
      .map(({ message }) => message)
      .join("; ");
    const conditions = withCondition(object, "Ready", false, reason, `${what}: ${why}`, this.#clock.now());
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
    const { finalizers = [] } = object.metadata;
    if (!finalizers.includes(CLEANUP_FINALIZER)) return done();
    if (spec.target.deletionPolicy === "Delete") await this.#removeTarget(object, spec);
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

function whatFailed(error: unknown, { target }: ExternalSecretSpec): string {
  if (!(error instanceof ProblemError)) return MESSAGES.notUpdated;
  if (error.message.includes("secret is immutable")) return MESSAGES.immutable;
  return target.manifest !== undefined && error.code === "SecretTemplateFailed"
    ? MESSAGES.notFilled
    : MESSAGES.notUpdated;
}

function manifestsDisabled(): Error {
  return problemError(
    "InvalidExternalSecret",
    "generic targets are disabled. Enable with --unsafe-allow-generic-targets flag",
  );
}
