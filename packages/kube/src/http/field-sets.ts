import { isJsonObject, type Json, RecentMap } from "@fairlead/base";
import { KUBE_LIMITS } from "../limits.ts";
import { parseJsonText } from "./json.ts";
import { endOfValue } from "./managed-fields.ts";

const OPEN_OBJECT = 123;
const FIELD = Buffer.from('"fieldsV1":');

/** Objects made alike have the same owners of the same fields: most sets have been seen before. */
const seen = new RecentMap<string, Json>(KUBE_LIMITS.fieldSetTextsMax);

/**
 * Reads a list of managedFields. Sets that are written alike come as one frozen value: their keys are written with escapes, which takes ten
 * times as long to read as anything else (see parseJson of base), and they are as large as what they are about.
 * @throws SyntaxError
 */
export function readSharedFieldSets(bytes: Buffer, from: number, to: number): unknown {
  const sets: Json[] = [];
  let [text, at] = ["", from];
  for (let found = bytes.indexOf(FIELD, from); found >= 0 && found < to; found = bytes.indexOf(FIELD, at)) {
    const start = found + FIELD.length;
    const end = bytes[start] === OPEN_OBJECT ? endOfValue(bytes, start, to) : -1;
    if (end < 0) return parseJsonText(bytes.toString("utf8", from, to));
    text += `${bytes.toString("utf8", at, start)}${sets.length}`;
    sets.push(sharedSet(bytes.toString("utf8", start, end)));
    at = end;
  }
  const entries = parseJsonText(text + bytes.toString("utf8", at, to));
  return putBack(entries, sets) ? entries : parseJsonText(bytes.toString("utf8", from, to));
}

/** In place of the numbers that stand for them. False where one stands elsewhere than the API writes it. */
function putBack(entries: unknown, sets: readonly Json[]): boolean {
  let count = 0;
  for (const entry of Array.isArray(entries) ? entries : []) {
    if (!isJsonObject(entry) || entry["fieldsV1"] !== count) continue;
    entry["fieldsV1"] = sets[count++] as Json;
  }
  return count === sets.length;
}

function sharedSet(text: string): Json {
  const known = seen.get(text);
  if (known !== undefined) return known;
  const set = freeze(parseJsonText(text) as Json);
  seen.set(text, set, text.length);
  return set;
}

/** Without recursion: depth is the server's choice. */
function freeze(json: Json): Json {
  const open: Json[] = [json];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) continue;
    Object.freeze(next);
    for (const inner of Object.values(next)) if (inner !== undefined) open.push(inner);
  }
  return json;
}
