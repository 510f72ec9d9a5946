import { controllerOf } from "@fairlead/apimachinery";
import { isActive, isReady } from "../api/pods.ts";
import type { Pod } from "../api/types.ts";
import type { ObjectStore } from "../engine/store.ts";

/** How many ready pods each controller has, kept up with every change, so that asking costs nothing. */
export class ReadyCounts {
  readonly #counts = new Map<string, number>();

  constructor(pods: ObjectStore<Pod>) {
    pods.subscribe((pod, old, isGone) => {
      if (old) this.#count(old, -1);
      if (!isGone) this.#count(pod, 1);
    });
  }

  of(owner: string | undefined): number {
    return this.#counts.get(owner ?? "") ?? 0;
  }

  #count(pod: Pod, by: 1 | -1): void {
    const owner = controllerOf(pod)?.uid;
    if (owner === undefined || !isActive(pod) || !isReady(pod)) return;
    const count = this.of(owner) + by;
    if (count === 0) this.#counts.delete(owner);
    else this.#counts.set(owner, count);
  }
}
