import { parseGoDuration } from "@fairlead/base";
import { Cron } from "croner";

/** When a CronJob is due. Times are milliseconds. */
export interface Schedule {
  /** The first moment after this one; undefined when there is none any more. */
  next(afterMs: number): number | undefined;
}

/** Schedules with words instead of fields, as robfig/cron has them. */
const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** Reads five fields, a macro or `@every 1h30m`. Returns a sentence for what cannot be read. */
export function readSchedule(text: string, timeZone: string | undefined): Schedule | string {
  const trimmed = text.trim();
  if (/^(CRON_)?TZ=/.test(trimmed)) return `TZ and CRON_TZ are not supported in ${JSON.stringify(text)}; use timeZone`;
  const every = /^@every\s+(\S+)$/.exec(trimmed)?.[1];
  if (every !== undefined) return readEvery(every);
  const fields = Object.hasOwn(MACROS, trimmed) ? (MACROS[trimmed] ?? "") : trimmed.replaceAll("?", "*");
  const parts = fields.split(/\s+/);
  if (parts.length !== 5) return `expected exactly 5 fields, found ${parts.length}: [${trimmed}]`;
  try {
    const cron = new Cron(fields, { paused: true, timezone: timeZone ?? "UTC" });
    // A zone that does not exist is only found out when it is used.
    cron.nextRun(new Date(0));
    return { next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readEvery(text: string): Schedule | string {
  let every: number;
  try {
    every = Math.max(1_000, Math.floor(parseGoDuration(text) / 1000) * 1000);
  } catch {
    return `failed to parse duration ${JSON.stringify(text)}`;
  }
  return { next: (afterMs) => Math.floor(afterMs / 1000) * 1000 + every };
}
