import type { KubeObject } from "@fairlead/apimachinery";
import { type Clock, type Logger, silentLogger, systemClock } from "@fairlead/base";
import type { KubeClient } from "../client/types.ts";
import { isNotFound } from "../http/status.ts";
import { KUBE_LIMITS } from "../limits.ts";
import type { EventInput, EventRecorder } from "./types.ts";

export interface EventRecorderOptions {
  /** Who tells: the controller's name. Default `fairlead`. */
  readonly component?: string | undefined;
  /** Which replica of it. */
  readonly instance?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

const EVENT = { apiVersion: "v1", kind: "Event" } as const;
/** Told again within this time, an event is counted up; later it is a new one. The API server keeps events for an hour. */
const SAME_WITHIN_MS = 600_000;
const REMEMBERED_MAX = 4_096;

interface Told {
  readonly name: string;
  readonly namespace: string;
  count: number;
  at: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Events of core/v1, as kubectl describe shows them. Repetitions are counted on one event; floods of one object are cut. */
export function eventRecorder(client: KubeClient, options: EventRecorderOptions = {}): EventRecorder {
  return new Recorder(client, options);
}

class Recorder implements EventRecorder {
  readonly #client: KubeClient;
  readonly #component: string;
  readonly #instance: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #told = new Map<string, Told>();
  readonly #buckets = new Map<string, Bucket>();
  #pending = 0;
  #tail: Promise<void> = Promise.resolve();
  #sequence = 0;

  constructor(client: KubeClient, options: EventRecorderOptions) {
    this.#client = client;
    this.#component = options.component ?? "fairlead";
    this.#instance = options.instance ?? this.#component;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
  }

  event(object: KubeObject, input: EventInput): void {
    const about = `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name} ${object.metadata.uid ?? ""}`;
    if (this.#pending >= KUBE_LIMITS.eventsPendingMax || !this.#isAllowed(about)) return;
    const message = cut(input.message, KUBE_LIMITS.eventMessageBytesMax);
    const key = `${about} ${input.type} ${input.reason} ${message}`;
    this.#pending++;
    // One after the other, so that a repetition finds the event it repeats.
    this.#tail = this.#tail.then(async () => {
      try {
        await this.#send(key, object, { ...input, message });
      } catch (error) {
        this.#logger.debug("event not recorded", { reason: input.reason, error: String(error) });
      } finally {
        this.#pending--;
      }
    });
  }

  flush(): Promise<void> {
    return this.#tail;
  }

  async #send(key: string, object: KubeObject, input: EventInput): Promise<void> {
    const now = this.#clock.now();
    const told = this.#told.get(key);
    const happened = input.at ?? now;
    if (told !== undefined && now - told.at < SAME_WITHIN_MS && (await this.#countUp(told, now, happened))) return;
    const namespace = object.metadata.namespace ?? "default";
    const name = `${cut(object.metadata.name ?? "", 200)}.${(now * 1000 + (this.#sequence++ % 1000)).toString(16)}`;
    await this.#client.create(this.#eventObject(object, input, { name, namespace, happened }));
    remember(this.#told, key, { name, namespace, count: 1, at: now });
  }

  async #countUp(told: Told, now: number, happened: number): Promise<boolean> {
    const body = { count: told.count + 1, lastTimestamp: secondTime(happened) };
    try {
      await this.#client.patch({ ...EVENT, name: told.name, namespace: told.namespace }, { type: "merge", body });
      told.count++;
      told.at = now;
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  #eventObject(
    object: KubeObject,
    input: EventInput,
    at: { name: string; namespace: string; happened: number },
  ): KubeObject {
    const { apiVersion, kind, metadata } = object;
    const { name, namespace, uid, resourceVersion } = metadata;
    return {
      ...EVENT,
      metadata: {
        name: at.name,
        namespace: at.namespace,
        ...(input.annotations && { annotations: { ...input.annotations } }),
      },
      involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
      type: input.type,
      reason: input.reason,
      message: input.message,
      source: { component: this.#component },
      reportingComponent: this.#component,
      reportingInstance: this.#instance,
      firstTimestamp: secondTime(at.happened),
      lastTimestamp: secondTime(at.happened),
      count: 1,
    };
  }

  /** As client-go's spam filter: a burst per object, then one in five minutes. */
  #isAllowed(about: string): boolean {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(about) ?? { tokens: KUBE_LIMITS.eventBurst, at: now };
    const refilled = bucket.tokens + (now - bucket.at) / KUBE_LIMITS.eventRefillMs;
    bucket.tokens = Math.min(KUBE_LIMITS.eventBurst, refilled);
    bucket.at = now;
    remember(this.#buckets, about, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

/** Puts it last, and drops the one that was not used for longest. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= REMEMBERED_MAX) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

function secondTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** At most so many bytes of UTF-8, never half a character. */
function cut(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  return bytes
    .subarray(0, bytesMax)
    .toString("utf8")
    .replace(/\uFFFD+$/, "");
}
