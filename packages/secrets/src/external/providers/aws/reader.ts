import type { JsonObject } from "@fairlead/base";
import type { RemoteRef } from "../../model/types.ts";
import { textOf, type JsonNode } from "../../values/json-text.ts";
import type { Entries } from "../../values/keys.ts";
import { rawMap } from "../json-values.ts";
import type { RemoteWrites } from "../types.ts";
import { propertyValue } from "../values.ts";
import type { AwsApi } from "./api.ts";

export interface ReaderParts {
  readonly api: AwsApi;
  readonly prefix: string;
  readonly writes: RemoteWrites;
  readonly validate: (signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

/** What readers of AWS' services have in common: a payload is bytes, and lists come in pages. */
export class AwsReader {
  readonly capabilities = "ReadWrite";
  readonly writes: RemoteWrites;
  protected readonly prefix: string;
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.prefix = parts.prefix;
    this.writes = parts.writes;
  }

  close(): void {
    this.#parts.close();
  }

  validate(signal: AbortSignal): Promise<void> {
    return this.#parts.validate(signal);
  }

  valueOf(payload: Uint8Array, ref: RemoteRef): Uint8Array | undefined {
    return propertyValue(payload, ref);
  }

  mapOf(payload: Uint8Array, ref: RemoteRef): Entries | undefined {
    return rawMap(propertyValue(payload, ref), ref.key);
  }

  protected async *pages(action: string, input: JsonObject, signal: AbortSignal): AsyncGenerator<JsonNode> {
    let token: string | undefined;
    do {
      const page = await this.call(action, token === undefined ? input : { ...input, NextToken: token }, signal);
      yield page;
      token = textOf(page, "NextToken") || undefined;
    } while (token !== undefined);
  }

  protected call(action: string, input: JsonObject, signal: AbortSignal): Promise<JsonNode> {
    return this.#parts.api.call(action, input, signal);
  }
}
