import { createECDH, createHash, createHmac, sign, type KeyObject } from "node:crypto";
import { bigToBytes, bytesToBig, integerDer, NULL_DER, objectId, sequence } from "./der.ts";
import { inverse } from "./keys.ts";

interface Curve {
  readonly hash: "sha256" | "sha384" | "sha512";
  /** ecdsa-with-SHA…. */
  readonly oid: string;
  readonly order: bigint;
}

/** Go signs with the hash that fits the curve. */
const CURVES: Readonly<Record<string, Curve>> = {
  secp224r1: {
    hash: "sha256",
    oid: "1.2.840.10045.4.3.2",
    order: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
  },
  prime256v1: {
    hash: "sha256",
    oid: "1.2.840.10045.4.3.2",
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  secp384r1: {
    hash: "sha384",
    oid: "1.2.840.10045.4.3.3",
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  secp521r1: {
    hash: "sha512",
    oid: "1.2.840.10045.4.3.4",
    order:
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
};

/** AlgorithmIdentifier of the signature a key makes, as Go chooses it; undefined for a curve it does not know. */
export function signatureAlgorithm(key: KeyObject): Uint8Array | undefined {
  if (key.asymmetricKeyType === "rsa") return sequence(objectId("1.2.840.113549.1.1.11"), NULL_DER);
  if (key.asymmetricKeyType === "ed25519") return sequence(objectId("1.3.101.112"));
  const curve = curveOf(key);
  return curve === undefined ? undefined : sequence(objectId(curve.oid));
}

function curveOf(key: KeyObject): Curve | undefined {
  return CURVES[key.asymmetricKeyDetails?.namedCurve ?? ""];
}

/** A signature over `data`. With `isStable` an elliptic curve signs the same data alike (RFC 6979); the others always do. */
export function signWith(key: KeyObject, data: Uint8Array, isStable: boolean): Uint8Array {
  if (key.asymmetricKeyType === "ed25519") return sign(null, data, key);
  if (key.asymmetricKeyType === "rsa") return sign("sha256", data, key);
  const curve = curveOf(key);
  if (curve === undefined) throw new Error("no curve to sign with");
  return isStable ? signDeterministic(key, curve, data) : sign(curve.hash, data, key);
}

/** ECDSA with the nonce of RFC 6979; the platform multiplies the point. */
function signDeterministic(key: KeyObject, curve: Curve, data: Uint8Array): Uint8Array {
  const { order, hash } = curve;
  const bits = order.toString(2).length;
  const size = Math.ceil(bits / 8);
  const secret = bytesToBig(Buffer.from(String(key.export({ format: "jwk" })["d"]), "base64url"));
  const digest = createHash(hash).update(data).digest();
  const message = truncatedInteger(digest, bits);
  for (const nonce of nonces(hash, order, bits, bigToBytes(secret, size), bigToBytes(message % order, size))) {
    const point = createECDH(key.asymmetricKeyDetails?.namedCurve ?? "");
    point.setPrivateKey(bigToBytes(nonce, size));
    const r = bytesToBig(point.getPublicKey().subarray(1, 1 + size)) % order;
    const s = ((inverse(nonce, order) ?? 0n) * (message + r * secret)) % order;
    if (r !== 0n && s !== 0n) return sequence(integerDer(r), integerDer(s));
  }
  throw new Error("unreachable: nonces do not end");
}

function truncatedInteger(bytes: Uint8Array, bits: number): bigint {
  const value = bytesToBig(bytes);
  const excess = bytes.length * 8 - bits;
  return excess > 0 ? value >> BigInt(excess) : value;
}

/** RFC 6979, section 3.2. */
function* nonces(
  hash: string,
  order: bigint,
  bits: number,
  secret: Uint8Array,
  message: Uint8Array,
): Generator<bigint> {
  const length = createHash(hash).digest().length;
  let k: Uint8Array = Buffer.alloc(length);
  let v: Uint8Array = Buffer.alloc(length, 1);
  const mac = (...parts: readonly Uint8Array[]): Uint8Array =>
    createHmac(hash, k).update(Buffer.concat(parts)).digest();
  for (const marker of [0, 1]) {
    k = mac(v, Uint8Array.of(marker), secret, message);
    v = mac(v);
  }
  for (;;) {
    let candidate: Uint8Array = new Uint8Array();
    while (candidate.length * 8 < bits) {
      v = mac(v);
      candidate = Buffer.concat([candidate, v]);
    }
    const nonce = truncatedInteger(candidate, bits);
    if (nonce > 0n && nonce < order) yield nonce;
    k = mac(v, Uint8Array.of(0));
    v = mac(v);
  }
}
