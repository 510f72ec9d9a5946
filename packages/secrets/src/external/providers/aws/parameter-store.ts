import { problemError, type JsonObject } from "@fairlead/base";
import { toBytes } from "@fairlead/gotemplate";
import type { Find, RemoteRef } from "../../model/types.ts";
import { itemsOf, memberOf, textOf } from "../../values/json-text.ts";
import { compilePattern, type Entries } from "../../values/keys.ts";
import type { ProviderClient } from "../types.ts";
import { entriesOf, refuseTooMany, textMapJson } from "../values.ts";
import { isAwsError, tagsOf } from "./api.ts";
import { AwsReader } from "./reader.ts";

export class ParameterStoreClient extends AwsReader implements ProviderClient {
  identityOf(ref: RemoteRef): string {
    return `${ref.key}\n${ref.version}\n${ref.metadata ? "tags" : ""}`;
  }

  async read(ref: RemoteRef, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { prefix } = this;
    try {
      // Tags are the parameter's and not a version's.
      if (ref.metadata) return toBytes(textMapJson(await this.#tags(prefix + ref.key, signal)));
      return await this.#value(prefix + ref.key + (ref.version === "" ? "" : `:${ref.version}`), signal);
    } catch (error) {
      if (isAwsError(error, "ParameterNotFound", "ParameterVersionNotFound", "InvalidResourceId")) return undefined;
      throw error;
    }
  }

  async find(find: Find, signal: AbortSignal): Promise<Entries> {
    if (find.name !== undefined) return this.#byName(find.name, find.path, signal);
    if (find.tags !== undefined) {
      const filters = Object.entries(find.tags).map(([key, value]) => ({
        Key: `tag:${key}`,
        Option: "Equals",
        Values: [value],
      }));
      return this.#described([...filters, ...pathFilter(find.path)], () => true, signal);
    }
    throw problemError("InvalidExternalSecret", "unexpected find operator");
  }

  async #byName(name: string, path: string | undefined, signal: AbortSignal): Promise<Entries> {
    const matches = compilePattern(name);
    const input = { Path: path ?? "/", Recursive: true, WithDecryption: true };
    const found: (readonly [string, Uint8Array])[] = [];
    try {
      for await (const page of this.pages("GetParametersByPath", input, signal)) {
        for (const item of itemsOf(page, "Parameters")) {
          const key = textOf(item, "Name") ?? "";
          if (matches(key)) found.push([key, toBytes(textOf(item, "Value") ?? "")]);
        }
        refuseTooMany(found.length);
      }
    } catch (error) {
      // Whoever may only describe and read parameters gets the same, more slowly.
      if (!isAwsError(error, "AccessDeniedException")) throw error;
      return this.#described(pathFilter(path), matches, signal);
    }
    return entriesOf(found);
  }

  async #described(filters: JsonObject[], matches: (name: string) => boolean, signal: AbortSignal): Promise<Entries> {
    const names: string[] = [];
    for await (const page of this.pages("DescribeParameters", { ParameterFilters: filters }, signal)) {
      for (const item of itemsOf(page, "Parameters")) {
        const name = textOf(item, "Name") ?? "";
        if (matches(name)) names.push(name);
      }
      refuseTooMany(names.length);
    }
    const read = async (name: string): Promise<readonly [string, Uint8Array]> => [
      name,
      await this.#value(name, signal),
    ];
    return entriesOf(await Promise.all(names.map(read)));
  }

  async #value(name: string, signal: AbortSignal): Promise<Uint8Array> {
    const answer = await this.call("GetParameter", { Name: name, WithDecryption: true }, signal);
    const value = textOf(memberOf(answer, "Parameter"), "Value");
    if (value !== undefined) return toBytes(value);
    throw problemError("InvalidRemoteValue", `invalid secret received. parameter value is nil for key: ${name}`);
  }

  async #tags(name: string, signal: AbortSignal): Promise<Map<string, string>> {
    const input = { ResourceType: "Parameter", ResourceId: name };
    return tagsOf(await this.call("ListTagsForResource", input, signal), "TagList");
  }
}

function pathFilter(path: string | undefined): JsonObject[] {
  return path === undefined ? [] : [{ Key: "Path", Option: "Recursive", Values: [path] }];
}
