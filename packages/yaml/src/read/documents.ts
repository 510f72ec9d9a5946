import type { Json, Problem } from "@fairlead/base";
import { YAML_LIMITS, type YamlLimits } from "../limits.ts";
import type { Node } from "../node.ts";
import { SyntaxFault } from "../scan/fault.ts";
import { Source } from "../scan/source.ts";
import { problemOf, valueParser, type DecodeOptions } from "./decode.ts";
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
  const reader = new StreamReader(options);
  try {
    reader.readAll(new Source(text, { ...YAML_LIMITS, ...options.limits }));
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    reader.report(problemOf(error, "v2"));
  }
  return { documents: reader.documents, problems: reader.problems };
}

/** From 0. */
interface Place {
  readonly offset: number;
  readonly line: number;
}

class StreamReader {
  readonly documents: DecodedDocument[] = [];
  readonly problems: Problem[] = [];
  readonly #options: DecodeOptions;
  readonly #limits: YamlLimits;

  constructor(options: DecodeOptions) {
    this.#options = options;
    this.#limits = { ...YAML_LIMITS, ...options.limits };
  }

  report(problem: Problem): void {
    const { file } = this.#options;
    this.problems.push(file === undefined ? problem : { ...problem, file });
  }

  /** @throws SyntaxFault when a limit is reached. */
  readAll(source: Source): void {
    let from: Place | undefined = { offset: 0, line: 0 };
    while (from !== undefined) {
      from = this.#readFrom(source, from);
      if (this.problems.length >= this.#limits.problemsMax)
        throw this.#limitReached("problems", this.#limits.problemsMax, from);
    }
  }

  #limitReached(what: string, max: number, at: Place | undefined): SyntaxFault {
    return new SyntaxFault("limit", `there are more than ${max} ${what}`, {
      offset: 0,
      line: at?.line ?? 0,
      column: 0,
    });
  }

  /** Reads documents until the stream ends or a fault comes; answers where to go on behind a fault. */
  #readFrom(source: Source, from: Place): Place | undefined {
    const parser = valueParser(source, this.#options, from.offset, from.line);
    let start = from;
    try {
      for (let isFirst = true; ; isFirst = false) {
        start = isFirst ? from : parser.nextPlace();
        const document = parser.next(isFirst);
        if (document === undefined) return undefined;
        for (const fault of parser.takeFaults()) this.report(fault);
        if (document.value === null) continue;
        if (this.documents.length >= this.#limits.documentsMax) {
          throw this.#limitReached("documents", this.#limits.documentsMax, start);
        }
        this.documents.push(new Decoded(document.value as Json, document.line + 1, source, start));
      }
    } catch (error) {
      if (!(error instanceof SyntaxFault) || error.origin === "limit") throw error;
      this.report(problemOf(error, "v2"));
      return nextDocument(source.text, start, error);
    }
  }
}

class Decoded implements DecodedDocument {
  readonly value: Json;
  readonly line: number;
  readonly #source: Source;
  readonly #start: Place;
  #node: Node | undefined;

  constructor(value: Json, line: number, source: Source, start: Place) {
    this.value = value;
    this.line = line;
    this.#source = source;
    this.#start = start;
  }

  get node(): Node {
    this.#node ??= parseNodeAt(this.#source, this.#start.offset, this.#start.line);
    return this.#node;
  }
}

/** The next line that begins with `---` behind the fault. */
function nextDocument(text: string, start: Place, fault: SyntaxFault): Place | undefined {
  let at = Math.max(fault.at.offset - 1, start.offset);
  for (;;) {
    at = text.indexOf("\n---", at);
    if (at < 0) return undefined;
    const after = text.charAt(at + 4);
    if (" \t\r\n\0".includes(after)) break;
    at++;
  }
  return { offset: at + 1, line: start.line + breaksBetween(text, start.offset, at + 1) };
}

function breaksBetween(text: string, from: number, to: number): number {
  return text.slice(from, to).match(/\r\n|[\r\n\u0085\u2028\u2029]/g)?.length ?? 0;
}
