import { Cron } from "croner";
import { globMatches } from "../glob.ts";
import type { SyncWindow } from "./types.ts";

const CACHE_MAX = 1_000;
const crons = new Map<string, Cron>();

/** What is wrong with a five-field cron expression; undefined when it can be used. */
export function checkSchedule(schedule: string): string | undefined {
  if (schedule.trim().split(/\s+/).length !== 5 && !schedule.startsWith("@")) {
    return `${JSON.stringify(schedule)} is not five cron fields`;
  }
  try {
    cronOf(schedule, "UTC");
    return undefined;
  } catch (error) {
    return `${JSON.stringify(schedule)}: ${error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error)}`;
  }
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function cronOf(schedule: string, timezone: string): Cron {
  const key = `${timezone} ${schedule}`;
  let cron = crons.get(key);
  if (!cron) {
    cron = new Cron(schedule, { timezone, paused: true });
    if (crons.size >= CACHE_MAX) crons.clear();
    crons.set(key, cron);
  }
  return cron;
}

/** The last start at or before `now` and the next one after it, in ms; computed in the window's own zone, across DST changes. */
function startsAround(window: SyncWindow, now: number): { last: number | undefined; next: number | undefined } {
  const cron = cronOf(window.schedule, window.timeZone);
  // Croner looks strictly before the instant it is given, in whole seconds.
  const last = cron.previousRuns(1, new Date(now + 1_000 - (now % 1_000)))[0];
  return { last: last?.getTime(), next: cron.nextRun(new Date(now))?.getTime() };
}

/** Whether the window is open at `now`. A window is open for its duration in real time, so a clock change never stretches it. */
export function isWindowOpen(window: SyncWindow, now: number): boolean {
  const { last } = startsAround(window, now);
  return last !== undefined && now < last + window.durationMs;
}

/** When the window next opens or closes, in ms; undefined when it never does again. */
export function nextWindowChange(window: SyncWindow, now: number): number | undefined {
  const { last, next } = startsAround(window, now);
  const end = last === undefined ? undefined : last + window.durationMs;
  const candidates = [end, next].filter((at): at is number => at !== undefined && at > now);
  return candidates.length > 0 ? Math.min(...candidates) : undefined;
}

export interface WindowTarget {
  readonly application: string;
  readonly namespace: string;
  readonly server: string;
  readonly clusterName: string;
}

/** Lists are joined by OR, with andOperator by AND over those that are set (facts/argocd.md §1.7). */
function windowApplies(window: SyncWindow, target: WindowTarget): boolean {
  const tests = [
    { set: window.applications, hit: window.applications.some((glob) => globMatches(glob, target.application)) },
    { set: window.namespaces, hit: window.namespaces.some((glob) => globMatches(glob, target.namespace)) },
    {
      set: window.clusters,
      hit: window.clusters.some((glob) => globMatches(glob, target.server) || globMatches(glob, target.clusterName)),
    },
  ].filter(({ set }) => set.length > 0);
  if (tests.length === 0) return false;
  return window.andOperator ? tests.every(({ hit }) => hit) : tests.some(({ hit }) => hit);
}

export interface WindowVerdict {
  readonly canSync: boolean;
  /** Which windows hold it back, for the message; empty when nothing does. */
  readonly why: string;
  /** When the verdict can next differ; the pending sync starts then by itself. */
  readonly changesAt?: number | undefined;
}

/**
 * No matching window: allowed. An open deny blocks. Else an open allow is needed if there is any allow. A manual sync passes
 * when every blocking window has manualSync. A sync that was running when the window closed goes on if every blocking window has
 * syncOverrun (facts/argocd.md §1.7).
 */
export function decideWindows(
  windows: readonly SyncWindow[],
  target: WindowTarget,
  now: number,
  kind: { readonly isManual: boolean; readonly startedAt?: number | undefined },
): WindowVerdict {
  const matching = windows.filter((window) => windowApplies(window, target));
  if (matching.length === 0) return { canSync: true, why: "" };
  const changes = matching.flatMap((window) => nextWindowChange(window, now) ?? []);
  const changesAt = changes.length > 0 ? Math.min(...changes) : undefined;
  const blocking = blockingWindows(matching, now);
  if (blocking.length === 0) return { canSync: true, why: "", changesAt };
  const passes =
    (kind.isManual && blocking.every((window) => window.manualSync)) ||
    (kind.startedAt !== undefined &&
      blocking.every((window) => window.syncOverrun) &&
      decideWindows(windows, target, kind.startedAt, { isManual: kind.isManual }).canSync);
  return { canSync: passes, why: passes ? "" : describeBlocking(blocking), changesAt };
}

function blockingWindows(matching: readonly SyncWindow[], now: number): readonly SyncWindow[] {
  const denies = matching.filter((window) => window.kind === "deny" && isWindowOpen(window, now));
  if (denies.length > 0) return denies;
  const allows = matching.filter((window) => window.kind === "allow");
  return allows.some((window) => isWindowOpen(window, now)) ? [] : allows;
}

function describeBlocking(blocking: readonly SyncWindow[]): string {
  const one = (window: SyncWindow): string =>
    `${window.kind} window "${window.schedule}" (${window.timeZone})${window.description ? `: ${window.description}` : ""}`;
  const first = blocking[0];
  const verb = first?.kind === "deny" ? "held back by" : "waiting for";
  return `${verb} ${blocking.slice(0, 3).map(one).join(", ")}${blocking.length > 3 ? ", …" : ""}`;
}
