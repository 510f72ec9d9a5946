import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  ["plain text", "plain text"],
  ["{{.name}} {{ .name -}}   x", "fair lead fair leadx"],
  ['x   {{- " y " -}} z', "x y z"],
  ["{{-3}} {{- 3}}", "-33"],
  ["a {{- /* note */ -}} b", "ab"],
  [
    "{{1}} {{-1}} {{1.0}} {{1e6}} {{1e21}} {{0x1F}} {{017}} {{0b11}} {{1_000}} {{'a'}} {{1i}} {{1+2i}}",
    "1 -1 1 1e+06 1e+21 31 15 3 1000 97 (0+1i) (1+2i)",
  ],
  ['{{"a\\tb\\u00e9\\x41"}} {{`raw \\n`}}', "a\tbéA raw \\n"],
  ['{{"\\xc3\\xa9"}} {{"\\xff" | printf "%q"}}', 'é "\\xff"'],
  ['{{printf "%s"', "error: template: main:1: unclosed action"],
  ["   .name}}", "   .name}}"],
  ["{{.map.nested.deep.deeper}} {{$.map.a}} {{(.map).b}} {{(index .list 1)}}", "treasure 1 2 b"],
  ['{{and 1 0 2}} {{or 0 "" "x"}} {{not .empty}} {{len .text}} {{len .map}}', "0 x true 23 4"],
  [
    '{{index .list 0}} {{index .map "nested" "deep" "deeper"}} {{index .map "nope"}} {{slice .name 1 3}} {{slice .list 1}}',
    "a treasure <no value> ai [b c]",
  ],
  [
    '{{html .html}} {{js .html}} {{urlquery "a b&c"}}',
    "&lt;a href=&#34;x&#34;&gt;&#39;&amp;&#39;&lt;/a&gt; \\u003Ca href\\u003D\\\"x\\\"\\u003E\\'\\u0026\\'\\u003C/a\\u003E a+b%26c",
  ],
  ['{{print 1 2 "a" "b" 3 nil true}} {{println "a" 1}}', "1 2ab3 <nil> true a 1\n"],
  [
    "{{.float}} {{.million}} {{.big}} {{.mixed}} {{.map}} {{.strings}} {{.bytes}} {{.labels}} {{.nothing}} {{.nope}}",
    "1.5 1.234567e+06 9007199254740993 [1 2.5 three <nil> true] map[a:1 b:2 nested:map[deep:map[deeper:treasure]] nil:<nil>] [x y] [114 97 119 32 195 169] map[k:v] <no value> <no value>",
  ],
];

describe("Actions, literals and trim markers are read as Go reads them", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA), expected));
  }
});
