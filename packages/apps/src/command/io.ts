/** What a command may touch of the process; the cli package's Io is one. */
export interface CommandIo {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the person asks the command to end. */
  readonly signal: AbortSignal;
}

/** Everything was as asked for. */
export const EXIT_DONE = 0;
/** The application is not as asked for: out of sync, unhealthy, its sync failed, or it took too long. */
export const EXIT_NOT_AS_ASKED = 1;
/** The command was called wrongly. */
export const EXIT_USAGE = 2;
