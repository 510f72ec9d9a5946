import { type Problem, ProblemError } from "@fairlead/base";
import { YAML_LIMITS, type YamlLimits } from "../limits.ts";
import type { Node, YamlDocument } from "../node.ts";
import { CommentReader } from "../scan/comments.ts";
import { SyntaxFault } from "../scan/fault.ts";
import { Scanner } from "../scan/scanner.ts";
import { Source } from "../scan/source.ts";
import { problemOf } from "./decode.ts";
import { NodeParser } from "./node-parser.ts";

/** go-yaml v3 keeps this many tokens ready behind the one it hands out, so that comments are found in time. */
const LOOKAHEAD = 2;

export interface ParseOptions {
  /** Named in problems. */
  readonly file?: string | undefined;
  readonly limits?: Partial<YamlLimits> | undefined;
}

export interface ParsedStream {
  readonly documents: YamlDocument[];
  readonly problems: Problem[];
}

/**
 * The node trees of every document, read as go.yaml.in/yaml/v3 does: order, styles, tags, anchors, comments and positions are kept,
 * values are not decoded (see decodeNode). The first fault of syntax ends the reading, and is in `problems` with v3's words; the
 * documents before it are there. Never throws on bad input.
 */
export function parseYaml(text: string, options: ParseOptions = {}): ParsedStream {
  const limits = { ...YAML_LIMITS, ...options.limits };
  const stream: ParsedStream = { documents: [], problems: [] };
  try {
    const parser = nodeParser(new Source(text, limits), limits.depthMax, 0, 0);
    for (let document = parser.next(true); document !== undefined; document = parser.next(false)) {
      if (stream.documents.length >= limits.documentsMax) {
        const at = { offset: 0, line: document.line - 1, column: 0 };
        throw new SyntaxFault("limit", `there are more than ${limits.documentsMax} documents`, at);
      }
      stream.documents.push(document);
    }
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    const problem = problemOf(error, "v3");
    stream.problems.push(options.file === undefined ? problem : { ...problem, file: options.file });
  }
  return stream;
}

/**
 * The one document that begins at this offset (on this line, from 0) of a text that was read before.
 * @throws ProblemError where v3 reads it differently from v2 and finds a fault.
 */
export function parseNodeAt(source: Source, offset: number, line: number): Node {
  try {
    const document = nodeParser(source, YAML_LIMITS.depthMax, offset, line).next(true);
    if (document !== undefined) return document.content;
  } catch (error) {
    if (error instanceof SyntaxFault) throw new ProblemError(problemOf(error, "v3"));
    throw error;
  }
  throw new Error("no document begins here");
}

function nodeParser(source: Source, depthMax: number, offset: number, line: number): NodeParser {
  const comments = new CommentReader(() => scanner.queue);
  const scanner: Scanner = new Scanner(source, offset, line, comments, LOOKAHEAD);
  return new NodeParser(scanner, comments, depthMax);
}
