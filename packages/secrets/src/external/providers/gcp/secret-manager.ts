import { problemError, ProblemError } from "@fairlead/base";
import { toBytes } from "@fairlead/gotemplate";
import type { Find, RemoteRef } from "../../model/types.ts";
import { itemsOf, textOf } from "../../values/json-text.ts";
import { compilePattern, type Entries } from "../../values/keys.ts";
import { rawMap } from "../json-values.ts";
import type { ProviderClient, RemoteWrites } from "../types.ts";
import { entriesOf, propertyValue, refuseTooMany, textMapJson } from "../values.ts";
import { SecretManagerWrites, type WriteParts } from "./push.ts";
import { accessVersion, LATEST, latestEnabled, secretName, textMap } from "./versions.ts";

interface ClientParts extends WriteParts {
  /** Whether the newest version that is enabled stands in for a latest one that is not. */
  readonly fetchesEnabled: boolean;
  readonly validate: (signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

type Payload =
  | { readonly kind: "value"; readonly bytes: Uint8Array }
  | {
      readonly kind: "metadata";
      readonly annotations: ReadonlyMap<string, string>;
      readonly labels: ReadonlyMap<string, string>;
    };

export class SecretManagerClient implements ProviderClient {
  readonly capabilities = "ReadWrite";
  readonly writes: RemoteWrites;
  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.writes = new SecretManagerWrites(parts);
  }

  close(): void {
    this.#parts.close();
  }

  validate(signal: AbortSignal): Promise<void> {
    return this.#parts.validate(signal);
  }

  identityOf(ref: RemoteRef): string {
    return ref.metadata ? `${ref.key}\nmetadata` : `${ref.key}\n${ref.version || LATEST}`;
  }

  async read(ref: RemoteRef, signal: AbortSignal): Promise<Payload | undefined> {
    const name = secretName(this.#parts.parent, ref.key);
    if (ref.metadata) {
      const secret = await this.#parts.api.call({ name: "GetSecret", method: "GET", path: name }, signal);
      if (secret === undefined) return undefined;
      return { kind: "metadata", annotations: textMap(secret, "annotations"), labels: textMap(secret, "labels") };
    }
    const bytes = await this.#version(name, ref, signal);
    return bytes && { kind: "value", bytes };
  }

  async #version(name: string, ref: RemoteRef, signal: AbortSignal): Promise<Uint8Array | undefined> {
    try {
      return await accessVersion(
        this.#parts.api,
        `${name}/versions/${encodeURIComponent(ref.version || LATEST)}`,
        signal,
      );
    } catch (error) {
      if (!this.#parts.fetchesEnabled || ref.version !== "" || !isDisabled(error)) throw error;
      return latestEnabled(this.#parts.api, name, signal);
    }
  }

  valueOf(payload: Payload, ref: RemoteRef): Uint8Array | undefined {
    return payload.kind === "value" ? propertyValue(payload.bytes, ref) : metadataValue(payload, ref);
  }

  mapOf(payload: Payload, ref: RemoteRef): Entries | undefined {
    const value = this.valueOf(payload, ref);
    return value && rawMap(value, ref.key);
  }

  async find(find: Find, signal: AbortSignal): Promise<Entries> {
    const tags = Object.entries(find.tags ?? {}).map(([key, value]) => `labels.${key}=${value}`);
    if (find.name === undefined && tags.length === 0)
      throw problemError("InvalidExternalSecret", "unexpected find operator");
    const matches = find.name === undefined ? () => true : compilePattern(find.name);
    const filter = [...(find.name === undefined ? tags : []), ...(find.path ? [`name:${find.path}`] : [])].join(" ");
    const names: string[] = [];
    let token = "";
    do {
      const query = { pageSize: "1000", ...(filter && { filter }), ...(token && { pageToken: token }) };
      const path = `${this.#parts.parent}/secrets`;
      const page = await this.#parts.api.call({ name: "ListSecrets", method: "GET", path, query }, signal);
      for (const item of itemsOf(page, "secrets")) {
        // Google answers with the project's number, whatever it was asked with.
        const name = (textOf(item, "name") ?? "").replace(/^.*\/secrets\//, "");
        if (matches(name) && name.startsWith(find.path ?? "")) names.push(name);
      }
      refuseTooMany(names.length);
      token = textOf(page, "nextPageToken") ?? "";
    } while (token !== "");
    return entriesOf((await Promise.all(names.map((name) => this.#found(name, signal)))).flat());
  }

  async #found(key: string, signal: AbortSignal): Promise<readonly [string, Uint8Array][]> {
    const bytes = await accessVersion(
      this.#parts.api,
      `${secretName(this.#parts.parent, key)}/versions/${LATEST}`,
      signal,
    );
    if (bytes !== undefined) return [[key, bytes]];
    throw problemError("RemoteSecretMissing", `the secret ${key} has no version`);
  }
}

function isDisabled(error: unknown): boolean {
  return error instanceof ProblemError && /(DESTROYED|DISABLED) state/.test(error.message);
}

/** `annotations`, `annotations.NAME` and the same of labels; without a property both as one JSON. */
function metadataValue(payload: Extract<Payload, { kind: "metadata" }>, ref: RemoteRef): Uint8Array {
  const maps = { annotations: payload.annotations, labels: payload.labels };
  const json = (map: ReadonlyMap<string, string>): string => (map.size === 0 ? "null" : textMapJson(map));
  if (ref.property === "") return toBytes(`{"annotations":${json(maps.annotations)},"labels":${json(maps.labels)}}`);
  for (const kind of ["annotations", "labels"] as const) {
    if (ref.property === kind) return toBytes(json(maps[kind]));
    if (!ref.property.startsWith(`${kind}.`)) continue;
    const name = ref.property.slice(kind.length + 1);
    const value = maps[kind].get(name);
    if (value !== undefined) return toBytes(value);
    throw problemError(
      "InvalidRemoteValue",
      `${kind.slice(0, -1)} with key ${name} does not exist in secret ${ref.key}`,
    );
  }
  throw problemError(
    "InvalidRemoteValue",
    `invalid property ${ref.property}: metadata property should start with either annotations or labels`,
  );
}
