import { problemError } from "@fairlead/base";

/**
 * Rebuilds an object from its base and a delta (Git's pack format: two sizes, then copy and insert instructions).
 * @throws ProblemError GitObjectBroken
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Buffer {
  const cursor = { at: 0 };
  const baseSize = readSize(delta, cursor);
  const resultSize = readSize(delta, cursor);
  if (baseSize !== base.length) throw broken("delta is for another base");
  const result = Buffer.allocUnsafe(resultSize);
  let written = 0;
  while (cursor.at < delta.length) {
    const instruction = delta[cursor.at++] ?? 0;
    if (instruction & 0x80) {
      const { offset, size } = readCopy(delta, cursor, instruction);
      if (offset + size > base.length || written + size > resultSize) throw broken("delta copies beyond its base");
      result.set(base.subarray(offset, offset + size), written);
      written += size;
    } else {
      if (instruction === 0 || written + instruction > resultSize) throw broken("delta holds an unknown instruction");
      result.set(delta.subarray(cursor.at, cursor.at + instruction), written);
      cursor.at += instruction;
      written += instruction;
    }
  }
  if (written !== resultSize) throw broken("delta ends too early");
  return result;
}

function readSize(delta: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = delta[cursor.at++];
    if (byte === undefined || shift > 42) throw broken("delta has no size");
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
}

/** Bits 0–3 say which offset bytes follow, bits 4–6 which size bytes; size 0 stands for 64 KiB. */
function readCopy(delta: Uint8Array, cursor: { at: number }, instruction: number): { offset: number; size: number } {
  let offset = 0;
  let size = 0;
  for (let bit = 0; bit < 4; bit++) if (instruction & (1 << bit)) offset += (delta[cursor.at++] ?? 0) * 2 ** (8 * bit);
  for (let bit = 0; bit < 3; bit++) if (instruction & (16 << bit)) size += (delta[cursor.at++] ?? 0) * 2 ** (8 * bit);
  return { offset, size: size === 0 ? 0x10000 : size };
}

function broken(message: string): Error {
  return problemError("GitObjectBroken", message, { hint: "run `git fsck` in the repository" });
}
