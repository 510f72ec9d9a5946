import type { ManagedFieldsEntry, ObjectMeta } from "@fairlead/apimachinery";
import { isJsonObject, RecentMap, type Json, type JsonObject } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import { endOfString, parseJson } from "./parse-json.ts";

/** The parts of the object an entry is asked about without its kind. */
export interface Body extends JsonObject {
  metadata: ObjectMeta;
}

/**
 * An object's JSON with the field sets of its managers apart. They are half of it, hardly ever change, and objects of a fleet have
 * the same ones: equal texts are one text. In `own`, a mark stands for each of them.
 */
export interface StoredText {
  /** JSON without apiVersion and kind, metadata first, uid first in it, managedFields last. */
  readonly own: string;
  /** In the order of their marks. */
  readonly sets: readonly string[];
}

/** A field set's text, and the set where somebody read it: shared by every object parsed from then on, frozen. */
interface KnownSet {
  readonly text: string;
  set: JsonObject | undefined;
}

const knownSets = new RecentMap<string, KnownSet>(LIMITS.fieldSetTextMax);
/** Texts of frozen sets: what was read is not written anew. */
const textsOfSets = new WeakMap<JsonObject, string>();

const NO_SETS: readonly string[] = Object.freeze([]);
const START = '{"metadata":{';
const MANAGED = ',"managedFields":[';
const FIELDS = '"fieldsV1":{';
const KEY = '"fieldsV1":';
/** A number that JSON.stringify never writes, so that nothing else can be taken for a mark. */
const PLACE = "-0";
const WRITTEN = `${KEY}0`;
export const MARK = `${KEY}${PLACE}`;
export const PLACE_LENGTH = PLACE.length;

/** The object of a stored text. The caller may change it, but for the field sets of managedFields. */
export function parseStored({ own, sets }: StoredText): Body {
  const body = parseJson(own) as Body;
  if (sets.length === 0) return body;
  let next = 0;
  for (const entry of body.metadata.managedFields ?? []) {
    const { fieldsV1 } = entry as { fieldsV1?: unknown };
    if (Object.is(fieldsV1, -0)) entry.fieldsV1 = setOf(sets[next++] as string);
  }
  return body;
}

/** The text that is stored of an object. Put together by hand: keys that look like numbers would go before metadata. */
export function storedText({ metadata: { uid, managedFields, ...metadata }, ...rest }: Body): StoredText {
  const { own: list, sets } = storedList(managedFields);
  const members = [JSON.stringify({ uid, ...metadata }).slice(1, -1), list === "" ? "" : `"managedFields":${list}`];
  const tail = JSON.stringify(rest).slice(1);
  return { own: `{"metadata":{${members.filter(Boolean).join(",")}}${tail === "}" ? "" : ","}${tail}`, sets };
}

function storedList(entries: readonly ManagedFieldsEntry[] | undefined): StoredText {
  if (entries === undefined) return { own: "", sets: NO_SETS };
  const isReadable = entries.every(({ fieldsV1 }) => fieldsV1 === undefined || isJsonObject(fieldsV1));
  if (!isReadable) return { own: JSON.stringify(entries), sets: NO_SETS };
  const sets: string[] = [];
  const marked = entries.map((entry) => {
    if (entry.fieldsV1 === undefined) return entry;
    sets.push(textOfSet(entry.fieldsV1));
    return { ...entry, fieldsV1: 0 };
  });
  return { own: JSON.stringify(marked).replaceAll(WRITTEN, MARK), sets: sets.length === 0 ? NO_SETS : sets };
}

/** Takes the bytes of a whole stored object apart. */
export function takeApart(bytes: Buffer): StoredText {
  // Brackets and quotes are single bytes in UTF-8, and never parts of other characters.
  const text = bytes.toString("latin1");
  const from = managedAt(text);
  if (from < 0) return { own: bytes.toString("utf8"), sets: NO_SETS };
  const listEnd = endOfValue(text, from + MANAGED.length - 1);
  const pieces: Buffer[] = [];
  const sets: string[] = [];
  let at = 0;
  // Inside the sets every key begins with a kind of step, so none of them is `fieldsV1`.
  for (let found = text.indexOf(FIELDS, from); found >= 0 && found < listEnd; found = text.indexOf(FIELDS, at)) {
    const start = found + KEY.length;
    const end = endOfValue(text, start);
    pieces.push(bytes.subarray(at, start), PLACE_BYTES);
    sets.push(knownSet(bytes.toString("utf8", start, end)).text);
    at = end;
  }
  if (sets.length === 0) return { own: bytes.toString("utf8"), sets: NO_SETS };
  return { own: Buffer.concat([...pieces, bytes.subarray(at)]).toString("utf8"), sets };
}

const PLACE_BYTES = Buffer.from(PLACE);

/** Where metadata's managedFields begin, with the comma before them; -1 without any. */
function managedAt(text: string): number {
  const found = text.indexOf(MANAGED);
  if (found < 0 || !text.startsWith(START)) return -1;
  // Other objects may have a field of that name.
  let depth = 0;
  for (let at = START.length; at < found; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x7b || code === 0x5b) depth++;
    else if ((code === 0x7d || code === 0x5d) && --depth < 0) return -1;
  }
  return depth === 0 ? found : -1;
}

/** Index after the object or list that begins at `start`; the text is known to be JSON. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x7b || code === 0x5b) depth++;
    else if ((code === 0x7d || code === 0x5d) && --depth === 0) return at + 1;
  }
  return text.length;
}

function knownSet(text: string): KnownSet {
  let known = knownSets.get(text);
  if (known === undefined) {
    known = { text, set: undefined };
    knownSets.set(text, known, text.length);
  }
  return known;
}

function textOfSet(set: JsonObject): string {
  const written = textsOfSets.get(set);
  if (written !== undefined) return knownSet(written).text;
  const known = knownSet(JSON.stringify(set));
  // Frozen field sets are frozen in all their depth: FieldSet and setOf make them so.
  if (!Object.isFrozen(set)) return known.text;
  textsOfSets.set(set, known.text);
  known.set ??= set;
  return known.text;
}

function setOf(text: string): JsonObject {
  const known = knownSet(text);
  if (known.set === undefined) {
    known.set = parseJson(text) as JsonObject;
    freeze(known.set);
    textsOfSets.set(known.set, text);
  }
  return known.set;
}

function freeze(value: Json | undefined): void {
  if (!isJsonObject(value)) return;
  for (const key in value) freeze(value[key]);
  Object.freeze(value);
}
