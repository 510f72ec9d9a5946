import { compareText, goJsonString, parseJsonText, type JsonNode } from "./json-text.ts";

/**
 * JSON with one place set to a text, every other byte of values kept; what is missing on the way is made. Undefined where `text` is
 * not JSON. A path has dots, `\` before a dot that belongs to a name, and numbers within lists (-1: at the end).
 */
export function withProperty(text: string, path: string, value: string): string | undefined {
  const node = text.trim() === "" ? undefined : parseJsonText(text);
  if (node === undefined && text.trim() !== "") return undefined;
  return setAt(node, partsOf(path), goJsonString(value, false));
}

/** A Secret's entries as one JSON object, names in order. */
export function entriesJson(entries: ReadonlyMap<string, string>): string {
  const sorted = [...entries].sort(([a], [b]) => compareText(a, b));
  return objectText(sorted.map(([key, value]) => [key, goJsonString(value, false)]));
}

function objectText(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([key, raw]) => `${goJsonString(key, false)}:${raw}`).join(",")}}`;
}

function partsOf(path: string): string[] {
  const parts = path.match(/(?:\\.|[^.\\])+/gs) ?? [];
  return parts.map((part) => part.replace(/\\(.)/gs, "$1"));
}

function setAt(node: JsonNode | undefined, parts: readonly string[], raw: string): string {
  const [part, ...rest] = parts;
  if (part === undefined) return raw;
  if (node?.kind === "array" && /^(-1|\d{1,6})$/.test(part)) {
    const items = node.items.map((item) => item.raw);
    const at = part === "-1" ? items.length : Number(part);
    while (items.length < at) items.push("null");
    items[at] = setAt(node.items[at], rest, raw);
    return `[${items.join(",")}]`;
  }
  const members = new Map(node?.kind === "object" ? [...node.members].map(([key, { raw: own }]) => [key, own]) : []);
  const before = node?.kind === "object" ? node.members.get(part) : undefined;
  members.set(part, setAt(before, rest, raw));
  return objectText([...members]);
}
