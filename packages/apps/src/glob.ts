/**
 * Globs as Argo CD matches projects, windows and ignore rules with them: `*` any text, `?` one character, `[a-z]` and `[!a-z]`,
 * `{a,b}` alternatives, `\` escapes. With a separator `*` and `?` stop at it and `**` crosses it (facts/argocd.md §1.7). A
 * pattern that cannot be read matches only itself. Texts are names and addresses, so they are short; stars in a row count as one.
 */
export function globMatches(pattern: string, text: string, separator?: "/"): boolean {
  if (pattern === "*" && separator === undefined) return true;
  if (!/[*?[{\\]/.test(pattern)) return pattern === text;
  const key = `${separator ?? ""}\0${pattern}`;
  let compiled = cache.get(key);
  if (compiled === undefined) {
    compiled = compile(pattern, separator);
    if (cache.size >= CACHE_MAX) cache.clear();
    cache.set(key, compiled);
  }
  return compiled === null ? pattern === text : compiled.test(text);
}

const CACHE_MAX = 5_000;
const cache = new Map<string, RegExp | null>();

function compile(pattern: string, separator: "/" | undefined): RegExp | null {
  const any = separator === undefined ? "[^]" : "[^/]";
  let source = "";
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? "";
    if (char === "*") {
      let stars = 1;
      while (pattern[i + 1] === "*") {
        stars++;
        i++;
      }
      source += stars > 1 ? "[^]*" : `${any}*`;
    } else if (char === "?") source += any;
    else if (char === "\\") source += escape(pattern[++i] ?? "\\");
    else if (char === "{") {
      depth++;
      source += "(?:";
    } else if (char === "}" && depth > 0) {
      depth--;
      source += ")";
    } else if (char === "," && depth > 0) source += "|";
    else if (char === "[") {
      const end = pattern.indexOf("]", i + 2);
      if (end < 0) return null;
      source += characterClass(pattern.slice(i + 1, end));
      i = end;
    } else source += escape(char);
  }
  if (depth > 0) return null;
  try {
    return new RegExp(`^(?:${source})$`, "u");
  } catch {
    return null;
  }
}

function characterClass(body: string): string {
  const negated = body.startsWith("!") || body.startsWith("^");
  const inner = (negated ? body.slice(1) : body).replace(/[\\\]^[]/g, "\\$&");
  return `[${negated ? "^" : ""}${inner}]`;
}

function escape(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
