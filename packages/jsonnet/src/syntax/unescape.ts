const PLAIN: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
const HEX = /^[0-9a-fA-F]{4}$/;
const REPLACEMENT = "\ufffd";

/** The string that a literal's text stands for. @param fault makes the error that is thrown */
export function unescape(text: string, fault: (what: string) => Error): string {
  if (!text.includes("\\")) return text;
  let out = "";
  let from = 0;
  for (let at = text.indexOf("\\"); at >= 0; at = text.indexOf("\\", from)) {
    out += text.slice(from, at);
    const code = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
    if (at + 1 >= text.length) throw fault("Truncated escape sequence in string literal.");
    const plain = PLAIN.get(code);
    if (plain !== undefined) {
      out += plain;
      from = at + 2;
    } else if (code === "u") {
      const { char, end } = unicodeEscape(text, at + 2, fault);
      out += char;
      from = end;
    } else throw fault(`Unknown escape sequence in string literal: \\${code}`);
  }
  return out + text.slice(from);
}

function unicodeEscape(text: string, at: number, fault: (what: string) => Error): { char: string; end: number } {
  if (at + 4 > text.length) throw fault("Truncated unicode escape sequence in string literal.");
  const digits = text.slice(at, at + 4);
  if (!HEX.test(digits)) throw fault(`Unicode escape sequence was malformed: ${text.slice(0, 4)}`);
  const code = Number.parseInt(digits, 16);
  if (code < 0xd800 || code > 0xdfff) return { char: String.fromCharCode(code), end: at + 4 };
  if (at + 10 > text.length) throw fault("Truncated unicode surrogate pair escape sequence in string literal.");
  if (!text.startsWith("\\u", at + 4)) {
    throw fault("Unicode surrogate pair escape sequence missing low surrogate in string literal.");
  }
  const low = text.slice(at + 6, at + 10);
  if (!HEX.test(low)) throw fault(`Unicode low surrogate escape sequence was malformed: ${text.slice(0, 4)}`);
  const pair = String.fromCharCode(code, Number.parseInt(low, 16));
  return { char: pair.isWellFormed() ? pair : REPLACEMENT, end: at + 10 };
}
