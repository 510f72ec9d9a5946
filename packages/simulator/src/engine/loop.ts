import {
  again,
  ApiError,
  createController,
  createWorkQueue,
  done,
  failed,
  isConflict,
  type Outcome,
} from "@fairlead/kube";
import type { Decision } from "./action.ts";
import { Actor, type Identity } from "./actor.ts";
import type { World } from "./world.ts";

export interface LoopOptions extends Identity {
  /** Decides about the object of a key, by what the stores hold now. Undefined: nothing to do. Must not wait. */
  readonly decide: (key: string) => Decision | undefined;
  /** Decides again when carrying out failed: the place for conditions that tell of it. */
  readonly decideFailed?: ((key: string, error: Error) => Decision | undefined) | undefined;
  /** Keys worked on at the same time. Default 8. */
  readonly workers?: number | undefined;
  /** Changes that come within this time are looked at together. Default 10 ms. */
  readonly settleMs?: number | ((key: string) => number) | undefined;
}

export interface Loop {
  readonly name: string;
  add(key: string): void;
  run(signal: AbortSignal): Promise<void>;
}

/** A conflict means that someone was faster; the next look will know. */
const AFTER_CONFLICT_MS = 50;

/** A controller of pure decisions: a key comes in, what was decided is carried out, and the decision says when to look again. */
export function createLoop(world: World, options: LoopOptions): Loop {
  const { component: name, decide, decideFailed, workers = 8, settleMs = 10 } = options;
  const { clock, logger } = world;
  const actor = new Actor(
    { client: world.client, teller: world.teller, storeOf: (kind) => world.storeOf(kind) },
    options,
  );
  const queue = createWorkQueue({ clock, backoffBaseMs: 200, backoffMaxMs: 30_000 });

  async function reconcile(key: string): Promise<Outcome> {
    const decision = decide(key);
    if (!decision) return done();
    try {
      await actor.perform(decision.actions);
    } catch (error) {
      if (isConflict(error)) return again(AFTER_CONFLICT_MS, "conflict");
      if (isNamespaceEnding(error)) return done();
      const remedy = decideFailed?.(key, error instanceof Error ? error : new Error(String(error)));
      if (remedy) await actor.perform(remedy.actions);
      return failed(error);
    }
    return decision.wakeAtMs === undefined ? done() : again(Math.max(0, decision.wakeAtMs - clock.now()), "planned");
  }

  const controller = createController({ name, queue, workers, clock, logger, reconcile });
  return {
    name,
    add(key) {
      const afterMs = typeof settleMs === "number" ? settleMs : settleMs(key);
      queue.add(key, afterMs > 0 ? { afterMs } : {});
    },
    async run(signal) {
      await controller.run(signal);
      queue.shutDown();
    },
  };
}

/** Nothing new comes into a namespace that is going away, and whoever wanted it there goes as well. */
function isNamespaceEnding(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.status.details?.causes ?? []).some(({ reason }) => reason === "NamespaceTerminating")
  );
}
