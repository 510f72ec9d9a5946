import { builtinResources, builtinSchemas, type ApiResourceInfo } from "@fairlead/apimachinery";
import { printerOf } from "../table/printers.ts";
import { builtinConversion } from "./conversions.ts";
import { strategyOf } from "./strategies.ts";
import type { Resource } from "./types.ts";

/** Resources whose objects are kept under another name than their own: both groups of events are one storage. */
const STORED_AS: Readonly<Record<string, string>> = { "events.k8s.io/events": "/events" };
/** The version objects are kept in, where a group has several. */
const STORAGE_VERSIONS: Readonly<Record<string, string>> = {
  "autoscaling/horizontalpodautoscalers": "v2",
  "/events": "v1",
};

/** Group and version that are served although no kind in them is stored: clients ask for them by name. */
export class ResourceTable {
  readonly #resources = new Map<string, Resource>();
  readonly #custom = new Map<string, readonly Resource[]>();
  readonly #kinds = new Map<string, Resource>();
  readonly #listeners = new Set<() => void>();
  #byStorage: ReadonlyMap<string, readonly Resource[]> | undefined;
  #generation = 0;

  constructor() {
    for (const info of builtinResources()) this.#add(builtinResource(info));
  }

  /** Rises with every change; caches of discovery documents compare it. */
  get generation(): number {
    return this.#generation;
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#resources.get(`${group}/${version}/${plural}`);
  }

  findKind(group: string, version: string, kind: string): Resource | undefined {
    return this.#kinds.get(`${group}/${version}/${kind}`);
  }

  /** Any served version of a kind; the stored one when there are several. */
  findGroupKind(group: string, kind: string): Resource | undefined {
    let found: Resource | undefined;
    for (const resource of this.#resources.values()) {
      if (resource.group !== group || resource.kind !== kind) continue;
      if (resource.version === resource.storageVersion) return resource;
      found ??= resource;
    }
    return found;
  }

  hasGroup(group: string): boolean {
    return this.all().some((resource) => resource.group === group);
  }

  has(group: string, version: string): boolean {
    return this.all().some((resource) => resource.group === group && resource.version === version);
  }

  all(): Resource[] {
    return [...this.#resources.values()];
  }

  /** Who is kept under `group/plural`, in its stored version where that is served. */
  findStored(group: string, plural: string): Resource | undefined {
    let found: Resource | undefined;
    for (const resource of this.#resources.values()) {
      if (resource.storage !== `${group}/${plural}` || !resource.verbs.has("list")) continue;
      if (resource.version === resource.storageVersion && resource.group === group) return resource;
      found ??= resource;
    }
    return found;
  }

  /** All that serve the same objects, the given one among them. */
  versionsOf({ storage }: Resource): readonly Resource[] {
    this.#byStorage ??= Map.groupBy(this.#resources.values(), (resource) => resource.storage);
    return this.#byStorage.get(storage) ?? [];
  }

  /** One resource for each storage, in its stored version where that is served. */
  stored(): Resource[] {
    const found = new Map<string, Resource>();
    for (const resource of this.#resources.values()) {
      if (!resource.verbs.has("list")) continue;
      const known = found.get(resource.storage);
      if (known === undefined || resource.version === resource.storageVersion) found.set(resource.storage, resource);
    }
    return [...found.values()];
  }

  /** What a CRD serves now; an empty list takes it away. */
  setCustom(crdName: string, resources: readonly Resource[]): void {
    for (const old of this.#custom.get(crdName) ?? []) this.#remove(old);
    if (resources.length === 0) this.#custom.delete(crdName);
    else this.#custom.set(crdName, resources);
    for (const resource of resources) this.#add(resource);
    this.#generation++;
    this.#byStorage = undefined;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #add(resource: Resource): void {
    this.#resources.set(`${resource.group}/${resource.version}/${resource.plural}`, resource);
    this.#kinds.set(`${resource.group}/${resource.version}/${resource.kind}`, resource);
  }

  #remove(resource: Resource): void {
    this.#resources.delete(`${resource.group}/${resource.version}/${resource.plural}`);
    this.#kinds.delete(`${resource.group}/${resource.version}/${resource.kind}`);
  }
}

function builtinResource(info: ApiResourceInfo): Resource {
  const own = `${info.group}/${info.plural}`;
  const storage = STORED_AS[own] ?? own;
  return {
    group: info.group,
    version: info.version,
    kind: info.kind,
    listKind: `${info.kind}List`,
    plural: info.plural,
    singular: info.singular,
    namespaced: info.namespaced,
    shortNames: info.shortNames ?? [],
    categories: info.categories ?? [],
    verbs: new Set(info.verbs),
    subresources: info.subresources ?? [],
    storage,
    storageVersion: STORAGE_VERSIONS[storage] ?? info.version,
    isCustom: false,
    get schema() {
      return builtinSchemas().forKind({ group: info.group, version: info.version, kind: info.kind });
    },
    strategy: strategyOf(info),
    printer: printerOf(info.group, info.kind),
    conversion: builtinConversion(info),
  };
}
