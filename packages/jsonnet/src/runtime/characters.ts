const SURROGATE = /[\ud800-\udfff]/;

/** The last text that was looked into: programs go over a text one character after another. */
let last = "";
/** Its characters, where they are not its UTF-16 units. */
let lastCharacters: readonly string[] | undefined;

function charactersIfWide(text: string): readonly string[] | undefined {
  if (text !== last) {
    lastCharacters = SURROGATE.test(text) ? Array.from(text) : undefined;
    last = text;
  }
  return lastCharacters;
}

/** Characters (code points) of a text. */
export function lengthOf(text: string): number {
  return charactersIfWide(text)?.length ?? text.length;
}

export function characterAt(text: string, at: number): string | undefined {
  const wide = charactersIfWide(text);
  return wide === undefined ? text[at] : wide[at];
}

export function charactersOf(text: string): readonly string[] {
  return charactersIfWide(text) ?? text.split("");
}

/** From one character up to another. */
export function cut(text: string, from: number, to: number): string {
  const wide = charactersIfWide(text);
  return wide === undefined ? text.slice(from, Math.max(from, to)) : wide.slice(from, Math.max(from, to)).join("");
}

/** By code points: JavaScript's own order is by UTF-16 units, which differs where a surrogate meets what lies above them. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  if (!SURROGATE.test(left) && !SURROGATE.test(right)) return left < right ? -1 : 1;
  const [a, b] = [Array.from(left), Array.from(right)];
  const at = a.findIndex((char, index) => char !== b[index]);
  if (at < 0) return -1;
  if (at >= b.length) return 1;
  return (a[at]?.codePointAt(0) as number) < (b[at]?.codePointAt(0) as number) ? -1 : 1;
}
