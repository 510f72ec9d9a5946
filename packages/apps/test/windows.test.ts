import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { SyncWindow } from "../src/project/types.ts";
import { checkSchedule, decideWindows, isTimeZone, isWindowOpen, nextWindowChange } from "../src/project/windows.ts";

const BASE: SyncWindow = {
  kind: "deny",
  schedule: "0 22 * * *",
  durationMs: 3_600_000,
  applications: ["*"],
  namespaces: [],
  clusters: [],
  andOperator: false,
  manualSync: false,
  syncOverrun: false,
  timeZone: "UTC",
};
const TARGET = { application: "shop", namespace: "prod", server: "https://prod", clusterName: "prod-east" };
const at = (text: string): number => Date.parse(text);

/** Whether `HH:MM` daily windows are open, minute by minute through the zone's own calendar. */
function slowIsOpen(window: SyncWindow, now: number): boolean {
  const [minute = "0", hour = "0"] = window.schedule.split(" ");
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: window.timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const wanted = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  const thisMinute = Math.floor(now / 60_000) * 60_000;
  for (let start = thisMinute; start > now - window.durationMs; start -= 60_000) {
    if (format.format(new Date(start)) === wanted) return true;
  }
  return false;
}

const ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"];

test("daily windows agree with a slow reading of the zone's clock, across changes of daylight saving", () => {
  const times = fc.integer({ min: at("2026-01-01T00:00:00Z") / 60_000, max: at("2027-12-31T00:00:00Z") / 60_000 });
  const windows = fc.record({
    hour: fc.integer({ min: 4, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    durationMs: fc.integer({ min: 1, max: 600 }).map((minutes) => minutes * 60_000),
    timeZone: fc.constantFrom(...ZONES),
  });
  fc.assert(
    fc.property(windows, times, ({ hour, minute, durationMs, timeZone }, minutes) => {
      const window = { ...BASE, schedule: `${minute} ${hour} * * *`, durationMs, timeZone };
      const now = minutes * 60_000;
      assert.equal(isWindowOpen(window, now), slowIsOpen(window, now));
    }),
    { numRuns: 150 },
  );
});

test("a window that straddles the change of daylight saving lasts its duration, not an hour more or less", () => {
  // New York goes to summer time on 2026-03-08 at 2:00.
  const window = { ...BASE, schedule: "0 23 * * *", durationMs: 6 * 3_600_000, timeZone: "America/New_York" };
  const start = at("2026-03-08T04:00:00Z");
  assert.equal(isWindowOpen(window, start - 1), false);
  assert.equal(isWindowOpen(window, start), true);
  assert.equal(isWindowOpen(window, start + 6 * 3_600_000 - 1), true);
  assert.equal(isWindowOpen(window, start + 6 * 3_600_000), false);
});

test("the next change is when it opens or closes", () => {
  assert.equal(nextWindowChange(BASE, at("2026-11-24T08:00:00Z")), at("2026-11-24T22:00:00Z"));
  assert.equal(nextWindowChange(BASE, at("2026-11-24T22:30:00Z")), at("2026-11-24T23:00:00Z"));
});

const INSIDE = at("2026-11-24T22:30:00Z");
const OUTSIDE = at("2026-11-24T12:00:00Z");
const ALLOW: SyncWindow = { ...BASE, kind: "allow" };
const CASES: readonly {
  name: string;
  windows: SyncWindow[];
  now: number;
  isManual?: boolean;
  startedAt?: number;
  canSync: boolean;
}[] = [
  { name: "no window", windows: [], now: INSIDE, canSync: true },
  { name: "a window for others", windows: [{ ...BASE, applications: ["other"] }], now: INSIDE, canSync: true },
  { name: "an open deny", windows: [BASE], now: INSIDE, canSync: false },
  { name: "a closed deny", windows: [BASE], now: OUTSIDE, canSync: true },
  { name: "an open allow", windows: [ALLOW], now: INSIDE, canSync: true },
  { name: "a closed allow", windows: [ALLOW], now: OUTSIDE, canSync: false },
  { name: "an open allow and an open deny", windows: [ALLOW, BASE], now: INSIDE, canSync: false },
  {
    name: "a closed allow beside an open one",
    windows: [ALLOW, { ...ALLOW, schedule: "0 12 * * *" }],
    now: OUTSIDE,
    canSync: true,
  },
  { name: "a manual sync in a deny without manualSync", windows: [BASE], now: INSIDE, isManual: true, canSync: false },
  {
    name: "a manual sync in a deny with it",
    windows: [{ ...BASE, manualSync: true }],
    now: INSIDE,
    isManual: true,
    canSync: true,
  },
  {
    name: "a manual sync in two denies, one without it",
    windows: [{ ...BASE, manualSync: true }, BASE],
    now: INSIDE,
    isManual: true,
    canSync: false,
  },
  {
    name: "a manual sync outside an allow with it",
    windows: [{ ...ALLOW, manualSync: true }],
    now: OUTSIDE,
    isManual: true,
    canSync: true,
  },
  { name: "a sync that ran when the deny opened", windows: [BASE], now: INSIDE, startedAt: OUTSIDE, canSync: false },
  {
    name: "… with syncOverrun",
    windows: [{ ...BASE, syncOverrun: true }],
    now: INSIDE,
    startedAt: OUTSIDE,
    canSync: true,
  },
  {
    name: "any list matches",
    windows: [{ ...BASE, applications: ["other"], namespaces: ["prod"] }],
    now: INSIDE,
    canSync: false,
  },
  {
    name: "… but with andOperator all must",
    windows: [{ ...BASE, applications: ["other"], namespaces: ["prod"], andOperator: true }],
    now: INSIDE,
    canSync: true,
  },
  {
    name: "clusters match by name or server",
    windows: [{ ...BASE, applications: [], clusters: ["prod-*"] }],
    now: INSIDE,
    canSync: false,
  },
];

for (const { name, windows, now, isManual = false, startedAt, canSync } of CASES) {
  test(`${name}: ${canSync ? "may sync" : "may not sync"}`, () => {
    const verdict = decideWindows(windows, TARGET, now, { isManual, startedAt });
    assert.equal(verdict.canSync, canSync);
    assert.equal(verdict.why === "", canSync);
  });
}

test("schedules and zones that cannot be are refused", () => {
  assert.match(checkSchedule("61 * * * *") ?? "", /61/);
  assert.match(checkSchedule("* * *") ?? "", /five cron fields/);
  assert.equal(checkSchedule("*/5 8-17 * * 1-5"), undefined);
  assert.equal(isTimeZone("Mars/Olympus"), false);
});
