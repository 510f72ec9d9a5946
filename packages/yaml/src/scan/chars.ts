/**
 * Character classes of libyaml, on UTF-16 code units. The scanner's text ends in a NUL, which the reader forbids inside a text, so
 * "end of input" is a character like any other and no bounds are checked in the inner loops.
 */
export const NUL = 0;
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const BOM = 0xfeff;

const NEL = 0x85;
const LINE_SEPARATOR = 0x2028;
const PARAGRAPH_SEPARATOR = 0x2029;

export function isBreak(code: number): boolean {
  if (code > CR) return code >= NEL && (code === NEL || code === LINE_SEPARATOR || code === PARAGRAPH_SEPARATOR);
  return code === LF || code === CR;
}

export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

export function isBreakOrEnd(code: number): boolean {
  return code === NUL || isBreak(code);
}

/** White space, line break or end of input: what must follow an indicator such as `-` or `:` in block context. */
export function isSpaceOrEnd(code: number): boolean {
  if (code > SPACE) return code >= NEL && isBreak(code);
  return code === SPACE || code === LF || code === NUL || code === TAB || code === CR;
}

/** Letters, digits, `_` and `-`: what anchors and directive names are made of. */
export function isWord(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    code === 95 ||
    code === 45
  );
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** The value of a hexadecimal digit, -1 for any other character. */
export function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return -1;
}

/** Characters libyaml's reader refuses anywhere in a text: controls but tab, LF, CR and NEL, and the two non-characters. */
// oxlint-disable-next-line no-control-regex -- control characters are the subject here
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Offset of the first character that may not stand in YAML text, or -1. */
export function forbiddenCharAt(text: string): number {
  const forbidden = text.search(FORBIDDEN);
  return forbidden >= 0 || text.isWellFormed() ? forbidden : text.search(LONE_SURROGATE);
}
