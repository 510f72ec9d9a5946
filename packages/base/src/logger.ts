import type { Logger as PinoLogger } from "pino";
import { lazyModule } from "./lazy-module.ts";
import type * as pinoModule from "./pino.lazy.ts";

const library = lazyModule<typeof pinoModule>(new URL("./pino.lazy.ts", import.meta.url));

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

/** One JSON object a line, on standard error or to `write`. The library is loaded for the first line that is written. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const level = options.level ?? "info";
  const open = (): PinoLogger => {
    const { pino } = library();
    const settings = {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      // Last net below the rule above: names under which secrets travel are never printed.
      redact: {
        paths: ["password", "token", "authorization", "*.password", "*.token", "*.authorization"],
        censor: "…",
      },
    };
    return pino(settings, { write });
  };
  return wrap(open, LEVELS.slice(LEVELS.indexOf(level)));
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLogger,
};

/** @param levels those of which lines are written */
function wrap(open: () => PinoLogger, levels: readonly LogLevel[]): Logger {
  let opened: PinoLogger | undefined;
  const inner = (): PinoLogger => (opened ??= open());
  const line =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, fields?: LogFields): void => {
      if (levels.includes(level)) inner()[level](fields ?? {}, message);
    };
  return {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    with: (fields) => {
      const own = { ...fields };
      return wrap(() => inner().child(own), levels);
    },
  };
}
