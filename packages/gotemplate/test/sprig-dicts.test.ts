import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sprigFunctions } from "../src/index.ts";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{dict "a" 1 "b"}} {{get .map "a"}} {{get .map "zz"}}| {{hasKey .map "nil"}} {{pick .map "a" "zz"}} {{omit (dict "a" 1 "b" 2) "a"}} {{pluck "a" (dict "a" 1) .map}}',
    "map[a:1 b:] 1 | true map[a:1] map[b:2] [1 1]",
  ],
  [
    '{{$d := dict}}{{$_ := set $d "x" 1}}{{$d}} {{$_ := unset $d "x"}}{{$d}} {{keys (dict "b" 1 "a" 2) | sortAlpha}} {{values (dict "a" 1)}}',
    "map[x:1] map[] [a b] [1]",
  ],
  [
    '{{merge (dict "a" 0 "n" (dict "x" 1)) (dict "a" 1 "n" (dict "x" 2 "y" 3))}} {{merge (dict "a" 1) (dict "a" nil)}}',
    "map[a:1 n:map[x:1 y:3]] map[a:1]",
  ],
  [
    '{{mergeOverwrite (dict "a" 1 "l" (list 1)) (dict "a" 0 "l" (list))}} {{mergeOverwrite (dict "n" (dict "x" 1)) (dict "n" (dict "y" 2))}}',
    "map[a:0 l:[]] map[n:map[x:1 y:2]]",
  ],
  ['{{dig "nested" "deep" "deeper" "none" .map}} {{dig "x" "y" "none" .map}}', "treasure none"],
  [
    '{{dig "a" "b" "none" .map}}',
    'error: template: main:1:2: executing "main" at <dig "a" "b" "none" .map>: error calling dig: interface conversion: interface {} is int, not map[string]interface {}',
  ],
  [
    '{{get .name "a"}}',
    'error: template: main:1:6: executing "main" at <.name>: wrong type for value; expected map[string]interface {}; got string',
  ],
  [
    '{{set nil "a" 1}}',
    'error: template: main:1:2: executing "main" at <set nil "a" 1>: error calling set: assignment to entry in nil map',
  ],
];

describe("Dictionaries are changed in place and merged as mergo merges", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA, sprigFunctions), expected));
  }
});
