import type { KubeObject } from "@fairlead/apimachinery";
import { cloneJson, isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import { decodeEntry } from "../registry/codec.ts";
import { timestamp } from "../registry/metadata.ts";
import type { Registry } from "../registry/registry.ts";
import type { Internal } from "../controllers/internal.ts";
import type { Resource } from "../registry/types.ts";
import type { StoreEvent } from "../storage/history.ts";
import { definitionOf, resourcesOf, type Names } from "./definition.ts";

const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";
const CRD_STORAGE = "apiextensions.k8s.io/customresourcedefinitions";

/**
 * Serves what CustomResourceDefinitions define. A definition is served in the same turn in which it is stored, so whoever reads
 * that it is established can use it; its conditions follow in the next write.
 */
export class CrdService {
  readonly #registry: Registry;
  readonly #internal: Internal;
  readonly #resource: Resource;
  readonly #stop: () => void;

  constructor(internal: Internal) {
    const { registry } = internal;
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
    this.#registry.resources.setCustom(name, isEstablished ? resourcesOf(crd) : []);
  }

  /** The status as computed goes onto whatever the object is now; a newer change brings its own event. */
  async #write(next: KubeObject): Promise<void> {
    const name = next.metadata.name ?? "";
    const entry = this.#registry.store.getForWrite({ resource: CRD_STORAGE, namespace: "", name });
    if (entry === undefined) return;
    const current = decodeEntry(this.#resource, entry);
    const after = withStatus(current, this.#conflictsOf(current), this.#registry.clock.now());
    if (!jsonEqual(current, after)) await this.#registry.put(this.#resource, "", name, after, entry);
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

/** The definition with accepted names, conditions, stored versions and finalizer, as apiextensions' controllers leave it. */
function withStatus(crd: KubeObject, taken: ReadonlySet<string>, nowMs: number): KubeObject {
  const next = cloneJson(crd);
  const status: JsonObject = isJsonObject(next["status"]) ? next["status"] : {};
  next["status"] = status;
  const definition = definitionOf(crd);
  const wanted = { ...(isJsonObject(crd["spec"]) && isJsonObject(crd["spec"]["names"]) ? crd["spec"]["names"] : {}) };
  const conflict = conflictIn(definition.names, taken);
  if (conflict === undefined) status["acceptedNames"] = wanted as JsonObject;
  else if (!isJsonObject(status["acceptedNames"])) status["acceptedNames"] = { plural: "", kind: "" };
  const at = timestamp(nowMs);
  setCondition(
    status,
    conflict === undefined
      ? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" }
      : { type: "NamesAccepted", status: "False", ...conflict },
    at,
  );
  const isEstablished = conditionOf(next, "Established")?.["status"] === "True";
  if (conflict === undefined) {
    setCondition(
      status,
      {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      },
      at,
    );
  } else if (!isEstablished) {
    setCondition(
      status,
      { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" },
      at,
    );
  }
  if (crd.metadata.deletionTimestamp !== undefined) {
    setCondition(
      status,
      {
        type: "Terminating",
        status: "True",
        reason: "InstanceDeletionInProgress",
        message: "CustomResource deletion is in progress",
      },
      at,
    );
  }
  const stored = Array.isArray(status["storedVersions"]) ? status["storedVersions"] : [];
  if (!stored.includes(definition.storageVersion)) status["storedVersions"] = [...stored, definition.storageVersion];
  const finalizers = next.metadata.finalizers ?? [];
  if (crd.metadata.deletionTimestamp === undefined && !finalizers.includes(CLEANUP_FINALIZER)) {
    next.metadata.finalizers = [...finalizers, CLEANUP_FINALIZER];
  }
  return next;
}

function conflictIn(names: Names, taken: ReadonlySet<string>): { reason: string; message: string } | undefined {
  const used = (name: string): string => `${JSON.stringify(name)} is already in use`;
  if (taken.has(names.plural)) return { reason: "PluralConflict", message: used(names.plural) };
  if (taken.has(names.singular)) return { reason: "SingularConflict", message: used(names.singular) };
  const short = names.shortNames.filter((name) => taken.has(name));
  if (short.length > 0) return { reason: "ShortNamesConflict", message: short.map(used).join(", ") };
  if (taken.has(names.kind)) return { reason: "KindConflict", message: used(names.kind) };
  return taken.has(names.listKind) ? { reason: "ListKindConflict", message: used(names.listKind) } : undefined;
}

function conditionOf(crd: KubeObject, type: string): JsonObject | undefined {
  const status = isJsonObject(crd["status"]) ? crd["status"] : {};
  const conditions: Json[] = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  return conditions.filter(isJsonObject).find((condition) => condition["type"] === type);
}

/** The transition time moves only with the status. */
function setCondition(status: JsonObject, condition: Record<string, string>, at: string): void {
  const conditions: Json[] = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const index = conditions.findIndex((known) => isJsonObject(known) && known["type"] === condition["type"]);
  const known = conditions[index];
  if (isJsonObject(known)) {
    const isSame = known["status"] === condition["status"];
    conditions[index] = {
      ...known,
      ...condition,
      lastTransitionTime: isSame ? (known["lastTransitionTime"] ?? at) : at,
    };
  } else conditions.push({ lastTransitionTime: at, ...condition });
  status["conditions"] = conditions;
}
