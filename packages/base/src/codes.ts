/**
 * What a code means: one sentence for people, the HTTP status an API answers with, and whether trying again can help.
 * `never`: the input must change. `backoff`: the world may change (network, server). `input`: try when the input changes.
 */
export interface CodeMeaning {
  readonly meaning: string;
  readonly httpStatus: number;
  readonly retry: "never" | "backoff" | "input";
}

const registry = new Map<string, CodeMeaning>();

/**
 * Registers a package's codes; each package keeps one table in `src/codes.ts`. Codes are UpperCamelCase and unique.
 * @throws Error when a code is registered twice with another meaning, which is a bug of ours.
 */
export function defineCodes<const T extends Record<string, CodeMeaning>>(table: T): T {
  for (const [code, meaning] of Object.entries(table)) {
    const known = registry.get(code);
    if (known && known.meaning !== meaning.meaning) throw new Error(`code ${code} is registered twice`);
    registry.set(code, meaning);
  }
  return table;
}

/** The meaning of a code; undefined for one that nobody registered (a test forbids those). */
export function codeMeaning(code: string): CodeMeaning | undefined {
  return registry.get(code);
}

export function allCodes(): ReadonlyMap<string, CodeMeaning> {
  return registry;
}

defineCodes({
  Internal: { meaning: "A fault of Fairlead itself.", httpStatus: 500, retry: "backoff" },
  InvalidInput: { meaning: "The input is not of the form that was expected.", httpStatus: 422, retry: "input" },
  InvalidDuration: { meaning: "A duration is not written as Go writes durations.", httpStatus: 422, retry: "input" },
  FileNotFound: { meaning: "A file that was asked for is not in the tree.", httpStatus: 404, retry: "input" },
  NotADirectory: { meaning: "A directory was asked for and something else is there.", httpStatus: 422, retry: "input" },
  IsADirectory: { meaning: "A file was asked for and a directory is there.", httpStatus: 422, retry: "input" },
  PathEscapes: { meaning: "A path or symlink leads out of its root.", httpStatus: 422, retry: "input" },
  FileTooLarge: { meaning: "A file is larger than the limit.", httpStatus: 413, retry: "input" },
  InvalidUtf8: { meaning: "A text file is not UTF-8.", httpStatus: 422, retry: "input" },
  LimitExceeded: { meaning: "A stated limit was reached.", httpStatus: 422, retry: "input" },
  Cancelled: { meaning: "The work was given up because it is no longer wanted.", httpStatus: 499, retry: "backoff" },
});
