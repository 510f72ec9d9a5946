import { createHmac, randomBytes } from "node:crypto";
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";

/** A key of this process alone: fingerprints in one diff can be compared, and tell nothing to who guesses values. */
const KEY = randomBytes(32);
const FINGERPRINT_CHARACTERS = 12;
/** Tools keep a whole copy of what was applied in these. */
const COPIES = /last-applied(?:-configuration)?$/;

/** The Secret with a keyed fingerprint in place of each value: what is the same on both sides shows as the same. */
export function withFingerprints(secret: KubeObject): KubeObject {
  const { data, stringData, metadata, ...rest } = secret;
  const plain = mapped(stringData, (value) => Buffer.from(String(value)));
  const encoded = mapped(data, (value) => Buffer.from(String(value), "base64"));
  const all = { ...encoded, ...plain };
  const annotations = Object.entries(metadata.annotations ?? {}).map(([name, value]): [string, string] => [
    name,
    COPIES.test(name) ? fingerprintOf(Buffer.from(value)) : value,
  ]);
  return {
    ...rest,
    metadata: { ...metadata, ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }) },
    ...(Object.keys(all).length > 0 && { data: all }),
  };
}

function mapped(values: Json | undefined, bytesOf: (value: Json | undefined) => Buffer): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(isJsonObject(values) ? values : {}))
    setOwn(result, key, fingerprintOf(bytesOf(value)));
  return result;
}

function fingerprintOf(bytes: Buffer): string {
  const digest = createHmac("sha256", KEY).update(bytes).digest("hex").slice(0, FINGERPRINT_CHARACTERS);
  return `(not shown, fingerprint ${digest})`;
}
