/**
 * gobwas/glob with the separator '/': `*` and `?` stay inside a part, `**` crosses, `[a-z]` and `[!a-z]` are classes, `{a,b}` alternates,
 * `\` escapes. Undefined for a pattern that is not well formed.
 */
export function compileGobwas(pattern: string): ((name: string) => boolean) | undefined {
  let source = "";
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    if (character === "*") {
      const isDouble = pattern[at + 1] === "*";
      while (pattern[at + 1] === "*") at++;
      source += isDouble ? ".*" : "[^/]*";
    } else if (character === "?") source += "[^/]";
    else if (character === "[") {
      const end = pattern.indexOf("]", at + 1);
      if (end <= at + 1) return undefined;
      source += `[${pattern
        .slice(at + 1, end)
        .replace(/^!/, "^")
        .replace(/[\\[]/g, "\\$&")}]`;
      at = end;
    } else if (character === "{") {
      depth++;
      source += "(?:";
    } else if (character === "}" && depth > 0) {
      depth--;
      source += ")";
    } else if (character === "," && depth > 0) source += "|";
    else source += literal(character === "\\" ? (pattern[++at] ?? "") : character);
  }
  if (depth > 0) return undefined;
  try {
    const compiled = new RegExp(`^${source}$`, "su");
    return (name) => compiled.test(name);
  } catch {
    return undefined;
  }
}

function literal(character: string): string {
  return /[$()*+.?[\\\]^{|}/]/.test(character) ? `\\${character}` : character;
}
