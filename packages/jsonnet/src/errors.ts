import { ProblemError, type Problem } from "@fairlead/base";
import type { CODES } from "./codes.ts";
import { JSONNET_LIMITS } from "./limits.ts";
import { traceText, type Trace } from "./runtime/trace.ts";
import { Site } from "./syntax/source.ts";
import type { StaticFault } from "./syntax/static-fault.ts";

/** Places that a hint names. */
const PLACES_MAX = 4;

type JsonnetCode = keyof typeof CODES;

/** What a program ends in; becomes a JsonnetError at the end of the evaluation. */
export class Failure extends Error {
  readonly frames: readonly Trace[];
  readonly isLimit: boolean;

  /** @param frames from the outermost on */
  constructor(message: string, frames: readonly Trace[], isLimit = false) {
    super(message);
    this.name = "Failure";
    this.frames = frames;
    this.isLimit = isLimit;
  }
}

/** What is wrong with a text that was to be evaluated; becomes a JsonnetError at the end of the evaluation. */
export class StaticFaults extends Error {
  readonly faults: readonly [StaticFault, ...StaticFault[]];

  constructor(faults: readonly [StaticFault, ...StaticFault[]]) {
    super(faults[0].message);
    this.name = "StaticFaults";
    this.faults = faults;
  }
}

/**
 * A program that is not well formed or ends in an error. `goText` is what go-jsonnet says, stack trace included; Argo CD passes that
 * on. The problems are placed in the user's own files.
 */
export class JsonnetError extends ProblemError {
  readonly kind: "static" | "runtime";
  readonly #text: (linesMax: number) => string;

  constructor(kind: "static" | "runtime", problems: readonly Problem[], text: (linesMax: number) => string) {
    super(problems);
    this.name = "JsonnetError";
    this.kind = kind;
    this.#text = text;
  }

  get goText(): string {
    return this.#text(JSONNET_LIMITS.traceLinesMax);
  }

  /** @param linesMax of the stack trace; 0 for all */
  textWithTrace(linesMax: number): string {
    return this.#text(linesMax);
  }
}

/** @param faults the one that go-jsonnet tells first */
export function staticError(faults: readonly [StaticFault, ...StaticFault[]]): JsonnetError {
  return new JsonnetError("static", faults.map(staticProblem), () => faults[0].shown);
}

function staticProblem({ source, begin, what }: StaticFault): Problem {
  return { code: "JsonnetSyntax" satisfies JsonnetCode, message: what, ...placeIn(new Site(source, begin, begin, "")) };
}

export function runtimeError(failure: Failure): JsonnetError {
  const innermost = failure.frames.findLast((frame) => frame instanceof Site && frame.source !== undefined);
  const code: JsonnetCode = failure.isLimit ? "JsonnetLimit" : "JsonnetFailed";
  const place = innermost instanceof Site ? placeIn(innermost) : {};
  const problem: Problem = { code, message: failure.message, ...place, ...wayTo(failure.frames) };
  return new JsonnetError("runtime", [problem], (linesMax) => {
    return `RUNTIME ERROR: ${failure.message}\n${traceText(failure.frames, linesMax)}`;
  });
}

/** How the program came to where it failed, the nearest places first. */
function wayTo(frames: readonly Trace[]): Partial<Problem> {
  const places: string[] = [];
  for (const frame of frames.toReversed()) {
    if (!(frame instanceof Site) || frame.source === undefined || frame.begin < 0) continue;
    const { line, characters } = frame.source.place(frame.begin);
    const place = `${frame.source.name}:${line}:${characters}`;
    if (places.at(-1) !== place) places.push(place);
    if (places.length > PLACES_MAX) break;
  }
  return places.length > 1 ? { hint: `reached from ${places.slice(1).join(", ")}` } : {};
}

function placeIn({ source, begin }: Site): Partial<Problem> {
  if (source === undefined || begin < 0) return {};
  const { line, characters } = source.place(begin);
  return { file: source.name, line, column: characters };
}
