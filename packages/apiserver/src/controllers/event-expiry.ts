import { LIMITS } from "../limits.ts";
import type { Resource } from "../registry/types.ts";
import type { Entry } from "../storage/entry.ts";
import type { Internal } from "./internal.ts";

const EVENTS = "/events";
const TIMES = /"(?:creationTimestamp|lastTimestamp|eventTime|lastObservedTime)":"([^"]+)"/g;

/** Events are news, not records: they go an hour after they were last seen, or earlier when there are too many. */
export class EventExpiry {
  readonly #internal: Internal;
  readonly #resource: Resource;

  constructor(internal: Internal) {
    this.#internal = internal;
    this.#resource = internal.resource("", "v1", "events");
  }

  start(): () => void {
    const { clock } = this.#internal.registry;
    let cancel = (): void => {};
    const arm = (): void => {
      cancel = clock.after(LIMITS.eventSweepIntervalMs, () => {
        this.#internal.run("old events could not be removed", this.sweep());
        arm();
      });
    };
    arm();
    return () => cancel();
  }

  /** Resolves with how many went. */
  async sweep(): Promise<number> {
    const { store, clock } = this.#internal.registry;
    const horizon = clock.now() - LIMITS.eventAgeMs;
    const aged = store
      .collection(EVENTS)
      .all()
      .map((entry) => ({ entry, seenMs: lastSeenMs(entry) }));
    const surplus = aged.length - LIMITS.eventsMax;
    const isOld = aged.filter(({ seenMs }) => seenMs < horizon);
    const more =
      surplus > isOld.length
        ? aged
            .filter(({ seenMs }) => seenMs >= horizon)
            .sort((a, b) => a.seenMs - b.seenMs)
            .slice(0, surplus - isOld.length)
        : [];
    const gone = [...isOld, ...more];
    await Promise.all(gone.map(({ entry }) => this.#internal.delete(this.#resource, entry.namespace, entry.name)));
    return gone.length;
  }
}

/** The latest of an event's times, without parsing it: there may be tens of thousands. */
function lastSeenMs(entry: Entry): number {
  let latest = 0;
  for (const [, text] of entry.matchAll(TIMES)) {
    const ms = Date.parse(text ?? "");
    if (ms > latest) latest = ms;
  }
  return latest;
}
