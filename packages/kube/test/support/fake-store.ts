import type { KubeObject } from "@fairlead/apimachinery";
import { cloneJson, isJsonObject, jsonEqual, type JsonObject } from "@fairlead/base";

export interface FakeResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface StoredEvent {
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: FakeResource;
  readonly object: KubeObject;
}

export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject;

  constructor(code: number, reason: string, message: string, details: JsonObject = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

/** Just enough of an API server's storage to test a client: one version counter, a history that can be forgotten, apply. */
export class FakeStore {
  readonly resources: FakeResource[] = [];
  readonly history: StoredEvent[] = [];
  readonly #objects = new Map<string, KubeObject>();
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  version = 100;
  /** Versions up to here are forgotten. */
  compactedAt = 0;
  #uid = 0;

  add(resource: FakeResource): void {
    this.resources.push(resource);
  }

  /** Takes a kind away with everything of it, as deleting its definition does. */
  drop(plural: string): void {
    const at = this.resources.findIndex((each) => each.plural === plural);
    const [resource] = this.resources.splice(at, 1);
    for (const [key] of this.#objects) if (resource && key.startsWith(`${id(resource)} `)) this.#objects.delete(key);
  }

  list(resource: FakeResource, namespace?: string): KubeObject[] {
    const prefix = namespace === undefined ? `${id(resource)} ` : `${id(resource)} ${namespace}/`;
    return [...this.#objects].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object);
  }

  get(resource: FakeResource, namespace: string | undefined, name: string): KubeObject {
    const found = this.#objects.get(keyFor(resource, namespace, name));
    if (found) return found;
    throw new Refusal(404, "NotFound", `${resource.plural} ${JSON.stringify(name)} not found`, {
      name,
      kind: resource.plural,
    });
  }

  create(resource: FakeResource, object: KubeObject, dryRun = false): KubeObject {
    const name = object.metadata.name ?? `${object.metadata.generateName}${++this.#uid}`;
    const key = keyFor(resource, object.metadata.namespace, name);
    if (this.#objects.has(key)) {
      throw new Refusal(409, "AlreadyExists", `${resource.plural} ${JSON.stringify(name)} already exists`, { name });
    }
    const created = cloneJson(object);
    created.metadata = {
      ...created.metadata,
      name,
      uid: `uid-${++this.#uid}`,
      creationTimestamp: "2026-01-01T00:00:00Z",
    };
    return this.#write(resource, key, "ADDED", created, dryRun);
  }

  update(resource: FakeResource, object: KubeObject, dryRun = false): KubeObject {
    const { name = "", namespace, resourceVersion } = object.metadata;
    const old = this.get(resource, namespace, name);
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) {
      throw new Refusal(
        409,
        "Conflict",
        "the object has been modified; please apply your changes to the latest version",
        {
          name,
        },
      );
    }
    const { uid = "", creationTimestamp = "" } = old.metadata;
    const updated = cloneJson(object);
    updated.metadata = { ...updated.metadata, uid, creationTimestamp };
    if (sameBut(old, updated)) return old;
    return this.#write(resource, keyFor(resource, namespace, name), "MODIFIED", updated, dryRun);
  }

  /** Server-side apply with owners per leaf, as far as a client can tell the difference. */
  apply(resource: FakeResource, object: KubeObject, manager: string, force: boolean, dryRun: boolean): KubeObject {
    const { name = "", namespace } = object.metadata;
    const old = this.#objects.get(keyFor(resource, namespace, name));
    if (object["immutableTest"] !== undefined && old?.["immutableTest"] !== object["immutableTest"] && old) {
      throw new Refusal(422, "Invalid", "immutableTest: Invalid value: field is immutable", { name });
    }
    const owners = new Map(Object.entries((old?.metadata.annotations ?? {}) as JsonObject).filter(isOwner));
    const conflicts: JsonObject[] = [];
    const applied = leaves(object);
    for (const [path, value] of applied) {
      const owner = owners.get(`owner${path}`);
      if (owner === undefined || owner === manager || force || jsonEqual(leafOf(old, path), value)) continue;
      const message = `conflict with ${JSON.stringify(owner)}`;
      conflicts.push({ reason: "FieldManagerConflict", message, field: path });
    }
    if (conflicts.length > 0) {
      const message = `Apply failed with ${conflicts.length} conflict(s)`;
      throw new Refusal(409, "Conflict", message, { name, causes: conflicts });
    }
    const merged = merge(old, object);
    const ownerMap = Object.fromEntries([...owners, ...[...applied.keys()].map((path) => [`owner${path}`, manager])]);
    merged.metadata.annotations = { ...merged.metadata.annotations, ...(ownerMap as Record<string, string>) };
    if (old === undefined) return this.create(resource, merged, dryRun);
    delete merged.metadata.resourceVersion;
    return this.update(resource, merged, dryRun);
  }

  delete(resource: FakeResource, namespace: string | undefined, name: string): KubeObject {
    const old = this.get(resource, namespace, name);
    this.#objects.delete(keyFor(resource, namespace, name));
    const object = withVersion(old, ++this.version);
    this.#record({ version: this.version, type: "DELETED", resource, object });
    return object;
  }

  /** As after a restored backup: versions begin again at an earlier one, and an object has other content in its old version. */
  restore(version: number, resource: FakeResource, name: string, data: Record<string, string>): void {
    for (const [key, object] of this.#objects) {
      if (key === keyFor(resource, object.metadata.namespace, name)) this.#objects.set(key, { ...object, data });
    }
    this.version = version;
    this.history.length = 0;
  }

  listen(listener: (event: StoredEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #write(
    resource: FakeResource,
    key: string,
    type: "ADDED" | "MODIFIED",
    object: KubeObject,
    dryRun: boolean,
  ): KubeObject {
    if (dryRun) return withVersion(object, this.version);
    const written = withVersion(object, ++this.version);
    this.#objects.set(key, written);
    this.#record({ version: this.version, type, resource, object: written });
    return written;
  }

  #record(event: StoredEvent): void {
    this.history.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function isOwner(entry: [string, unknown]): entry is [string, string] {
  return entry[0].startsWith("owner.");
}

function id(resource: FakeResource): string {
  return `${resource.group}/${resource.plural}`;
}

function keyFor(resource: FakeResource, namespace: string | undefined, name: string): string {
  return resource.namespaced ? `${id(resource)} ${namespace ?? "default"}/${name}` : `${id(resource)} ${name}`;
}

function withVersion(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}

function sameBut(a: KubeObject, b: KubeObject): boolean {
  const strip = (object: KubeObject): unknown => ({ ...object, metadata: { ...object.metadata, resourceVersion: "" } });
  return jsonEqual(strip(a), strip(b));
}

function leaves(value: unknown, path = "", found = new Map<string, unknown>()): Map<string, unknown> {
  if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const here = `${path}.${key}`;
      if (![".apiVersion", ".kind", ".metadata.name", ".metadata.namespace"].includes(here)) leaves(item, here, found);
    }
  } else found.set(path, value);
  return found;
}

function leafOf(value: unknown, path: string): unknown {
  let at = value;
  for (const part of path.split(".").slice(1)) at = isJsonObject(at) ? at[part] : undefined;
  return at;
}

function merge<T>(old: unknown, now: T): T {
  if (!isJsonObject(old) || !isJsonObject(now)) return cloneJson(now);
  const merged = cloneJson(old);
  for (const [key, item] of Object.entries(now)) merged[key] = merge(merged[key], item);
  return merged as T;
}
