import { ownText } from "@fairlead/base";
import { MARK, parseStored, PLACE_LENGTH, type Body, type StoredText } from "./body-text.ts";

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});
const LABELS_KEY = '"labels":{';
const UID_START = '{"metadata":{"uid":"'.length;
const UID_LENGTH = 36;
const OWNERS_KEY = '"ownerReferences":[';

/**
 * One version of one object. Its text is written once and shared by storage, reads and every watcher; the parsed form is made
 * when somebody needs it and not kept, which costs about 20 µs each time and saves most of the memory. Texts rather than buffers:
 * V8 keeps those close together, where buffers leave holes between them (docs/decisions/0036).
 */
export class Entry {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly version: string;
  /** Bytes of the whole object as it is stored: JSON without apiVersion and kind. */
  readonly length: number;
  readonly #own: string;
  readonly #sets: readonly string[];
  #labels: Readonly<Record<string, string>> | undefined;

  constructor(fields: {
    resource: string;
    namespace: string;
    name: string;
    revision: number;
    version: string;
    text: StoredText;
  }) {
    this.resource = fields.resource;
    this.namespace = fields.namespace;
    this.name = fields.name;
    this.revision = fields.revision;
    this.version = fields.version;
    this.#own = fields.text.own;
    this.#sets = fields.text.sets;
    let length = Buffer.byteLength(this.#own) - this.#sets.length * PLACE_LENGTH;
    for (const set of this.#sets) length += Buffer.byteLength(set);
    this.length = length;
  }

  /** `group/plural/namespace/name` */
  get key(): string {
    return `${this.resource}/${this.namespace}/${this.name}`;
  }

  /** Order of lists: as etcd's keys are ordered. */
  get sortKey(): string {
    return `${this.namespace}/${this.name}`;
  }

  /** Writes the object's bytes, of which there are `length`. @returns where they end */
  writeTo(target: Buffer, at: number): number {
    let from = 0;
    let to = at;
    for (const set of this.#sets) {
      const mark = this.#own.indexOf(MARK, from) + MARK.length;
      to += target.write(this.#own.slice(from, mark - PLACE_LENGTH), to, "utf8");
      to += target.write(set, to, "utf8");
      from = mark;
    }
    return to + target.write(from === 0 ? this.#own : this.#own.slice(from), to, "utf8");
  }

  /** The object's bytes with another beginning in place of the first brace. */
  bytesAfter(head: Buffer): Buffer {
    const bytes = Buffer.allocUnsafe(head.length + this.length - 1);
    this.writeTo(bytes, head.length - 1);
    head.copy(bytes);
    return bytes;
  }

  /** A fresh copy; the caller may change it, but for the field sets of managedFields, which are shared and frozen. */
  parse(): Body {
    return parseStored({ own: this.#own, sets: this.#sets });
  }

  /** Whether the object's JSON has this text, the field sets of its managers left out. */
  includes(text: string): boolean {
    return this.#own.includes(text);
  }

  /** What the pattern, which has the flag `g`, finds in the object's JSON, the field sets of its managers left out. */
  matchAll(pattern: RegExp): Iterable<RegExpExecArray> {
    return this.#own.matchAll(pattern);
  }

  /** Every text begins with it, see storedText. */
  get uid(): string {
    return ownText(this.#own.slice(UID_START, UID_START + UID_LENGTH));
  }

  /** The object's labels, extracted once. */
  get labels(): Readonly<Record<string, string>> {
    this.#labels ??= this.includes(LABELS_KEY) ? (this.parse().metadata.labels ?? NO_LABELS) : NO_LABELS;
    return this.#labels;
  }

  /** False is certain; true may be a field of that name elsewhere in the object. */
  get mayHaveOwners(): boolean {
    return this.includes(OWNERS_KEY);
  }
}
