import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sprigFunctions } from "../src/index.ts";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    "{{toJson .map}} {{toJson .html}} {{toRawJson .html}} {{toJson .mixed}} {{toJson .bytes}} {{toJson 1e21}} {{toJson 1e-7}} {{toJson .million}} {{toJson .big}}",
    '{"a":1,"b":2,"nested":{"deep":{"deeper":"treasure"}},"nil":null} "\\u003ca href=\\"x\\"\\u003e\'\\u0026\'\\u003c/a\\u003e" "<a href=\\"x\\">\'&\'</a>" [1,2.5,"three",null,true] "cmF3IMOp" 1e+21 1e-7 1234567 9007199254740993',
  ],
  ['{{toPrettyJson (dict "a" (list 1) "b" (dict))}}', '{\n  "a": [\n    1\n  ],\n  "b": {}\n}'],
  [
    '{{(fromJson "{\\"a\\":[1,\\"x\\",null]}").a}} {{fromJson "5" | typeOf}} {{fromJson "nope"}}',
    "[1 x <nil>] float64 <no value>",
  ],
  [
    '{{mustFromJson "nope"}}',
    "error: template: main:1:2: executing \"main\" at <mustFromJson \"nope\">: error calling mustFromJson: invalid character 'o' in literal null (expecting 'u')",
  ],
  [
    '{{mustFromJson "{\\"a\\":}"}}',
    'error: template: main:1:2: executing "main" at <mustFromJson "{\\"a\\":}">: error calling mustFromJson: invalid character \'}\' looking for beginning of value',
  ],
  [
    '{{mustFromJson "[1,2"}}',
    'error: template: main:1:2: executing "main" at <mustFromJson "[1,2">: error calling mustFromJson: unexpected end of JSON input',
  ],
  [
    '{{default "d" .empty}} {{default "d" 0}} {{coalesce "" 0 "x"}} {{empty .map}} {{ternary 1 2 true}} {{all 1 ""}} {{any 0 1}}',
    "d d x false 1 false true",
  ],
  [
    '{{typeOf .map}} {{kindOf .strings}} {{typeIs "string" .name}} {{deepEqual .list (list "a" "b" "c")}}',
    "map[string]interface {} slice true true",
  ],
  ['{{fail "boom"}}', 'error: template: main:1:2: executing "main" at <fail "boom">: error calling fail: boom'],
];

describe("JSON is written and read as encoding/json does", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA, sprigFunctions), expected));
  }
});
