import type { KubeObject } from "@fairlead/apimachinery";
import { labelSelectorFromObject, matchesLabels } from "@fairlead/apimachinery";
import { problemError, ProblemError } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import type { StoreRef } from "../model/types.ts";
import type { Provider, ProviderClient, ProviderDeps } from "../providers/types.ts";
import { compilePattern } from "../values/keys.ts";
import { credentialsFor } from "./credentials.ts";
import { storeNotReady, StoreGate } from "./gate.ts";
import { parseStore, type Store } from "./parse.ts";

export interface ConnectedStore {
  readonly store: Store;
  readonly client: ProviderClient;
  readonly gate: StoreGate;
  /** Begins every identity of a read. */
  readonly key: string;
}

/** What of the world around providers may see, the same for all of them. */
export interface ProviderWorld extends Pick<
  ProviderDeps,
  "clock" | "random" | "connect" | "home" | "environment" | "observe"
> {
  readonly hub: KubeClient;
  readonly ownToken: () => Promise<string>;
}

/** What a provider is given to work for objects of a namespace. */
export function providerDeps(world: ProviderWorld, store: ProviderDeps["store"], namespace: string): ProviderDeps {
  const { hub, clock, random, connect, home, environment, observe, ownToken } = world;
  const credentials = credentialsFor(hub, store, namespace, ownToken);
  return { store, namespace, credentials, clock, random, connect, home, environment, observe };
}

export interface RegistryOptions extends ProviderWorld {
  readonly providers: readonly Provider[];
  readonly storeObject: (ref: StoreRef, namespace: string) => KubeObject | undefined;
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
  /** Drops values read from a store that is gone or changed. */
  readonly onDropped: (key: string) => void;
}

interface Known {
  readonly object: KubeObject;
  readonly store: Store;
  readonly gate: StoreGate;
  readonly clients: Map<string, ConnectedStore>;
}

/** Stores as they are in the cluster, each connected once and kept until its setting changes. */
export class StoreRegistry {
  readonly #options: RegistryOptions;
  readonly #known = new Map<string, Known>();
  /** Stores whose validation says that they cannot work, and why. */
  readonly #refused = new Map<string, string>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** @throws ProblemError StoreNotReady, InvalidStore */
  open(ref: StoreRef, namespace: string): ConnectedStore {
    const object = this.#options.storeObject(ref, namespace);
    if (object === undefined)
      throw problemError("StoreNotReady", `could not get ${ref.kind} ${JSON.stringify(ref.name)}: it does not exist`);
    const known = this.#lookUp(object);
    this.#checkConditions(known.store, namespace);
    const why = this.#refused.get(keyOfStore(object));
    if (why !== undefined) throw storeNotReady(ref.kind, ref.name, why);
    return this.#connect(known, namespace);
  }

  /** For validation: whatever the conditions and the last verdict. */
  openForCheck(object: KubeObject): ConnectedStore {
    return this.#connect(this.#lookUp(object), object.metadata.namespace ?? "");
  }

  /** Whether another operator looks after the store. */
  isForeign(ref: StoreRef, namespace: string): boolean {
    const object = this.#options.storeObject(ref, namespace);
    return object !== undefined && !["", "default", "fairlead"].includes(this.#lookUp(object).store.controllerClass);
  }

  parsed(object: KubeObject): Store {
    return this.#lookUp(object).store;
  }

  /** Notes a verdict; tells whether it is another than before. */
  judge(object: KubeObject, why: string | undefined): boolean {
    const key = keyOfStore(object);
    const isNew = this.#refused.get(key) !== why;
    if (why === undefined) this.#refused.delete(key);
    else this.#refused.set(key, why);
    return isNew;
  }

  drop(object: KubeObject): void {
    const key = keyOfStore(object);
    for (const { client } of this.#known.get(key)?.clients.values() ?? []) client.close();
    this.#known.delete(key);
    this.#refused.delete(key);
    this.#options.onDropped(`${key}@`);
  }

  close(): void {
    for (const { object } of this.#known.values()) this.drop(object);
  }

  #lookUp(object: KubeObject): Known {
    const key = keyOfStore(object);
    const found = this.#known.get(key);
    const { uid, generation } = object.metadata;
    if (found?.object.metadata.uid === uid && found?.object.metadata.generation === generation) return found as Known;
    if (found) this.drop(found.object);
    const store = parseStore(object, this.#options.providers);
    const known: Known = {
      object,
      store,
      gate: new StoreGate(this.#options.clock, store.retry),
      clients: new Map(),
    };
    this.#known.set(key, known);
    return known;
  }

  #connect({ object, store, gate, clients }: Known, namespace: string): ConnectedStore {
    if (store.problems.length > 0 || store.connect === undefined) throw new ProblemError(store.problems);
    const place = store.isReferent ? namespace : "";
    const known = clients.get(place);
    if (known !== undefined) return known;
    const client = store.connect(providerDeps(this.#options, store.identity, namespace));
    const connected = { store, client, gate, key: `${keyOfStore(object)}@${place}\n` };
    clients.set(place, connected);
    return connected;
  }

  #checkConditions(store: Store, namespace: string): void {
    if (store.conditions.length === 0) return;
    const labels = this.#options.namespaceLabels(namespace);
    const isAllowed = store.conditions.some(
      ({ namespaces, selector, regexes }) =>
        namespaces.includes(namespace) ||
        (selector !== undefined && matchesLabels(labelSelectorFromObject(selector as never), labels)) ||
        regexes.some((regex) => compilePattern(regex)(namespace)),
    );
    if (!isAllowed)
      throw problemError(
        "InvalidStore",
        `using ClusterSecretStore ${JSON.stringify(store.identity.name)} is not allowed from namespace ${JSON.stringify(namespace)}: denied by spec.conditions`,
      );
  }
}

/** `SecretStore/namespace/name`: also the index by which objects are found that use a store. */
export function keyOfStore({ kind, metadata }: KubeObject): string {
  return storeKey(
    { kind: kind === "ClusterSecretStore" ? kind : "SecretStore", name: metadata.name ?? "" },
    metadata.namespace ?? "",
  );
}

export function storeKey(ref: StoreRef, namespace: string): string {
  return `${ref.kind}/${ref.kind === "SecretStore" ? namespace : ""}/${ref.name}`;
}
