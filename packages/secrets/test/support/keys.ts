import { generateKeyPairSync, type KeyObject } from "node:crypto";

/** Small for speed; the format does not depend on the size. */
const MODULUS_BITS = 1024;

export function rsaKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("rsa", { modulusLength: MODULUS_BITS });
}
