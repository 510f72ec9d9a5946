import { ProblemError } from "@fairlead/base";

/** sops' exit codes, which scripts go by. */
export const EXIT = {
  generic: 1,
  read: 2,
  write: 3,
  dump: 4,
  invalidSet: 7,
  invalidContext: 6,
  conflict: 8,
  encryptTree: 23,
  decryptTree: 25,
  noFileToChange: 49,
  mac: 51,
  noFile: 100,
  noDataKey: 128,
  duplicateOrder: 112,
  treePath: 91,
  invalidMetadata: 92,
  notModified: 200,
  noEditor: 201,
  alreadyEncrypted: 203,
} as const;

/** Ends a command: what is told, and its exit code. */
export class SopsFailure extends Error {
  readonly exit: number;

  constructor(exit: number, message: string) {
    super(message);
    this.exit = exit;
  }
}

const BY_CODE: Readonly<Record<string, number>> = {
  NoDataKey: EXIT.noDataKey,
  DecryptFailed: EXIT.decryptTree,
  MacMismatch: EXIT.mac,
  MacMissing: EXIT.mac,
  InvalidSopsRule: EXIT.encryptTree,
  UnfitSopsValue: EXIT.encryptTree,
};

const BEFORE: Readonly<Record<string, string>> = {
  NoDataKey: "Failed to get the data key required to decrypt the SOPS file.\n\n",
  DecryptFailed: "Error decrypting tree: ",
  InvalidSopsRule: "Error encrypting tree: ",
  UnfitSopsValue: "Error encrypting tree: Error walking tree: ",
};

/** Runs a part of a command whose problems end it: with the exit code of their kind, else `exit`. */
export async function failing<T>(run: () => T | Promise<T>, exit: number = EXIT.generic, before = ""): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof ProblemError ? failureOf(error, exit, before) : error;
  }
}

function failureOf({ problems }: ProblemError, exit: number, before: string): SopsFailure {
  const [first] = problems;
  const code = first?.code ?? "";
  const lead = BEFORE[code] ?? before;
  const text = problems.map(({ message, line, hint }) => {
    const at = line === undefined ? "" : `line ${line}: `;
    return `${at}${message}${hint === undefined ? "" : ` (${hint})`}`;
  });
  return new SopsFailure(BY_CODE[code] ?? exit, lead + text.join("\n"));
}
