import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  ['{{define "t"}}[{{.}}]{{end}}{{template "t"}}{{template "t" .name}}', "[<no value>][fair lead]"],
  ['{{block "b" .name}}<{{.}}>{{end}}{{template "b" 1}}', "<fair lead><1>"],
  ['{{define "t"}}{{$.name}}{{end}}{{template "t" .}}', "fair lead"],
  ['{{define "t"}}a{{end}}{{define "t"}}  {{/* nothing */}}{{end}}{{template "t"}}', "a"],
  ['{{define "t"}} {{end}}{{define "t"}}b{{end}}{{template "t"}}', "b"],
  [
    '{{define "t"}}a{{end}}{{define "t"}}b{{end}}',
    'error: template: main:1: template: multiple definition of template "t"',
  ],
  [
    '{{template "nope"}}',
    'error: template: main:1:11: executing "main" at <{{template "nope"}}>: template "nope" not defined',
  ],
  ['{{$x := 1}}{{define "t"}}{{$x}}{{end}}', 'error: template: main:1: undefined variable "$x"'],
  [
    '{{define "t"}}{{template "t"}}{{end}}{{template "t"}}',
    'error: template: main:1:25: executing "t" at <{{template "t"}}>: exceeded maximum template depth (100000)',
  ],
  ['{{define "t"}}x', "error: template: main:1: unexpected EOF"],
];

describe("define, block and template know each other by name", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA), expected));
  }
});
