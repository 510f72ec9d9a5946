/** A place in the text. Line and column count from 0 here, as libyaml's marks do; they are made 1-based where they leave the package. */
export interface Mark {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/**
 * A fault of syntax. go-yaml prints one line number, chosen by version from the place of the problem and the place of its context
 * (where the construct began), so both are kept.
 */
export class SyntaxFault extends Error {
  readonly problem: string;
  readonly at: Mark;
  readonly context: Mark | undefined;
  readonly origin: "reader" | "scanner" | "parser" | "composer" | "limit";

  constructor(origin: SyntaxFault["origin"], problem: string, at: Mark, context?: Mark) {
    super(problem);
    this.name = "SyntaxFault";
    this.origin = origin;
    this.problem = problem;
    this.at = at;
    this.context = context;
  }
}

/**
 * The message as go-yaml words it, with its line number. v2 prefers the place of the problem, v3 that of the context; lines of scanner
 * faults are counted from 1 and those of parser faults from 0, and line 0 is not printed. `lineShift` is added for texts that were
 * cut out of a larger one.
 */
export function goMessage(fault: SyntaxFault, version: "v2" | "v3"): string {
  if (fault.origin === "reader" || fault.origin === "composer" || fault.origin === "limit")
    return `yaml: ${fault.problem}`;
  const line = version === "v2" ? lineV2(fault) : lineV3(fault);
  return line === 0 ? `yaml: ${fault.problem}` : `yaml: line ${line}: ${fault.problem}`;
}

function lineV2(fault: SyntaxFault): number {
  if (fault.at.line !== 0) return fault.at.line + (fault.origin === "scanner" ? 1 : 0);
  return fault.context?.line ?? 0;
}

function lineV3(fault: SyntaxFault): number {
  const line = fault.context !== undefined && fault.context.line !== 0 ? fault.context.line : fault.at.line;
  return line === 0 ? 0 : line + (fault.origin === "scanner" ? 1 : 0);
}
