/**
 * Whether the newest sealing key is in a backup, told all the time: what is sealed with a key that is nowhere else is lost with the
 * cluster (sealed-secrets#1533). A condition on the controller's Service, a Warning event on the key, a metric and a line of the log.
 */
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Clock, type JsonObject, type Logger } from "@fairlead/base";
import { createInformer, isNotFound, type EventRecorder, type KubeClient } from "@fairlead/kube";
import type { SealingKey } from "../key-secret.ts";
import { CONFIG_MAP, readRecord, RECORD_NAME, type BackupRecord } from "./record.ts";

export interface BackupWatchOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventRecorder;
  /** Of keys, record and Service. */
  readonly namespace: string;
  /** The Service that carries the condition; where there is none, event, metric and log have to do. */
  readonly serviceName: string;
}

const CONDITION = "KeysBackedUp";
const SERVICE = { apiVersion: "v1", kind: "Service" } as const;
const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
/** Events are gone after an hour, and a warning should not be. */
const REPEAT_MS = 3_600_000;

export class BackupWatch {
  readonly #options: BackupWatchOptions;
  #record: BackupRecord = new Map();
  #keys: readonly SealingKey[] = [];
  #isRecordKnown = false;
  #told = "";
  #cancelTimer: (() => void) | undefined;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: BackupWatchOptions) {
    this.#options = options;
  }

  /** Undefined while there is no key, or the record is not read yet. */
  get isNewestBackedUp(): boolean | undefined {
    const [newest] = this.#keys;
    return newest === undefined || !this.#isRecordKnown ? undefined : this.#record.has(newest.id);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { client, clock, logger, namespace } = this.#options;
    const fieldSelector = `metadata.name=${RECORD_NAME}`;
    const informer = createInformer(client, { kind: CONFIG_MAP, namespace, fieldSelector, clock, logger });
    informer.subscribe(() => {
      if (!informer.hasSynced) return;
      this.#record = readRecord(informer.list()[0]);
      this.#look();
    });
    informer.start(signal);
    signal.addEventListener("abort", () => this.#cancelTimer?.());
    await informer.synced;
    this.#record = readRecord(informer.list()[0]);
    this.#isRecordKnown = true;
    this.#look();
  }

  setKeys(keys: readonly SealingKey[]): void {
    this.#keys = keys;
    this.#look();
  }

  /** Resolves when what was found is told. */
  settled(): Promise<void> {
    return this.#tail;
  }

  #look(): void {
    const [newest] = this.#keys;
    const isBackedUp = this.isNewestBackedUp;
    if (newest === undefined || isBackedUp === undefined) return;
    const state = `${newest.id} ${isBackedUp}`;
    if (state === this.#told) return;
    this.#told = state;
    this.#cancelTimer?.();
    if (isBackedUp) this.#options.logger.info("the newest sealing key is in a backup", { secret: newest.name });
    else this.#warn(newest);
    this.#tail = this.#tail.then(() => this.#writeCondition(newest, isBackedUp));
  }

  #warn(newest: SealingKey): void {
    const { clock, events, logger, namespace } = this.#options;
    const message = messageOf(newest);
    logger.warn(message, { secret: newest.name });
    const secret: KubeObject = { ...SECRET, metadata: { name: newest.name, namespace } };
    events.event(secret, { type: "Warning", reason: "KeyNotBackedUp", message });
    this.#cancelTimer = clock.after(REPEAT_MS, () => this.#warn(newest));
  }

  async #writeCondition(newest: SealingKey, isBackedUp: boolean): Promise<void> {
    const { client, clock, logger, namespace, serviceName } = this.#options;
    try {
      const service = await client.find(SERVICE, serviceName, namespace);
      if (service === undefined) return;
      const status = isBackedUp ? "True" : "False";
      const conditions = conditionsOf(service);
      const old = conditions.find(({ type }) => type === CONDITION);
      const condition = {
        type: CONDITION,
        status,
        reason: isBackedUp ? "NewestKeyInBackup" : "NewestKeyNotInBackup",
        message: isBackedUp ? `sealing key ${newest.name} is in a backup` : messageOf(newest),
        lastTransitionTime:
          old?.["status"] === status
            ? (old["lastTransitionTime"] ?? null)
            : new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z"),
      };
      if (old !== undefined && old["status"] === status && old["message"] === condition.message) return;
      const body = { status: { conditions: [...conditions.filter((each) => each !== old), condition] } };
      await client.patch(
        { ...SERVICE, name: serviceName, namespace },
        { type: "merge", body },
        { subresource: "status" },
      );
    } catch (error) {
      if (!isNotFound(error)) logger.warn("the state of the backup could not be told", { error: String(error) });
    }
  }
}

function messageOf(newest: SealingKey): string {
  return `sealing key ${newest.name} is in no backup: run fairlead secrets backup, or lose what it sealed with the cluster`;
}

function conditionsOf(service: KubeObject): JsonObject[] {
  const status = isJsonObject(service["status"]) ? service["status"] : {};
  return Array.isArray(status["conditions"]) ? status["conditions"].filter(isJsonObject) : [];
}
