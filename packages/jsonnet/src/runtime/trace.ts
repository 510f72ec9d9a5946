import { goQuote } from "@fairlead/gotemplate";
import { Site } from "../syntax/source.ts";

/** One line of a stack trace: a place, `Field "name"` for a string, `Array element N` for a number. */
export type Trace = Site | string | number;

/** Code that stands for something the language spells shorter; it has an empty line. */
export const BLANK = new Site(undefined, -1, -1, "\t");
/** Inside of the standard library, which here is not written in Jsonnet: no line. */
export const STD = new Site(undefined, -1, -1, "<std>\t");

export const EVALUATION = message("During evaluation");
export const MANIFESTATION = message("During manifestation");
export const ASSERTIONS = message("Checking object assertions");
export const TOP_LEVEL_CALL = message("Top-level function call");

function message(text: string): Site {
  return new Site(undefined, -1, -1, `${text}\t`);
}

function traceLine(trace: Trace): string {
  if (typeof trace === "number") return `\tArray element ${trace}\t`;
  if (typeof trace === "string") return `\tField ${goQuote(trace)}\t`;
  return `\t${trace.toString()}`;
}

/** From the innermost on, the middle left out. @param linesMax 0 for all */
export function traceText(frames: readonly Trace[], linesMax: number): string {
  const shown = frames.filter((frame) => frame !== STD).reverse();
  const above = Math.floor(linesMax / 2);
  const below = linesMax - above;
  const lines =
    linesMax > 0 && shown.length > linesMax
      ? [...shown.slice(0, above).map(traceLine), "\t...", ...shown.slice(shown.length - below).map(traceLine)]
      : shown.map(traceLine);
  return lines.map((line) => `${line}\n`).join("");
}
