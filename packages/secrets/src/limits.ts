export const SECRETS_LIMITS = {
  /** Characters of one input that commands read (a Secret is at most 1 MiB; a stream may hold many). */
  inputCharacters: 64 * 1024 * 1024,
  /** Bytes of one sealed value. etcd takes objects of 1.5 MiB, so nothing larger can be stored either. */
  sealedBytes: 2 * 1024 * 1024,
  /** Private keys tried for one value. A renewal a month makes twelve a year. */
  privateKeys: 1024,
} as const;
