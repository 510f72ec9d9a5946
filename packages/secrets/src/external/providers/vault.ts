import { problemError } from "@fairlead/base";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import type { Fields } from "../model/fields.ts";
import type { Find, RemoteRef } from "../model/types.ts";
import { EXTERNAL_LIMITS } from "../limits.ts";
import { entryText, goJson, goJsonString, memberOf, parseJsonText, type JsonNode } from "../values/json-text.ts";
import { compilePattern, type Entries } from "../values/keys.ts";
import { propertyOf } from "../values/property.ts";
import { genericMap } from "./json-values.ts";
import { parseCa, parseKeyRef } from "./refs.ts";
import type { Provider, ProviderClient, RemoteWrites } from "./types.ts";
import { parseVaultAuth } from "./vault-auth.ts";
import type { VaultCert } from "./vault-login.ts";
import { dataPath, metadataPath, type VaultPlace } from "./vault-path.ts";
import { VaultWrites } from "./vault-push.ts";
import { VaultSession } from "./vault-session.ts";

type JsonMembers = Extract<JsonNode, { kind: "object" }>;

const SYSTEM_METADATA = ["created_time", "current_version", "delete_version_after"];

/** HashiCorp Vault and OpenBao, KV version 1 and 2 (facts/secrets.md §1D). */
export const vaultProvider: Provider = {
  name: "vault",
  parse(fields) {
    const connection = parseConnection(fields);
    const place: VaultPlace = {
      mount: fields.text("path").replace(/\/+$/, "") || undefined,
      version: fields.choice("version", ["v2", "v1"], "v2"),
    };
    const checksVersion = fields.child("checkAndSet").flag("required");
    if (checksVersion && place.version === "v1") fields.fault("checkAndSet", "needs version v2");
    return (deps) => new VaultClient(new VaultSession(connection, deps), place, checksVersion);
  },
};

export function parseConnection(fields: Fields): ConstructorParameters<typeof VaultSession>[0] {
  const tls = fields.optional("tls");
  const cert: VaultCert | undefined =
    tls && (tls.has("certSecretRef") || tls.has("keySecretRef"))
      ? { cert: parseKeyRef(tls, "certSecretRef", "tls.crt"), key: parseKeyRef(tls, "keySecretRef", "tls.key") }
      : undefined;
  const server = fields.required("server");
  if (server !== "" && !/^https?:\/\//.test(server)) fields.fault("server", "must begin with https:// or http://");
  const auth = fields.child("auth");
  return {
    server,
    namespace: fields.text("namespace"),
    authNamespace: auth.text("namespace"),
    headers: fields.textMap("headers"),
    forwardInconsistent: fields.flag("forwardInconsistent"),
    readYourWrites: fields.flag("readYourWrites"),
    auth: parseVaultAuth(auth),
    ca: parseCa(fields),
    tls: cert,
  };
}

class VaultClient implements ProviderClient {
  readonly capabilities = "ReadWrite";
  readonly writes: RemoteWrites;
  readonly #session: VaultSession;
  readonly #place: VaultPlace;

  constructor(session: VaultSession, place: VaultPlace, checksVersion: boolean) {
    this.#session = session;
    this.#place = place;
    this.writes = new VaultWrites(session, place, checksVersion);
  }

  close(): void {
    this.#session.close();
  }

  identityOf(ref: RemoteRef): string {
    return ref.metadata ? `metadata\n${ref.key}` : `${dataPath(this.#place, ref.key)}\n${ref.version}`;
  }

  async read(ref: RemoteRef, signal: AbortSignal): Promise<JsonMembers | undefined> {
    if (!ref.metadata) return this.#readData(ref.key, ref.version, signal);
    if (this.#place.version === "v1")
      throw problemError("InvalidExternalSecret", "cannot perform metadata fetch operations with kv version v1");
    return this.#readMetadata(ref.key, signal);
  }

  valueOf(payload: JsonMembers, ref: RemoteRef): Uint8Array | undefined {
    const json = goJson(payload);
    if (ref.property === "") return toBytes(json);
    const exact = payload.members.get(ref.property);
    if (exact !== undefined) return toBytes(entryText(exact));
    const found = propertyOf(json, ref.property);
    if (found !== undefined) return toBytes(found);
    throw problemError("InvalidRemoteValue", `cannot find secret data for key: ${JSON.stringify(ref.property)}`);
  }

  mapOf(payload: JsonMembers, ref: RemoteRef): Entries | undefined {
    if (ref.property === "") return genericMap(payload, ref.key);
    const value = this.valueOf(payload, ref);
    return value && genericMap(parseJsonText(fromBytes(value)), ref.key);
  }

  async find(find: Find, signal: AbortSignal): Promise<Entries> {
    if (find.tags !== undefined && this.#place.version === "v1")
      throw problemError("InvalidExternalSecret", "cannot perform find by tag operations with kv version v1");
    const matches = find.name === undefined ? undefined : compilePattern(find.name);
    const names = await this.#list(find.path === undefined ? "" : `${find.path.replace(/\/+$/, "")}/`, signal);
    const found: Entries = new Map();
    for (const name of names) {
      const isWanted = matches ? matches(name) : await this.#hasTags(name, find.tags ?? {}, signal);
      const data = isWanted ? await this.#readData(name, "", signal) : undefined;
      if (data !== undefined) found.set(name, toBytes(goJson(data)));
    }
    return found;
  }

  async #hasTags(name: string, tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<boolean> {
    const metadata = await this.#readMetadata(name, signal);
    return Object.entries(tags).every(([key, value]) => {
      const node = metadata?.members.get(key);
      return node !== undefined && entryText(node) === value;
    });
  }

  async validate(signal: AbortSignal): Promise<void> {
    if ((await this.#session.call("LookupSelf", "GET", "auth/token/lookup-self", { signal })) === undefined)
      throw problemError("ProviderRefused", "Vault does not know the token");
  }

  async #readData(key: string, version: string, signal: AbortSignal): Promise<JsonMembers | undefined> {
    const query = version === "" ? {} : { query: `version=${encodeURIComponent(version)}` };
    const data = objectOf(
      await this.#session.call("ReadSecretData", "GET", dataPath(this.#place, key), { signal, ...query }),
      "data",
    );
    if (this.#place.version === "v1") return data;
    if (data === undefined) return undefined;
    const inner = data.members.get("data");
    if (inner === undefined)
      throw problemError("ProviderFailed", "Vault's answer has no data: is the engine of version 1?");
    return inner.kind === "object" ? inner : undefined;
  }

  /** Custom metadata and the system's, as one map of texts. */
  async #readMetadata(key: string, signal: AbortSignal): Promise<JsonMembers | undefined> {
    const data = objectOf(
      await this.#session.call("ReadSecretData", "GET", this.#metadataPath(key), { signal }),
      "data",
    );
    if (data === undefined) return undefined;
    const members = new Map<string, JsonNode>();
    for (const name of SYSTEM_METADATA) {
      const node = data.members.get(name);
      if (node !== undefined && node.kind !== "null") members.set(name, textNode(entryText(node)));
    }
    const custom = data.members.get("custom_metadata");
    if (custom?.kind === "object")
      for (const [name, node] of custom.members) members.set(name, textNode(entryText(node)));
    return { kind: "object", raw: "", members };
  }

  #metadataPath(key: string): string {
    const path = metadataPath(this.#place, key);
    if (path === undefined) throw problemError("InvalidExternalSecret", "provided Path isn't a valid kv v2 path");
    return path;
  }

  async #list(path: string, signal: AbortSignal): Promise<string[]> {
    const names: string[] = [];
    const left = [path];
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      const data = objectOf(
        await this.#session.call("ListSecrets", "LIST", this.#metadataPath(at), { signal }),
        "data",
      );
      const keys = data?.members.get("keys");
      for (const key of keys?.kind === "array" ? keys.items : []) {
        if (key.kind !== "string") continue;
        (key.text.endsWith("/") ? left : names).push(at + key.text);
      }
      if (names.length + left.length > EXTERNAL_LIMITS.found)
        throw problemError("InvalidRemoteValue", `more than ${EXTERNAL_LIMITS.found} secrets below the path`);
    }
    return names.sort();
  }
}

function textNode(text: string): JsonNode {
  return { kind: "string", raw: goJsonString(text), text };
}

function objectOf(node: JsonNode | undefined, name: string): JsonMembers | undefined {
  const member = memberOf(node, name);
  return member?.kind === "object" ? member : undefined;
}
