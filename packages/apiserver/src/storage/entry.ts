import { bodyText, parseBody, type Body } from "./body-text.ts";

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});
const LABELS_KEY = '"labels":{';
const UID_START = '{"metadata":{"uid":"'.length;
const UID_LENGTH = 36;
const OWNERS_KEY = '"ownerReferences":[';

/**
 * One version of one object. The bytes are written once and shared by storage, reads and every watcher; the parsed form is made
 * when somebody needs it and not kept, which costs about 20 µs each time and saves most of the memory.
 */
export class Entry {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly version: string;
  /** JSON without apiVersion and kind. */
  readonly body: Buffer;
  #labels: Readonly<Record<string, string>> | undefined;

  constructor(fields: {
    resource: string;
    namespace: string;
    name: string;
    revision: number;
    version: string;
    body: Buffer;
  }) {
    this.resource = fields.resource;
    this.namespace = fields.namespace;
    this.name = fields.name;
    this.revision = fields.revision;
    this.version = fields.version;
    this.body = fields.body;
  }

  /** `group/plural/namespace/name` */
  get key(): string {
    return `${this.resource}/${this.namespace}/${this.name}`;
  }

  /** Order of lists: as etcd's keys are ordered. */
  get sortKey(): string {
    return `${this.namespace}/${this.name}`;
  }

  /** A fresh copy; the caller may change it, but for the field sets of managedFields, which are shared and frozen. */
  parse(): Body {
    return parseBody(this.body.toString("utf8"));
  }

  /** Every body begins with it, see encodeBody. */
  get uid(): string {
    return this.body.toString("latin1", UID_START, UID_START + UID_LENGTH);
  }

  /** The object's labels, extracted once. */
  get labels(): Readonly<Record<string, string>> {
    this.#labels ??= this.body.includes(LABELS_KEY) ? (this.parse().metadata.labels ?? NO_LABELS) : NO_LABELS;
    return this.#labels;
  }

  /** False is certain; true may be a field of that name elsewhere in the object. */
  get mayHaveOwners(): boolean {
    return this.body.includes(OWNERS_KEY);
  }
}

/**
 * An allocation of its own size: small Buffers would share, and so hold, 8 KiB pools for as long as one of them lives.
 */
export function encodeBody(body: Body): Buffer {
  const text = bodyText(body);
  const length = Buffer.byteLength(text);
  const buffer = Buffer.allocUnsafeSlow(length);
  buffer.write(text, 0, length, "utf8");
  return buffer;
}
