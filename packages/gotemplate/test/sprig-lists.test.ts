import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sprigFunctions } from "../src/index.ts";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{first .list}} {{last .list}} {{rest .list}} {{initial .list}} {{first (list)}} {{append .list "d"}} {{prepend .list "z"}} {{reverse .list}} {{.list}}',
    "a c [b c] [a b] <no value> [a b c d] [z a b c] [c b a] [a b c]",
  ],
  [
    '{{uniq (list 1 1 1.0 "1" nil nil)}} {{without (list 1 2 3) 2}} {{compact (list 0 1 "" "a" nil)}} {{has 2 (list 1 2)}} {{has 2.0 (list 1 2)}}',
    "[1 1 1 <nil>] [1 3] [1 a] true false",
  ],
  [
    "{{slice .list 1 2}} {{concat .list .strings (list 1)}} {{chunk 2 .list}} {{toJson (rest (list))}} {{typeOf (chunk 1 .list)}}",
    "[b] [a b c x y 1] [[a b] [c]] null [][]interface {}",
  ],
  [
    '{{first "abc"}}',
    'error: template: main:1:2: executing "main" at <first "abc">: error calling first: Cannot find first on type string',
  ],
  [
    "{{append nil 1}}",
    'error: template: main:1:2: executing "main" at <append nil 1>: error calling append: runtime error: invalid memory address or nil pointer dereference',
  ],
  [
    "{{slice .list 0 9}}",
    'error: template: main:1:2: executing "main" at <slice .list 0 9>: error calling slice: reflect.Value.Slice: slice index out of bounds',
  ],
  [
    '{{has 1 "x"}}',
    'error: template: main:1:2: executing "main" at <has 1 "x">: error calling has: Cannot find has on type string',
  ],
];

describe("Lists are copied, compared deeply and refused when they are none", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA, sprigFunctions), expected));
  }
});
