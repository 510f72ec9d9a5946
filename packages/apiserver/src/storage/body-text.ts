import type { ManagedFieldsEntry, ObjectMeta } from "@fairlead/apimachinery";
import { isJsonObject, ownText, RecentMap, type Json, type JsonObject } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import { endOfString, parseJson } from "./parse-json.ts";

/** The parts of the object an entry is asked about without its kind. */
export interface Body extends JsonObject {
  metadata: ObjectMeta;
}

/**
 * Half of a stored object's text is managedFields, most of it the field sets of managers: they hardly ever change and objects of a
 * fleet have the same ones. So each set is read once and shared by every object parsed from then on, frozen.
 */
const fieldSets = new RecentMap<string, JsonObject>(LIMITS.fieldSetTextMax);

const START = '{"metadata":{';
const MANAGED = ',"managedFields":[';
const FIELDS = '"fieldsV1":{';

/** The object of a stored text, which encodeBody has written. The caller may change it, but for the field sets of managedFields. */
export function parseBody(text: string): Body {
  const from = managedAt(text);
  if (from < 0) return parseJson(text) as Body;
  const listAt = from + MANAGED.length - 1;
  const end = endOfValue(text, listAt);
  const body = parseJson(text.slice(0, from) + text.slice(end)) as Body;
  body.metadata.managedFields = managedFieldsOf(text.slice(listAt, end));
  return body;
}

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

function managedFieldsOf(list: string): ManagedFieldsEntry[] {
  const sets: JsonObject[] = [];
  let rest = "";
  let from = 0;
  // Inside the sets every key begins with a kind of step, so none of them is `fieldsV1`.
  for (let at = list.indexOf(FIELDS); at >= 0; at = list.indexOf(FIELDS, from)) {
    const start = at + FIELDS.length - 1;
    const end = endOfValue(list, start);
    rest += `${list.slice(from, start)}${sets.length}`;
    sets.push(fieldSetOf(list.slice(start, end)));
    from = end;
  }
  const entries = parseJson(rest + list.slice(from)) as unknown as ManagedFieldsEntry[];
  for (const entry of entries) {
    const { fieldsV1 } = entry as { fieldsV1?: unknown };
    if (typeof fieldsV1 === "number") entry.fieldsV1 = sets[fieldsV1] as JsonObject;
  }
  return entries;
}

function fieldSetOf(text: string): JsonObject {
  let set = fieldSets.get(text);
  if (set === undefined) {
    set = parseJson(text) as JsonObject;
    freeze(set);
    fieldSets.set(ownText(text), set, text.length);
  }
  return set;
}

function freeze(value: Json | undefined): void {
  if (!isJsonObject(value)) return;
  for (const key in value) freeze(value[key]);
  Object.freeze(value);
}

/** The text that is stored: uid first, so that it can be read without parsing, and managedFields last in metadata. */
export function bodyText(body: Body): string {
  const { uid, managedFields, ...metadata } = body.metadata;
  return JSON.stringify({ ...body, metadata: { uid, ...metadata, managedFields } });
}
