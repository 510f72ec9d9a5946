import type { KubeObject } from "@fairlead/apimachinery";
import type { Clock } from "@fairlead/base";
import type { EventInput, EventRecorder } from "@fairlead/kube";
import { LIMITS } from "../limits.ts";

interface TellingOptions {
  readonly recorder: EventRecorder | undefined;
  readonly clock: Clock;
  /** How many applications wait to be looked at. */
  readonly waiting: () => number;
}

interface Told {
  readonly object: KubeObject;
  readonly input: EventInput;
  readonly at: number;
}

/**
 * Events of applications. Each is a write to the very server that applications are synced through: while many wait to be synced, theirs go
 * first, and what is to be told of them follows, in its order and with the time at which it happened. None waits longer than
 * `LIMITS.eventDelayMs`. While the workers keep up, an event is told at once.
 */
export class Telling {
  readonly #options: TellingOptions;
  #waiting: Told[] = [];
  #isSending = false;
  #isClosed = false;
  #stopLooking: (() => void) | undefined;

  constructor(options: TellingOptions) {
    this.#options = options;
  }

  tell(object: KubeObject, input: EventInput): void {
    const { recorder, clock, waiting } = this.#options;
    if (!recorder) return;
    const at = clock.now();
    const isBehind = this.#waiting.length > 0 || this.#isSending || waiting() > LIMITS.workers;
    if (this.#isClosed || !isBehind) return recorder.event(object, { ...input, at });
    if (this.#waiting.length >= LIMITS.eventsWaitingMax) return;
    this.#waiting.push({ object: referenceOf(object), input, at });
    this.#look();
  }

  /** What waits is told now, as far as the recorder takes it. */
  close(): void {
    this.#isClosed = true;
    this.#stopLooking?.();
    for (const told of this.#waiting.splice(0)) this.#hand(told);
  }

  #look(): void {
    if (this.#isClosed || this.#isSending || this.#stopLooking !== undefined || this.#waiting.length === 0) return;
    this.#stopLooking = this.#options.clock.after(LIMITS.eventLookMs, () => {
      this.#stopLooking = undefined;
      void this.#send();
    });
  }

  /** All that waits once it is quiet; until then what has waited long enough. No more at a time than the recorder holds. */
  async #send(): Promise<void> {
    const { recorder, clock, waiting } = this.#options;
    this.#isSending = true;
    try {
      while (!this.#isClosed && this.#waiting.length > 0) {
        const since = waiting() > 0 ? clock.now() - LIMITS.eventDelayMs : Number.POSITIVE_INFINITY;
        const due = this.#waiting.slice(0, LIMITS.eventsAtOnce).filter(({ at }) => at <= since);
        if (due.length === 0) break;
        this.#waiting = this.#waiting.slice(due.length);
        for (const told of due) this.#hand(told);
        await recorder?.flush();
      }
    } finally {
      this.#isSending = false;
      this.#look();
    }
  }

  #hand({ object, input, at }: Told): void {
    this.#options.recorder?.event(object, { ...input, at });
  }
}

/** What an event says of its object; the rest of it need not be kept. */
function referenceOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } } as KubeObject;
}
