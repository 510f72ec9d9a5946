import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  ["{{", "error: template: main:1: unclosed action"],
  ["{{.name", "error: template: main:1: unclosed action"],
  ['{{"unterminated}}', "error: template: main:1: unterminated quoted string"],
  ["{{if .name}}x", "error: template: main:1: unexpected EOF"],
  ["{{end}}", "error: template: main:1: unexpected {{end}}"],
  ["{{else}}", "error: template: main:1: unexpected {{else}}"],
  ["{{nope}}", 'error: template: main:1: function "nope" not defined'],
  ["{{.name | 1}}", "error: template: main:1: non executable command in pipeline stage 2"],
  ["{{(1}}", "error: template: main:1: unclosed left paren"],
  ["{{1)}}", "error: template: main:1: unexpected right paren"],
  ["{{$x}}", 'error: template: main:1: undefined variable "$x"'],
  ["{{@}}", 'error: template: main:1: unexpected "@" in command'],
  ["{{a.b}}", 'error: template: main:1: function "a" not defined'],
  ["{{1x}}", 'error: template: main:1: bad number syntax: "1x"'],
  ["{{'ab'}}", "error: template: main:1: malformed character constant: 'ab'"],
  ["{{18446744073709551616}}", 'error: template: main:1: integer overflow: "18446744073709551616"'],
  [
    "{{9223372036854775808}}",
    'error: template: main:1:2: executing "main" at <9223372036854775808>: 9223372036854775808 overflows int',
  ],
  ["{{template}}", 'error: template: main:1: unexpected "}}" in template clause'],
  ["{{define t}}x{{end}}", 'error: template: main:1: unexpected "t" in define clause'],
  ["{{range $i, .list}}{{end}}", "error: template: main:1: range can only initialize variables"],
  ["{{/* c}}", "error: template: main:1: unclosed comment"],
  ["{{1.x}}", 'error: template: main:1: bad number syntax: "1.x"'],
  ["{{}}", "error: template: main:1: missing value for command"],
];

describe("What does not parse is told with name, line and Go's words", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA), expected));
  }
});
