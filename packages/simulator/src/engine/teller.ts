import type { Clock, Logger } from "@fairlead/base";
import { eventRecorder, type EventRecorder, type KubeClient } from "@fairlead/kube";
import type { Told } from "./action.ts";

/** Events that may come at once before the rate counts: a deployment of some size tells all it does. */
const BURST_SECONDS = 10;

/** Events wait until nothing else was written for this long … */
const QUIET_MS = 15;
/** … but not longer than this. */
const HELD_MAX_MS = 1_000;
/** Events on their way at the same time, most of them behind one another. */
const SENT_AT_ONCE = 8;

/**
 * Tells what happens through events of the components that would tell it. Warnings always pass; of the others only so many per
 * second, so that ten thousand pods do not write fifty thousand events. All of them wait for a pause
 * between other writes, since a pod that becomes ready is waited for and what is told of it is not.
 */
export class Teller {
  readonly #recorders = new Map<string, EventRecorder>();
  readonly #deps: { readonly client: KubeClient; readonly clock: Clock; readonly logger: Logger };
  readonly #perSecond: number;
  readonly #held: { readonly component: string; readonly told: Told; readonly atMs: number }[] = [];
  #isArmed = false;
  #wroteAtMs = Number.NEGATIVE_INFINITY;
  #tokens: number;
  #at: number;

  constructor(deps: { client: KubeClient; clock: Clock; logger: Logger }, perSecond: number) {
    this.#deps = deps;
    this.#perSecond = perSecond;
    this.#tokens = perSecond * BURST_SECONDS;
    this.#at = deps.clock.now();
  }

  tell(component: string, told: Told): void {
    if (this.#perSecond === 0 || !this.#mayTell(told.type)) return;
    this.#held.push({ component, told, atMs: this.#deps.clock.now() });
    this.#arm();
  }

  /** Something other than an event is being written. */
  noteWrite(): void {
    this.#wroteAtMs = this.#deps.clock.now();
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#later();
  }

  #later(): void {
    this.#deps.clock.after(QUIET_MS, () => this.#next());
  }

  /** A few at a time, so that what is written meanwhile need not wait for hundreds of events. */
  #next(): void {
    const [first] = this.#held;
    this.#isArmed = first !== undefined;
    if (first === undefined) return;
    if (this.#mustWait(first.atMs)) return this.#later();
    for (const { component, told } of this.#held.splice(0, SENT_AT_ONCE)) this.#send(component, told);
    void this.#sent().then(() => this.#next());
  }

  #mustWait(heldSinceMs: number): boolean {
    const now = this.#deps.clock.now();
    // A clock that was set back must not hold events for as long as it was set back by.
    const isWithin = (sinceMs: number, ms: number): boolean => now - sinceMs >= 0 && now - sinceMs < ms;
    return isWithin(this.#wroteAtMs, QUIET_MS) && isWithin(heldSinceMs, HELD_MAX_MS);
  }

  async #sent(): Promise<void> {
    await Promise.all([...this.#recorders.values()].map((recorder) => recorder.flush()));
  }

  #send(component: string, { about, type, reason, message }: Told): void {
    let recorder = this.#recorders.get(component);
    if (!recorder) {
      recorder = eventRecorder(this.#deps.client, { ...this.#deps, component });
      this.#recorders.set(component, recorder);
    }
    recorder.event(about, { type, reason, message });
  }

  /** Resolves when everything told was sent. */
  async flush(): Promise<void> {
    for (const { component, told } of this.#held.splice(0)) this.#send(component, told);
    await this.#sent();
  }

  #mayTell(type: Told["type"]): boolean {
    const now = this.#deps.clock.now();
    this.#tokens = Math.min(
      this.#perSecond * BURST_SECONDS,
      this.#tokens + ((now - this.#at) / 1000) * this.#perSecond,
    );
    this.#at = now;
    if (type === "Warning") return true;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
