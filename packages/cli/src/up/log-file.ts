import { closeSync, openSync, writeSync } from "node:fs";
import { createLogger, type Logger } from "@fairlead/base";

/** Log lines into a file, so that a drawing on the terminal is not torn apart. Appended to: an earlier start's end is kept. */
export function fileLogger(path: string): { logger: Logger; close: () => void } {
  const descriptor = openSync(path, "a", 0o600);
  return {
    logger: createLogger({ write: (line) => void writeSync(descriptor, line) }),
    close: () => closeSync(descriptor),
  };
}
