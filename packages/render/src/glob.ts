import { problemError } from "@fairlead/base";

const GLOB_LENGTH_MAX = 1024;

/**
 * A glob as Argo CD matches `include` and `exclude`: gobwas syntax without separators, so `*` and `?` cross `/`; `{a,b}` alternates,
 * `[a-z]` and `[!a-z]` are classes, `\` escapes.
 * @throws ProblemError InvalidGlob
 */
export function compileGlob(glob: string): (path: string) => boolean {
  if (glob.length > GLOB_LENGTH_MAX) throw invalid(glob, `it is longer than ${GLOB_LENGTH_MAX} characters`);
  const pattern = new RegExp(`^${translate(glob)}$`, "su");
  return (path) => pattern.test(path);
}

function translate(glob: string): string {
  let out = "";
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] ?? "";
    if (character === "\\") out += literal(glob[++at] ?? "\\");
    // Runs of stars are one star: `**` would only make the pattern slow.
    else if (character === "*") out += glob[at + 1] === "*" ? "" : ".*";
    else if (character === "?") out += ".";
    else if (character === "[") {
      const end = glob.indexOf("]", at + 2);
      if (end < 0) throw invalid(glob, "a `[` is not closed");
      out += `[${glob
        .slice(at + 1, end)
        .replace(/^!/, "^")
        .replace(/[\\\]]/g, "\\$&")}]`;
      at = end;
    } else if (character === "{") {
      depth++;
      out += "(?:";
    } else if (character === "}" && depth > 0) {
      depth--;
      out += ")";
    } else if (character === "," && depth > 0) out += "|";
    else out += literal(character);
  }
  if (depth > 0) throw invalid(glob, "a `{` is not closed");
  return out;
}

function literal(character: string): string {
  return character.replace(/[$()*+.?[\\\]^{|}/-]/g, "\\$&").replace(/^\\-$/, "-");
}

function invalid(glob: string, why: string): Error {
  return problemError("InvalidGlob", `glob ${JSON.stringify(glob)} is not well formed: ${why}`);
}
