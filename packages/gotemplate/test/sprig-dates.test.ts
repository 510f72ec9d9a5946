import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sprigFunctions } from "../src/index.ts";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{date "2006-01-02 15:04:05 MST" (now)}} {{now}} {{htmlDate (now)}} {{unixEpoch (now)}} {{ago (now)}}',
    "2024-02-29 13:04:05 UTC 2024-02-29 13:04:05 +0000 UTC 2024-02-29 1709211845 0s",
  ],
  [
    '{{dateInZone "Mon Jan _2 15:04:05 -0700 MST 2006" (now) "America/New_York"}} {{dateInZone "2006-01-02T15:04:05.000Z07:00" (now) "Europe/Berlin"}} {{dateInZone "3:04PM MST" (now) "Nope/Zone"}}',
    "Thu Feb 29 08:04:05 -0500 EST 2024 2024-02-29T14:04:05.000+01:00 1:04PM UTC",
  ],
  [
    '{{dateModify "-1.5h" (now)}} {{(toDate "2006-01-02" "2023-12-31").AddDate 0 0 1}} {{(now).Weekday}} {{(now).Month}} {{(now).YearDay}}',
    "2024-02-29 11:34:05 +0000 UTC 2024-01-01 00:00:00 +0000 UTC Thursday February 60",
  ],
  [
    '{{duration 95}} {{duration "3661"}} {{durationRound "2400h10m5s"}} {{date "2006" (toDate "2006-01-02" "x")}}',
    "0s 1h1m1s 3mo 0001",
  ],
  [
    '{{mustToDate "2006-01-02" "2023-02-29"}}',
    'error: template: main:1:2: executing "main" at <mustToDate "2006-01-02" "2023-02-29">: error calling mustToDate: parsing time "2023-02-29": day out of range',
  ],
  [
    '{{mustDateModify "1x" (now)}}',
    'error: template: main:1:2: executing "main" at <mustDateModify "1x" (now)>: error calling mustDateModify: time: unknown unit "x" in duration "1x"',
  ],
];

describe("Dates are formatted by Go's layouts in any zone", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA, sprigFunctions), expected));
  }
});
