import type { JsonObject } from "@fairlead/base";
import { fromBytes } from "@fairlead/gotemplate";
import type { Fields } from "../../model/fields.ts";
import { itemsOf, memberOf, textOf, type JsonNode } from "../../values/json-text.ts";
import { randomUuid } from "../../values/uuid.ts";
import { MANAGED_BY, MANAGED_BY_VALUE, parseTags, readPushMetadata, refuseForeign } from "../push-metadata.ts";
import type { ProviderDeps, PushTarget, PushValue, RemoteWrites } from "../types.ts";
import { pushedValue } from "../values.ts";
import { tagsOf, type AwsApi } from "./api.ts";
import { isMissing, secretOf } from "./secrets-manager.ts";

export interface DeletionWindow {
  readonly isForced: boolean;
  /** Days a deleted secret can be brought back; 0: AWS' default. */
  readonly days: number;
}

interface Metadata {
  readonly tags: Record<string, string>;
  readonly hasTags: boolean;
  readonly description: string;
  readonly isText: boolean;
  readonly kmsKeyId: string;
  readonly regions: readonly string[];
  readonly policy: Policy | undefined;
}

interface Policy {
  readonly kind: "ConfigMap" | "Secret";
  readonly ref: { readonly name: string; readonly key: string; readonly namespace: undefined };
  readonly blocksPublic: boolean | undefined;
}

const DEFAULT_KEY = "alias/aws/secretsmanager";

/** Pushing to Secrets Manager. */
export class SecretsManagerWrites implements RemoteWrites {
  readonly #api: AwsApi;
  readonly #prefix: string;
  readonly #deps: ProviderDeps;
  readonly #deletion: DeletionWindow;

  constructor(api: AwsApi, prefix: string, deps: ProviderDeps, deletion: DeletionWindow) {
    this.#api = api;
    this.#prefix = prefix;
    this.#deps = deps;
    this.#deletion = deletion;
  }

  async exists({ key }: PushTarget, signal: AbortSignal): Promise<boolean> {
    return (await this.#current(this.#prefix + key, signal)) !== undefined;
  }

  async push(value: PushValue, target: PushTarget, signal: AbortSignal): Promise<void> {
    const id = this.#prefix + target.key;
    const metadata = readPushMetadata(target.metadata, parseMetadata);
    const described = await this.#found("DescribeSecret", { SecretId: id }, signal);
    if (described === undefined) return this.#create(id, pushedValue(undefined, value, target), metadata, signal);
    refuseForeign(isManaged(described));
    // Deleted here before and still within its recovery window: its name cannot be used for a new one.
    if (memberOf(described, "DeletedDate") !== undefined)
      await this.#api.call("RestoreSecret", { SecretId: id }, signal);
    const current = await this.#current(id, signal);
    await this.#keepTags(id, tagsOf(described, "Tags"), metadata, signal);
    await this.#keepPolicy(id, metadata, signal);
    await this.#keepRegions(id, described, metadata, signal);
    const wanted = pushedValue(current, value, target);
    if (current !== undefined && Buffer.compare(current, wanted) === 0) return;
    const token = randomUuid(this.#deps.random);
    const input = { SecretId: id, ClientRequestToken: token, ...payloadOf(wanted, metadata) };
    await this.#api.call("PutSecretValue", input, signal);
  }

  async remove({ key }: PushTarget, signal: AbortSignal): Promise<void> {
    const id = this.#prefix + key;
    const described = await this.#found("DescribeSecret", { SecretId: id }, signal);
    if (described === undefined || !isManaged(described)) return;
    const regions = itemsOf(described, "ReplicationStatus").flatMap((item) => textOf(item, "Region") ?? []);
    if (regions.length > 0)
      await this.#api.call("RemoveRegionsFromReplication", { SecretId: id, RemoveReplicaRegions: regions }, signal);
    const { isForced, days } = this.#deletion;
    const how = isForced ? { ForceDeleteWithoutRecovery: true } : days > 0 ? { RecoveryWindowInDays: days } : {};
    await this.#api.call("DeleteSecret", { SecretId: id, ...how }, signal);
  }

  async #create(id: string, bytes: Uint8Array, metadata: Metadata, signal: AbortSignal): Promise<void> {
    const { tags, description, kmsKeyId, regions } = metadata;
    const input = {
      Name: id,
      ClientRequestToken: randomUuid(this.#deps.random),
      Description: description,
      KmsKeyId: kmsKeyId,
      Tags: tagList(tags),
      ...(regions.length > 0 && { AddReplicaRegions: regions.map((Region) => ({ Region })) }),
      ...payloadOf(bytes, metadata),
    };
    await this.#api.call("CreateSecret", input, signal);
    await this.#keepPolicy(id, metadata, signal);
  }

  /** Tags are only touched where the metadata names some. */
  async #keepTags(id: string, before: Map<string, string>, metadata: Metadata, signal: AbortSignal): Promise<void> {
    if (!metadata.hasTags) return;
    const gone = [...before.keys()].filter((key) => !Object.hasOwn(metadata.tags, key));
    if (gone.length > 0) await this.#api.call("UntagResource", { SecretId: id, TagKeys: gone }, signal);
    const isChanged = Object.entries(metadata.tags).some(([key, value]) => before.get(key) !== value);
    if (isChanged) await this.#api.call("TagResource", { SecretId: id, Tags: tagList(metadata.tags) }, signal);
  }

  async #keepPolicy(id: string, { policy }: Metadata, signal: AbortSignal): Promise<void> {
    if (policy === undefined) return;
    const { credentials } = this.#deps;
    const text = await (policy.kind === "Secret"
      ? credentials.secretText(policy.ref)
      : credentials.configMapText(policy.ref));
    const { blocksPublic } = policy;
    const input = {
      SecretId: id,
      ResourcePolicy: text,
      ...(blocksPublic !== undefined && { BlockPublicPolicy: blocksPublic }),
    };
    await this.#api.call("PutResourcePolicy", input, signal);
  }

  async #keepRegions(id: string, described: JsonNode, { regions }: Metadata, signal: AbortSignal): Promise<void> {
    const before = itemsOf(described, "ReplicationStatus").flatMap((item) => textOf(item, "Region") ?? []);
    const added = regions.filter((region) => !before.includes(region));
    const gone = before.filter((region) => !regions.includes(region));
    if (added.length > 0) {
      const input = { SecretId: id, AddReplicaRegions: added.map((Region) => ({ Region })) };
      await this.#api.call("ReplicateSecretToRegions", input, signal);
    }
    if (gone.length > 0)
      await this.#api.call("RemoveRegionsFromReplication", { SecretId: id, RemoveReplicaRegions: gone }, signal);
  }

  async #current(id: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const found = await this.#found("GetSecretValue", { SecretId: id }, signal);
    return found && secretOf(found);
  }

  async #found(action: string, input: JsonObject, signal: AbortSignal): Promise<JsonNode | undefined> {
    try {
      return await this.#api.call(action, input, signal);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

function parseMetadata(spec: Fields): Metadata {
  const policy = spec.optional("resourcePolicy");
  const source = policy?.child("policySourceRef");
  return {
    tags: parseTags(spec, "tags"),
    hasTags: spec.has("tags"),
    description: spec.text("description") || `secret '${MANAGED_BY}:${MANAGED_BY_VALUE}'`,
    isText: spec.choice("secretPushFormat", ["binary", "string"], "binary") === "string",
    kmsKeyId: spec.text("kmsKeyId") || DEFAULT_KEY,
    regions: spec.texts("replicationLocations"),
    policy: source && {
      kind: source.choice("kind", ["ConfigMap", "Secret"], "ConfigMap"),
      ref: { name: source.required("name"), key: source.required("key"), namespace: undefined },
      blocksPublic: policy?.has("blockPublicPolicy") ? policy.flag("blockPublicPolicy") : undefined,
    },
  };
}

function payloadOf(bytes: Uint8Array, { isText }: Metadata): JsonObject {
  return isText ? { SecretString: fromBytes(bytes) } : { SecretBinary: Buffer.from(bytes).toString("base64") };
}

function isManaged(described: JsonNode): boolean {
  return tagsOf(described, "Tags").get(MANAGED_BY) === MANAGED_BY_VALUE;
}

export function tagList(tags: Readonly<Record<string, string>>): JsonObject[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
