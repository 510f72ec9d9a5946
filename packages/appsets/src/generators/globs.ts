import { APPSET_LIMITS } from "../limits.ts";

/** A glob as a test of whole paths, or the sentence that says why it is none. */
export type Glob = { readonly matches: (path: string) => boolean } | { readonly fault: string };

/**
 * Go's path.Match, which picks directories: `*` and `?` stop at a slash, `[a-z]` and `[^a-z]`, a backslash escapes. A pattern that
 * is broken is a fault here, where Argo CD lets it match nothing.
 */
export function directoryGlob(pattern: string): Glob {
  return compile(pattern, { any: "[^/]*", one: "[^/]", negation: /^\^/, literalEnd: "$" });
}

/**
 * Git's pathspecs, which pick files in Argo CD's old globbing: `*` crosses slashes, and a pattern without a wildcard is a file or
 * everything below a directory.
 */
export function fileGlob(pattern: string): Glob {
  const below = /[*?[\\]/.test(pattern) ? "$" : "(?:/.*)?$";
  return compile(pattern.replace(/\/+$/, ""), { any: "[^]*", one: "[^]", negation: /^[!^]/, literalEnd: below });
}

/** Branch names, as `git branch --list` matches them: `*` crosses slashes. */
export function branchGlob(pattern: string): Glob {
  return compile(pattern, { any: "[^]*", one: "[^]", negation: /^[!^]/, literalEnd: "$" });
}

/** doublestar, Argo CD's new globbing: `*` stops at a slash, a part that is `**` is any number of directories, `{a,b}` alternatives. */
export function doublestarGlob(pattern: string): Glob {
  const source = doublestarSource(pattern);
  if (source === undefined) return { fault: brokenPattern(pattern) };
  return fromSource(pattern, `^${source}$`);
}

interface GlobRules {
  readonly any: string;
  readonly one: string;
  readonly negation: RegExp;
  readonly literalEnd: string;
}

function compile(pattern: string, rules: GlobRules): Glob {
  let source = "^";
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern[index] ?? "";
    if (char === "*") {
      while (pattern[index + 1] === "*") index++;
      source += rules.any;
    } else if (char === "?") source += rules.one;
    else if (char === "\\") {
      const escaped = pattern[++index];
      if (escaped === undefined) return { fault: brokenPattern(pattern) };
      source += literal(escaped);
    } else if (char === "[") {
      const found = characterClass(pattern, index, rules.negation);
      if (!found) return { fault: brokenPattern(pattern) };
      source += found.source;
      index = found.end;
    } else source += literal(char);
  }
  return fromSource(pattern, source + rules.literalEnd);
}

function fromSource(pattern: string, source: string): Glob {
  if (pattern.length > APPSET_LIMITS.globCharsMax) {
    return { fault: `the pattern is longer than ${APPSET_LIMITS.globCharsMax} characters` };
  }
  try {
    const expression = new RegExp(source, "u");
    return { matches: (path) => expression.test(path) };
  } catch {
    return { fault: brokenPattern(pattern) };
  }
}

function brokenPattern(pattern: string): string {
  return `${JSON.stringify(pattern)} is no pattern: a [ or { is not closed, or a \\ ends it`;
}

/** `[…]` from its opening bracket on; a `]` first in it is one of the characters. */
function characterClass(pattern: string, start: number, negation: RegExp): { source: string; end: number } | undefined {
  const isNegated = negation.test(pattern.slice(start + 1));
  let body = "";
  let index = start + 1 + (isNegated ? 1 : 0);
  for (let first = true; ; first = false, index++) {
    const char = pattern[index];
    if (char === undefined) return undefined;
    if (char === "]" && !first) break;
    if (char === "\\") body += `\\${pattern[++index] ?? ""}`;
    else
      body +=
        char === "-" && !first && pattern[index + 1] !== "]" ? "-" : /[\]\\^[\-&~]/.test(char) ? `\\${char}` : char;
  }
  return { source: `[${isNegated ? "^" : ""}${body}]`, end: index };
}

function doublestarSource(pattern: string, inBraces = false): string | undefined {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern[index] ?? "";
    const isPart = index === 0 || pattern[index - 1] === "/";
    if (
      char === "*" &&
      pattern[index + 1] === "*" &&
      isPart &&
      !inBraces &&
      /^\*\*(?:\/|$)/.test(pattern.slice(index))
    ) {
      const isLast = index + 2 >= pattern.length;
      source += isLast ? "[^]*" : "(?:[^/]+/)*";
      index += isLast ? 1 : 2;
    } else if (char === "*") {
      while (pattern[index + 1] === "*") index++;
      source += "[^/]*";
    } else if (char === "?") source += "[^/]";
    else if (char === "\\") source += literal(pattern[++index] ?? "\\");
    else if (char === "[") {
      const found = characterClass(pattern, index, /^[!^]/);
      if (!found) return undefined;
      source += found.source;
      index = found.end;
    } else if (char === "{") {
      const end = pattern.indexOf("}", index);
      if (end < 0) return undefined;
      const parts = pattern
        .slice(index + 1, end)
        .split(",")
        .map((part) => doublestarSource(part, true));
      if (parts.includes(undefined)) return undefined;
      source += `(?:${parts.join("|")})`;
      index = end;
    } else source += literal(char);
  }
  return source;
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/u, "\\$&");
}
