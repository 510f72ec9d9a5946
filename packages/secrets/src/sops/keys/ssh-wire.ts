/** SSH's form of keys: parts with their lengths before them. */

const LENGTH_BYTES = 4;

/** Until the bytes or `max` end. */
export function readSshStrings(bytes: Buffer, max = 16): Buffer[] {
  const parts: Buffer[] = [];
  let offset = 0;
  while (parts.length < max && offset + LENGTH_BYTES <= bytes.length) {
    const length = bytes.readUInt32BE(offset);
    const start = offset + LENGTH_BYTES;
    if (start + length > bytes.length) break;
    parts.push(bytes.subarray(start, start + length));
    offset = start + length;
  }
  return parts;
}

/** The public key in a line of an authorized_keys file; undefined when it is none. */
export function wireIn(line: string): Buffer | undefined {
  const [type = "", encoded = ""] = line.trim().split(/\s+/);
  const wire = Buffer.from(encoded, "base64");
  return readSshStrings(wire)[0]?.toString() === type ? wire : undefined;
}

export function withoutZeros(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  return bytes.subarray(start);
}

/** SSH writes numbers with a zero byte before a first bit that is set. */
export function rsaWire(e: Buffer, n: Buffer): Buffer {
  const number = (bytes: Buffer): Buffer => ((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
  return Buffer.concat([Buffer.from("ssh-rsa"), number(e), number(n)].flatMap((part) => [lengthOf(part), part]));
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(bytes.length);
  return length;
}
