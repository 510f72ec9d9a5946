import type { JsonObject } from "@fairlead/base";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import type { Fields } from "../../model/fields.ts";
import { memberOf, textOf, type JsonNode } from "../../values/json-text.ts";
import { entriesJson } from "../../values/set-property.ts";
import { MANAGED_BY, MANAGED_BY_VALUE, parseTags, readPushMetadata, refuseForeign } from "../push-metadata.ts";
import type { PushTarget, PushValue, RemoteWrites } from "../types.ts";
import { pushedValue } from "../values.ts";
import { isAwsError, tagsOf, type AwsApi } from "./api.ts";
import { tagList } from "./secrets-manager-push.ts";

interface Metadata {
  readonly type: string;
  readonly kmsKeyId: string;
  readonly tier: string;
  readonly policies: unknown;
  /** Whether a whole Secret is written with its values as texts rather than in base64. */
  readonly decodes: boolean;
  readonly tags: Record<string, string>;
  readonly description: string;
}

/** Pushing to Parameter Store. */
export class ParameterStoreWrites implements RemoteWrites {
  readonly #api: AwsApi;
  readonly #prefix: string;

  constructor(api: AwsApi, prefix: string) {
    this.#api = api;
    this.#prefix = prefix;
  }

  async exists({ key }: PushTarget, signal: AbortSignal): Promise<boolean> {
    return (await this.#parameter(this.#prefix + key, signal)) !== undefined;
  }

  async push(value: PushValue, target: PushTarget, signal: AbortSignal): Promise<void> {
    const name = this.#prefix + target.key;
    const metadata = readPushMetadata(target.metadata, parseMetadata);
    const existing = await this.#parameter(name, signal);
    const wanted = valueFor(value, target, metadata, existing);
    if (existing === undefined) {
      // Tags cannot be given where something is overwritten.
      const input = { ...parameterOf(name, wanted, metadata), Tags: tagList(metadata.tags), Overwrite: false };
      await this.#api.call("PutParameter", input, signal);
      return;
    }
    const tags = await this.#tags(name, signal);
    refuseForeign(tags.get(MANAGED_BY) === MANAGED_BY_VALUE);
    if (existing !== wanted)
      await this.#api.call("PutParameter", { ...parameterOf(name, wanted, metadata), Overwrite: true }, signal);
    await this.#keepTags(name, tags, metadata, signal);
  }

  async remove({ key }: PushTarget, signal: AbortSignal): Promise<void> {
    const name = this.#prefix + key;
    if ((await this.#parameter(name, signal)) === undefined) return;
    if ((await this.#tags(name, signal)).get(MANAGED_BY) !== MANAGED_BY_VALUE) return;
    await this.#api.call("DeleteParameter", { Name: name }, signal);
  }

  async #keepTags(name: string, before: Map<string, string>, { tags }: Metadata, signal: AbortSignal): Promise<void> {
    const where = { ResourceType: "Parameter", ResourceId: name };
    const gone = [...before.keys()].filter((key) => !Object.hasOwn(tags, key));
    if (gone.length > 0) await this.#api.call("RemoveTagsFromResource", { ...where, TagKeys: gone }, signal);
    const isChanged = Object.entries(tags).some(([key, value]) => before.get(key) !== value);
    if (isChanged) await this.#api.call("AddTagsToResource", { ...where, Tags: tagList(tags) }, signal);
  }

  async #tags(name: string, signal: AbortSignal): Promise<Map<string, string>> {
    const input = { ResourceType: "Parameter", ResourceId: name };
    return tagsOf(await this.#api.call("ListTagsForResource", input, signal), "TagList");
  }

  async #parameter(name: string, signal: AbortSignal): Promise<string | undefined> {
    let answer: JsonNode;
    try {
      answer = await this.#api.call("GetParameter", { Name: name, WithDecryption: true }, signal);
    } catch (error) {
      if (isAwsError(error, "ParameterNotFound", "ResourceNotFoundException")) return undefined;
      throw error;
    }
    return textOf(memberOf(answer, "Parameter"), "Value") ?? "";
  }
}

function parseMetadata(spec: Fields): Metadata {
  const tier = spec.child("tier");
  return {
    type: spec.choice("secretType", ["String", "StringList", "SecureString"], "String"),
    kmsKeyId: spec.text("kmsKeyID") || "alias/aws/ssm",
    tier: tier.choice("type", ["Standard", "Advanced", "Intelligent-Tiering"], "Standard"),
    policies: tier.raw("policies"),
    decodes: spec.flag("encodeAsDecoded"),
    tags: parseTags(spec, "tags"),
    description: spec.text("description") || `secret '${MANAGED_BY}:${MANAGED_BY_VALUE}'`,
  };
}

function valueFor(value: PushValue, target: PushTarget, { decodes }: Metadata, existing: string | undefined): string {
  const { bytes, whole } = value;
  const text =
    whole === undefined || decodes
      ? fromBytes(bytes)
      : entriesJson(new Map([...whole].map(([key, entry]) => [key, Buffer.from(entry).toString("base64")])));
  const current = existing === undefined ? undefined : toBytes(existing);
  return fromBytes(pushedValue(current, { ...value, bytes: toBytes(text) }, target));
}

function parameterOf(name: string, value: string, metadata: Metadata): JsonObject {
  const { type, kmsKeyId, tier, policies, description } = metadata;
  return {
    Name: name,
    Value: value,
    Type: type,
    Description: description,
    ...(type === "SecureString" && { KeyId: kmsKeyId }),
    ...(tier === "Advanced" && { Tier: tier }),
    ...(tier === "Advanced" && policies !== undefined && { Policies: JSON.stringify(policies) }),
  };
}
