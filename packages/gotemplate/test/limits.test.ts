import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { helmFunctions, sprigFunctions, TemplateError, TemplateSet, type ExecLimits } from "../src/index.ts";
import { plainHooks } from "./support/hooks.ts";

const functions = helmFunctions("v3", plainHooks);

function problemOf(text: string, limits: Partial<ExecLimits> = {}): TemplateError["problems"][number] {
  try {
    new TemplateSet({ functions, name: "main" }).parse("main", text).execute("main", {}, { limits });
  } catch (error) {
    if (error instanceof TemplateError) return error.problems[0] as TemplateError["problems"][number];
    throw error;
  }
  return assert.fail(`no limit was reached by ${text}`);
}

const CASES: ReadonlyArray<readonly [what: string, template: string, limits: Partial<ExecLimits>]> = [
  ["an endless range", "{{range 100000000000}}{{end}}", { stepsMax: 5000 }],
  ["ranges inside ranges", "{{range until 1000}}{{range until 1000}}x{{end}}{{end}}", { stepsMax: 5000 }],
  ["too much output", '{{range until 1000}}{{repeat 1000 "x"}}{{end}}', { outputCharsMax: 100_000 }],
  ["too much time", "{{range 100000000000}}{{end}}", { timeMsMax: 20 }],
  ["a huge repeat", '{{repeat 1000000000 "x"}}', {}],
  ["a huge list", "{{until 100000000000}}", {}],
  ["a huge sequence", "{{seq 1 1 100000000000}}", {}],
  ["text doubled over and over", '{{$x := "ab"}}{{range until 60}}{{$x = print $x $x}}{{end}}', { valueCharsMax: 1e6 }],
  ["text replaced by longer text", '{{repeat 1000 "x" | replace "x" (repeat 1000 "y")}}', { valueCharsMax: 1e5 }],
  ["a list joined by long text", '{{join (repeat 100000 "x") (until 100000)}}', {}],
  ["text replaced by a pattern", '{{regexReplaceAll "" (repeat 1000 "x") (repeat 1000 "y")}}', { valueCharsMax: 1e5 }],
  ["text wrapped by long text", '{{wrapWith 1 (repeat 1000000 "x") (repeat 1000000 "a")}}', {}],
  [
    "a list doubled over and over",
    "{{$x := list 1}}{{range until 60}}{{$x = concat $x $x}}{{end}}",
    { valueCharsMax: 1e5 },
  ],
  ["templates inside each other", '{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}', { depthMax: 50 }],
  ["templates that fill the stack", '{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}', {}],
  ["includes inside each other", '{{define "r"}}{{include "r" .}}{{end}}{{include "r" .}}', {}],
  ["tpl inside tpl", '{{$t := "{{tpl .t .}}"}}{{tpl $t (dict "t" $t)}}', { depthMax: 60 }],
  ["a value that holds itself, printed", '{{$d := dict}}{{$_ := set $d "d" $d}}{{$d}}', {}],
  ["a value that holds itself, as JSON", '{{$d := dict}}{{$_ := set $d "d" $d}}{{toJson $d}}', {}],
  ["a value that holds itself, as YAML", '{{$d := dict}}{{$_ := set $d "d" $d}}{{toYaml $d}}', {}],
  ["a value that holds itself, copied", '{{$d := dict}}{{$_ := set $d "d" $d}}{{deepCopy $d}}', {}],
  [
    "parts shared over and over",
    '{{$x := dict "a" 1}}{{range until 60}}{{$x = dict "a" $x "b" $x}}{{end}}{{toYaml $x}}',
    { stepsMax: 1e5 },
  ],
  ["merging a value into itself", '{{$d := dict}}{{$_ := set $d "d" (dict "d" $d)}}{{$e := deepCopy $d}}', {}],
];

describe("What would never end, or end too large, ends in a problem with a place", () => {
  for (const [what, template, limits] of CASES) {
    test(`${what} is stopped`, () => {
      const problem = problemOf(template, limits);
      assert.equal(problem.code, "TemplateLimit");
      assert.equal(problem.file, what === "tpl inside tpl" ? problem.file : "main");
      assert.equal(problem.line, 1);
      assert.ok((problem.column ?? 0) > 1, `column of ${problem.message}`);
    });
  }

  test("recursion ends the same way at every depth of the stack it starts from", () => {
    const text = '{{define "r"}}{{include "r" .}}{{end}}{{include "r" .}}';
    const from = (depth: number): string => (depth > 0 ? from(depth - 1) : problemOf(text).code);
    for (let depth = 0; depth < 40; depth++) assert.equal(from(depth), "TemplateLimit");
  });

  test("nested output counts towards the same limit", () => {
    const text = '{{define "t"}}{{repeat 600 "x"}}{{end}}{{range until 3}}{{$_ := include "t" .}}{{end}}';
    assert.match(problemOf(text, { outputCharsMax: 1000 }).message, /writes more than 1000 characters/);
  });

  test("other executions go on afterwards", () => {
    const set = new TemplateSet({ functions: sprigFunctions }).parse("main", "{{range .n}}x{{end}}");
    assert.throws(() => set.execute("main", { n: 1e9 }, { limits: { stepsMax: 100 } }), TemplateError);
    assert.equal(set.execute("main", { n: [1, 2, 3] }, { limits: { stepsMax: 100 } }), "xxx");
  });

  test("parentheses and blocks inside each other are refused while parsing", () => {
    for (const text of [
      `{{${"(".repeat(5000)}1${")".repeat(5000)}}}`,
      `${"{{if 1}}".repeat(5000)}${"{{end}}".repeat(5000)}`,
    ]) {
      assert.throws(() => new TemplateSet({ functions }).parse("main", text), TemplateError);
    }
  });

  test("a regular expression that would take a backtracker for ever takes linear time", () => {
    const set = new TemplateSet({ functions }).parse(
      "main",
      '{{regexMatch "(a+)+$" (repeat 5000 "a" | printf "%sb")}}',
    );
    assert.equal(set.execute("main", {}), "false");
  });
});
