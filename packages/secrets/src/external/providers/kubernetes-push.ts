import { cloneJson, jsonEqual, problemError, setOwn } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import type { Fields } from "../model/fields.ts";
import { SECRET } from "../model/names.ts";
import { dataOf } from "../values/secret-data.ts";
import { readPushMetadata } from "./push-metadata.ts";
import type { PushTarget, PushValue, RemoteWrites } from "./types.ts";

interface Metadata {
  readonly target: "Merge" | "Replace" | "Ignore";
  readonly source: "Merge" | "Replace";
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly namespace: string;
}

type Ask = <T>(call: string, act: (client: KubeClient) => Promise<T>) => Promise<T>;

/** Pushing to Secrets of a namespace of this or another cluster. */
export class KubernetesWrites implements RemoteWrites {
  readonly #ask: Ask;
  readonly #namespace: string;
  /** Whether metadata may name another namespace than the store's: a SecretStore's users may not choose. */
  readonly #mayLeave: boolean;

  constructor(ask: Ask, namespace: string, mayLeave: boolean) {
    this.#ask = ask;
    this.#namespace = namespace;
    this.#mayLeave = mayLeave;
  }

  async exists(target: PushTarget, signal: AbortSignal): Promise<boolean> {
    const secret = await this.#find(target.key, this.#place(target), signal);
    return secret !== undefined && (target.property === "" || dataOf(secret).has(target.property));
  }

  async push(value: PushValue, target: PushTarget, signal: AbortSignal): Promise<void> {
    if (target.property === "" && value.whole === undefined)
      throw problemError(
        "InvalidExternalSecret",
        "requires property in RemoteRef to push secret value if secret key is defined",
      );
    const metadata = readPushMetadata(target.metadata, parseMetadata);
    const namespace = this.#place(target);
    const existing = await this.#find(target.key, namespace, signal);
    const wanted = wantedSecret(existing, value, target, metadata, namespace);
    if (existing === undefined) await this.#ask("CreateSecret", (client) => client.create(wanted, { signal }));
    else if (!jsonEqual(existing, wanted))
      await this.#ask("UpdateSecret", (client) => client.update(wanted, { signal }));
  }

  async remove(target: PushTarget, signal: AbortSignal): Promise<void> {
    const namespace = this.#place(target);
    const existing = await this.#find(target.key, namespace, signal);
    if (existing === undefined) return;
    const data = { ...(existing["data"] as Record<string, string> | undefined) };
    if (target.property !== "" && !Object.hasOwn(data, target.property)) return;
    delete data[target.property];
    if (target.property !== "" && Object.keys(data).length > 0) {
      await this.#ask("UpdateSecret", (client) => client.update({ ...existing, data }, { signal }));
      return;
    }
    const { uid } = existing.metadata;
    await this.#ask("DeleteSecret", (client) =>
      client.delete(SECRET, target.key, namespace, { preconditions: { uid } }),
    );
  }

  #place({ metadata }: PushTarget): string {
    const { namespace } = readPushMetadata(metadata, parseMetadata);
    if (namespace === "" || namespace === this.#namespace) return this.#namespace;
    if (this.#mayLeave) return namespace;
    throw problemError("InvalidExternalSecret", "remoteNamespace override is only supported with ClusterSecretStore");
  }

  #find(name: string, namespace: string, signal: AbortSignal): Promise<KubeObject | undefined> {
    return this.#ask("GetSecret", (client) => client.find(SECRET, name, namespace, { signal }));
  }
}

function parseMetadata(spec: Fields): Metadata {
  return {
    target: spec.choice("targetMergePolicy", ["Merge", "Replace", "Ignore"], "Merge"),
    source: spec.choice("sourceMergePolicy", ["Merge", "Replace"], "Merge"),
    labels: spec.textMap("labels"),
    annotations: spec.textMap("annotations"),
    namespace: spec.text("remoteNamespace"),
  };
}

function wantedSecret(
  existing: KubeObject | undefined,
  value: PushValue,
  { key, property }: PushTarget,
  metadata: Metadata,
  namespace: string,
): KubeObject {
  const secret: KubeObject = existing ? cloneJson(existing) : { ...SECRET, metadata: { name: key, namespace } };
  secret["type"] = value.secretType || "Opaque";
  const data: Record<string, string> = {};
  const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  if (property === "") for (const [name, bytes] of value.whole ?? []) setOwn(data, name, encode(bytes));
  else {
    Object.assign(data, secret["data"]);
    setOwn(data, property, encode(value.bytes));
  }
  secret["data"] = data;
  for (const kind of ["labels", "annotations"] as const) {
    const source = metadata.source === "Replace" ? metadata[kind] : { ...value[kind], ...metadata[kind] };
    const merged =
      metadata.target === "Ignore"
        ? secret.metadata[kind]
        : metadata.target === "Replace"
          ? source
          : { ...secret.metadata[kind], ...source };
    if (merged !== undefined && Object.keys(merged).length > 0) secret.metadata[kind] = merged;
    else delete secret.metadata[kind];
  }
  return secret;
}
