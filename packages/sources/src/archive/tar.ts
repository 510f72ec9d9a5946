import { gunzipSync } from "node:zlib";
import { problemError } from "@fairlead/base";
import { SOURCE_LIMITS } from "../limits.ts";

/** Names are as in the archive, cleaned of `.` and doubled slashes. */
export interface ArchiveFile {
  readonly name: string;
  readonly data: Uint8Array;
}

const BLOCK = 512;
const GZIP = [0x1f, 0x8b];

/**
 * The files of a .tar or .tar.gz. Links, devices and names that leave the root are refused, and so is what grows beyond the limits
 * while it is unpacked. @param archive its name for messages
 * @throws ProblemError ArchiveInvalid, LimitExceeded
 */
export function unpackArchive(data: Uint8Array, archive: string): ArchiveFile[] {
  const tar = GZIP.every((byte, index) => data[index] === byte) ? gunzipWithin(data, archive) : Buffer.from(data);
  const files: ArchiveFile[] = [];
  for (const entry of entriesOf(tar, archive)) {
    // Directories follow from their files; pax headers for all that follow hold nothing we need.
    if (entry.type === "5" || entry.type === "g") continue;
    if (entry.type !== "0" && entry.type !== "\0") {
      throw invalid(archive, `entry ${JSON.stringify(entry.name)} is not a plain file`);
    }
    if (entry.content.length > SOURCE_LIMITS.archiveFileBytesMax) {
      throw tooLarge(`${archive}: ${entry.name}`, SOURCE_LIMITS.archiveFileBytesMax);
    }
    if (files.length >= SOURCE_LIMITS.archiveFilesMax) {
      throw problemError("LimitExceeded", `${archive} has more than ${SOURCE_LIMITS.archiveFilesMax} files`);
    }
    const name = cleanName(entry.name, archive);
    if (name !== "") files.push({ name, data: entry.content });
  }
  return files;
}

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

function* entriesOf(tar: Buffer, archive: string): Generator<Entry> {
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    assertChecksum(header, archive);
    const size = sizeOf(header, archive);
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw invalid(archive, "it is cut short");
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "L") longName = content.toString("utf8").replace(/\0.*$/s, "");
    else if (type === "x") longName = paxPath(content) ?? longName;
    else {
      yield { name: longName ?? nameOf(header), type, content };
      longName = undefined;
    }
  }
}

function gunzipWithin(data: Uint8Array, archive: string): Buffer {
  try {
    return gunzipSync(data, { maxOutputLength: SOURCE_LIMITS.archiveBytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw tooLarge(archive, SOURCE_LIMITS.archiveBytesMax);
    }
    throw invalid(archive, "its gzip stream is broken");
  }
}

/** A wrong sum means that this is no tar, or a broken one: better said here than as a strange name or size. */
function assertChecksum(header: Buffer, archive: string): void {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) sum += index >= 148 && index < 156 ? 0x20 : (header[index] ?? 0);
  if (sum !== Number.parseInt(field(header, 148, 8).trim(), 8)) throw invalid(archive, "it is not a tar archive");
}

/** Octal, or big-endian binary with the first bit set for what octal cannot hold. */
function sizeOf(header: Buffer, archive: string): number {
  const isBinary = ((header[124] ?? 0) & 0x80) !== 0;
  const value = isBinary ? header.readUIntBE(130, 6) : Number.parseInt(field(header, 124, 12).trim() || "0", 8);
  if (!Number.isSafeInteger(value) || value < 0) throw invalid(archive, "an entry has no valid size");
  if (value > SOURCE_LIMITS.archiveBytesMax) throw tooLarge(archive, SOURCE_LIMITS.archiveBytesMax);
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

function cleanName(name: string, archive: string): string {
  const slashed = name.replaceAll("\\", "/");
  if (slashed.startsWith("/") || /^[a-zA-Z]:/.test(slashed)) {
    throw invalid(archive, `entry ${JSON.stringify(name)} has an absolute path`);
  }
  const parts = slashed.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw invalid(archive, `entry ${JSON.stringify(name)} leads out of the archive`);
  return parts.join("/");
}

function invalid(archive: string, why: string): Error {
  return problemError("ArchiveInvalid", `archive ${archive}: ${why}`, { file: archive });
}

function tooLarge(what: string, limit: number): Error {
  return problemError("LimitExceeded", `${what} is larger than the maximum of ${limit} bytes`, { file: what });
}
