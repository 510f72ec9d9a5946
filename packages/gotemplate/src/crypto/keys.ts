import {
  checkPrimeSync,
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { GoError } from "../errors.ts";
import { seededRandom, type RandomSource } from "../random.ts";
import {
  bigToBytes,
  bitString,
  bytesToBig,
  der,
  integerDer,
  objectId,
  octetString,
  readElements,
  sequence,
} from "./der.ts";
import { decodePem, encodePem } from "./pem.ts";

/** A DSA key is kept as its numbers: it can be printed, and nothing else is done with it. */
interface DsaKey {
  readonly kind: "dsa";
  readonly numbers: readonly bigint[];
}

/** A private key that can sign. */
interface SigningKey {
  readonly kind: "rsa" | "ec" | "ed25519";
  readonly key: KeyObject;
}

export type PrivateKey = DsaKey | SigningKey;

const RSA_EXPONENT = 65_537n;
const P256 = "1.2.840.10045.3.1.7";
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** A new RSA key; from a seeded source always the same one. */
export function newRsaKey(bits: number, random: RandomSource): PrivateKey {
  if (random.isSeeded) return derivedRsaKey(bits, random);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: bits, publicExponent: Number(RSA_EXPONENT) });
  return { kind: "rsa", key: privateKey };
}

/** Keys found before: a render that has not changed asks for the same ones again, and the search takes a tenth of a second. */
const derivedKeys = new Map<string, PrivateKey>();
const DERIVED_KEYS_MAX = 100;

function derivedRsaKey(bits: number, random: RandomSource): PrivateKey {
  const seed = random.bytes(32);
  const label = `${bits}:${Buffer.from(seed).toString("hex")}`;
  const known = derivedKeys.get(label);
  if (known !== undefined) return known;
  const key = searchRsaKey(bits, seededRandom(seed));
  if (derivedKeys.size >= DERIVED_KEYS_MAX) derivedKeys.delete(derivedKeys.keys().next().value ?? "");
  derivedKeys.set(label, key);
  return key;
}

function searchRsaKey(bits: number, random: RandomSource): PrivateKey {
  const half = bits / 2;
  for (;;) {
    const p = derivedPrime(half, random);
    const q = derivedPrime(half, random);
    const n = p * q;
    if (p === q || n.toString(2).length !== bits) continue;
    const d = inverse(RSA_EXPONENT, lcm(p - 1n, q - 1n));
    if (d === undefined) continue;
    const numbers = [0n, n, RSA_EXPONENT, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p) ?? 0n];
    const bytes = Buffer.from(sequence(...numbers.map(integerDer)));
    return { kind: "rsa", key: createPrivateKey({ key: bytes, format: "der", type: "pkcs1" }) };
  }
}

/** A prime of exactly this many bits, its two highest bits set so that a product of two has full length. */
function derivedPrime(bits: number, random: RandomSource): bigint {
  const top = 3n << BigInt(bits - 2);
  for (;;) {
    const start = (bytesToBig(random.bytes(bits / 8)) | top | 1n) & ((1n << BigInt(bits)) - 1n);
    // A run of odd numbers from one random start is as good as any, and costs few random bytes.
    for (let step = 0n; step < 2000n; step += 2n) {
      const candidate = start + step;
      if (isLikelyPrime(candidate) && candidate.toString(2).length === bits) return candidate;
    }
  }
}

const SMALL_PRIMES = [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n, 47n, 53n, 59n, 61n, 67n, 71n, 73n];
const SMALL_PRODUCT = SMALL_PRIMES.reduce((product, prime) => product * prime, 1n);

function isLikelyPrime(candidate: bigint): boolean {
  const rest = candidate % SMALL_PRODUCT;
  return SMALL_PRIMES.every((prime) => rest % prime !== 0n) && checkPrimeSync(candidate);
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

function lcm(a: bigint, b: bigint): bigint {
  return (a / gcd(a, b)) * b;
}

/** The inverse modulo `modulus`; undefined where there is none. */
export function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [r, nextR] = [modulus, value % modulus];
  let [t, nextT] = [0n, 1n];
  while (nextR !== 0n) {
    const quotient = r / nextR;
    [r, nextR] = [nextR, r - quotient * nextR];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  if (r !== 1n) return undefined;
  return t < 0n ? t + modulus : t;
}

function powerMod(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

export function newEcKey(random: RandomSource): PrivateKey {
  if (!random.isSeeded) return { kind: "ec", key: generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey };
  const secret = bigToBytes((bytesToBig(random.bytes(40)) % (P256_ORDER - 1n)) + 1n, 32);
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(secret);
  const bytes = sequence(
    integerDer(1),
    octetString(secret),
    der(0xa0, objectId(P256)),
    der(0xa1, bitString(curve.getPublicKey())),
  );
  return { kind: "ec", key: createPrivateKey({ key: Buffer.from(bytes), format: "der", type: "sec1" }) };
}

export function newEd25519Key(random: RandomSource): PrivateKey {
  if (!random.isSeeded) return { kind: "ed25519", key: generateKeyPairSync("ed25519").privateKey };
  const bytes = sequence(integerDer(0), sequence(objectId("1.3.101.112")), octetString(octetString(random.bytes(32))));
  return { kind: "ed25519", key: createPrivateKey({ key: Buffer.from(bytes), format: "der", type: "pkcs8" }) };
}

/** DSA with 2048 and 256 bits. Parameters are searched for here: the platform takes much longer over them. */
export function newDsaKey(random: RandomSource): PrivateKey {
  const q = derivedPrime(256, random);
  const p = dsaModulus(q, random);
  let g = 1n;
  for (let h = 2n; g === 1n; h++) g = powerMod(h, (p - 1n) / q, p);
  const x = (bytesToBig(random.bytes(40)) % (q - 1n)) + 1n;
  return { kind: "dsa", numbers: [0n, p, q, g, powerMod(g, x, p), x] };
}

function dsaModulus(q: bigint, random: RandomSource): bigint {
  for (;;) {
    const start = bytesToBig(random.bytes(256)) | (1n << 2047n);
    const candidate = start - (start % (2n * q)) + 1n;
    if (candidate.toString(2).length === 2048 && isLikelyPrime(candidate)) return candidate;
  }
}

/** The key in the PEM form Go's sprig writes: PKCS#1, SEC 1, PKCS#8 for ed25519. */
export function keyPem(privateKey: PrivateKey): string {
  if (privateKey.kind === "dsa") {
    return encodePem({ type: "DSA PRIVATE KEY", bytes: sequence(...privateKey.numbers.map(integerDer)) });
  }
  const { kind, key } = privateKey;
  if (kind === "rsa")
    return encodePem({ type: "RSA PRIVATE KEY", bytes: key.export({ type: "pkcs1", format: "der" }) });
  if (kind === "ec") return encodePem({ type: "EC PRIVATE KEY", bytes: key.export({ type: "sec1", format: "der" }) });
  return encodePem({ type: "PRIVATE KEY", bytes: key.export({ type: "pkcs8", format: "der" }) });
}

/** @throws GoError in sprig's words */
export function parsePrivateKey(text: string): PrivateKey {
  const block = decodePem(text);
  if (block === undefined) throw new GoError("no PEM data in input");
  if (block.type === "PRIVATE KEY") return imported("decoding PEM as PKCS#8", block.bytes, "pkcs8");
  if (!block.type.endsWith(" PRIVATE KEY")) {
    throw new GoError(`no private key data in PEM block of type ${block.type}`);
  }
  const name = block.type.slice(0, -" PRIVATE KEY".length);
  switch (name) {
    case "RSA":
      return imported("parsing RSA private key from PEM", block.bytes, "pkcs1");
    case "EC":
      return imported("parsing EC private key from PEM", block.bytes, "sec1");
    case "DSA":
      return parseDsa(block.bytes);
    default:
      throw new GoError(`invalid private key type ${block.type}`);
  }
}

const KINDS: Readonly<Record<string, SigningKey["kind"]>> = { rsa: "rsa", ec: "ec", ed25519: "ed25519" };

function imported(what: string, bytes: Uint8Array, type: "pkcs1" | "pkcs8" | "sec1"): PrivateKey {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: Buffer.from(bytes), format: "der", type });
  } catch {
    throw new GoError(`${what}: asn1: structure error: malformed private key`);
  }
  const kind = KINDS[key.asymmetricKeyType ?? ""];
  if (kind === undefined)
    throw new GoError(`${what}: x509: PKCS#8 wrapping contained private key with unknown algorithm`);
  return { kind, key };
}

function parseDsa(bytes: Uint8Array): PrivateKey {
  const [outer] = readElements(bytes) ?? [];
  const numbers = readElements(outer?.content ?? new Uint8Array())?.map(({ content }) => bytesToBig(content));
  if (outer?.tag !== 0x30 || numbers?.length !== 6) {
    throw new GoError("parsing DSA private key from PEM: asn1: structure error: malformed private key");
  }
  return { kind: "dsa", numbers };
}

/** SubjectPublicKeyInfo, in DER. */
export function publicKeyInfo(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}
