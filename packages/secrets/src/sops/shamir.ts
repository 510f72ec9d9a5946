/**
 * Shamir's secret sharing over GF(2^8) with the polynomial x^8+x^4+x^3+x+1, byte by byte, as sops shares a data key among groups of
 * keys. A share is the points' y values followed by their x.
 */
import { randomBytes } from "node:crypto";
import { problemError } from "@fairlead/base";

const SHARES_MAX = 255;
const THRESHOLD_MIN = 2;

/** @throws ProblemError InvalidShares: fewer than 2 needed, more needed than made, or more than 255 */
export function splitSecret(secret: Uint8Array, shares: number, threshold: number): Buffer[] {
  if (shares < threshold || shares > SHARES_MAX || threshold < THRESHOLD_MIN || secret.length === 0) {
    throw problemError(
      "InvalidShares",
      `a secret cannot be split into ${shares} shares of which ${threshold} are needed`,
    );
  }
  const xs = distinctPoints(shares);
  const parts = xs.map((x) => Buffer.concat([Buffer.alloc(secret.length), Buffer.of(x)]));
  for (const [index, byte] of secret.entries()) {
    // The polynomial's value at 0 is the secret; the rest of it is chance.
    const coefficients = [byte, ...randomBytes(threshold - 1)];
    for (const [part, x] of xs.entries()) parts[part]?.writeUInt8(valueAt(coefficients, x), index);
  }
  return parts;
}

/** What at least the needed number of shares gives; of fewer, or of shares that do not belong together, it gives noise. */
export function combineShares(shares: readonly Uint8Array[]): Buffer {
  const [first] = shares;
  const length = first?.length ?? 0;
  const xs = shares.map((share) => share.at(-1) ?? 0);
  const isFit = shares.length >= THRESHOLD_MIN && length > 1 && shares.every((share) => share.length === length);
  if (!isFit || new Set(xs).size !== xs.length)
    throw problemError("InvalidShares", "the shares of the data key do not fit together");
  const weights = xs.map((x, own) => weightAtZero(xs, x, own));
  return Buffer.from(
    Array.from({ length: length - 1 }, (_, index) =>
      shares.reduce((sum, share, each) => sum ^ multiply(share[index] ?? 0, weights[each] ?? 0), 0),
    ),
  );
}

/** Lagrange's basis at 0; subtraction is addition, and both are xor. */
function weightAtZero(xs: readonly number[], x: number, own: number): number {
  return xs.reduce((product, other, each) => (each === own ? product : multiply(product, divide(other, other ^ x))), 1);
}

function valueAt(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((value, coefficient) => multiply(value, x) ^ coefficient, 0);
}

function distinctPoints(count: number): number[] {
  const points = Array.from({ length: SHARES_MAX }, (_, index) => index + 1);
  const chance = randomBytes(SHARES_MAX * 4);
  return points
    .map((point, index) => ({ point, order: chance.readUInt32BE(index * 4) }))
    .sort((a, b) => a.order - b.order)
    .slice(0, count)
    .map(({ point }) => point);
}

const REDUCER = 0x1b;
const BITS = 8;

/** Takes the same steps whatever the bytes are: tables would tell them by their time (GHSA-vq4h-9ghm-qmrr). */
function multiply(a: number, b: number): number {
  let product = 0;
  let factor = a;
  for (let bit = 0; bit < BITS; bit += 1) {
    product ^= factor & -((b >> bit) & 1);
    factor = ((factor << 1) & 0xff) ^ (REDUCER & -((factor >> 7) & 1));
  }
  return product & 0xff;
}

/** a · b^254, which is the inverse of b in this field. */
function divide(a: number, b: number): number {
  let inverse = 1;
  let power = b;
  for (let bit = 1; bit < BITS; bit += 1) {
    power = multiply(power, power);
    inverse = multiply(inverse, power);
  }
  return multiply(a, inverse);
}
