import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { timestamp } from "../registry/metadata.ts";
import type { Resource } from "../registry/types.ts";
import type { StoreEvent } from "../storage/history.ts";
import { qualified } from "../http/status.ts";
import type { Internal } from "./internal.ts";

const NAMESPACES = "/namespaces";
const FINALIZER = "kubernetes";

/** Empties a namespace that is being deleted, and lets it go when nothing is left in it. */
export class NamespaceController {
  readonly #internal: Internal;
  readonly #namespaces: Resource;
  readonly #terminating = new Set<string>();
  readonly #running = new Set<string>();

  constructor(internal: Internal) {
    this.#internal = internal;
    this.#namespaces = internal.resource("", "v1", "namespaces");
  }

  start(): () => void {
    const { store } = this.#internal.registry;
    for (const entry of store.collection(NAMESPACES).all()) {
      if (entry.parse().metadata.deletionTimestamp !== undefined) this.#schedule(entry.name);
    }
    return store.onCommit((events) => this.#onCommit(events));
  }

  #onCommit(events: readonly StoreEvent[]): void {
    const touched = new Set<string>();
    for (const { type, entry } of events) {
      if (entry.resource === NAMESPACES) {
        if (type === "DELETED") this.#terminating.delete(entry.name);
        else if (type === "MODIFIED" && entry.includes('"deletionTimestamp"')) touched.add(entry.name);
      } else if (type === "DELETED" && this.#terminating.has(entry.namespace)) touched.add(entry.namespace);
    }
    for (const name of touched) this.#schedule(name);
  }

  /** One run a namespace at a time; what happens meanwhile asks for another. */
  #schedule(name: string): void {
    this.#terminating.add(name);
    if (this.#running.has(name)) return;
    this.#running.add(name);
    const run = this.#empty(name).finally(() => this.#running.delete(name));
    this.#internal.run("a namespace could not be emptied", run);
  }

  async #empty(name: string): Promise<void> {
    for (let left = -1; ;) {
      const entries = this.#contents(name);
      const waiting = entries.filter(({ object }) => object.metadata.deletionTimestamp === undefined);
      if (entries.length === 0) {
        await this.#finalize(name);
        return;
      }
      await Promise.all(
        waiting.map(({ resource, object }) =>
          this.#internal.delete(resource, name, object.metadata.name ?? "", { propagationPolicy: "Background" }),
        ),
      );
      const remaining = this.#contents(name);
      if (remaining.length === left || (waiting.length === 0 && remaining.length > 0)) {
        await this.#report(name, remaining);
        return;
      }
      left = remaining.length;
    }
  }

  #contents(namespace: string): { resource: Resource; object: KubeObject }[] {
    const { registry } = this.#internal;
    return registry.resources
      .stored()
      .filter((resource) => resource.namespaced)
      .flatMap((resource) =>
        registry.store
          .collection(resource.storage)
          .list(namespace)
          .map((entry) => ({ resource, object: this.#internal.decode(resource, entry) })),
      );
  }

  async #finalize(name: string): Promise<void> {
    await this.#internal.change(
      this.#namespaces,
      "",
      name,
      (object) => {
        const spec = isJsonObject(object["spec"]) ? object["spec"] : {};
        const finalizers: Json[] = Array.isArray(spec["finalizers"]) ? spec["finalizers"] : [];
        object["spec"] = { ...spec, finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER) };
      },
      "finalize",
    );
  }

  /** Says what holds the namespace, in the words of kube-controller-manager. */
  async #report(name: string, remaining: readonly { resource: Resource; object: KubeObject }[]): Promise<void> {
    const byResource = Map.groupBy(remaining, ({ resource }) => qualified(resource.group, resource.plural));
    const counts = [...byResource].map(([resource, items]) => `${resource} has ${items.length} resource instances`);
    const finalizers = new Map<string, number>();
    for (const { object } of remaining) {
      for (const finalizer of object.metadata.finalizers ?? []) {
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
      }
    }
    const held = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
    const at = timestamp(this.#internal.registry.clock.now());
    const conditions = [
      condition(
        "NamespaceDeletionDiscoveryFailure",
        "False",
        "ResourcesDiscovered",
        "All resources successfully discovered",
      ),
      condition(
        "NamespaceDeletionGroupVersionParsingFailure",
        "False",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
      ),
      condition(
        "NamespaceDeletionContentFailure",
        "False",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
      ),
      condition(
        "NamespaceContentRemaining",
        "True",
        "SomeResourcesRemain",
        `Some resources are remaining: ${counts.sort().join(", ")}`,
      ),
      held.length > 0
        ? condition(
            "NamespaceFinalizersRemaining",
            "True",
            "SomeFinalizersRemain",
            `Some content in the namespace has finalizers remaining: ${held.sort().join(", ")}`,
          )
        : condition(
            "NamespaceFinalizersRemaining",
            "False",
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished",
          ),
    ];
    await this.#internal.change(
      this.#namespaces,
      "",
      name,
      (object) => {
        const status: JsonObject = isJsonObject(object["status"]) ? object["status"] : {};
        const old: Json[] = Array.isArray(status["conditions"]) ? status["conditions"] : [];
        const merged = conditions.map((next) => keepTransition(old, next, at));
        object["status"] = { ...status, conditions: merged };
      },
      "status",
    );
  }
}

function condition(type: string, status: string, reason: string, message: string): JsonObject {
  return { type, status, reason, message };
}

function keepTransition(old: readonly Json[], next: JsonObject, at: string): JsonObject {
  const known = old.filter(isJsonObject).find((item) => item["type"] === next["type"]);
  const isSame = known?.["status"] === next["status"];
  return { ...next, lastTransitionTime: isSame ? (known?.["lastTransitionTime"] ?? at) : at };
}
