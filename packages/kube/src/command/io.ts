/** What a command may touch of the process; the cli package's Io is one. */
export interface CommandIo {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts when the person asks the command to end. */
  readonly signal: AbortSignal;
}

/** Everything was as asked for. */
export const EXIT_DONE = 0;
/** An object failed, or (diff) differs. */
export const EXIT_NOT_ALL = 1;
/** The command was called wrongly, or (diff) could not be carried out. */
export const EXIT_USAGE = 2;
