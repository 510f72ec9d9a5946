import { trimSpace, trimSpaceStart } from "@fairlead/gotemplate";

const SEPARATOR = "---";
/** What `\s` is in Go's regular expressions. */
const WHITE = "\t\n\f\r ";

/**
 * The documents of a template's output. Helm 3 splits at `---` after any white space and trims every document; Helm 4 splits at
 * `---` at the start of a line and keeps what is behind a document (facts/render.md §3). Helm's expressions are walked by hand: a
 * regular expression would look at every space of a megabyte of indented CRDs.
 */
export function splitManifests(text: string, compat: "v3" | "v4"): string[] {
  if (compat === "v3") {
    return piecesOf(trimSpace(text), true)
      .filter((part) => part !== "")
      .map(trimSpace);
  }
  return piecesOf(trimSpaceStart(text), false)
    .map(trimSpaceStart)
    .filter((part) => part !== "");
}

/** @param takesLines a separator takes all white space around it along, so that another one right behind it is none */
function piecesOf(text: string, takesLines: boolean): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (let at = text.indexOf(SEPARATOR); at >= 0; at = text.indexOf(SEPARATOR, Math.max(at + 1, from))) {
    if (at > 0 && (text[at - 1] !== "\n" || (takesLines && at - 1 < from))) continue;
    let start = at;
    while (takesLines && start > from && WHITE.includes(text[start - 1] ?? "")) start--;
    pieces.push(text.slice(from, start));
    from = at + SEPARATOR.length;
    const skipped = takesLines ? WHITE : "\t ";
    while (from < text.length && skipped.includes(text[from] ?? "")) from++;
  }
  return [...pieces, text.slice(from)];
}
