import type { Json, Problem } from "@fairlead/base";
import { YAML_LIMITS } from "../limits.ts";
import type { Node } from "../node.ts";
import { SyntaxFault } from "../scan/fault.ts";
import { checkText, problemOf, valueParser, type DecodeOptions } from "./decode.ts";
import { parseNodeAt } from "./parse.ts";

export interface DecodedDocument {
  readonly value: Json;
  /** Line of the first content, from 1. */
  readonly line: number;
  /** The same document as a tree, with positions and comments; read when first asked for. */
  readonly node: Node;
}

export interface DecodedStream {
  readonly documents: DecodedDocument[];
  readonly problems: Problem[];
}

/**
 * Every document of a stream as sigs.k8s.io/yaml gives it to Kubernetes tools; documents that are empty or null are left out. A fault
 * costs the document it is in: reading goes on at the next `---`, so all of a file's faults come together. Lines count through the
 * whole text. Never throws on bad input.
 */
export function decodeDocuments(text: string, options: DecodeOptions = {}): DecodedStream {
  const stream: DecodedStream = { documents: [], problems: [] };
  try {
    checkText(text, { ...YAML_LIMITS, ...options.limits });
  } catch (error) {
    report(stream, error, options);
    return stream;
  }
  let from: Place | undefined = { offset: 0, line: 0 };
  while (from !== undefined) from = readFrom(text, from, stream, options);
  return stream;
}

interface Place {
  readonly offset: number;
  readonly line: number;
}

/** Reads documents until the stream ends or a fault comes; answers where to go on behind a fault. */
function readFrom(text: string, from: Place, stream: DecodedStream, options: DecodeOptions): Place | undefined {
  const documentsMax = options.limits?.documentsMax ?? YAML_LIMITS.documentsMax;
  const parser = valueParser(text, options, from.offset, from.line);
  let start = from;
  try {
    for (let isFirst = true; ; isFirst = false) {
      start = isFirst ? from : parser.nextPlace();
      const document = parser.next(isFirst);
      if (document === undefined) return undefined;
      for (const fault of parser.takeFaults()) stream.problems.push(withFile(fault, options));
      if (document.value === null) continue;
      if (stream.documents.length >= documentsMax) {
        const at = { offset: 0, line: document.line, column: 0 };
        throw new SyntaxFault("limit", `there are more than ${documentsMax} documents`, at);
      }
      stream.documents.push(new Decoded(document.value as Json, document.line + 1, text, start));
    }
  } catch (error) {
    const fault = report(stream, error, options);
    return fault.origin === "limit" ? undefined : nextDocument(text, start, fault);
  }
}

class Decoded implements DecodedDocument {
  readonly value: Json;
  readonly line: number;
  readonly #text: string;
  readonly #start: Place;
  #node: Node | undefined;

  constructor(value: Json, line: number, text: string, start: Place) {
    this.value = value;
    this.line = line;
    this.#text = text;
    this.#start = start;
  }

  get node(): Node {
    this.#node ??= parseNodeAt(this.#text, this.#start.offset, this.#start.line);
    return this.#node;
  }
}

function withFile(problem: Problem, options: DecodeOptions): Problem {
  return options.file === undefined ? problem : { ...problem, file: options.file };
}

function report(stream: DecodedStream, error: unknown, options: DecodeOptions): SyntaxFault {
  if (!(error instanceof SyntaxFault)) throw error;
  stream.problems.push(withFile(problemOf(error, "v2"), options));
  return error;
}

/** The next line that begins with `---` behind the fault. */
function nextDocument(text: string, start: Place, fault: SyntaxFault): Place | undefined {
  let at = Math.max(fault.at.offset - 1, start.offset);
  for (;;) {
    at = text.indexOf("\n---", at);
    if (at < 0) return undefined;
    const after = text.charAt(at + 4);
    if (after === "" || " \t\r\n".includes(after)) break;
    at++;
  }
  return { offset: at + 1, line: start.line + breaksBetween(text, start.offset, at + 1) };
}

function breaksBetween(text: string, from: number, to: number): number {
  return text.slice(from, to).match(/\r\n|[\r\n\u0085\u2028\u2029]/g)?.length ?? 0;
}
