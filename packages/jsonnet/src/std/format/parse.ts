export interface FormatCode {
  readonly key: string | undefined;
  readonly isAlternate: boolean;
  readonly isZeroPadded: boolean;
  readonly isLeft: boolean;
  readonly isBlank: boolean;
  readonly isPlus: boolean;
  readonly width: number | "*";
  readonly precision: number | "*" | undefined;
  /** d o x e f g c s %, small: `isCapital` tells X from x. */
  readonly type: string;
  readonly isCapital: boolean;
}

const CODE = /(?:\(([^)]*)\))?([#0\- +]*)(\*|[0-9]*)(?:\.(\*|[0-9]*))?[hlL]?/y;
const TYPES = "diuoxXeEfFgGcs%";

/** Texts and codes in turn. @param fault makes the error that is thrown */
export function parseFormat(text: string, fault: (what: string) => Error): (string | FormatCode)[] {
  const parts: (string | FormatCode)[] = [];
  let from = 0;
  for (let at = text.indexOf("%"); at >= 0; at = text.indexOf("%", from)) {
    parts.push(text.slice(from, at));
    const { code, end } = parseCode(text, at + 1, fault);
    parts.push(code);
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}

function parseCode(text: string, at: number, fault: (what: string) => Error): { code: FormatCode; end: number } {
  CODE.lastIndex = at;
  const [all = "", key, flags = "", width = "", precision] = CODE.exec(text) ?? [];
  const typeAt = at + all.length;
  const letter = String.fromCodePoint(text.codePointAt(typeAt) ?? 0);
  // An open bracket that nothing closes runs to the end of the text.
  if (typeAt >= text.length || (key === undefined && text[at] === "(")) throw fault("Truncated format code.");
  if (!TYPES.includes(letter)) throw fault(`Unrecognised conversion type: ${letter}`);
  const small = letter.toLowerCase();
  const code: FormatCode = {
    key,
    isAlternate: flags.includes("#"),
    isZeroPadded: flags.includes("0"),
    isLeft: flags.includes("-"),
    isBlank: flags.includes(" "),
    isPlus: flags.includes("+"),
    width: width === "*" ? "*" : Number(width),
    precision: precision === undefined || precision === "*" ? precision : Number(precision),
    type: small === "i" || small === "u" ? "d" : small,
    isCapital: letter !== small,
  };
  return { code, end: typeAt + 1 };
}
