import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  ["{{range .list}}{{.}},{{end}}", "a,b,c,"],
  ["{{range $i, $e := .list}}{{$i}}={{$e}},{{end}}", "0=a,1=b,2=c,"],
  ["{{range $k, $v := .map}}{{$k}}={{$v}};{{end}}", "a=1;b=2;nested=map[deep:map[deeper:treasure]];nil=<no value>;"],
  ["{{range 3}}{{.}}{{end}} {{range $i := 3}}{{$i}}{{end}} {{range 0}}x{{else}}none{{end}}", "012 012 none"],
  [
    "{{range .emptyList}}x{{else}}none{{end}} {{range .nope}}x{{else}}none{{end}} {{range .nothing}}x{{else}}none{{end}}",
    "none none none",
  ],
  [
    "{{range .strings}}{{.}}{{end}} {{range .ints}}{{.}}{{end}} {{range .bytes}}{{.}} {{end}}",
    "xy 312 114 97 119 32 195 169 ",
  ],
  ['{{range .list}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', "a"],
  ['{{range .list}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{end}}', "ac"],
  ["{{$x := 0}}{{range $x = .list}}{{$x}}{{end}}{{$x}}", "abcc"],
  [
    "{{range .name}}x{{end}}",
    'error: template: main:1:8: executing "main" at <.name>: range can\'t iterate over fair lead',
  ],
  [
    "{{range $i, $x := 3}}{{end}}",
    'error: template: main:1:18: executing "main" at <3>: can\'t use 3 to iterate over more than one variable',
  ],
  ["{{range .float}}{{end}}", 'error: template: main:1:8: executing "main" at <.float>: range can\'t iterate over 1.5'],
  ["{{range .list}}{{.}}{{range 0}}{{else}}{{break}}{{end}}x{{end}}", "axbxcx"],
  ["{{break}}", "error: template: main:1: {{break}} outside {{range}}"],
];

describe("Ranges go over everything Go ranges over, maps in order", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA), expected));
  }
});
