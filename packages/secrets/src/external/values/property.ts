import { parseJsonText, type JsonNode } from "./json-text.ts";

/**
 * A property path as gjson reads it, which is what External Secrets hands properties to: dots, `\` escapes, `*` and `?` in keys,
 * indexes, `#` for every item or their count, and `#(…)` queries. Modifiers (`@…`) and multipaths are refused.
 * Gives undefined where nothing is found.
 */
export function propertyOf(text: string, path: string): string | undefined {
  const node = parseJsonText(text);
  const found = node && follow(node, splitPath(path));
  return found === undefined ? undefined : asText(found);
}

function asText(node: JsonNode): string {
  if (node.kind === "string") return node.text;
  return node.kind === "null" ? "" : node.raw;
}

/** Parts keep their escapes, so that `\*` stays a star. A query's parentheses hold dots of their own. */
function splitPath(path: string): string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  for (let at = 0; at < path.length; at++) {
    const char = path[at] ?? "";
    if (char === "\\" && at + 1 < path.length) part += char + (path[++at] ?? "");
    else if ((char === "." || (char === "|" && depth === 0)) && depth === 0) {
      parts.push(part);
      part = "";
    } else {
      if (char === "(") depth++;
      if (char === ")") depth--;
      part += char;
    }
  }
  return [...parts, part];
}

function follow(node: JsonNode, parts: readonly string[]): JsonNode | undefined {
  const [part, ...rest] = parts;
  if (part === undefined) return node;
  if (node.kind === "array") return followItems(node.items, part, rest);
  if (node.kind !== "object") return undefined;
  const next = memberOf(node.members, part);
  return next === undefined ? undefined : follow(next, rest);
}

function memberOf(members: ReadonlyMap<string, JsonNode>, part: string): JsonNode | undefined {
  const exact = members.get(unescaped(part));
  if (exact !== undefined || !/(^|[^\\])[*?]/.test(part)) return exact;
  for (const [key, value] of members) if (matchesPattern(key, part)) return value;
  return undefined;
}

function followItems(items: readonly JsonNode[], part: string, rest: readonly string[]): JsonNode | undefined {
  if (/^\d+$/.test(part)) {
    const item = items[Number(part)];
    return item === undefined ? undefined : follow(item, rest);
  }
  if (part === "#") {
    if (rest.length === 0) return { kind: "number", raw: String(items.length) };
    return listOf(items.flatMap((item) => follow(item, rest) ?? []));
  }
  const query = /^#\((.*)\)(#?)$/s.exec(part);
  if (!query) return undefined;
  const matching = items.filter((item) => satisfies(item, query[1] ?? ""));
  if (query[2] === "#") {
    return listOf(rest.length === 0 ? matching : matching.flatMap((item) => follow(item, rest) ?? []));
  }
  return matching[0] === undefined ? undefined : follow(matching[0], rest);
}

function listOf(items: readonly JsonNode[]): JsonNode {
  return { kind: "array", raw: `[${items.map(({ raw }) => raw).join(",")}]`, items };
}

const OPERATORS = ["==", "!=", "<=", ">=", "!%", "=", "<", ">", "%"] as const;

function satisfies(item: JsonNode, query: string): boolean {
  const at = /[=!<>%]/.exec(query)?.index;
  if (at === undefined) return followQuery(item, query.trim()) !== undefined;
  const operator = OPERATORS.find((candidate) => query.startsWith(candidate, at));
  if (operator === undefined) return false;
  const left = followQuery(item, query.slice(0, at).trim());
  const right = parseJsonText(query.slice(at + operator.length).trim());
  if (left === undefined || right === undefined) return false;
  return compare(left, operator, right);
}

function followQuery(item: JsonNode, path: string): JsonNode | undefined {
  return path === "" ? item : follow(item, splitPath(path));
}

function compare(left: JsonNode, operator: (typeof OPERATORS)[number], right: JsonNode): boolean {
  if (operator === "%" || operator === "!%") {
    const matches = left.kind === "string" && right.kind === "string" && matchesPattern(left.text, right.text);
    return operator === "%" ? matches : !matches;
  }
  if (left.kind !== right.kind) return operator === "!=";
  const a = left.kind === "number" ? Number(left.raw) : asText(left);
  const b = right.kind === "number" ? Number(right.raw) : asText(right);
  switch (operator) {
    case "=":
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

/** The path that means this very name, dots and all. */
export function escapedProperty(name: string): string {
  return name.replaceAll(".", "\\.");
}

function unescaped(part: string): string {
  return part.replace(/\\(.)/gs, "$1");
}

/** `*` any run, `?` one character; linear in the text for each star, so a hostile pattern cannot take long. */
function matchesPattern(text: string, pattern: string): boolean {
  let t = 0;
  let p = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const isEscaped = pattern[p] === "\\" && p + 1 < pattern.length;
    const wanted = isEscaped ? pattern[p + 1] : pattern[p];
    if (!isEscaped && wanted === "*") {
      star = p++;
      mark = t;
    } else if (wanted !== undefined && ((!isEscaped && wanted === "?") || wanted === text[t])) {
      p += isEscaped ? 2 : 1;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
