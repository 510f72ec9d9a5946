import { gunzipSync } from "node:zlib";

/** A file, folder, link or device of an archive, its name as it is written there. */
export interface TarEntry {
  readonly name: string;
  /** The header's own letter: `0` (or a zero byte) is a plain file, `5` a folder. */
  readonly type: string;
  readonly content: Buffer;
}

/** What can be wrong with the bytes of an archive. */
export type TarFaultKind = "gzip" | "cut short" | "header" | "too large";

/** Each format tells its faults in its own words. */
export class TarFault extends Error {
  readonly kind: TarFaultKind;

  constructor(kind: TarFaultKind) {
    super(`archive: ${kind}`);
    this.kind = kind;
  }
}

const BLOCK = 512;

/** @throws TarFault `gzip` for a broken stream, `too large` beyond `bytesMax` bytes */
export function gunzipWithin(data: Uint8Array, bytesMax: number): Buffer {
  try {
    return gunzipSync(data, { maxOutputLength: bytesMax });
  } catch (error) {
    throw new TarFault((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "too large" : "gzip");
  }
}

/**
 * The entries of a tar in their order, with the long names of GNU and pax. What an entry may be and where its name may lead is for the
 * reader of the format to decide.
 * @param bytesMax of one entry
 * @throws TarFault
 */
export function* tarEntries(tar: Buffer, bytesMax: number): Generator<TarEntry> {
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    assertChecksum(header);
    const size = sizeOf(header, bytesMax);
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw new TarFault("cut short");
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "L") longName = content.toString("utf8").replace(/\0.*$/s, "");
    else if (type === "x") longName = paxPath(content) ?? longName;
    else if (type !== "g") {
      yield { name: longName ?? nameOf(header), type, content };
      longName = undefined;
    }
  }
}

/** A wrong sum means that this is no tar, or a broken one: better said here than as a strange name or size. */
function assertChecksum(header: Buffer): void {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) sum += index >= 148 && index < 156 ? 0x20 : (header[index] ?? 0);
  if (sum !== Number.parseInt(field(header, 148, 8).trim(), 8)) throw new TarFault("header");
}

/** Octal, or big-endian binary with the first bit set for what octal cannot hold. */
function sizeOf(header: Buffer, bytesMax: number): number {
  const isBinary = ((header[124] ?? 0) & 0x80) !== 0;
  const value = isBinary ? header.readUIntBE(130, 6) : Number.parseInt(field(header, 124, 12).trim() || "0", 8);
  if (!Number.isSafeInteger(value) || value < 0) throw new TarFault("header");
  if (value > bytesMax) throw new TarFault("too large");
  return value;
}

function nameOf(header: Buffer): string {
  const name = field(header, 0, 100);
  const prefix = header.toString("latin1", 257, 262) === "ustar" ? field(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function field(header: Buffer, start: number, length: number): string {
  const end = header.indexOf(0, start);
  return header.toString("utf8", start, end >= start && end < start + length ? end : start + length);
}

/** pax records are `LENGTH key=value\n`, the length counting the whole record in bytes. */
function paxPath(content: Buffer): string | undefined {
  for (let at = 0; at < content.length;) {
    const length = Number.parseInt(content.toString("latin1", at, at + 12), 10);
    if (!(length > 0)) return undefined;
    const record = content.toString("utf8", at, at + length);
    const found = /^\d+ path=(.*)\n$/s.exec(record)?.[1];
    if (found !== undefined) return found;
    at += length;
  }
  return undefined;
}
