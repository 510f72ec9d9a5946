/**
 * The documents of a template's output. Helm 3 splits at `---` after any white space and trims every document; Helm 4 splits at
 * `---` at the start of a line and keeps what is behind a document (facts/render.md §3).
 */
export function splitManifests(text: string, compat: "v3" | "v4"): string[] {
  if (compat === "v3") {
    return text
      .trim()
      .split(/(?:^|\s*\n)---\s*/)
      .filter((part) => part !== "")
      .map((part) => part.trim());
  }
  return text
    .trimStart()
    .split(/(?<![^\n])---[ \t]*/)
    .filter((part) => part.trim() !== "")
    .map((part) => part.trimStart());
}
