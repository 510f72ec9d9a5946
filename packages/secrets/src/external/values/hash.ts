import { hash } from "node:crypto";
import { compareText } from "./json-text.ts";

function sha3(text: string): string {
  return hash("sha3-224", text, "hex");
}

/** External Secrets' hash of a Secret's data: SHA3-224 of Go's `%+v` of the map. Theirs and ours agree, so taking over rewrites nothing. */
export function dataHash(data: Readonly<Record<string, string>>): string {
  const entries = Object.keys(data)
    .sort(compareText)
    .map((key) => `${key}:[${Buffer.from(data[key] ?? "", "base64").join(" ")}]`);
  return sha3(`map[${entries.join(" ")}]`);
}

/** The label's value that says whose a Secret is. */
export function ownerHash(namespace: string, name: string): string {
  return sha3(`${namespace}/${name}`);
}

/** The label's value that says whose a GeneratorState is; `place`: of the generator in the owner's spec. */
export function stateOwnerHash(kind: string, namespace: string, name: string, place: string): string {
  return sha3(`${kind}-${namespace}-${name}-${place}`);
}

/** Labels and annotations of an object, as one value: any change of them refreshes. */
export function metadataHash(
  labels: Readonly<Record<string, string>> = {},
  annotations: Readonly<Record<string, string>> = {},
): string {
  return sha3(`{Annotations:${goMap(annotations)} Labels:${goMap(labels)}}`);
}

function goMap(map: Readonly<Record<string, string>>): string {
  const keys = Object.keys(map).sort(compareText);
  return `map[${keys.map((key) => `${key}:${map[key] ?? ""}`).join(" ")}]`;
}

/** The field manager of one object's writes; names too long for a label are hashed. */
export function fieldManager(name: string): string {
  const manager = `externalsecrets.external-secrets.io/${name}`;
  return manager.length > 63 ? `externalsecrets.external-secrets.io/sha3/${sha3(name)}` : manager;
}
