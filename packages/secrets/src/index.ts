// Sealed Secrets: the codec
export { sealBytes, unsealBytes } from "./seal/cipher.ts";
export { privateKeysIn, sealingKey } from "./seal/keys.ts";
export { ANNOTATIONS, isScope, labelFor, scopeOf, type Scope } from "./seal/scope.ts";
export { readSealedSecret, readSecret, type Place, type PlainSecret } from "./seal/read.ts";
export { mergeSealed, sealRaw, sealSecret, type SealOptions } from "./seal/seal.ts";
export { openWith, unsealSecret, unsealValues, type OpenValue } from "./seal/unseal.ts";
export type { SealedSecret, Secret, SecretTemplate } from "./seal/types.ts";

// Sealed Secrets: the controller
export {
  KEY_NAMESPACE,
  SERVICE_NAME,
  startSealedSecrets,
  type SealedSecrets,
  type SealedSecretsOptions,
} from "./sealed/controller.ts";
export { clusterAccess } from "./sealed/access.ts";
export type { ServiceRequest, ServiceResponse } from "./sealed/service.ts";
export { sealedSecretCrd } from "./sealed/crd.ts";

// SOPS: files
export { newDataKey, openSopsFile, sealSopsFile, wrapDataKey, type OpenFile, type OpenOptions } from "./sops/file.ts";
export { openSopsBytes, type OpenedBytes } from "./sops/open-bytes.ts";
export type { KeyGroup, MasterKey, Metadata } from "./sops/metadata.ts";
export { formatOf, storeOf, type SopsFormat } from "./sops/stores/index.ts";
export type { Store } from "./sops/stores/types.ts";
export { Branch, Comment, Timestamp, type TreeValue } from "./sops/tree.ts";
export { ValueCipher } from "./sops/value.ts";

// SOPS: keys
export { ageIdentitiesIn, ageService } from "./sops/keys/age.ts";
export { keysOfSecret } from "./sops/keys/of-secret.ts";
export type { KeyService, KeyServices } from "./sops/keys/types.ts";
export { combineShares, splitSecret } from "./sops/shamir.ts";

// External Secrets
export { createExternalSecrets, type ExternalSecrets, type ExternalSecretsOptions } from "./external/controller.ts";
export { externalSecretsCrds } from "./external/crd/crds.ts";

export { EXTERNAL_CODES } from "./external/codes.ts";
export { SECRETS_CODES } from "./codes.ts";
