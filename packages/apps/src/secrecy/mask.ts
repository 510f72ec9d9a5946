import { createHmac, randomBytes } from "node:crypto";
import { gvkOf, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { Redactor } from "@fairlead/render";
import { isFromStore, isSecretKind } from "./kinds.ts";

/** A key of this process alone: fingerprints in one diff can be compared, and tell nothing to who guesses values. */
const KEY = randomBytes(32);
const FINGERPRINT_CHARACTERS = 12;
/** Tools keep a whole copy of what was applied in these. */
const COPIES = /last-applied(?:-configuration)?$/;
/** What says whose an object is tells nothing of what is in it. */
const PUBLIC_NOTES = /^(?:reconcile\.external-secrets\.io|app\.kubernetes\.io|argocd\.argoproj\.io|fairlead\.dev)\//;

type IsHidden = (leaf: Json) => boolean;

/** Objects as they may be shown: in place of each secret value a keyed fingerprint, so that what is the same shows as the same. */
export class Mask {
  readonly #isDecrypted: IsHidden;

  /** @param redactor knows what came out of encrypted files */
  constructor(redactor: Redactor = new Redactor()) {
    this.#isDecrypted = redactor.isEmpty ? () => false : (leaf) => leaf !== null && redactor.isIn(String(leaf));
  }

  of(object: KubeObject): KubeObject {
    return this.#masked(object, undefined);
  }

  /** Two states of one object. What stands in the place of a secret in the one is hidden in the other, too: it was the secret, or will be. */
  pair<A extends KubeObject | undefined, B extends KubeObject | undefined>(from: A, to: B): [A, B] {
    return [from && (this.#masked(from, to) as A), to && (this.#masked(to, from) as B)];
  }

  #masked(object: KubeObject, other: KubeObject | undefined): KubeObject {
    if (isSecretKind(gvkOf(object))) return withFingerprints(object);
    const isWhole = isFromStore(object) || (other !== undefined && isFromStore(other));
    const isHidden = isWhole ? () => true : this.#isDecrypted;
    const { apiVersion, kind, metadata, ...content } = object;
    const { apiVersion: _version, kind: _kind, metadata: otherMetadata, ...otherContent } = other ?? { metadata: {} };
    const shown = masked(content, otherContent as JsonObject, isHidden) as JsonObject;
    const labels = notes(metadata.labels, otherMetadata.labels, isHidden, isWhole);
    const annotations = notes(metadata.annotations, otherMetadata.annotations, isHidden, isWhole);
    const hasSecrets = shown !== content || labels !== metadata.labels || annotations !== metadata.annotations;
    if (!hasSecrets) return object;
    return {
      ...shown,
      apiVersion,
      kind,
      metadata: {
        ...metadata,
        ...(labels && { labels }),
        ...(annotations && { annotations: withoutCopies(annotations) }),
      },
    };
  }
}

/** Labels or annotations; the very same where nothing is hidden. */
function notes(
  own: Readonly<Record<string, string>> | undefined,
  other: Readonly<Record<string, string>> | undefined,
  isHidden: IsHidden,
  isWhole: boolean,
): Record<string, string> | undefined {
  if (own === undefined) return undefined;
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(own))
    setOwn(shown, name, isWhole && PUBLIC_NOTES.test(name) ? value : String(masked(value, other?.[name], isHidden)));
  return Object.entries(own).every(([name, value]) => shown[name] === value) ? own : shown;
}

/** The value with what is hidden in it, or hidden in the same place of the other, replaced; the very same where nothing is. */
function masked(value: Json | undefined, other: Json | undefined, isHidden: IsHidden): Json | undefined {
  if (Array.isArray(value)) {
    const items = value.map((item, index) => masked(item, counterpart(item, index, other), isHidden) as Json);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (isJsonObject(value)) {
    const shown: JsonObject = {};
    let isSame = true;
    for (const [key, member] of Object.entries(value)) {
      const next = masked(member, isJsonObject(other) ? other[key] : undefined, isHidden);
      isSame &&= next === member;
      setOwn(shown, key, next as Json);
    }
    return isSame ? value : shown;
  }
  if (value === undefined || value === null) return value;
  const isSecret = isHidden(value) || (other !== undefined && holdsHidden(other, isHidden));
  return isSecret ? fingerprintOf(Buffer.from(String(value))) : value;
}

/** Elements that have a name are the same by it, others by their place. */
function counterpart(item: Json, index: number, other: Json | undefined): Json | undefined {
  if (!Array.isArray(other)) return undefined;
  const name = isJsonObject(item) ? item["name"] : undefined;
  if (typeof name !== "string") return other[index];
  return other.find((each) => isJsonObject(each) && each["name"] === name);
}

function holdsHidden(value: Json, isHidden: IsHidden): boolean {
  if (Array.isArray(value)) return value.some((item) => holdsHidden(item, isHidden));
  if (isJsonObject(value))
    return Object.values(value).some((each) => each !== undefined && holdsHidden(each, isHidden));
  return isHidden(value);
}

/** A Secret: every value of it. */
function withFingerprints(secret: KubeObject): KubeObject {
  const { data, stringData, metadata, ...rest } = secret;
  const plain = fingerprints(stringData, (value) => Buffer.from(String(value)));
  const encoded = fingerprints(data, (value) => Buffer.from(String(value), "base64"));
  const all = { ...encoded, ...plain };
  const { annotations } = metadata;
  return {
    ...rest,
    metadata: { ...metadata, ...(annotations && { annotations: withoutCopies(annotations) }) },
    ...(Object.keys(all).length > 0 && { data: all }),
  };
}

function withoutCopies(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [
      name,
      COPIES.test(name) ? fingerprintOf(Buffer.from(value)) : value,
    ]),
  );
}

function fingerprints(values: Json | undefined, bytesOf: (value: Json | undefined) => Buffer): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(isJsonObject(values) ? values : {}))
    setOwn(result, key, fingerprintOf(bytesOf(value)));
  return result;
}

function fingerprintOf(bytes: Buffer): string {
  const digest = createHmac("sha256", KEY).update(bytes).digest("hex").slice(0, FINGERPRINT_CHARACTERS);
  return `(not shown, fingerprint ${digest})`;
}
