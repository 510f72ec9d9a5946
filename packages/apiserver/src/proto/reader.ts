/** One field of a protobuf message as it is on the wire. */
export interface WireField {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wire: number;
  readonly varint: bigint;
  readonly bytes: Buffer;
}

const NO_BYTES = Buffer.alloc(0);

/** The fields of a message in order. @throws Error when the bytes end in the middle, or hold a wire type that is none */
export function* wireFields(message: Buffer): Generator<WireField> {
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[offset++];
      if (byte === undefined) throw new Error("unexpected EOF");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error("proto: integer overflow");
  };
  const take = (length: number): Buffer => {
    if (length < 0 || offset + length > message.length) throw new Error("unexpected EOF");
    offset += length;
    return message.subarray(offset - length, offset);
  };
  while (offset < message.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    const wire = tag & 7;
    if (number === 0) throw new Error(`proto: illegal tag ${number}`);
    if (wire === 0) yield { number, wire, varint: varint(), bytes: NO_BYTES };
    else if (wire === 1) yield { number, wire, varint: 0n, bytes: take(8) };
    else if (wire === 2) yield { number, wire, varint: 0n, bytes: take(Number(varint())) };
    else if (wire === 5) yield { number, wire, varint: 0n, bytes: take(4) };
    else throw new Error(`proto: wrong wireType = ${wire}`);
  }
}

/** A varint as the signed 64-bit integer it stands for; a number where that is exact. */
export function signed(value: bigint): number | bigint {
  const integer = BigInt.asIntN(64, value);
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}
