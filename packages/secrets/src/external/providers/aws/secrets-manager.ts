import { problemError, type JsonObject } from "@fairlead/base";
import { toBytes } from "@fairlead/gotemplate";
import type { Find, RemoteRef } from "../../model/types.ts";
import { itemsOf, textOf, type JsonNode } from "../../values/json-text.ts";
import { compilePattern, type Entries } from "../../values/keys.ts";
import type { ProviderClient } from "../types.ts";
import { entriesOf, refuseTooMany, textMapJson } from "../values.ts";
import { isAwsError, tagsOf } from "./api.ts";
import { AwsReader } from "./reader.ts";

const LATEST = "AWSCURRENT";
/** `uuid/…` names one version; everything else is a stage. */
const BY_ID = "uuid/";

export class SecretsManagerClient extends AwsReader implements ProviderClient {
  identityOf(ref: RemoteRef): string {
    return `${ref.key}\n${ref.metadata ? "tags" : ref.version || LATEST}`;
  }

  async read(ref: RemoteRef, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const id = this.prefix + ref.key;
    try {
      if (ref.metadata)
        return toBytes(textMapJson(tagsOf(await this.call("DescribeSecret", { SecretId: id }, signal), "Tags")));
      const version = ref.version || LATEST;
      const which = version.startsWith(BY_ID) ? { VersionId: version.slice(BY_ID.length) } : { VersionStage: version };
      const payload = secretOf(await this.call("GetSecretValue", { SecretId: id, ...which }, signal));
      if (payload !== undefined) return payload;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    throw problemError(
      "InvalidRemoteValue",
      `invalid secret received. no secret string nor binary for key: ${ref.key}`,
    );
  }

  async find(find: Find, signal: AbortSignal): Promise<Entries> {
    const tags = Object.entries(find.tags ?? {});
    if (find.name === undefined && tags.length === 0)
      throw problemError("InvalidExternalSecret", "unexpected find operator");
    const matches = find.name === undefined ? () => true : compilePattern(find.name);
    const filters = tags.flatMap(([key, value]) => [
      { Key: "tag-key", Values: [key] },
      { Key: "tag-value", Values: [value] },
    ]);
    if (find.path !== undefined) filters.push({ Key: "name", Values: [find.path] });
    // A batch needs a filter; without one, names are listed and the matching ones read.
    return filters.length > 0 ? this.#readBatches(filters, matches, signal) : this.#readListed(matches, signal);
  }

  async #readBatches(filters: JsonObject[], matches: (name: string) => boolean, signal: AbortSignal): Promise<Entries> {
    const found: (readonly [string, Uint8Array])[] = [];
    for await (const page of this.pages("BatchGetSecretValue", { Filters: filters }, signal)) {
      for (const item of itemsOf(page, "SecretValues")) {
        const name = textOf(item, "Name") ?? "";
        const payload = secretOf(item);
        if (payload !== undefined && matches(name)) found.push([name, payload]);
      }
      refuseTooMany(found.length);
    }
    return entriesOf(found);
  }

  async #readListed(matches: (name: string) => boolean, signal: AbortSignal): Promise<Entries> {
    const names: string[] = [];
    for await (const page of this.pages("ListSecrets", { MaxResults: 100 }, signal)) {
      for (const item of itemsOf(page, "SecretList")) {
        const name = textOf(item, "Name") ?? "";
        if (matches(name)) names.push(name);
      }
      refuseTooMany(names.length);
    }
    const read = async (name: string): Promise<readonly [string, Uint8Array][]> => {
      const payload = secretOf(await this.call("GetSecretValue", { SecretId: name }, signal));
      return payload === undefined ? [] : [[name, payload]];
    };
    return entriesOf((await Promise.all(names.map(read))).flat());
  }
}

export function secretOf(node: JsonNode): Uint8Array | undefined {
  const text = textOf(node, "SecretString");
  if (text !== undefined) return toBytes(text);
  const binary = textOf(node, "SecretBinary");
  return binary === undefined ? undefined : Buffer.from(binary, "base64");
}

/** What waits for its deletion counts as gone. */
export function isMissing(error: unknown): boolean {
  if (isAwsError(error, "ResourceNotFoundException")) return true;
  return (
    isAwsError(error, "InvalidRequestException", "InvalidParameterException") &&
    /marked (for )?delet/.test(error.message)
  );
}
