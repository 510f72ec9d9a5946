import { problemError } from "@fairlead/base";
import type { Row } from "../application-set/types.ts";
import type { Dialect, TextFiller } from "./dialect.ts";

/** Texts compiled are kept, as the same few stand in every row. */
const COMPILED_MAX = 5000;
const compiled = new Map<string, TextFiller | null>();

/** Argo CD looks for both marks on one line before it looks at a text at all. */
const IS_TEMPLATED = /\{\{.*\}\}/;

/**
 * valyala/fasttemplate as ApplicationSets use it: `{{ key }}` is a key of the flat row. A key that is not there, or whose value is
 * no string, stays as it is written.
 */
export const fastDialect: Dialect = {
  isGo: false,
  compile(text) {
    let filler = compiled.get(text);
    if (filler === undefined) {
      filler = IS_TEMPLATED.test(text) ? compileText(text) : null;
      if (compiled.size >= COMPILED_MAX) compiled.clear();
      compiled.set(text, filler);
    }
    return filler ?? undefined;
  },
};

/** Keys a text names, for the warning about those that are not there. */
export function placeholdersOf(text: string): string[] {
  return IS_TEMPLATED.test(text) ? [...text.matchAll(/\{\{([^{}]*)\}\}/g)].map((match) => (match[1] ?? "").trim()) : [];
}

function compileText(text: string): TextFiller {
  /** Literal, tag, literal, …: tags stand at odd places. */
  const parts: string[] = [];
  let at = 0;
  for (let start = text.indexOf("{{"); start >= 0; start = text.indexOf("{{", at)) {
    const end = text.indexOf("}}", start + 2);
    if (end < 0) {
      throw problemError("SetTemplateFailed", `${JSON.stringify(text)} opens a placeholder with {{ that no }} closes`);
    }
    parts.push(text.slice(at, start), text.slice(start + 2, end));
    at = end + 2;
  }
  parts.push(text.slice(at));
  return (row) => fillParts(parts, row);
}

function fillParts(parts: readonly string[], row: Row): string {
  let filled = "";
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? "";
    filled += index % 2 === 0 ? part : valueOf(part, row);
  }
  return filled;
}

function valueOf(tag: string, row: Row): string {
  const key = tag.trim();
  const value = key !== "" && Object.hasOwn(row, key) ? row[key] : undefined;
  return typeof value === "string" ? value : `{{${tag}}}`;
}
