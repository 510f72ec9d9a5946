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
    if (forbidden >= 0) throw new SyntaxFault("reader", "control characters are not allowed", markAt(text, forbidden));
    this.text = `${text}\0`;
  }

  /** Whether some character is a surrogate pair, so that columns in characters differ from those in UTF-16 units. */
  get hasPairs(): boolean {
    this.#hasPairs ??= /[\ud800-\udbff]/.test(this.text);
    return this.#hasPairs;
  }
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
