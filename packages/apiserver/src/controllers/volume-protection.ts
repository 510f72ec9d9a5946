import { isJsonObject } from "@fairlead/base";
import { CLAIM_FINALIZER, CLASS_FINALIZER, VOLUME_FINALIZER } from "../admission/volume-protection.ts";
import type { Resource } from "../registry/types.ts";
import type { Entry } from "../storage/entry.ts";
import type { StoreEvent } from "../storage/history.ts";
import type { Internal } from "./internal.ts";

const CLAIMS = "/persistentvolumeclaims";
const VOLUMES = "/persistentvolumes";
const PODS = "/pods";
const CLASSES = "storage.k8s.io/volumeattributesclasses";

const FINALIZERS: Readonly<Record<string, string>> = {
  [CLAIMS]: CLAIM_FINALIZER,
  [VOLUMES]: VOLUME_FINALIZER,
  [CLASSES]: CLASS_FINALIZER,
};
const ENDED = ['"phase":"Succeeded"', '"phase":"Failed"'];
const GUARDED = new Set(Object.keys(FINALIZERS));

/**
 * Lets deleted claims go when no pod uses them, deleted volumes when no claim is bound to them, and deleted classes of attributes
 * when no claim and no volume has them.
 */
export class VolumeProtection {
  readonly #internal: Internal;
  readonly #claims: Resource;
  readonly #volumes: Resource;
  readonly #classes: Resource;

  constructor(internal: Internal) {
    this.#internal = internal;
    this.#claims = internal.resource("", "v1", "persistentvolumeclaims");
    this.#volumes = internal.resource("", "v1", "persistentvolumes");
    this.#classes = internal.resource("storage.k8s.io", "v1", "volumeattributesclasses");
  }

  start(): () => void {
    const { store } = this.#internal.registry;
    for (const kind of [CLAIMS, VOLUMES, CLASSES]) for (const entry of store.collection(kind).all()) this.#check(entry);
    return store.onCommit((events) => this.#onCommit(events));
  }

  #onCommit(events: readonly StoreEvent[]): void {
    const { store } = this.#internal.registry;
    for (const { type, entry } of events) {
      if (type === "MODIFIED" && GUARDED.has(entry.resource)) this.#check(entry);
      if (type !== "DELETED") continue;
      if (entry.resource === CLAIMS || entry.resource === VOLUMES)
        for (const used of store.collection(CLASSES).all()) this.#check(used);
      if (entry.resource === PODS)
        for (const claim of store.collection(CLAIMS).list(entry.namespace)) this.#check(claim);
    }
  }

  #check(entry: Entry): void {
    if (!entry.includes('"deletionTimestamp"')) return;
    const { metadata } = entry.parse();
    const finalizer = FINALIZERS[entry.resource] ?? "";
    if (metadata.deletionTimestamp === undefined || !(metadata.finalizers ?? []).includes(finalizer)) return;
    if (this.#isUsed(entry)) return;
    const release = this.#internal.change(
      entry.resource === CLAIMS ? this.#claims : entry.resource === VOLUMES ? this.#volumes : this.#classes,
      entry.namespace,
      entry.name,
      (object) => {
        object.metadata.finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
      },
    );
    this.#internal.run("a volume could not be released", release);
  }

  #isUsed(entry: Entry): boolean {
    if (entry.resource === CLAIMS) return this.#isClaimUsed(entry);
    if (entry.resource === CLASSES) return this.#isClassUsed(entry);
    const { status } = entry.parse();
    return isJsonObject(status) && status["phase"] === "Bound";
  }

  #isClassUsed({ name }: Entry): boolean {
    const { store } = this.#internal.registry;
    const text = `"volumeAttributesClassName":${JSON.stringify(name)}`;
    return [CLAIMS, VOLUMES].some((kind) => [...store.collection(kind).all()].some((object) => object.includes(text)));
  }

  #isClaimUsed(claim: Entry): boolean {
    const text = `"claimName":${JSON.stringify(claim.name)}`;
    return this.#internal.registry.store
      .collection(PODS)
      .list(claim.namespace)
      .some((pod) => pod.includes(text) && !ENDED.some((phase) => pod.includes(phase)));
  }
}
