import type { KubeObject } from "@fairlead/apimachinery";
import { jsonEqual } from "@fairlead/base";
import type { WebhookRoutes } from "../admission/webhook-call.ts";
import { decodeEntry } from "../registry/codec.ts";
import type { Registry } from "../registry/registry.ts";
import type { Internal } from "../controllers/internal.ts";
import type { Resource } from "../registry/types.ts";
import type { StoreEvent } from "../storage/history.ts";
import { CLEANUP_FINALIZER, conditionOf, withStatus } from "./conditions.ts";
import { resourcesOf } from "./definition.ts";
import { definitionOf } from "./names.ts";

const CRD_STORAGE = "apiextensions.k8s.io/customresourcedefinitions";

/**
 * Serves what CustomResourceDefinitions define. A definition is served in the same turn in which it is stored, so whoever reads
 * that it is established can use it; its conditions follow in the next write.
 */
export class CrdService {
  readonly #registry: Registry;
  readonly #internal: Internal;
  readonly #resource: Resource;
  readonly #routes: WebhookRoutes;
  readonly #stop: () => void;

  constructor(internal: Internal, routes: WebhookRoutes) {
    const { registry } = internal;
    this.#routes = routes;
    this.#registry = registry;
    this.#internal = internal;
    this.#resource = internal.resource("apiextensions.k8s.io", "v1", "customresourcedefinitions");
    for (const entry of registry.store.collection(CRD_STORAGE).list()) this.#serve(decodeEntry(this.#resource, entry));
    this.#stop = registry.store.onCommit((events) => this.#onCommit(events));
  }

  close(): void {
    this.#stop();
  }

  #onCommit(events: readonly StoreEvent[]): void {
    for (const event of events) {
      const { resource, name } = event.entry;
      if (resource === CRD_STORAGE) {
        if (event.type === "DELETED") this.#registry.resources.setCustom(name, []);
        else this.#onDefinition(decodeEntry(this.#resource, event.entry));
      } else if (event.type === "DELETED") this.#onInstanceDeleted(resource);
    }
  }

  #onDefinition(crd: KubeObject): void {
    const next = withStatus(crd, this.#conflictsOf(crd), this.#registry.clock.now());
    this.#serve(next);
    if (!jsonEqual(crd, next)) this.#run(this.#write(next));
    if (crd.metadata.deletionTimestamp !== undefined) this.#run(this.#cleanUp(crd));
  }

  #serve(crd: KubeObject): void {
    const name = crd.metadata.name ?? "";
    const isEstablished = conditionOf(crd, "Established")?.["status"] === "True";
    this.#registry.resources.setCustom(name, isEstablished ? resourcesOf(crd, this.#routes) : []);
  }

  /** The status as computed goes onto whatever the object is now; a newer change brings its own event. */
  #write(next: KubeObject): Promise<void> {
    return this.#internal.change(
      this.#resource,
      "",
      next.metadata.name ?? "",
      (current) => {
        current["status"] = withStatus(current, this.#conflictsOf(current), this.#registry.clock.now())["status"];
      },
      "status",
    );
  }

  /** Deletes the instances; the definition goes when the last one is gone. */
  async #cleanUp(crd: KubeObject): Promise<void> {
    if (!(crd.metadata.finalizers ?? []).includes(CLEANUP_FINALIZER)) return;
    const { group, names } = definitionOf(crd);
    const storage = `${group}/${names.plural}`;
    const resource = resourcesOf(crd)[0];
    const entries = this.#registry.store.collection(storage).list();
    if (resource !== undefined) {
      const deletions = entries.map(({ namespace, name }) => this.#internal.delete(resource, namespace, name));
      await Promise.all(deletions);
    }
    if (this.#registry.store.collection(storage).size === 0) await this.#release(crd.metadata.name ?? "");
  }

  async #release(name: string): Promise<void> {
    // Several deletions may find the collection empty; the definition is released once.
    if (this.#registry.find(this.#resource, "", name) === undefined) return;
    await this.#internal.change(this.#resource, "", name, (object) => {
      object.metadata.finalizers = (object.metadata.finalizers ?? []).filter((item) => item !== CLEANUP_FINALIZER);
    });
  }

  #onInstanceDeleted(storage: string): void {
    const slash = storage.indexOf("/");
    const name = `${storage.slice(slash + 1)}.${storage.slice(0, slash)}`;
    const entry = this.#registry.store.get({ resource: CRD_STORAGE, namespace: "", name });
    if (entry === undefined || this.#registry.store.collection(storage).size > 0) return;
    const crd = decodeEntry(this.#resource, entry);
    if (crd.metadata.deletionTimestamp !== undefined) this.#run(this.#cleanUp(crd));
  }

  #run(work: Promise<void>): void {
    this.#internal.run("a custom resource definition could not be served", work);
  }

  /** Names another accepted definition of the group has already. */
  #conflictsOf(crd: KubeObject): ReadonlySet<string> {
    const { group, name } = definitionOf(crd);
    const taken = new Set<string>();
    for (const resource of this.#registry.resources.all()) {
      if (resource.group !== group || resource.custom?.crdName === name) continue;
      for (const used of [
        resource.plural,
        resource.singular,
        ...resource.shortNames,
        resource.kind,
        resource.listKind,
      ]) {
        taken.add(used);
      }
    }
    return taken;
  }
}
