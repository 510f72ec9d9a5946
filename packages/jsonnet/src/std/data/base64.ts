const LETTERS = /^[A-Za-z0-9+/]$/;

/** Bytes, or the offset (in bytes) of what does not belong there, as Go's decoder counts. Line ends are passed over. */
export function decodeBase64(text: string): Uint8Array | number {
  const fault = faultIn(Buffer.from(text).toString("latin1"));
  return fault ?? Buffer.from(text, "base64");
}

function faultIn(text: string): number | undefined {
  let at = 0;
  const next = (): number => {
    while (text[at] === "\n" || text[at] === "\r") at++;
    return at;
  };
  for (;;) {
    for (let place = 0; place < 4; place++) {
      if (next() >= text.length) return place === 0 ? undefined : at - place;
      const char = text[at++] as string;
      if (LETTERS.test(char)) continue;
      if (char !== "=" || place < 2) return at - 1;
      return faultAfterPadding(text, at, place);
    }
  }
}

/** `==` after two letters, `=` after three, and then nothing. */
function faultAfterPadding(text: string, start: number, place: number): number | undefined {
  let at = start;
  const skip = (): void => {
    while (text[at] === "\n" || text[at] === "\r") at++;
  };
  skip();
  if (place === 2) {
    if (at >= text.length) return text.length;
    if (text[at] !== "=") return at - 1;
    at++;
    skip();
  }
  return at < text.length ? at : undefined;
}
