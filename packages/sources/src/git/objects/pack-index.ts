import { readFileSync } from "node:fs";
import { problemError } from "@fairlead/base";

const MAGIC = 0xff744f63;
const FANOUT_START = 8;
const NAMES_START = FANOUT_START + 256 * 4;

/** A pack's index, version 2 (Git writes no other since 2007): object id → offset in the pack. */
export interface PackIndex {
  readonly count: number;
  /** Offset of the object in the pack; undefined when it is not in it. */
  find(id: Buffer): number | undefined;
  /** Where the object after the one at this offset starts, or the end of the last one. */
  nextOffset(offset: number, packBytes: number): number;
  /** Ids that start with these bytes of hex. */
  matching(prefix: string): string[];
}

/** @throws ProblemError GitObjectBroken */
export function readPackIndex(path: string, hashBytes: number): PackIndex {
  const data = readFileSync(path);
  if (data.length < NAMES_START || data.readUInt32BE(0) !== MAGIC || data.readUInt32BE(4) !== 2) {
    throw problemError("GitObjectBroken", `pack index ${path} is not version 2`, {
      hint: "run `git gc` in the repository",
    });
  }
  const count = data.readUInt32BE(FANOUT_START + 255 * 4);
  const offsetsStart = NAMES_START + count * (hashBytes + 4);
  const wideStart = offsetsStart + count * 4;
  const nameAt = (index: number): number => NAMES_START + index * hashBytes;
  const offsetAt = (index: number): number => {
    const narrow = data.readUInt32BE(offsetsStart + index * 4);
    return narrow < 0x80000000 ? narrow : Number(data.readBigUInt64BE(wideStart + (narrow - 0x80000000) * 8));
  };
  const fanout = (byte: number): number => (byte < 0 ? 0 : data.readUInt32BE(FANOUT_START + byte * 4));

  let sorted: Float64Array | undefined;
  const sortedOffsets = (): Float64Array => {
    sorted ??= Float64Array.from({ length: count }, (_, index) => offsetAt(index)).sort();
    return sorted;
  };
  return {
    count,
    find(id) {
      const first = id[0] ?? 0;
      let low = fanout(first - 1);
      let high = fanout(first);
      while (low < high) {
        const middle = (low + high) >>> 1;
        const order = id.compare(data, nameAt(middle), nameAt(middle + 1));
        if (order === 0) return offsetAt(middle);
        if (order > 0) low = middle + 1;
        else high = middle;
      }
      return undefined;
    },
    nextOffset: (offset, packBytes) => firstAbove(sortedOffsets(), offset) ?? packBytes - hashBytes,
    matching(prefix) {
      const first = Number.parseInt(prefix.slice(0, 2), 16);
      const found: string[] = [];
      for (let index = fanout(first - 1); index < fanout(first); index++) {
        const name = data.toString("hex", nameAt(index), nameAt(index + 1));
        if (name.startsWith(prefix)) found.push(name);
      }
      return found;
    },
  };
}

function firstAbove(sorted: Float64Array, value: number): number | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return sorted[low];
}
