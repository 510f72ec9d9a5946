import { type Json, type Problem, ProblemError } from "@fairlead/base";
import { YAML_LIMITS, type YamlLimits } from "../limits.ts";
import { goMessage, SyntaxFault } from "../scan/fault.ts";
import { Scanner } from "../scan/scanner.ts";
import { Source } from "../scan/source.ts";
import type { NumberStyle } from "./numbers.ts";
import { ValueParser } from "./value-parser.ts";

export interface DecodeOptions {
  /** Named in problems. */
  readonly file?: string | undefined;
  readonly limits?: Partial<YamlLimits> | undefined;
  /** See NumberStyle; `json` unless said otherwise. */
  readonly numbers?: NumberStyle | undefined;
  /** Report a key that a mapping already has. Off, as in Go: the last one wins. */
  readonly uniqueKeys?: boolean | undefined;
}

/** sigs.k8s.io/yaml puts this before whatever went wrong on the way from YAML to JSON. */
const SIGS_PREFIX = "error converting YAML to JSON: ";

/**
 * The first document of the text as sigs.k8s.io/yaml unmarshals it: YAML 1.1 words and numbers, string keys, merges done, anchors
 * expanded. Nothing (an empty text) is null. What follows the first document is not looked at, as in Go.
 * @throws ProblemError with every problem; the messages are sigs.k8s.io/yaml's.
 */
export function decodeYaml(text: string, options: DecodeOptions = {}): Json {
  try {
    const parser = valueParser(new Source(text, { ...YAML_LIMITS, ...options.limits }), options);
    const document = parser.next(true);
    const faults = parser.takeFaults();
    if (faults.length > 0) throw new ProblemError(faults.map((fault) => addressed(fault, options.file)));
    return (document?.value ?? null) as Json;
  } catch (error) {
    if (error instanceof SyntaxFault) throw new ProblemError(addressed(problemOf(error, "v2"), options.file));
    throw error;
  }
}

function addressed(problem: Problem, file: string | undefined): Problem {
  return { ...problem, message: SIGS_PREFIX + problem.message, ...(file === undefined ? {} : { file }) };
}

/** A parser of plain values that stands at the start of the text, or at an offset of it (with its line, from 0). */
export function valueParser(source: Source, options: DecodeOptions, offset = 0, line = 0): ValueParser {
  const scanner = new Scanner(source, offset, line, undefined, 0);
  return new ValueParser(scanner, {
    depthMax: options.limits?.depthMax ?? YAML_LIMITS.depthMax,
    numbers: options.numbers ?? "json",
    uniqueKeys: options.uniqueKeys ?? false,
  });
}

/** A fault of syntax as a problem, with go-yaml's words and the exact place. */
export function problemOf(fault: SyntaxFault, version: "v2" | "v3"): Problem {
  const code = fault.origin === "limit" ? "YamlLimit" : fault.origin === "composer" ? "YamlAlias" : "YamlSyntax";
  return { code, message: goMessage(fault, version), line: fault.at.line + 1, column: fault.at.column + 1 };
}
