import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sprigFunctions } from "../src/index.ts";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{regexMatch "^a.c$" "abc"}} {{regexMatch "[" "x"}} {{regexFind "a+" "baaac"}} {{regexFindAll "[0-9]" "1a2b3" 2}} {{regexQuoteMeta "1.2"}}',
    "true false aaa [1 2] 1\\.2",
  ],
  [
    '{{regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W"}} {{regexReplaceAll "a(x*)b" "-ab-" "$1W"}} {{regexReplaceAllLiteral "a" "banana" "$1"}} {{regexSplit "z+" "pizza" -1}}',
    "-W-xxW- -- b$1n$1n$1 [pi a]",
  ],
  ['{{regexReplaceAll "b*" "abc" "-"}} {{regexFindAll "a*" "baac" -1}}', "-a-c- [ aa ]"],
  [
    '{{mustRegexMatch "(?=x)" "x"}}',
    'error: template: main:1:2: executing "main" at <mustRegexMatch "(?=x)" "x">: error calling mustRegexMatch: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
  ],
  [
    '{{regexFind "[" "x"}}',
    'error: template: main:1:2: executing "main" at <regexFind "[" "x">: error calling regexFind: regexp: Compile(`[`): error parsing regexp: missing closing ]: `[`',
  ],
];

describe("Regular expressions are RE2", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA, sprigFunctions), expected));
  }
});
