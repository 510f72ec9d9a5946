import { pino } from "pino";

/**
 * Levels and what they mean. error: a fault of ours, or something only an operator can mend. warn: a user's mistake that stops
 * their work. info: something happened that a person would want to know (a sync, a heal). debug: how a decision was reached.
 * The message is constant; what varies goes into the fields, and no field ever holds a secret.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
}

export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export interface LoggerOptions {
  readonly level?: LogLevel;
  /** Where lines go; standard error when absent. */
  readonly write?: (line: string) => void;
}

/** One JSON object a line, on standard error or to `write`. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const settings = {
    level: options.level ?? "info",
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Last net below the rule above: names under which secrets travel are never printed.
    redact: { paths: ["password", "token", "authorization", "*.password", "*.token", "*.authorization"], censor: "…" },
  };
  return wrap(pino(settings, { write }));
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLogger,
};

function wrap(inner: pino.Logger): Logger {
  return {
    debug: (message, fields) => inner.debug(fields ?? {}, message),
    info: (message, fields) => inner.info(fields ?? {}, message),
    warn: (message, fields) => inner.warn(fields ?? {}, message),
    error: (message, fields) => inner.error(fields ?? {}, message),
    with: (fields) => wrap(inner.child(fields)),
  };
}
