/** Writes protobuf messages field by field; zero values are left out by the caller's choice. */
export class Writer {
  readonly #parts: Buffer[] = [];

  text(field: number, value: string | undefined): this {
    return value === undefined || value === "" ? this : this.bytes(field, Buffer.from(value, "utf8"));
  }

  flag(field: number, value: boolean | undefined): this {
    if (value !== true) return this;
    this.#parts.push(varint(field * 8), Buffer.from([1]));
    return this;
  }

  integer(field: number, value: number | undefined): this {
    if (value === undefined || value === 0) return this;
    this.#parts.push(varint(field * 8), varint(value));
    return this;
  }

  double(field: number, value: number | undefined): this {
    if (value === undefined || value === 0) return this;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#parts.push(varint(field * 8 + 1), bytes);
    return this;
  }

  bytes(field: number, value: Buffer): this {
    this.#parts.push(varint(field * 8 + 2), varint(value.length), value);
    return this;
  }

  /** A message inside; `fill` writes its fields. */
  message(field: number, fill: (inner: Writer) => void): this {
    const inner = new Writer();
    fill(inner);
    return this.bytes(field, inner.finish());
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  bytes.push(Number(left));
  return Buffer.from(bytes);
}
