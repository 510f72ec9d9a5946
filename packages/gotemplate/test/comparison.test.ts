import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{eq 1 1}} {{eq "a" "b" "a"}} {{eq .one .unsigned}} {{eq .unsigned 7}} {{eq nil nil}} {{eq .nothing nil}} {{eq .nope 1}}',
    "true true false true true true false",
  ],
  [
    '{{ne 1 2}} {{lt 1 2}} {{le "a" "a"}} {{gt 2.5 1.5}} {{ge .big 1}} {{lt -1 .unsigned}}',
    "true true true true true true",
  ],
  [
    "{{eq 1 1.0}}",
    'error: template: main:1:2: executing "main" at <eq 1 1.0>: error calling eq: incompatible types for comparison: int and float64',
  ],
  [
    '{{eq 1 "1"}}',
    'error: template: main:1:2: executing "main" at <eq 1 "1">: error calling eq: incompatible types for comparison: int and string',
  ],
  [
    "{{eq .list .list}}",
    'error: template: main:1:2: executing "main" at <eq .list .list>: error calling eq: non-comparable type [a b c]: []interface {}',
  ],
  [
    "{{eq .map .list}}",
    'error: template: main:1:2: executing "main" at <eq .map .list>: error calling eq: non-comparable types map[a:%!s(int=1) b:%!s(int=2) nested:map[deep:map[deeper:treasure]] nil:<nil>]: map[string]interface {}, []interface {}: [a b c]',
  ],
  [
    "{{lt true false}}",
    'error: template: main:1:2: executing "main" at <lt true false>: error calling lt: invalid type for comparison',
  ],
  [
    '{{lt 1 "a"}}',
    'error: template: main:1:2: executing "main" at <lt 1 "a">: error calling lt: incompatible types for comparison: int and string',
  ],
  [
    "{{eq 1}}",
    'error: template: main:1:2: executing "main" at <eq 1>: error calling eq: missing argument for comparison',
  ],
];

describe("Comparisons refuse what Go refuses to compare", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA), expected));
  }
});
