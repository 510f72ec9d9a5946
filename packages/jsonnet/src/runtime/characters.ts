const SURROGATE = /[\ud800-\udfff]/;

/** The last text that was looked into: programs go over a text one character after another. */
let last = "";
/** Its characters, where they are not its UTF-16 units. */
let lastCharacters: readonly string[] | undefined;

function charactersIfWide(text: string): readonly string[] | undefined {
  if (text !== last) {
    lastCharacters = SURROGATE.test(text) ? [...text] : undefined;
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
