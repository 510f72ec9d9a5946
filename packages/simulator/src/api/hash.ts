import { canonicalJson } from "@fairlead/base";

/** No vowels and no look-alikes, so that no word comes out by chance; the alphabet of Kubernetes' own suffixes. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/**
 * A short name for a value, such as a pod template: equal values give equal names. Kubernetes hashes how Go prints its structs,
 * which nobody else can; tools compare these names but never compute them. `collisions` tells apart what fell together.
 */
export function hashName(value: unknown, collisions = 0): string {
  const hash = fnv1a(canonicalJson(value) + (collisions === 0 ? "" : String(collisions)));
  return Array.from(String(hash), (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join("");
}

export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
