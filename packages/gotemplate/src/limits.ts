/** Limits of one execution, includes and nested templates counted together. Units are in the names. */
export interface ExecLimits {
  /** UTF-16 code units written, intermediate results of include and tpl counted too. */
  readonly outputCharsMax: number;
  /** Nodes walked, functions called, values visited by a printer. */
  readonly stepsMax: number;
  /** Templates inside each other, by template, include or tpl. */
  readonly depthMax: number;
  /** Processor time of the thread, looked at every thousand steps. */
  readonly timeMsMax: number;
  /** One string or list made by a function. */
  readonly valueCharsMax: number;
}

export const EXEC_LIMITS: ExecLimits = {
  outputCharsMax: 64 * 1024 * 1024,
  stepsMax: 20_000_000,
  // Go's own bound. JavaScript's stack ends earlier; that is reported as the same fault.
  depthMax: 100_000,
  timeMsMax: 30_000,
  valueCharsMax: 16 * 1024 * 1024,
};

export const LIMITS = {
  /** Parenthesised pipelines inside each other, as Go has it for small stacks; a JavaScript stack takes no more. */
  expressionDepthMax: 1000,
  /** Control structures inside each other. */
  blockDepthMax: 1000,
  /** Containers inside each other when a value is printed or encoded; a map that holds itself ends here. */
  valueDepthMax: 500,
  /** Values in one result of toPlain: shared parts count every time they are met. */
  plainValuesMax: 2_000_000,
  /** Characters a printer or encoder writes for one call. */
  printedCharsMax: 64 * 1024 * 1024,
  /** Compiled regular expressions kept. */
  regexCacheMax: 500,
  templateCharsMax: 32 * 1024 * 1024,
} as const;
