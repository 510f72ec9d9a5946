import { parseApiVersion, type KubeObject, type OwnerReference } from "@fairlead/apimachinery";
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from "../registry/delete.ts";
import type { Resource } from "../registry/types.ts";
import type { Entry } from "../storage/entry.ts";
import type { StoreEvent } from "../storage/history.ts";
import type { Internal } from "./internal.ts";

interface Node {
  readonly entry: Entry;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  readonly isDeleting: boolean;
}

/**
 * Follows owner references: what lost all its owners is deleted; owners deleted in the foreground wait for their dependents,
 * orphaned dependents lose the reference. Event by event, from an index of who owns whom; no polling.
 */
export class GarbageCollector {
  readonly #internal: Internal;
  /** By key; only objects that have owners, or wait as owners. */
  readonly #nodes = new Map<string, Node>();
  /** Owner uid → keys of its dependents. */
  readonly #dependents = new Map<string, Set<string>>();
  /** uid → key, of everything that lives. */
  readonly #living = new Map<string, string>();

  constructor(internal: Internal) {
    this.#internal = internal;
  }

  start(): () => void {
    const { store, resources } = this.#internal.registry;
    const seen = new Set<string>();
    for (const resource of resources.all()) {
      if (seen.has(resource.storage)) continue;
      seen.add(resource.storage);
      for (const entry of store.collection(resource.storage).all()) this.#index(entry);
    }
    for (const key of this.#nodes.keys()) this.#schedule(key);
    return store.onCommit((events) => this.#onCommit(events));
  }

  #onCommit(events: readonly StoreEvent[]): void {
    const touched = new Set<string>();
    for (const event of events) {
      const { key } = event.entry;
      const before = this.#nodes.get(key);
      if (event.type === "DELETED") {
        const uid = this.#forget(key, event.entry);
        for (const dependent of this.#dependents.get(uid) ?? []) touched.add(dependent);
        for (const owner of before?.owners ?? []) this.#touchOwner(owner.uid, touched);
        continue;
      }
      this.#index(event.entry);
      if (this.#nodes.has(key)) touched.add(key);
      // A dependent that lost its reference may have been what an owner waited for.
      for (const owner of before?.owners ?? []) this.#touchOwner(owner.uid, touched);
    }
    for (const key of touched) this.#schedule(key);
  }

  #touchOwner(uid: string, touched: Set<string>): void {
    const key = this.#living.get(uid);
    if (key !== undefined && this.#nodes.get(key)?.isDeleting === true) touched.add(key);
  }

  #index(entry: Entry): void {
    const { key } = entry;
    this.#unlink(key);
    const uid = entry.uid;
    this.#living.set(uid, key);
    const matters = entry.mayHaveOwners || entry.includes('"deletionTimestamp"');
    if (!matters) return;
    const { metadata } = entry.parse();
    const owners = metadata.ownerReferences ?? [];
    const finalizers = metadata.finalizers ?? [];
    const isDeleting = metadata.deletionTimestamp !== undefined;
    const isWaiting =
      isDeleting && (finalizers.includes(ORPHAN_FINALIZER) || finalizers.includes(FOREGROUND_FINALIZER));
    if (owners.length === 0 && !isWaiting) return;
    this.#nodes.set(key, { entry, uid, owners, finalizers, isDeleting });
    for (const owner of owners) {
      let keys = this.#dependents.get(owner.uid);
      if (keys === undefined) this.#dependents.set(owner.uid, (keys = new Set()));
      keys.add(key);
    }
  }

  #unlink(key: string): void {
    const node = this.#nodes.get(key);
    if (node === undefined) return;
    this.#nodes.delete(key);
    for (const owner of node.owners) {
      const keys = this.#dependents.get(owner.uid);
      keys?.delete(key);
      if (keys?.size === 0) this.#dependents.delete(owner.uid);
    }
  }

  #forget(key: string, entry: Entry): string {
    const uid = entry.uid;
    this.#unlink(key);
    this.#living.delete(uid);
    return uid;
  }

  #schedule(key: string): void {
    const node = this.#nodes.get(key);
    if (node === undefined) return;
    const resource = this.#resourceOf(node.entry);
    if (resource !== undefined) this.#internal.run("an object could not be collected", this.#process(resource, node));
  }

  #resourceOf(entry: Entry): Resource | undefined {
    const slash = entry.resource.indexOf("/");
    const { resources } = this.#internal.registry;
    return resources.findStored(entry.resource.slice(0, slash), entry.resource.slice(slash + 1));
  }

  async #process(resource: Resource, node: Node): Promise<void> {
    if (node.isDeleting && node.finalizers.includes(ORPHAN_FINALIZER)) await this.#orphan(resource, node);
    else if (node.isDeleting && node.finalizers.includes(FOREGROUND_FINALIZER)) await this.#foreground(resource, node);
    else if (!node.isDeleting) await this.#checkOwners(resource, node);
  }

  /** Takes this owner out of its dependents, then lets it go. */
  async #orphan(resource: Resource, node: Node): Promise<void> {
    const dependents = this.#dependentsOf(node.uid);
    await Promise.all(
      dependents.map(({ resource: kind, node: dependent }) => this.#release(kind, dependent, node.uid)),
    );
    await this.#dropFinalizer(resource, node, ORPHAN_FINALIZER);
  }

  async #foreground(resource: Resource, node: Node): Promise<void> {
    const dependents = this.#dependentsOf(node.uid);
    const isBlocking = ({ node: dependent }: { node: Node }): boolean =>
      dependent.owners.some((owner) => owner.uid === node.uid && owner.blockOwnerDeletion === true);
    if (!dependents.some(isBlocking)) {
      await this.#dropFinalizer(resource, node, FOREGROUND_FINALIZER);
      if (dependents.length === 0) return;
    }
    await Promise.all(
      dependents
        .filter(({ node: dependent }) => !dependent.isDeleting)
        .map(({ resource: kind, node: dependent }) => this.#deleteOrRelease(kind, dependent, node.uid)),
    );
  }

  /** Another living owner keeps the dependent; else it goes the way its owner goes. */
  async #deleteOrRelease(resource: Resource, dependent: Node, ownerUid: string): Promise<void> {
    const others = dependent.owners.filter((owner) => owner.uid !== ownerUid && this.#isLiving(owner, dependent));
    if (others.length > 0) await this.#release(resource, dependent, ownerUid);
    else await this.#delete(resource, dependent, "Foreground");
  }

  async #checkOwners(resource: Resource, node: Node): Promise<void> {
    if (node.owners.length === 0) return;
    const absent = node.owners.filter((owner) => !this.#isLiving(owner, node));
    if (absent.length === 0) {
      await this.#followForeground(resource, node);
      return;
    }
    if (absent.length < node.owners.length) {
      for (const owner of absent) await this.#release(resource, node, owner.uid);
    } else await this.#delete(resource, node, "Background");
  }

  /** A dependent made while its only owner is already waiting in the foreground. */
  async #followForeground(resource: Resource, node: Node): Promise<void> {
    const isWaiting = (owner: OwnerReference): boolean => {
      const key = this.#living.get(owner.uid);
      const waiting = key === undefined ? undefined : this.#nodes.get(key);
      return waiting?.isDeleting === true && waiting.finalizers.includes(FOREGROUND_FINALIZER);
    };
    if (node.owners.every(isWaiting)) await this.#delete(resource, node, "Foreground");
  }

  async #delete(resource: Resource, node: Node, propagationPolicy: "Background" | "Foreground"): Promise<void> {
    await this.#internal.delete(resource, node.entry.namespace, node.entry.name, {
      propagationPolicy,
      preconditions: { uid: node.uid },
    });
  }

  async #release(resource: Resource, node: Node, ownerUid: string): Promise<void> {
    await this.#internal.change(resource, node.entry.namespace, node.entry.name, (object) => {
      if (object.metadata.uid !== node.uid) return;
      const owners = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== ownerUid);
      if (owners.length === 0) delete object.metadata.ownerReferences;
      else object.metadata.ownerReferences = owners;
    });
  }

  async #dropFinalizer(resource: Resource, node: Node, finalizer: string): Promise<void> {
    await this.#internal.change(resource, node.entry.namespace, node.entry.name, (object: KubeObject) => {
      if (object.metadata.uid !== node.uid) return;
      object.metadata.finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
    });
  }

  #dependentsOf(uid: string): { resource: Resource; node: Node }[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((key) => {
      const node = this.#nodes.get(key);
      const resource = node === undefined ? undefined : this.#resourceOf(node.entry);
      return node === undefined || resource === undefined ? [] : [{ resource, node }];
    });
  }

  /** An owner in another namespace counts as absent; one of a kind that is not served is left alone. */
  #isLiving(owner: OwnerReference, dependent: Node): boolean {
    const key = this.#living.get(owner.uid);
    if (key === undefined) {
      const { group, version } = parseApiVersion(owner.apiVersion);
      return this.#internal.registry.resources.findKind(group, version, owner.kind) === undefined;
    }
    const namespace = key.split("/")[2] ?? "";
    return namespace === "" || namespace === dependent.entry.namespace;
  }
}
