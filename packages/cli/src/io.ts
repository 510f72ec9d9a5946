/** What a command may touch of the process, so that it can be run and tested like a function. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts when the person or the system asks the command to end. */
  readonly signal: AbortSignal;
}

export interface Output {
  write(text: string): void;
  /** A terminal that understands cursor movement. */
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
}

/** One command: arguments after its name in, exit code out. */
export type Command = (args: readonly string[], io: Io) => Promise<number>;

/** Usage errors, as most Unix tools have it. */
export const EXIT_USAGE = 2;
/** Ended by Ctrl-C before its work was done, as shells count it: 128 + SIGINT. */
export const EXIT_INTERRUPTED = 130;

const COLUMNS_DEFAULT = 100;
const ROWS_DEFAULT = 40;

export function processIo(signal: AbortSignal): Io {
  const output = (stream: NodeJS.WriteStream): Output => ({
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY && process.env["TERM"] !== "dumb",
    get columns() {
      return stream.columns ?? COLUMNS_DEFAULT;
    },
    get rows() {
      return stream.rows ?? ROWS_DEFAULT;
    },
  });
  const { stdout, stderr, stdin, env } = process;
  return { stdout: output(stdout), stderr: output(stderr), stdin, env, cwd: process.cwd(), signal };
}
