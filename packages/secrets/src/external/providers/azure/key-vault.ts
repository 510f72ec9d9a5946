import { problemError } from "@fairlead/base";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import type { Find, RemoteRef } from "../../model/types.ts";
import { goJson, itemsOf, memberOf, parseJsonText, textOf, type JsonNode } from "../../values/json-text.ts";
import { compilePattern, type Entries } from "../../values/keys.ts";
import { escapedProperty, propertyOf } from "../../values/property.ts";
import { rawMap } from "../json-values.ts";
import type { ProviderClient, RemoteWrites } from "../types.ts";
import { entriesOf, refuseTooMany, textMapJson } from "../values.ts";
import type { AzureApi } from "./api.ts";
import { collectionOf, objectOf, type ObjectKind } from "./objects.ts";
import { KeyVaultWrites } from "./push.ts";

export interface ClientParts {
  readonly api: AzureApi;
  readonly validate: (signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

interface Payload {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly tags: ReadonlyMap<string, string>;
  readonly attributes: ReadonlyMap<string, string>;
}

const CALLS = { secret: "GetSecret", cert: "GetCertificate", key: "GetKey" } as const;
const TIMES = { exp: "expires", created: "created", updated: "updated", nbf: "notBefore" } as const;
/** The order in which External Secrets writes a key's members. */
const KEY_MEMBERS = [
  "kid",
  "kty",
  "key_ops",
  "n",
  "e",
  "d",
  "dp",
  "dq",
  "qi",
  "p",
  "q",
  "k",
  "key_hsm",
  "crv",
  "x",
  "y",
];

export class KeyVaultClient implements ProviderClient {
  readonly capabilities = "ReadWrite";
  readonly writes: RemoteWrites;
  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.writes = new KeyVaultWrites(parts.api);
  }

  close(): void {
    this.#parts.close();
  }

  validate(signal: AbortSignal): Promise<void> {
    return this.#parts.validate(signal);
  }

  identityOf(ref: RemoteRef): string {
    return `${ref.key}\n${ref.version}`;
  }

  async read(ref: RemoteRef, signal: AbortSignal): Promise<Payload | undefined> {
    const { kind, name } = objectOf(ref.key);
    const version = ref.version === "" ? "" : `/${encodeURIComponent(ref.version)}`;
    const path = `${collectionOf(kind)}/${encodeURIComponent(name)}${version}`;
    const node = await this.#parts.api.call(CALLS[kind], "GET", path, signal);
    return node && payloadOf(kind, name, node);
  }

  valueOf(payload: Payload, ref: RemoteRef): Uint8Array | undefined {
    if (ref.metadata) return tagValue(payload, ref.property);
    // A certificate is DER, which has no properties.
    if (ref.property === "" || payload.kind === "cert") return payload.bytes;
    const found = propertyText(fromBytes(payload.bytes), ref.property);
    if (found !== undefined) return toBytes(found);
    throw problemError("InvalidRemoteValue", `property ${ref.property} does not exist in key ${ref.key}`);
  }

  mapOf(payload: Payload, ref: RemoteRef): Entries | undefined {
    if (payload.kind !== "secret")
      throw problemError(
        "InvalidExternalSecret",
        `cannot get use dataFrom to get ${payload.kind === "cert" ? "certificate" : "key"} secret`,
      );
    if (!ref.metadata) {
      const value = this.valueOf(payload, ref);
      return value && rawMap(value, ref.key);
    }
    const tags = tagEntries(payload);
    if (ref.property === "") return tags;
    const name = `${ref.key}_${ref.property}`;
    return new Map([[name, tags.get(name) ?? new Uint8Array()]]);
  }

  async find(find: Find, signal: AbortSignal): Promise<Entries> {
    const matches = find.name === undefined ? () => true : compilePattern(find.name);
    const tags = Object.entries(find.tags ?? {});
    const names: string[] = [];
    for await (const page of this.#parts.api.pages("GetSecrets", "secrets", signal)) {
      for (const item of itemsOf(page, "value")) {
        const name = (textOf(item, "id") ?? "").replace(/^.*\/secrets\//, "");
        const own = memberOf(item, "tags");
        const isEnabled = memberOf(memberOf(item, "attributes"), "enabled")?.raw !== "false";
        if (isEnabled && matches(name) && tags.every(([key, value]) => textOf(own, key) === value)) names.push(name);
      }
      refuseTooMany(names.length);
    }
    const read = async (name: string): Promise<readonly [string, Uint8Array][]> => {
      const path = `secrets/${encodeURIComponent(name)}`;
      const node = await this.#parts.api.call("GetSecret", "GET", path, signal);
      return node === undefined ? [] : [[name, toBytes(textOf(node, "value") ?? "")]];
    };
    return entriesOf((await Promise.all(names.map(read))).flat());
  }
}

function payloadOf(kind: ObjectKind, name: string, node: JsonNode): Payload {
  const tags = memberOf(node, "tags");
  const attributes = memberOf(node, "attributes");
  const times = Object.entries(TIMES).flatMap(([from, to]) => {
    const at = Number(memberOf(attributes, from)?.raw ?? "NaN");
    return Number.isNaN(at) ? [] : [[`attribute.${to}`, `${new Date(at * 1000).toISOString().slice(0, 19)}Z`] as const];
  });
  return {
    kind,
    name,
    bytes: bytesOf(kind, node),
    tags: new Map(tags?.kind === "object" ? [...tags.members.keys()].map((key) => [key, textOf(tags, key) ?? ""]) : []),
    attributes: new Map(times),
  };
}

function bytesOf(kind: ObjectKind, node: JsonNode): Uint8Array {
  if (kind === "secret") return toBytes(textOf(node, "value") ?? "");
  if (kind === "cert") return Buffer.from(textOf(node, "cer") ?? "", "base64");
  const key = memberOf(node, "key");
  if (key?.kind !== "object") throw problemError("InvalidRemoteValue", "Azure's key has no JSON Web Key");
  const place = (name: string): number => (KEY_MEMBERS.includes(name) ? KEY_MEMBERS.indexOf(name) : KEY_MEMBERS.length);
  const members = [...key.members].sort(([a], [b]) => place(a) - place(b));
  return toBytes(`{${members.map(([name, value]) => `${JSON.stringify(name)}:${goJson(value)}`).join(",")}}`);
}

function propertyText(text: string, property: string): string | undefined {
  const found = propertyOf(text, property);
  return found === undefined && property.includes(".") ? propertyOf(text, escapedProperty(property)) : found;
}

/** Tags and times: one, something within one that is JSON, or all as JSON. */
function tagValue({ tags, attributes }: Payload, property: string): Uint8Array {
  const all = new Map([...tags, ...attributes]);
  if (property === "") return toBytes(textMapJson(all));
  const whole = all.get(property);
  if (whole !== undefined) return toBytes(whole);
  const dot = property.indexOf(".");
  const tag = dot > 0 ? all.get(property.slice(0, dot)) : undefined;
  if (tag === undefined) throw problemError("InvalidRemoteValue", `tag ${property} does not exist`);
  const found = propertyText(tag, property.slice(dot + 1));
  if (found !== undefined) return toBytes(found);
  throw problemError("InvalidRemoteValue", `property ${property.slice(dot + 1)} does not exist in key ${property}`);
}

/** `NAME_TAG`, and `NAME_TAG_MEMBER` where a tag is a JSON object of texts. */
function tagEntries({ name, tags, attributes }: Payload): Entries {
  const entries: Entries = new Map();
  for (const [tag, value] of tags) {
    const node = parseJsonText(value);
    const isObject = node?.kind === "object" && [...node.members.values()].every(({ kind }) => kind === "string");
    if (!isObject) entries.set(`${name}_${tag}`, toBytes(value));
    else for (const key of node.members.keys()) entries.set(`${name}_${tag}_${key}`, toBytes(textOf(node, key) ?? ""));
  }
  for (const [time, value] of attributes) entries.set(`${name}_${time}`, toBytes(value));
  return entries;
}
