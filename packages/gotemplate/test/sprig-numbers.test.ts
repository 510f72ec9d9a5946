import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sprigFunctions } from "../src/index.ts";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{int "12"}} {{int "1.5"}} {{int "1.0"}} {{int "0x1F"}} {{int "010"}} {{int 1.9}} {{int nil}} {{int true}} {{int64 .big}} {{float64 "1.5"}} {{atoi "x"}}',
    "12 0 1 31 8 1 0 1 9007199254740993 1.5 0",
  ],
  [
    '{{add 1 "2" 3.9}} {{sub 5 2}} {{mul 2 3 4}} {{div -7 2}} {{mod -7 3}} {{add1 .big}} {{mul .big .big}} {{max 1 5 3}} {{min 4 2}}',
    "6 3 24 -3 -1 9007199254740994 18014398509481985 5 2",
  ],
  [
    '{{addf 0.1 0.2}} {{subf 0.3 0.1}} {{divf 10 3}} {{mulf 1.1 3}} {{round 123.555555 3}} {{floor 1.9}} {{ceil 1.1}} {{maxf 1.5 "2"}}',
    "0.3 0.2 3.3333333333333335 3.3 123.556 1 2 2",
  ],
  [
    '{{until 3}} {{until -2}} {{untilStep 3 10 2}} {{seq 5}} {{seq 5 2}} {{seq 0 2 10}} {{toDecimal "777"}}',
    "[0 1 2] [0 -1] [3 5 7 9] 1 2 3 4 5 5 4 3 2 0 2 4 6 8 10 511",
  ],
  ['{{printf "%T %T %T" (int 1) (int64 1) (add 1)}}', "int int64 int64"],
  [
    "{{div 1 0}}",
    'error: template: main:1:2: executing "main" at <div 1 0>: error calling div: runtime error: integer divide by zero',
  ],
  [
    "{{until (int64 3)}}",
    'error: template: main:1:15: executing "main" at <3>: wrong type for value; expected int; got int64',
  ],
  [
    "{{divf 1 0}}",
    'error: template: main:1:2: executing "main" at <divf 1 0>: error calling divf: decimal division by 0',
  ],
];

describe("Numbers convert as spf13/cast and shopspring/decimal have it", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA, sprigFunctions), expected));
  }
});
