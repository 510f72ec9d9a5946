import { EXTERNAL_LIMITS } from "../limits.ts";

/**
 * JSON with the place of every value in the text, so that a nested value can be handed on byte for byte as a provider sent it,
 * and numbers of any size stay as they were written.
 */
export type JsonNode =
  | { readonly kind: "object"; readonly raw: string; readonly members: ReadonlyMap<string, JsonNode> }
  | { readonly kind: "array"; readonly raw: string; readonly items: readonly JsonNode[] }
  | { readonly kind: "string"; readonly raw: string; readonly text: string }
  | { readonly kind: "number" | "boolean" | "null"; readonly raw: string };

/** undefined for what is not JSON; the parser's own message would quote the value, which may be a secret. */
export function parseJsonText(text: string): JsonNode | undefined {
  const reader = new Reader(text);
  try {
    const node = reader.value(0);
    return reader.isAtEnd() ? node : undefined;
  } catch {
    return undefined;
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids control characters in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#skip();
    return this.#at === this.#text.length;
  }

  value(depth: number): JsonNode {
    if (depth > EXTERNAL_LIMITS.jsonDepth) throw new Error("nested too deeply");
    this.#skip();
    const char = this.#text[this.#at];
    if (char === "{") return this.#object(depth);
    if (char === "[") return this.#array(depth);
    if (char === '"') {
      const raw = this.#take(STRING);
      return { kind: "string", raw, text: unquote(raw) };
    }
    if (char === "t" || char === "f" || char === "n") {
      const raw = this.#take(WORD);
      return { kind: raw === "null" ? "null" : "boolean", raw };
    }
    return { kind: "number", raw: this.#take(NUMBER) };
  }

  #object(depth: number): JsonNode {
    const start = this.#at++;
    const members = new Map<string, JsonNode>();
    this.#skip();
    while (this.#text[this.#at] !== "}") {
      if (members.size > 0) this.#expect(",");
      this.#skip();
      const key = unquote(this.#take(STRING));
      this.#skip();
      this.#expect(":");
      members.set(key, this.value(depth + 1));
      this.#skip();
    }
    this.#at++;
    return { kind: "object", raw: this.#text.slice(start, this.#at), members };
  }

  #array(depth: number): JsonNode {
    const start = this.#at++;
    const items: JsonNode[] = [];
    this.#skip();
    while (this.#text[this.#at] !== "]") {
      if (items.length > 0) this.#expect(",");
      items.push(this.value(depth + 1));
      this.#skip();
    }
    this.#at++;
    return { kind: "array", raw: this.#text.slice(start, this.#at), items };
  }

  #skip(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #expect(char: string): void {
    if (this.#text[this.#at] !== char) throw new Error("not JSON");
    this.#at++;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw new Error("not JSON");
    this.#at += found.length;
    return found;
  }
}

function unquote(raw: string): string {
  return raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
}

/** The node as Go's encoding/json would write it from a map: keys sorted, no spaces; `<`, `>`, `&` escaped unless told otherwise. */
export function goJson(node: JsonNode, escapesHtml = true): string {
  switch (node.kind) {
    case "object":
      return `{${[...node.members]
        .sort(([a], [b]) => compareText(a, b))
        .map(([key, value]) => `${goJsonString(key, escapesHtml)}:${goJson(value, escapesHtml)}`)
        .join(",")}}`;
    case "array":
      return `[${node.items.map((item) => goJson(item, escapesHtml)).join(",")}]`;
    case "string":
      return goJsonString(node.text, escapesHtml);
    default:
      return node.raw;
  }
}

export function goJsonString(text: string, escapesHtml = true): string {
  const quoted = JSON.stringify(text.toWellFormed()).replace(/[\u2028\u2029]/g, escapeUnicode);
  return escapesHtml ? quoted.replace(/[<>&]/g, escapeUnicode) : quoted;
}

function escapeUnicode(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Order of Go's strings: by byte, which for UTF-8 is by code point. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** What a value is as a Secret's entry: text as it is, everything else as JSON, null as nothing. */
export function entryText(node: JsonNode): string {
  if (node.kind === "string") return node.text;
  return node.kind === "null" ? "" : goJson(node);
}

/** A member of an object; undefined for anything else. */
export function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === "object" ? node.members.get(name) : undefined;
}

/** A member that is a text. */
export function textOf(node: JsonNode | undefined, name: string): string | undefined {
  const member = memberOf(node, name);
  return member?.kind === "string" ? member.text : undefined;
}

/** The items of a member that is a list; none for anything else. */
export function itemsOf(node: JsonNode | undefined, name: string): readonly JsonNode[] {
  const member = memberOf(node, name);
  return member?.kind === "array" ? member.items : [];
}
