import { createCipheriv, createHash, randomBytes, type Cipheriv } from "node:crypto";

/** Where random bytes come from. */
export interface RandomSource {
  bytes(count: number): Uint8Array;
  /** True when the same calls give the same bytes: keys are then derived from it, not from the system. */
  readonly isSeeded: boolean;
  /** A source of its own for one place, so that a new call elsewhere does not change what this place gets. */
  fork(label: string): RandomSource;
}

export const systemRandom: RandomSource = {
  isSeeded: false,
  bytes: (count) => randomBytes(count),
  fork: () => systemRandom,
};

/**
 * The same bytes for the same seed: AES-256 in counter mode under the seed's SHA-256. For renders that must not change while
 * their input does not; whoever knows the seed knows the bytes, so the seed of a render with secrets is itself a secret.
 */
export function seededRandom(seed: string | Uint8Array): RandomSource {
  const key = createHash("sha256").update(seed).digest();
  let stream: Cipheriv | undefined;
  return {
    isSeeded: true,
    bytes(count) {
      stream ??= createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
      return stream.update(Buffer.alloc(count));
    },
    fork: (label) => seededRandom(createHash("sha256").update(key).update("\0").update(label).digest()),
  };
}

/** A whole number in [0, bound), every one equally likely. */
export function randomBelow(random: RandomSource, bound: number): number {
  if (bound <= 1) return 0;
  const limit = Math.floor(2 ** 48 / bound) * bound;
  for (;;) {
    const bytes = random.bytes(6);
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    if (value < limit) return value % bound;
  }
}
