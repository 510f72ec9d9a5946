import type { KubeObject } from "@fairlead/apimachinery";
import type { Clock, JsonObject } from "@fairlead/base";
import { isConflict, isNotFound, type KubeClient } from "@fairlead/kube";
import { EXTERNAL_LIMITS } from "../limits.ts";
import { GENERATOR_STATE, LABEL_STATE_OWNER, STATE_FINALIZER } from "../model/names.ts";
import { timeText } from "../sync/status.ts";
import { stateOwnerHash } from "../values/hash.ts";

/** The generator as it was: what it issued is taken back with it, whatever has become of it. */
export interface IssuedBy {
  readonly kind: string;
  readonly name: string;
  readonly spec: unknown;
}

export interface StatesDeps {
  readonly hub: KubeClient;
  readonly clock: Clock;
  /** States there are of an owner, by its uid. */
  readonly statesOf: (uid: string) => readonly KubeObject[];
}

/**
 * What generators issued in one sync of one object, each noted in a GeneratorState before it is used, so that nothing is forgotten
 * whatever happens next. Once the sync has come through, what was issued before is taken back after a while; otherwise the new is.
 */
export class IssuedStates {
  readonly #deps: StatesDeps;
  readonly #owner: KubeObject;
  readonly #made: KubeObject[] = [];

  constructor(deps: StatesDeps, owner: KubeObject) {
    this.#deps = deps;
    this.#owner = owner;
  }

  /** @param place of the generator in the owner's spec */
  async note(place: string, { kind, name, spec }: IssuedBy, state: JsonObject): Promise<void> {
    const { apiVersion, kind: ownerKind, metadata } = this.#owner;
    const { name: ownerName = "", namespace = "", uid = "" } = metadata;
    const resource = { apiVersion: GENERATOR_STATE.apiVersion, kind, metadata: { name, namespace }, spec };
    this.#made.push(
      await this.#deps.hub.create({
        ...GENERATOR_STATE,
        metadata: {
          generateName: `gen-${ownerKind.toLowerCase()}-${ownerName}-`.slice(0, EXTERNAL_LIMITS.stateNameCharacters),
          namespace,
          labels: { [LABEL_STATE_OWNER]: stateOwnerHash(ownerKind, namespace, ownerName, place) },
          ownerReferences: [{ apiVersion, kind: ownerKind, name: ownerName, uid }],
          finalizers: [STATE_FINALIZER],
        },
        spec: { resource, state },
      } as unknown as KubeObject),
    );
  }

  /** @param isUsed whether what was issued has come to where it is used */
  async settle(isUsed: boolean): Promise<void> {
    const { hub, clock, statesOf } = this.#deps;
    if (!isUsed) {
      for (const { metadata } of this.#made.splice(0))
        await hub.delete(GENERATOR_STATE, metadata.name ?? "", metadata.namespace).catch(ignoreGone);
      return;
    }
    const names = new Set(this.#made.splice(0).map(({ metadata }) => metadata.name));
    const garbageCollectionDeadline = timeText(clock.now() + EXTERNAL_LIMITS.issuedGraceMs);
    for (const state of statesOf(this.#owner.metadata.uid ?? "")) {
      const { name = "", namespace } = state.metadata;
      const hasEnd = (state["spec"] as JsonObject | undefined)?.["garbageCollectionDeadline"] !== undefined;
      if (names.has(name) || hasEnd) continue;
      const body = { spec: { garbageCollectionDeadline } };
      await hub.patch({ ...GENERATOR_STATE, name, namespace }, { type: "merge", body }).catch(ignoreGone);
    }
  }
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error;
}
