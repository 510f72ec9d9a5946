/** A PEM block as encoding/pem reads and writes it, without headers. */
export interface PemBlock {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const LINE_CHARS = 64;

export function encodePem({ type, bytes }: PemBlock): string {
  const body = Buffer.from(bytes).toString("base64");
  const lines = body.match(new RegExp(`.{1,${LINE_CHARS}}`, "g")) ?? [];
  return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ""].join("\n");
}

/** The first block of a text; undefined when there is none. Text around it and headers in it do not matter. */
export function decodePem(text: string): PemBlock | undefined {
  const pattern =
    /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t]*\r?\n((?:[^\n]*:[^\n]*\n)*)([\s\S]*?)\n?-----END ([^\n]*?)-----[ \t]*(?:\r?\n|$)/g;
  for (const [, type = "", , body = "", endType] of text.matchAll(pattern)) {
    const packed = body.replace(/[\s]/g, "");
    if (type !== endType || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed) || packed.length % 4 !== 0) continue;
    return { type, bytes: Buffer.from(packed, "base64") };
  }
  return undefined;
}
