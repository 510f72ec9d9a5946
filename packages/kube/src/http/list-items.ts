import { parseJsonText } from "./json.ts";
import { endOfValue } from "./managed-fields.ts";
import { type ManagedFieldsUse, ObjectReader } from "./object-reader.ts";

const [COMMA, CLOSE_LIST, OPEN_OBJECT] = [44, 93, 123];

/** What comes before the items; metadata is there if the server is written in Go and the kind is built in, and after them else. */
const HEAD_BYTES_MAX = 4_096;
const HEAD = /^\{(?:"(?:kind|apiVersion)":"[^"\\]*",|"metadata":\{[^{}[\]]*\},)*"items":\[/;
const FIRST_KEY = /^\{"(\w{1,64})":/;
const FIRST_KEY_BYTES_MAX = 68;
const TYPE_KEYS: readonly string[] = ["kind", "apiVersion"];

export interface ListText {
  /** The list as it is written, with no items. */
  readonly list: unknown;
  readonly items: readonly unknown[];
}

export interface ItemOptions {
  /** Given to items that do not say it themselves: those of built-in kinds. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly managedFields: ManagedFieldsUse;
}

/**
 * Reads a list item by item: no text as long as a page is made, one object with foreign letters does not make the others wide, and
 * what an item lacks or has too much is put right in its text. Undefined for a list that is not written as the API writes it
 * (no spaces, items after kind, apiVersion and metadata or before them); whoever asked reads it as a whole then.
 * @throws SyntaxError
 */
export function readList(body: Buffer, options: ItemOptions): ListText | undefined {
  const head = HEAD.exec(body.toString("latin1", 0, HEAD_BYTES_MAX))?.[0];
  if (head === undefined || body[head.length] !== OPEN_OBJECT) return undefined;
  const reader = new ItemReader(body, head.length, options);
  const items: unknown[] = [];
  do items.push(reader.next());
  while (reader.hasNext());
  if (body[reader.at] !== CLOSE_LIST)
    throw new SyntaxError("an item of the list is followed by neither another nor an end");
  return { list: parseJsonText(head + body.toString("utf8", reader.at, body.length)), items };
}

class ItemReader {
  at: number;
  readonly #body: Buffer;
  readonly #objects: ObjectReader;
  readonly #typeHead: string;
  /** How an item's end and the next one's beginning are written, if all begin with the same key. */
  readonly #border: Buffer | undefined;
  /** Items may hold the border themselves; then ends are looked for with care. */
  #isBorderSure = true;

  constructor(body: Buffer, at: number, options: ItemOptions) {
    this.#body = body;
    this.at = at;
    const { apiVersion, kind, managedFields } = options;
    this.#objects = new ObjectReader(body, "object", managedFields);
    this.#typeHead = `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},`;
    const key = this.#firstKey();
    this.#border = key === undefined ? undefined : Buffer.from(`},{"${key}":`);
  }

  next(): unknown {
    const border = this.#border === undefined || !this.#isBorderSure ? -1 : this.#body.indexOf(this.#border, this.at);
    if (border >= 0) {
      // What begins where an item begins and is an object as a whole is that item and no part of it, whatever it holds.
      const item = this.#tryRead(border + 1);
      if (item !== undefined) return item;
      this.#isBorderSure = false;
    }
    const end = endOfValue(this.#body, this.at, this.#body.length);
    if (end < 0) throw new SyntaxError("an item of the list does not end");
    return this.#read(end);
  }

  /** Goes on to the next item. */
  hasNext(): boolean {
    if (this.#body[this.at] !== COMMA || this.#body[this.at + 1] !== OPEN_OBJECT) return false;
    this.at++;
    return true;
  }

  #tryRead(end: number): unknown {
    const from = this.at;
    try {
      return this.#read(end);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.at = from;
      return undefined;
    }
  }

  #read(end: number): unknown {
    const key = this.#firstKey();
    const isTyped = key === undefined || TYPE_KEYS.includes(key);
    const item = this.#objects.read(this.at, end, isTyped ? undefined : this.#typeHead);
    this.at = end;
    return item;
  }

  #firstKey(): string | undefined {
    return FIRST_KEY.exec(this.#body.toString("latin1", this.at, this.at + FIRST_KEY_BYTES_MAX))?.[1];
  }
}
