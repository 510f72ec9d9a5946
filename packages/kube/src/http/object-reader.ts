import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { readSharedFieldSets } from "./field-sets.ts";
import { parseJsonText } from "./json.ts";
import { ObjectSplitter } from "./managed-fields.ts";

/**
 * What becomes of metadata.managedFields: `keep` reads them like anything else, `share` gives sets that are written alike as one frozen
 * value, `drop` does not read them at all.
 */
export type ManagedFieldsUse = "keep" | "share" | "drop";

/** Reads objects, or watch events with one object each, that stand in the same bytes. Quickest in the order in which they stand. */
export class ObjectReader {
  readonly #bytes: Buffer;
  readonly #shape: "object" | "event";
  readonly #use: ManagedFieldsUse;
  readonly #splitter: ObjectSplitter | undefined;

  constructor(bytes: Buffer, shape: "object" | "event", use: ManagedFieldsUse) {
    this.#bytes = bytes;
    this.#shape = shape;
    this.#use = use;
    this.#splitter = use === "keep" ? undefined : new ObjectSplitter(bytes, shape);
  }

  /**
   * @param head is put in place of the opening brace
   * @throws SyntaxError
   */
  read(from: number, to: number, head = "{"): unknown {
    if (this.#splitter === undefined) return this.#whole(from, to, head);
    const split = this.#splitter.split(from, to);
    const [list, second] = split.lists;
    if (this.#use === "share" && second !== undefined) return this.#whole(from, to, head);
    const value = parseJsonText(headed(split.text, head));
    if (this.#use === "drop" || list === undefined) return value;
    const metadata = this.#metadataOf(value);
    if (metadata === undefined) return this.#whole(from, to, head);
    metadata["managedFields"] = readSharedFieldSets(this.#bytes, list.listFrom, list.listTo) as Json;
    return value;
  }

  #whole(from: number, to: number, head: string): unknown {
    return parseJsonText(headed(this.#bytes.toString("utf8", from, to), head));
  }

  #metadataOf(value: unknown): JsonObject | undefined {
    const object = this.#shape === "event" && isJsonObject(value) ? value["object"] : value;
    const metadata = isJsonObject(object) ? object["metadata"] : undefined;
    return isJsonObject(metadata) ? metadata : undefined;
  }
}

function headed(text: string, head: string): string {
  return head === "{" ? text : head + text.slice(1);
}
