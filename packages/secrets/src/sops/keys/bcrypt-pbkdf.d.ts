declare module "bcrypt-pbkdf" {
  /** Fills `key`; 0 when it could. Runs on the calling thread, some 10 ms a round. */
  export function pbkdf(
    pass: Uint8Array,
    passLength: number,
    salt: Uint8Array,
    saltLength: number,
    key: Uint8Array,
    keyLength: number,
    rounds: number,
  ): number;
}
