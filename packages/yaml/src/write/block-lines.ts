import { isBlank, isBreak } from "../scan/chars.ts";
import type { Pen } from "./pen.ts";

/** The lines of a literal scalar, behind its header. */
export function writeLiteralLines(pen: Pen, value: string): void {
  eachLine(value, (line, lineBreak) => {
    if (line !== "") {
      pen.toIndent();
      pen.output.put(line);
      pen.isIndention = false;
    }
    writeBreak(pen, lineBreak);
  });
}

/**
 * The lines of a folded scalar. A break between two lines of text is doubled, as reading folds it away. libyaml asks whether the first
 * line of all begins with a blank where it means the next one; kept.
 */
export function writeFoldedLines(pen: Pen, value: string): void {
  const firstText = value.search(/[^\r\n\u0085\u2028\u2029]/);
  const startsBlank = firstText < 0 || isBlank(value.charCodeAt(firstText));
  let startsWithBlank = true;
  eachLine(value, (line, lineBreak) => {
    if (line !== "") {
      pen.toIndent();
      startsWithBlank = isBlank(line.charCodeAt(0));
      pen.output.put(line);
      pen.isIndention = false;
      if (!startsWithBlank && lineBreak === "\n" && !startsBlank) pen.newline();
    }
    writeBreak(pen, lineBreak);
  });
}

function eachLine(value: string, write: (line: string, lineBreak: string) => void): void {
  let from = 0;
  while (from < value.length) {
    let to = from;
    while (to < value.length && !isBreak(value.charCodeAt(to))) to++;
    write(value.slice(from, to), value.charAt(to));
    from = to + 1;
  }
}

function writeBreak(pen: Pen, lineBreak: string): void {
  if (lineBreak === "") return;
  pen.output.text += lineBreak;
  pen.output.column = 0;
  pen.isIndention = true;
}
