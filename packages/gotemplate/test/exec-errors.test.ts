import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    "{{.name.x}}",
    'error: template: main:1:7: executing "main" at <.name.x>: can\'t evaluate field x in type interface {}',
  ],
  [
    "{{$x := .name}}{{$x.y}}",
    'error: template: main:1:19: executing "main" at <$x.y>: can\'t evaluate field y in type string',
  ],
  [
    "{{.nothing.x}}",
    'error: template: main:1:10: executing "main" at <.nothing.x>: nil pointer evaluating interface {}.x',
  ],
  ["{{.map.nested.nope.deeper}}", "<no value>"],
  [
    "{{.list.x}}",
    'error: template: main:1:7: executing "main" at <.list.x>: can\'t evaluate field x in type interface {}',
  ],
  [
    "{{index .list 3}}",
    'error: template: main:1:2: executing "main" at <index .list 3>: error calling index: reflect: slice index out of range',
  ],
  [
    "{{index .list 9}}",
    'error: template: main:1:2: executing "main" at <index .list 9>: error calling index: index out of range: 9',
  ],
  [
    '{{index .list "a"}}',
    'error: template: main:1:2: executing "main" at <index .list "a">: error calling index: cannot index slice/array with type string',
  ],
  [
    '{{index .nope "a"}}',
    'error: template: main:1:2: executing "main" at <index .nope "a">: error calling index: index of untyped nil',
  ],
  [
    "{{index .map 1}}",
    'error: template: main:1:2: executing "main" at <index .map 1>: error calling index: value has type int; should be string',
  ],
  ["{{len 3}}", 'error: template: main:1:2: executing "main" at <len 3>: error calling len: len of type int'],
  [
    "{{len nil}}",
    'error: template: main:1:2: executing "main" at <len nil>: error calling len: reflect: call of reflect.Value.Type on zero Value',
  ],
  ["{{nil}}", 'error: template: main:1:2: executing "main" at <nil>: nil is not a command'],
  ['{{.name "x"}}', 'error: template: main:1:2: executing "main" at <.name>: name is not a method but has arguments'],
  ["{{printf 1}}", 'error: template: main:1:9: executing "main" at <1>: expected string; found 1'],
  [
    "{{printf .nothing}}",
    'error: template: main:1:9: executing "main" at <.nothing>: wrong type for value; expected string; got interface {}',
  ],
  ["{{printf .nope}}", 'error: template: main:1:9: executing "main" at <.nope>: invalid value; expected string'],
  ["{{not}}", 'error: template: main:1:2: executing "main" at <not>: wrong number of args for not: want 1 got 0'],
  [
    "{{slice .name 3 1}}",
    'error: template: main:1:2: executing "main" at <slice .name 3 1>: error calling slice: invalid slice index: 3 > 1',
  ],
  [
    "{{call .name}}",
    'error: template: main:1:2: executing "main" at <call .name>: error calling call: non-function .name of type string',
  ],
  ['{{1 | "x" | print}}', "error: template: main:1: non executable command in pipeline stage 2"],
  ["{{with .map}}", "error: template: main:1: unexpected EOF"],
  ["  {{.a.b}}{{end}}", "error: template: main:1: unexpected {{end}}"],
  [
    "é {{.name.x}}",
    'error: template: main:1:10: executing "main" at <.name.x>: can\'t evaluate field x in type interface {}',
  ],
];

describe("What fails is told with name, line, column and the expression", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA), expected));
  }
});
