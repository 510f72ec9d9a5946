import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  ["{{$x := 1}}{{$x}} {{$x = 2}}{{$x}}", "1 2"],
  ["{{$x := 1}}{{if true}}{{$x = 2}}{{$x := 3}}{{$x}}{{end}}{{$x}}", "32"],
  ["{{with $x := .name}}{{$x}}{{.}}{{end}}", "fair leadfair lead"],
  ["{{with .nope}}x{{else with .name}}{{.}}{{else}}y{{end}}", "fair lead"],
  ["{{if .no}}a{{else if .empty}}b{{else if .zero}}c{{else}}d{{end}}", "d"],
  ["{{with .map}}{{.a}}{{with .nested}}{{.deep}}{{end}}{{$.name}}{{end}}", "1map[deeper:treasure]fair lead"],
  ["{{if true}}{{$y := 1}}{{end}}{{$y}}", 'error: template: main:1: undefined variable "$y"'],
  [
    "{{if false}}{{$y := 1}}{{else}}{{$y}}{{end}}",
    'error: template: main:1:33: executing "main" at <$y>: undefined variable: $y',
  ],
  ["{{$x = 1}}", 'error: template: main:1:7: executing "main" at <1>: undefined variable: $x'],
];

describe("Variables live from their declaration to the end of the block", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA), expected));
  }
});
