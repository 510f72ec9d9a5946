import type { Scalar } from "../node.ts";
import { isBreak } from "../scan/chars.ts";
import { isOldBoolean, resolvePlainV3 } from "../schema/v3.ts";
import { resolvePlainV2 } from "../schema/v2.ts";
import {
  analyse,
  type Dialect,
  MULTILINE,
  NO_BLOCK,
  NO_BLOCK_PLAIN,
  NO_FLOW_PLAIN,
  NO_SINGLE,
} from "../write/analysis.ts";
import { Output, writeDoubleQuoted, writeSingleQuoted } from "../write/output.ts";
import { BASE_60 } from "../write/values.ts";
import type { Target } from "./locate.ts";

const DIALECT: Dialect = { printsAstral: true, keepsTabs: true };
const NO_FOLDING = { width: Number.POSITIVE_INFINITY, indent: 0 };

/** A stretch of the text and what to put there. */
export interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Ways to write the new value, best first: the style that was there, then what the value forces. The caller takes the first that reads
 * back as wanted.
 */
export function renderings(text: string, target: Target, value: string): Replacement[] {
  const { node } = target;
  if (node.kind === "alias") return inline(node.start, node.end, target, value, "plain", "!!str");
  const isBlock = node.style === "literal" || node.style === "folded";
  if (isBlock) return [...blockRenderings(text, target, node, value), ...blockToQuotes(text, node, value)];
  if (node.end === node.contentStart) return emptyRenderings(text, target, node, value);
  return inline(node.contentStart, node.end, target, value, node.style, node.isTagged ? "" : node.tag);
}

function inline(from: number, to: number, target: Target, value: string, style: string, tag: string): Replacement[] {
  return quotedForms(target, value, style, tag).map((text) => ({ from, to, text }));
}

/** `style`: what was there. `tag`: what was meant there; "" if it was written out, so that the form does not matter. */
function quotedForms(target: Target, value: string, style: string, tag: string): string[] {
  const flags = analyse(value, DIALECT);
  const forms: string[] = [];
  const isPlainAllowed = (flags & (target.isInFlow ? NO_FLOW_PLAIN : NO_BLOCK_PLAIN)) === 0 && value !== "";
  const mustStayString = tag === "!!str" || tag === "!!null";
  const keepsMeaning = !mustStayString || isPlainString(value);
  if (style === "plain" && isPlainAllowed && keepsMeaning) forms.push(value);
  const isOneLine = (flags & (MULTILINE | NO_SINGLE)) === 0;
  const double = doubleQuoted(value);
  if (style === "single" && isOneLine) forms.push(singleQuoted(value));
  if (style === "plain" && isOneLine && keepsMeaning && value !== "") forms.push(singleQuoted(value));
  forms.push(double);
  return forms;
}

/** Whether every reader, of YAML 1.1 or 1.2, takes the plain form for a string. */
function isPlainString(value: string): boolean {
  if (resolvePlainV2(value) !== undefined || resolvePlainV3(value) !== undefined) return false;
  return !BASE_60.test(value) && !isOldBoolean(value);
}

function singleQuoted(value: string): string {
  const output = new Output();
  writeSingleQuoted(output, value, NO_FOLDING);
  return output.text;
}

function doubleQuoted(value: string): string {
  const output = new Output();
  writeDoubleQuoted(output, value, NO_FOLDING, DIALECT);
  return output.text;
}

/** A key or dash with nothing behind it: a space comes first, and in `{a}` a colon. */
function emptyRenderings(text: string, target: Target, node: Scalar, value: string): Replacement[] {
  const at = node.contentStart;
  const space = /[\s[{,]/.test(text.charAt(at - 1)) ? "" : " ";
  const forms = quotedForms(target, value, "plain", node.isTagged ? "" : "!!null");
  const starts = target.isInFlow ? [space, ": "] : [space];
  return starts.flatMap((start) => forms.map((form) => ({ from: at, to: at, text: start + form })));
}

interface BlockParts {
  /** Offset of the indicator, and of the line break (or the end) behind the header. */
  readonly start: number;
  readonly headerEnd: number;
  /** Offset behind the content's last line; empty lines that do not count are left out. */
  readonly end: number;
  readonly lineBreak: string;
  readonly digit: string;
  /** Blanks and comment behind the header's indicators. */
  readonly rest: string;
  readonly indent: number | undefined;
}

const HEADER = /^[|>](?:([1-9])[-+]?|[-+]([1-9])?)?/;

function blockParts(text: string, node: Scalar): BlockParts {
  const start = node.contentStart;
  let headerEnd = start;
  while (headerEnd < text.length && !isBreak(text.charCodeAt(headerEnd))) headerEnd++;
  const header = text.slice(start, headerEnd);
  const match = HEADER.exec(header) as RegExpExecArray;
  const lineBreak = text.startsWith("\r\n", headerEnd) ? "\r\n" : "\n";
  const body = text.slice(headerEnd, node.end);
  const isKept = match[0].includes("+");
  const content = isKept ? body : body.replace(/\s+$/, "");
  const trimmedEnd = content === "" ? headerEnd : headerEnd + content.length;
  const indented = /[\r\n]( *)[^\s]/.exec(body)?.[1];
  return {
    start,
    headerEnd,
    end: isKept ? node.end : trimmedEnd + (body.slice(content.length).match(/^[ \t]*(?:\r\n|[\r\n])/)?.[0].length ?? 0),
    lineBreak,
    digit: match[1] ?? match[2] ?? "",
    rest: header.slice(match[0].length),
    indent: indented?.length,
  };
}

function blockRenderings(text: string, target: Target, node: Scalar, value: string): Replacement[] {
  if ((analyse(value, DIALECT) & NO_BLOCK) !== 0 || value === "" || /[\r\u0085\u2028\u2029]/.test(value)) return [];
  const parts = blockParts(text, node);
  const parent = Math.max(target.parentIndent, 0);
  const indents =
    parts.digit !== ""
      ? [parent + Number(parts.digit)]
      : parts.indent !== undefined
        ? [parts.indent]
        : [parent + 2, parent + 4];
  return indents.flatMap((indent) => {
    const forms = node.style === "folded" ? [">", "|"] : ["|"];
    return forms.map((indicator) => blockForm(parts, indicator, value, indent, parent));
  });
}

/** A new literal or folded scalar with the old one's place, comment, indentation and line breaks. */
function blockForm(parts: BlockParts, indicator: string, value: string, indent: number, parent: number): Replacement {
  const needsDigit = parts.digit !== "" || /^[ \n]/.test(value);
  const digit = needsDigit ? String(indent - parent) : "";
  const chomping = !value.endsWith("\n") ? "-" : /(?:^|\n)\n$/.test(value) ? "+" : "";
  const lines = (value.endsWith("\n") ? value.slice(0, -1) : value).split("\n");
  const body = (indicator === ">" ? unfolded(lines) : lines)
    .map((line) => (line === "" ? "" : " ".repeat(indent) + line))
    .join(parts.lineBreak);
  const header = indicator + digit + chomping + parts.rest;
  return { from: parts.start, to: parts.end, text: header + parts.lineBreak + body + parts.lineBreak };
}

/** Reading folds a break between two lines of text to a space, so each is written twice. */
function unfolded(lines: readonly string[]): string[] {
  return lines.flatMap((line, index) => (index > 0 && line !== "" && lines[index - 1] !== "" ? ["", line] : [line]));
}

/** The value in quotes instead of a block; the header's comment stays behind it. */
function blockToQuotes(text: string, node: Scalar, value: string): Replacement[] {
  const parts = blockParts(text, node);
  return [{ from: parts.start, to: parts.end, text: doubleQuoted(value) + parts.rest + parts.lineBreak }];
}
