import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];
const FIELD = Buffer.from('"managedFields":');
const METADATA = Buffer.from('"metadata":');
const OBJECT = Buffer.from('"object":');

/** The keys under which metadata stands, from the outermost object inwards. */
const SHAPES = {
  object: [METADATA],
  event: [OBJECT, METADATA],
} as const;

interface Cut {
  readonly from: number;
  readonly to: number;
  /** Of the value alone, without its name and comma. */
  readonly listFrom: number;
  readonly listTo: number;
}

export interface SplitText {
  readonly text: string;
  /** As a rule one; more where a text says it more than once. */
  readonly lists: readonly Cut[];
}

/** Where the parts that are kept of an object are put together; for larger ones one is made. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * The JSON of objects or of watch events without the objects' metadata.managedFields. They are a quarter to half of the bytes
 * and more of the work: reading the rest takes half the time. What stands elsewhere under that name stays, and a text that is
 * not written as the API writes it (no spaces, no half lines) comes back as it is. Works on bytes, which are looked at three
 * times as fast as a text's characters.
 */
export class ObjectSplitter {
  readonly #bytes: Buffer;
  readonly #path: readonly Buffer[];
  /** Where the name stands first from `#sought` on; -1 when it does not any more. Objects asked for in order search all once. */
  #found = -1;
  #sought = Number.POSITIVE_INFINITY;

  constructor(bytes: Buffer, shape: keyof typeof SHAPES) {
    this.#bytes = bytes;
    this.#path = SHAPES[shape];
  }

  /** The text of an object that begins and ends here, and where the list stands that is missing in it. */
  split(from: number, to: number): SplitText {
    if (from < this.#sought || (this.#found >= 0 && this.#found < from)) this.#seek(from);
    const cuts = this.#found < 0 || this.#found >= to ? [] : this.#cuts(from, to);
    if (cuts.length === 0) return { text: this.#bytes.toString("utf8", from, to), lists: [] };
    const kept = to - from <= scratch.length ? scratch : Buffer.allocUnsafe(to - from);
    let [length, at] = [0, from];
    for (const cut of cuts) {
      length += this.#bytes.copy(kept, length, at, cut.from);
      at = cut.to;
    }
    length += this.#bytes.copy(kept, length, at, to);
    return { text: kept.toString("utf8", 0, length), lists: cuts };
  }

  #seek(from: number): void {
    this.#sought = from;
    this.#found = this.#bytes.indexOf(FIELD, from);
  }

  #cuts(from: number, to: number): Cut[] {
    const bytes = this.#bytes;
    const cuts: Cut[] = [];
    const opened: number[] = [];
    for (let at = from; at < to && this.#found >= 0 && this.#found < to; at++) {
      const code = bytes[at];
      if (code === QUOTE) {
        const end = at === this.#found && this.#isMetadata(opened) ? endOfList(bytes, at + FIELD.length, to) : -1;
        if (end < 0) at = endOfText(bytes, at, to);
        else {
          // One comma goes with it: the one before, or the one after the first field.
          const isFirst = bytes[at - 1] !== COMMA;
          const after = isFirst && bytes[end] === COMMA ? end + 1 : end;
          cuts.push({ from: isFirst ? at : at - 1, to: after, listFrom: at + FIELD.length, listTo: end });
          at = after - 1;
        }
        // A mark inside of a text was none.
        if (this.#found <= at) this.#seek(at + 1);
      } else if (code === OPEN_OBJECT || code === OPEN_LIST) opened.push(at);
      else if (code === CLOSE_OBJECT || code === CLOSE_LIST) opened.pop();
    }
    return cuts;
  }

  /** Whether the innermost object that is open is the object's metadata, by the keys that stand before what is open. */
  #isMetadata(opened: readonly number[]): boolean {
    if (opened.length !== this.#path.length + 1) return false;
    return this.#path.every((key, index) => isKeyBefore(this.#bytes, opened[index + 1] ?? 0, key));
  }
}

function isKeyBefore(bytes: Buffer, at: number, key: Buffer): boolean {
  const start = at - key.length;
  const before = bytes[start - 1];
  if (before !== COMMA && before !== OPEN_OBJECT) return false;
  for (let index = 0; index < key.length; index++) if (bytes[start + index] !== key[index]) return false;
  return true;
}

/** Where the closing quote of a text stands; the last byte when there is none. */
function endOfText(bytes: Buffer, start: number, to: number): number {
  for (let at = start + 1; at < to; at++) {
    const code = bytes[at];
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return to - 1;
}

/** The place after a list or object that begins here; -1 when none does or it has no end before `to`. */
export function endOfValue(bytes: Buffer, start: number, to: number): number {
  let depth = 0;
  for (let at = start; at < to; at++) {
    const code = bytes[at];
    if (code === QUOTE) at = endOfText(bytes, at, to);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) depth++;
    else if ((code === CLOSE_LIST || code === CLOSE_OBJECT) && --depth === 0) return at + 1;
  }
  return -1;
}

function endOfList(bytes: Buffer, start: number, to: number): number {
  return bytes[start] === OPEN_LIST ? endOfValue(bytes, start, to) : -1;
}

/** Without metadata.managedFields. Built anew: deleting a key would turn the object into a slower and larger form. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  if (!isJsonObject(object.metadata) || object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  object.metadata = metadata;
  return object;
}
