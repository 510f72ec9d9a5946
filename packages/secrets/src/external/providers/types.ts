import type { Clock } from "@fairlead/base";
import type { RandomSource } from "@fairlead/gotemplate";
import type { ClusterConfig, KubeClient } from "@fairlead/kube";
import type { Fields } from "../model/fields.ts";
import type { Find, RemoteRef, StoreRef } from "../model/types.ts";
import type { Entries } from "../values/keys.ts";

export interface StoreIdentity extends StoreRef {
  /** Absent for a ClusterSecretStore. */
  readonly namespace: string | undefined;
}

/** Names a key of a Secret (or ConfigMap). The namespace may only be another one where a ClusterSecretStore says so. */
export interface KeyRef {
  readonly name: string;
  readonly key: string;
  readonly namespace: string | undefined;
}

export interface AccountRef {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly audiences: readonly string[];
}

/** What a provider may read of the cluster to get in: through here alone, where every namespace is checked. */
export interface Credentials {
  /** @throws ProblemError StoreNotReady when it is not there */
  secretText(ref: KeyRef): Promise<string>;
  configMapText(ref: KeyRef): Promise<string>;
  secretData(ref: Omit<KeyRef, "key">): Promise<{ data: Entries; labels: Readonly<Record<string, string>> }>;
  /** Annotations of a ServiceAccount, where clouds note the identity it stands for. */
  accountAnnotations(ref: AccountRef): Promise<Readonly<Record<string, string>>>;
  /** A token of a ServiceAccount by TokenRequest. */
  accountToken(ref: AccountRef, audiences: readonly string[], seconds: number): Promise<string>;
  /** The token this process runs with in a cluster. */
  ownToken(): Promise<string>;
}

export interface ProviderDeps {
  readonly store: StoreIdentity;
  /** Namespace of the object that asks. */
  readonly namespace: string;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Reaches a cluster, for the kubernetes provider. */
  readonly connect: (config: ClusterConfig) => KubeClient;
  /** The cluster we run in, meant by a kubernetes store that names no server. */
  readonly home: Pick<ClusterConfig, "server" | "caData">;
  /** Of the process: addresses of clouds that an operator redirects, and the identity a cloud gave to the pod. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Counts a call, under the names External Secrets has for providers and calls. */
  readonly observe: (provider: string, call: string, isOk: boolean) => void;
}

export type Capabilities = "ReadOnly" | "WriteOnly" | "ReadWrite";

/** What a provider keeps under a key, before a property is taken out of it. Only the provider knows its form. */
export type Payload = unknown;

/** Where a value is pushed to. */
export interface PushTarget {
  readonly key: string;
  /** A place within the JSON that is kept under the key; "" for all of it. */
  readonly property: string;
  /** What the provider is to note beside the value, in its own form. */
  readonly metadata: unknown;
}

export interface PushValue {
  /** The entry it is of; "" for a whole Secret. */
  readonly secretKey: string;
  readonly bytes: Uint8Array;
  /** All entries where a whole Secret is pushed; `bytes` are then its JSON. */
  readonly whole: Entries | undefined;
  readonly secretType: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** How values get into a provider. What was not written by External Secrets or Fairlead is neither changed nor deleted. */
export interface RemoteWrites {
  exists(target: PushTarget, signal: AbortSignal): Promise<boolean>;
  push(value: PushValue, target: PushTarget, signal: AbortSignal): Promise<void>;
  remove(target: PushTarget, signal: AbortSignal): Promise<void>;
}

/** One store, connected. Reading is apart from taking a value out, so that objects which want different properties share a read. */
export interface ProviderClient {
  readonly capabilities: Capabilities;
  /** Reads that are one to the provider have one text. */
  identityOf(ref: RemoteRef): string;
  /** undefined: no such secret. @throws ProblemError ProviderFailed, ProviderRefused, … */
  read(ref: RemoteRef, signal: AbortSignal): Promise<Payload>;
  /** undefined: there is none, so the deletion policy decides. @throws ProblemError */
  valueOf(payload: Payload, ref: RemoteRef): Uint8Array | undefined;
  mapOf(payload: Payload, ref: RemoteRef): Entries | undefined;
  find(find: Find, signal: AbortSignal): Promise<Entries>;
  /** Resolves when the store can be used. */
  validate(signal: AbortSignal): Promise<void>;
  /** Absent: nothing can be pushed there. */
  readonly writes?: RemoteWrites | undefined;
  close(): void;
}

/** A kind of store: reads its part of spec.provider, reporting every fault, and gives what connects. */
export interface Provider {
  readonly name: string;
  parse(fields: Fields): (deps: ProviderDeps) => ProviderClient;
}
