import type { Clock, Logger } from "@fairlead/base";
import { eventRecorder, type EventRecorder, type KubeClient } from "@fairlead/kube";
import type { Told } from "./action.ts";

/** Events that may come at once before the rate counts: a deployment of some size tells all it does. */
const BURST_SECONDS = 10;

/**
 * Tells what happens through events of the components that would tell it. Warnings always pass; of the others only so many per
 * second, so that ten thousand pods do not write fifty thousand events.
 */
export class Teller {
  readonly #recorders = new Map<string, EventRecorder>();
  readonly #deps: { readonly client: KubeClient; readonly clock: Clock; readonly logger: Logger };
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(deps: { client: KubeClient; clock: Clock; logger: Logger }, perSecond: number) {
    this.#deps = deps;
    this.#perSecond = perSecond;
    this.#tokens = perSecond * BURST_SECONDS;
    this.#at = deps.clock.now();
  }

  tell(component: string, { about, type, reason, message }: Told): void {
    if (this.#perSecond === 0 || !this.#mayTell(type)) return;
    let recorder = this.#recorders.get(component);
    if (!recorder) {
      recorder = eventRecorder(this.#deps.client, { ...this.#deps, component });
      this.#recorders.set(component, recorder);
    }
    recorder.event(about, { type, reason, message });
  }

  /** Resolves when everything told was sent. */
  async flush(): Promise<void> {
    await Promise.all([...this.#recorders.values()].map((recorder) => recorder.flush()));
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
