import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sprigFunctions } from "../src/index.ts";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{semverCompare "^1.2.0" "1.3.0"}} {{semverCompare "~1.2" "1.3.0"}} {{semverCompare ">=1.2, <2" "1.9"}} {{semverCompare "1.2 - 1.4" "1.4.9"}} {{semverCompare "^1 || ^2" "2.1.0"}} {{semverCompare "*" "1.0.0"}}',
    "true false true true true true",
  ],
  [
    '{{semverCompare ">=1.2" "1.3.0-rc1"}} {{semverCompare ">=1.2-0" "1.3.0-rc1"}} {{semverCompare "^0.2.3" "0.3.0"}} {{semverCompare "!=1.2.x" "1.2.3"}} {{semverCompare "1.2" "1.2.9"}}',
    "false true false false true",
  ],
  [
    '{{with semver "v1.2.3-b+m"}}{{.Major}} {{.Prerelease}} {{.Metadata}} {{.Original}} {{.IncMinor}} {{.}}{{end}}',
    "1 b m v1.2.3-b+m 1.3.0 1.2.3-b+m",
  ],
  [
    '{{semverCompare "bad" "1.0.0"}}',
    'error: template: main:1:2: executing "main" at <semverCompare "bad" "1.0.0">: error calling semverCompare: improper constraint: bad',
  ],
  [
    '{{semver "x"}}',
    'error: template: main:1:2: executing "main" at <semver "x">: error calling semver: invalid semantic version',
  ],
];

describe("Versions and constraints are Masterminds/semver's", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA, sprigFunctions), expected));
  }
});
