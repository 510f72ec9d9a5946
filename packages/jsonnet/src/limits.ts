/** Limits of one evaluation. Units are in the names. */
export interface EvaluateLimits {
  /** Calls, thunks and fields inside each other, as go-jsonnet bounds them. */
  readonly framesMax: number;
  /** Calls, thunks, fields and elements made, all together. */
  readonly stepsMax: number;
  /** Wall time, looked at every thousand steps. */
  readonly timeMsMax: number;
  /** UTF-16 code units of the result, and of any text that the program makes. */
  readonly outputCharsMax: number;
  /** Elements of one array. */
  readonly arrayElementsMax: number;
}

export const EVALUATE_LIMITS: EvaluateLimits = {
  framesMax: 500,
  stepsMax: 200_000_000,
  timeMsMax: 30_000,
  outputCharsMax: 64 * 1024 * 1024,
  arrayElementsMax: 5_000_000,
};

export const JSONNET_LIMITS = {
  /** One text that is parsed. */
  sourceCharsMax: 16 * 1024 * 1024,
  /** Expressions inside each other in one text: JavaScript's stack holds them while parsing and compiling. */
  expressionDepthMax: 1000,
  /** Source characters of programs kept compiled in one process. */
  cacheCharsMax: 32 * 1024 * 1024,
  /** Lines of a stack trace that are shown, as go-jsonnet does; those in the middle go. */
  traceLinesMax: 20,
  /** Steps between two looks at the clock. */
  stepsPerLook: 1000,
} as const;
