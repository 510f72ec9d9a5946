// Sealed Secrets: the codec
export { sealBytes, unsealBytes } from "./seal/cipher.ts";
export { privateKeysIn, sealingKey } from "./seal/keys.ts";
export { ANNOTATIONS, isScope, labelFor, scopeOf, type Scope } from "./seal/scope.ts";
export { readSealedSecret, readSecret, type Place, type PlainSecret } from "./seal/read.ts";
export { mergeSealed, sealRaw, sealSecret, type SealOptions } from "./seal/seal.ts";
export { openWith, unsealSecret, unsealValues, type OpenValue } from "./seal/unseal.ts";
export type { SealedSecret, Secret, SecretTemplate } from "./seal/types.ts";

export { SECRETS_CODES } from "./codes.ts";
