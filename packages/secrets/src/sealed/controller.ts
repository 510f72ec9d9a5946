/** The controller of SealedSecrets: opens what it can, tells what it cannot, and puts back what others changed. */
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, problemError, type Clock, type Logger } from "@fairlead/base";
import {
  createController,
  createInformer,
  createWorkQueue,
  done,
  failed,
  isAlreadyExists,
  isConflict,
  isTransient,
  keyOf,
  stalled,
  type EventRecorder,
  type Informer,
  type KubeClient,
  type Outcome,
  type WorkQueue,
} from "@fairlead/kube";
import { decodeBase64, readSealedSecret } from "../seal/read.ts";
import { ANNOTATIONS, labelFor, scopeOf } from "../seal/scope.ts";
import { SEALED_SECRET, SECRET, type SealedSecret } from "../seal/types.ts";
import { secretFrom } from "../seal/unseal.ts";
import type { KeyOptions } from "./key-secret.ts";
import { Keyring } from "./keyring.ts";
import { sealedSecretsService, type ServiceRequest, type ServiceResponse } from "./service.ts";
import { BackupWatch } from "./backup/watch.ts";
import { faultOf } from "./fault.ts";
import { SealedSecretsMetrics } from "./metrics.ts";
import { syncedStatus } from "./status.ts";
import { decideTarget } from "./target.ts";
import { Unsealer } from "./unsealer.ts";

export interface SealedSecretsOptions extends Partial<KeyOptions> {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventRecorder;
  /** Of the keys. Default kube-system, where kubeseal looks. */
  readonly namespace?: string | undefined;
  readonly keyRenewPeriodMs?: number | undefined;
  readonly keyCutoffTime?: number | undefined;
  readonly workers?: number | undefined;
  /** Of the Service at which kubeseal asks, which tells too whether the newest key is in a backup. */
  readonly serviceName?: string | undefined;
  /** Whether a request may have something verified or rotated; absent when whoever hands them in has looked. */
  readonly mayAsk?: ((request: ServiceRequest) => Promise<boolean>) | undefined;
}

export interface SealedSecrets {
  /** For the service proxy at NAMESPACE/sealed-secrets-controller. */
  readonly service: (request: ServiceRequest) => Promise<ServiceResponse>;
  /** Prometheus text. */
  metrics(): string;
  stop(): Promise<void>;
}

export const KEY_NAMESPACE = "kube-system";
export const SERVICE_NAME = "sealed-secrets-controller";
const DAY_MS = 86_400_000;
const WORKERS = 8;

/** Starts following SealedSecrets; the kind has to be installed (sealedSecretCrd). Resolves when keys and objects are known. */
export async function startSealedSecrets(options: SealedSecretsOptions): Promise<SealedSecrets> {
  const { client, clock, logger } = options;
  const stopping = new AbortController();
  const unsealer = new Unsealer();
  const queue = createWorkQueue({ clock });
  const sealed = createInformer(client, { kind: SEALED_SECRET, clock, logger });
  const secrets = createInformer(client, { kind: SECRET, clock, logger, transform: withoutValues });
  const namespace = options.namespace ?? KEY_NAMESPACE;
  const metrics = new SealedSecretsMetrics();
  const { events, serviceName = SERVICE_NAME, mayAsk } = options;
  const backups = new BackupWatch({ client, clock, logger, events, namespace, serviceName });
  const keyring = new Keyring({
    keySize: 4096,
    keyTtlMs: 3650 * DAY_MS,
    keyPrefix: "sealed-secrets-key",
    commonName: "",
    keyRenewPeriodMs: 30 * DAY_MS,
    ...definedOf(options),
    client,
    clock,
    logger,
    namespace,
    onChange(keys) {
      backups.setKeys(keys);
      unsealer.setKeys(keys.map(({ privateKey }) => privateKey));
      // A key that came back opens what failed without it, at once.
      for (const object of sealed.list()) if (!isSynced(object)) queue.add(keyOf(object));
    },
  });
  follow(sealed, secrets, queue);
  secrets.start(stopping.signal);
  sealed.start(stopping.signal);
  try {
    await keyring.start(stopping.signal);
    await Promise.all([sealed.synced, secrets.synced, backups.start(stopping.signal)]);
  } catch (error) {
    stopping.abort();
    await unsealer.close();
    throw error;
  }
  const worker = new Reconciler(options, sealed, unsealer, metrics);
  const controller = createController({
    name: "sealed-secrets",
    queue,
    clock,
    logger,
    workers: options.workers ?? WORKERS,
    reconcile: (key) => worker.reconcile(key),
  });
  const running = controller.run(stopping.signal);
  return {
    service: sealedSecretsService({ clock, unsealer, metrics, mayAsk, keys: () => keyring.keys }),
    metrics: () => metrics.text(sealed.list(), backups.isNewestBackedUp),
    async stop() {
      stopping.abort();
      await Promise.all([running, backups.settled()]);
      await unsealer.close();
    },
  };
}

/** Options that were given over the defaults. */
function definedOf(
  options: SealedSecretsOptions,
): Partial<KeyOptions> & { keyRenewPeriodMs?: number; keyCutoffTime?: number } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The cache of Secrets only tells when one changes: values have no business in it. */
function withoutValues(secret: KubeObject): KubeObject {
  const { data: _data, stringData: _stringData, ...rest } = secret;
  return rest;
}

function follow(sealed: Informer, secrets: Informer, queue: WorkQueue): void {
  sealed.subscribe(({ type, object, old }) => {
    // Our own status comes back as a change too; the annotations hold the scope.
    const isNews = old === undefined || specOf(old) !== specOf(object);
    if (type !== "deleted" && isNews) queue.add(keyOf(object));
  });
  secrets.subscribe(({ type, object }) => {
    // Those there at the start are looked at for their SealedSecrets anyway.
    if (type === "added") return;
    const key = keyOf(object);
    if (sealed.get(key) !== undefined) queue.add(key);
  });
}

function specOf({ spec, metadata }: KubeObject): string {
  return JSON.stringify([
    spec,
    metadata.annotations?.[ANNOTATIONS.clusterWide],
    metadata.annotations?.[ANNOTATIONS.namespaceWide],
  ]);
}

function isSynced(object: KubeObject): boolean {
  const status = isJsonObject(object["status"]) ? object["status"] : {};
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  return conditions.some((each) => isJsonObject(each) && each["type"] === "Synced" && each["status"] === "True");
}

class Reconciler {
  readonly #options: SealedSecretsOptions;
  readonly #sealed: Informer;
  readonly #unsealer: Unsealer;
  readonly #metrics: SealedSecretsMetrics;

  constructor(options: SealedSecretsOptions, sealed: Informer, unsealer: Unsealer, metrics: SealedSecretsMetrics) {
    this.#metrics = metrics;
    this.#options = options;
    this.#sealed = sealed;
    this.#unsealer = unsealer;
  }

  async reconcile(key: string): Promise<Outcome> {
    const object = this.#sealed.get(key);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return done();
    this.#metrics.countRequest();
    try {
      if (await this.#write(object)) {
        const message = "SealedSecret unsealed successfully";
        this.#options.events.event(object, { type: "Normal", reason: "Unsealed", message });
      }
      await this.#tell(object, undefined);
      return done();
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error) || isTransient(error)) return failed(error);
      return this.#fail(object, error);
    }
  }

  async #fail(object: KubeObject, error: unknown): Promise<Outcome> {
    const { reason, event, message, condition, canTimeHelp } = faultOf(error);
    this.#metrics.countError(reason, object.metadata.namespace ?? "");
    this.#options.events.event(object, { type: "Warning", reason: event, message });
    await this.#tell(object, condition);
    // Only another key, spec or Secret can help, and each of them wakes this object.
    return canTimeHelp ? failed(error) : stalled(error);
  }

  async #write(object: KubeObject): Promise<boolean> {
    const { client } = this.#options;
    const sealed = readSealedSecret(object);
    const wanted = secretFrom(sealed, await this.#open(sealed));
    const { name = "", namespace = "", uid = "" } = object.metadata;
    const decision = decideTarget(wanted, await client.find(SECRET, name, namespace), uid);
    if (decision.kind === "refuse") throw problemError("TargetRefused", decision.why);
    if (decision.kind === "create") await client.create(decision.object);
    if (decision.kind === "update") await client.update(decision.object);
    return decision.kind !== "same";
  }

  /** @throws ProblemError NoKeyDecrypts */
  async #open(sealed: SealedSecret): Promise<Map<string, Uint8Array>> {
    const { name = "", namespace = "", annotations } = sealed.metadata;
    const entries = Object.entries(sealed.spec.encryptedData).map(([key, text]) => [key, decodeBase64(text)] as const);
    const values = await this.#unsealer.open(
      labelFor(scopeOf(annotations), namespace, name),
      entries.map(([, bytes]) => bytes ?? new Uint8Array()),
    );
    const opened = new Map<string, Uint8Array>();
    const closed: string[] = [];
    for (const [index, [key]] of entries.entries()) {
      const value = values[index];
      if (value === null || value === undefined) closed.push(key);
      else opened.set(key, value);
    }
    if (closed.length === 0) return opened;
    throw problemError("NoKeyDecrypts", `no key could decrypt secret (${closed.sort().join(", ")})`);
  }

  async #tell(object: KubeObject, fault: string | undefined): Promise<void> {
    const status = syncedStatus(object, fault, this.#options.clock.now());
    if (status === undefined) return;
    const { name = "", namespace } = object.metadata;
    const ref = { ...SEALED_SECRET, name, ...(namespace !== undefined && { namespace }) };
    await this.#options.client.patch(ref, { type: "merge", body: { status } }, { subresource: "status" });
  }
}
