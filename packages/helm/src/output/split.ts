import { trimSpace, trimSpaceStart } from "@fairlead/gotemplate";

/**
 * The documents of a template's output. Helm 3 splits at `---` after any white space and trims every document; Helm 4 splits at
 * `---` at the start of a line and keeps what is behind a document (facts/render.md §3).
 */
export function splitManifests(text: string, compat: "v3" | "v4"): string[] {
  if (compat === "v3") {
    // Go's `\s` is ASCII alone.
    return trimSpace(text)
      .split(/(?:^|[\t\n\f\r ]*\n)---[\t\n\f\r ]*/)
      .filter((part) => part !== "")
      .map(trimSpace);
  }
  return trimSpaceStart(text)
    .split(/(?<![^\n])---[ \t]*/)
    .map(trimSpaceStart)
    .filter((part) => part !== "");
}
