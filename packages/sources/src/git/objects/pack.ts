import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { problemError } from "@fairlead/base";
import { SOURCE_LIMITS } from "../../limits.ts";
import { applyDelta } from "./delta.ts";
import { readPackIndex, type PackIndex } from "./pack-index.ts";
import type { GitObject, GitObjectType } from "./types.ts";

const TYPES: Record<number, GitObjectType> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const OFFSET_DELTA = 6;
const REF_DELTA = 7;

interface Entry {
  readonly type: number;
  readonly size: number;
  readonly data: Buffer;
  /** For deltas: where the base is. */
  readonly baseOffset?: number;
  readonly baseId?: string;
}

/** One .pack with its .idx, read by position; nothing is loaded but the index. */
export class Pack {
  readonly index: PackIndex;
  readonly #descriptor: number;
  readonly #bytes: number;
  readonly #hashBytes: number;

  /** @param path without extension */
  constructor(path: string, hashBytes: number) {
    this.index = readPackIndex(`${path}.idx`, hashBytes);
    this.#descriptor = openSync(`${path}.pack`, "r");
    this.#bytes = fstatSync(this.#descriptor).size;
    this.#hashBytes = hashBytes;
  }

  /** The object at an offset; `baseById` finds delta bases that are in other packs. @throws ProblemError GitObjectBroken */
  read(offset: number, baseById: (id: string) => GitObject): GitObject {
    const deltas: Buffer[] = [];
    let at = offset;
    for (let depth = 0; depth <= SOURCE_LIMITS.deltaDepthMax; depth++) {
      const entry = this.#entry(at);
      const content = inflate(entry.data, entry.size);
      const type = TYPES[entry.type];
      if (type) return unfold({ type, content }, deltas);
      deltas.push(content);
      if (entry.baseId !== undefined) return unfold(baseById(entry.baseId), deltas);
      at = entry.baseOffset ?? -1;
    }
    throw problemError("GitObjectBroken", "delta chain is longer than the limit");
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #entry(offset: number): Entry {
    const end = this.index.nextOffset(offset, this.#bytes);
    if (offset < 12 || end <= offset) throw problemError("GitObjectBroken", "pack offset is out of range");
    const raw = Buffer.allocUnsafe(end - offset);
    readSync(this.#descriptor, raw, 0, raw.length, offset);
    let at = 0;
    let byte = raw[at++] ?? 0;
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    for (let shift = 4; byte & 0x80; shift += 7) {
      byte = raw[at++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
    }
    if (size > SOURCE_LIMITS.gitObjectBytesMax) throw tooLarge(size);
    if (type === OFFSET_DELTA) {
      const back = readBackOffset(raw, at);
      return { type, size, data: raw.subarray(back.at), baseOffset: offset - back.value };
    }
    if (type !== REF_DELTA) return { type, size, data: raw.subarray(at) };
    const baseId = raw.toString("hex", at, at + this.#hashBytes);
    return { type, size, data: raw.subarray(at + this.#hashBytes), baseId };
  }
}

/** Big-endian base 128 where every continuation adds one, so that no value has two spellings. */
function readBackOffset(raw: Buffer, start: number): { value: number; at: number } {
  let at = start;
  let byte = raw[at++] ?? 0;
  let value = byte & 0x7f;
  while (byte & 0x80) {
    byte = raw[at++] ?? 0;
    value = (value + 1) * 128 + (byte & 0x7f);
  }
  return { value, at };
}

function unfold(base: GitObject, deltas: readonly Buffer[]): GitObject {
  const content = deltas.reduceRight<Uint8Array>((current, delta) => applyDelta(current, delta), base.content);
  return { type: base.type, content };
}

function inflate(data: Buffer, size: number): Buffer {
  try {
    const content = inflateSync(data, { maxOutputLength: Math.max(size, 1), chunkSize: Math.max(size, 64) });
    if (content.length === size) return content;
  } catch (error) {
    throw problemError("GitObjectBroken", "object in a pack does not inflate", {}, error);
  }
  throw problemError("GitObjectBroken", "object in a pack has another size than stated");
}

function tooLarge(size: number): Error {
  const limit = SOURCE_LIMITS.gitObjectBytesMax;
  return problemError("LimitExceeded", `Git object has ${size} bytes, more than the limit of ${limit}`);
}
