import { Cron } from "croner";
import type { SyncWindows } from "../model/types.ts";

/** Whether refreshes by time may happen now: within one of the windows, or outside of all with kind deny. Times are UTC. */
export function isRefreshAllowed(windows: SyncWindows | undefined, nowMs: number): boolean {
  if (windows === undefined || windows.windows.length === 0) return true;
  const isOpen = windows.windows.some(({ schedule, durationMs }) => isWithin(schedule, durationMs, nowMs));
  return isOpen === (windows.kind === "allow");
}

function isWithin(schedule: string, durationMs: number, nowMs: number): boolean {
  const cron = new Cron(schedule, { timezone: "UTC", paused: true });
  // Croner looks strictly before the instant it is given, in whole seconds.
  const last = cron.previousRuns(1, new Date(nowMs + 1_000 - (nowMs % 1_000)))[0];
  return last !== undefined && nowMs <= last.getTime() + durationMs;
}

/** What is wrong with a schedule of five fields or a descriptor such as @daily; undefined when it can be used. */
export function scheduleFault(schedule: string): string | undefined {
  if (schedule.trim().split(/\s+/).length !== 5 && !/^@\w+$/.test(schedule))
    return "must be a cron schedule of five fields";
  try {
    new Cron(schedule, { timezone: "UTC", paused: true });
    return undefined;
  } catch {
    return "is not a cron schedule";
  }
}
