import type { Json } from "@fairlead/base";
import { endOfString } from "../storage/parse-json.ts";

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** What can be told of JSON text without building it. */
export interface JsonShape {
  readonly depth: number;
  /** Keys written, duplicates included. */
  readonly keys: number;
}

/** One pass over the text; it need not be well-formed. */
export function jsonShape(text: string): JsonShape {
  let depth = 0;
  let deepest = 0;
  let keys = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfString(text, index);
    } else if (code === COLON) {
      keys++;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
    }
  }
  return { depth: deepest, keys };
}

export function countKeys(value: Json | undefined): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item);
    return count;
  }
  for (const key in value) count += 1 + countKeys(value[key]);
  return count;
}

/** Paths of keys that are written twice in one object, as strict decoding names them: `spec.replicas`. */
export function duplicateKeys(text: string): string[] {
  const found: string[] = [];
  const stack: { keys: Set<string> | undefined; path: string; index: number }[] = [];
  let key = "";
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const top = stack.at(-1);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      const after = /\s*:/y;
      after.lastIndex = end + 1;
      if (top?.keys !== undefined && after.test(text)) {
        key = JSON.parse(text.slice(at, end + 1)) as string;
        const path = top.path === "" ? key : `${top.path}.${key}`;
        if (top.keys.has(key) && !found.includes(path)) found.push(path);
        top.keys.add(key);
      }
      at = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      const path =
        top === undefined ? "" : top.keys === undefined ? `${top.path}[${top.index}]` : joined(top.path, key);
      stack.push({ keys: code === OPEN_BRACE ? new Set() : undefined, path, index: 0 });
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      stack.pop();
    } else if (code === 0x2c && top !== undefined) {
      top.index++;
    }
  }
  return found;
}

function joined(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
