import { problemError } from "@fairlead/base";
import { fromBytes } from "@fairlead/gotemplate";
import { goJson, goJsonString, memberOf, parseJsonText, textOf, type JsonNode } from "../values/json-text.ts";
import { MANAGED_BY, MANAGED_BY_VALUE, refuseForeign } from "./push-metadata.ts";
import type { PushTarget, PushValue, RemoteWrites } from "./types.ts";
import { dataPath, metadataPath, type VaultPlace } from "./vault-path.ts";
import type { VaultSession } from "./vault-session.ts";

type Members = ReadonlyMap<string, JsonNode>;

const CUSTOM = "custom_metadata";

/** Pushing to KV version 1 and 2. Version 1 keeps whose a secret is among its data, since it has no metadata. */
export class VaultWrites implements RemoteWrites {
  readonly #session: VaultSession;
  readonly #place: VaultPlace;
  /** Whether a write names the version it replaces, so that two writers cannot undo each other. */
  readonly #checksVersion: boolean;

  constructor(session: VaultSession, place: VaultPlace, checksVersion: boolean) {
    this.#session = session;
    this.#place = place;
    this.#checksVersion = checksVersion;
  }

  async exists({ key, property }: PushTarget, signal: AbortSignal): Promise<boolean> {
    const data = await this.#data(key, signal);
    return data !== undefined && (property === "" || data.has(property));
  }

  async push(value: PushValue, { key, property }: PushTarget, signal: AbortSignal): Promise<void> {
    const before = await this.#data(key, signal);
    const metadata = await this.#metadata(key, before, signal);
    if (before !== undefined) refuseForeign(isManaged(metadata));
    const wanted = wantedMembers(before, value, property);
    if (before !== undefined && isSame(before, wanted)) return;
    if (this.#place.version === "v1") {
      const owned = `{${goJsonString(MANAGED_BY)}:${goJsonString(MANAGED_BY_VALUE)}}`;
      const body = textOfMembers([...rawOf(wanted), [CUSTOM, owned]]);
      return this.#write("PUT", dataPath(this.#place, key), body, signal);
    }
    const label = { custom_metadata: { [MANAGED_BY]: MANAGED_BY_VALUE } };
    await this.#write("POST", this.#metadataPath(key), JSON.stringify(label), signal);
    const body = `{"data":${textOfMembers(rawOf(wanted))}${this.#versionOf(metadata)}}`;
    await this.#write("POST", dataPath(this.#place, key), body, signal);
  }

  /** One property goes out of its secret; the last one takes the secret with it. */
  async remove({ key, property }: PushTarget, signal: AbortSignal): Promise<void> {
    const before = await this.#data(key, signal);
    if (before === undefined) return;
    const metadata = await this.#metadata(key, before, signal);
    if (!isManaged(metadata)) return;
    const left = new Map([...before].filter(([name]) => name !== property && name !== CUSTOM));
    if (property !== "" && left.size > 0) {
      const isFirst = this.#place.version === "v1";
      const custom = before.get(CUSTOM);
      const raw = rawOf(left);
      const text = textOfMembers(isFirst && custom ? [...raw, [CUSTOM, custom.raw]] : raw);
      const body = isFirst ? text : `{"data":${text}${this.#versionOf(metadata)}}`;
      return this.#write(isFirst ? "PUT" : "POST", dataPath(this.#place, key), body, signal);
    }
    await this.#session.call("DeleteSecret", "DELETE", dataPath(this.#place, key), { signal });
    if (this.#place.version === "v2")
      await this.#session.call("DeleteSecret", "DELETE", this.#metadataPath(key), { signal });
  }

  /** The version that is replaced, where the store names it; 0 stands for none. */
  #versionOf(metadata: JsonNode | undefined): string {
    return this.#checksVersion ? `,"options":{"cas":${memberOf(metadata, "current_version")?.raw ?? "0"}}` : "";
  }

  async #data(key: string, signal: AbortSignal): Promise<Members | undefined> {
    const answer = await this.#session.call("ReadSecretData", "GET", dataPath(this.#place, key), { signal });
    const outer = memberOf(answer, "data");
    const data = this.#place.version === "v1" ? outer : memberOf(outer, "data");
    return data?.kind === "object" ? data.members : undefined;
  }

  async #metadata(key: string, data: Members | undefined, signal: AbortSignal): Promise<JsonNode | undefined> {
    if (this.#place.version === "v1") return data && { kind: "object", raw: "", members: data };
    if (data === undefined) return undefined;
    const answer = await this.#session.call("ReadSecretData", "GET", this.#metadataPath(key), { signal });
    return memberOf(answer, "data");
  }

  #metadataPath(key: string): string {
    const path = metadataPath(this.#place, key);
    if (path === undefined) throw problemError("InvalidExternalSecret", "provided Path isn't a valid kv v2 path");
    return path;
  }

  async #write(method: "POST" | "PUT", path: string, body: string, signal: AbortSignal): Promise<void> {
    await this.#session.call("WriteSecretData", method, path, { body, signal });
  }
}

function isManaged(metadata: JsonNode | undefined): boolean {
  return textOf(memberOf(metadata, CUSTOM), MANAGED_BY) === MANAGED_BY_VALUE;
}

function wantedMembers(before: Members | undefined, { bytes }: PushValue, property: string): Members {
  const text = fromBytes(bytes);
  if (property !== "") {
    const set = { kind: "string", raw: goJsonString(text, false), text } as const;
    return new Map([...(before ?? []), [property, set]].filter(([name]) => name !== CUSTOM) as [string, JsonNode][]);
  }
  const node = parseJsonText(text);
  if (node?.kind === "object") return node.members;
  throw problemError(
    "InvalidRemoteValue",
    "Vault keeps JSON objects: push a whole Secret, a value that is a JSON object, or name a property",
  );
}

function isSame(before: Members, wanted: Members): boolean {
  const own = [...before].filter(([name]) => name !== CUSTOM);
  if (own.length !== wanted.size) return false;
  return own.every(([name, node]) => {
    const other = wanted.get(name);
    return other !== undefined && goJson(other) === goJson(node);
  });
}

function rawOf(members: Members): [string, string][] {
  return [...members].map(([name, { raw }]) => [name, raw]);
}

function textOfMembers(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, raw]) => `${goJsonString(name, false)}:${raw}`).join(",")}}`;
}
