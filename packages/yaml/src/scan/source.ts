import type { YamlLimits } from "../limits.ts";
import { forbiddenCharAt } from "./chars.ts";
import { SyntaxFault, type Mark } from "./fault.ts";

/** A text that was checked once and may be read from many places: going on behind a fault must not cost another pass over it. */
export class Source {
  /** With a NUL behind it. */
  readonly text: string;
  #hasPairs: boolean | undefined;

  /** @throws SyntaxFault on a text that is too long or holds a character YAML forbids. */
  constructor(text: string, limits: Pick<YamlLimits, "textCharsMax">) {
    if (text.length > limits.textCharsMax) {
      throw new SyntaxFault("limit", `the text is longer than ${limits.textCharsMax} characters`, markAt(text, 0));
    }
    const forbidden = forbiddenCharAt(text);
    if (forbidden >= 0) throw new SyntaxFault("reader", refusal(text, forbidden), markAt(text, forbidden));
    this.text = `${text}\0`;
  }

  /** Whether some character is a surrogate pair, so that columns in characters differ from those in UTF-16 units. */
  get hasPairs(): boolean {
    this.#hasPairs ??= /[\ud800-\udbff]/.test(this.text);
    return this.#hasPairs;
  }
}

/** A lone surrogate U+DC00 + byte is a byte that is not UTF-8, as templates' output may have it. */
function refusal(text: string, at: number): string {
  const byte = text.charCodeAt(at) - 0xdc00;
  if (byte < 0x80 || byte > 0xff) return "control characters are not allowed";
  if (byte < 0xc0 || byte > 0xf7) return "invalid leading UTF-8 octet";
  const width = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  return at + width > text.length ? "incomplete UTF-8 octet sequence" : "invalid trailing UTF-8 octet";
}

function markAt(text: string, offset: number): Mark {
  let line = 0;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { offset, line, column: offset - lineStart };
}
