/**
 * Go's path.Match: `*` and `?` do not cross '/', `[a-z]` and `[^a-z]` are classes, `\` escapes. Undefined for a pattern that is not
 * well formed.
 */
export function compilePathMatch(pattern: string): ((name: string) => boolean) | undefined {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "[") {
      const end = classEnd(pattern, at);
      if (end === undefined) return undefined;
      source += pattern
        .slice(at, end + 1)
        .replace(/\[(?!\^|$)(?=.)/g, (text, offset: number) => (offset === 0 ? text : "\\["));
      at = end;
    } else if (character === "\\") {
      const next = pattern[++at];
      if (next === undefined) return undefined;
      source += escaped(next);
    } else source += escaped(character);
  }
  try {
    const compiled = new RegExp(`^${source}$`, "su");
    return (name) => compiled.test(name);
  } catch {
    return undefined;
  }
}

/** The closing bracket; one right after the opening (or the caret) is no member in Go but a fault. */
function classEnd(pattern: string, start: number): number | undefined {
  let at = start + 1;
  if (pattern[at] === "^") at++;
  if (pattern[at] === "]") return undefined;
  for (; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "]") return at;
  }
  return undefined;
}

function escaped(character: string): string {
  return /[$()*+.?[\\\]^{|}/]/.test(character) ? `\\${character}` : character;
}
