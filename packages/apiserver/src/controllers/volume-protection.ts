import { isJsonObject } from "@fairlead/base";
import { CLAIM_FINALIZER, VOLUME_FINALIZER } from "../admission/volume-protection.ts";
import type { Resource } from "../registry/types.ts";
import type { Entry } from "../storage/entry.ts";
import type { StoreEvent } from "../storage/history.ts";
import type { Internal } from "./internal.ts";

const CLAIMS = "/persistentvolumeclaims";
const VOLUMES = "/persistentvolumes";
const PODS = "/pods";

/** Lets deleted claims go when no pod uses them, and deleted volumes when no claim is bound to them. */
export class VolumeProtection {
  readonly #internal: Internal;
  readonly #claims: Resource;
  readonly #volumes: Resource;

  constructor(internal: Internal) {
    this.#internal = internal;
    this.#claims = internal.resource("", "v1", "persistentvolumeclaims");
    this.#volumes = internal.resource("", "v1", "persistentvolumes");
  }

  start(): () => void {
    const { store } = this.#internal.registry;
    for (const entry of [...store.collection(CLAIMS).all(), ...store.collection(VOLUMES).all()]) this.#check(entry);
    return store.onCommit((events) => this.#onCommit(events));
  }

  #onCommit(events: readonly StoreEvent[]): void {
    const { store } = this.#internal.registry;
    for (const { type, entry } of events) {
      if (type === "MODIFIED" && (entry.resource === CLAIMS || entry.resource === VOLUMES)) this.#check(entry);
      if (type !== "DELETED") continue;
      if (entry.resource === PODS)
        for (const claim of store.collection(CLAIMS).list(entry.namespace)) this.#check(claim);
    }
  }

  #check(entry: Entry): void {
    if (!entry.body.includes('"deletionTimestamp"')) return;
    const isClaim = entry.resource === CLAIMS;
    const { metadata, status } = entry.parse();
    const finalizer = isClaim ? CLAIM_FINALIZER : VOLUME_FINALIZER;
    if (metadata.deletionTimestamp === undefined || !(metadata.finalizers ?? []).includes(finalizer)) return;
    const isUsed = isClaim ? this.#isClaimUsed(entry) : isJsonObject(status) && status["phase"] === "Bound";
    if (isUsed) return;
    const release = this.#internal.change(
      isClaim ? this.#claims : this.#volumes,
      entry.namespace,
      entry.name,
      (object) => {
        object.metadata.finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
      },
    );
    this.#internal.run("a volume could not be released", release);
  }

  #isClaimUsed(claim: Entry): boolean {
    const text = `"claimName":${JSON.stringify(claim.name)}`;
    return this.#internal.registry.store
      .collection(PODS)
      .list(claim.namespace)
      .some((pod) => pod.body.includes(text) && !/"phase":"(Succeeded|Failed)"/.test(pod.body.toString("latin1")));
  }
}
