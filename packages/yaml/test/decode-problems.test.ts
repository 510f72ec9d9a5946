import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ProblemError } from "@fairlead/base";
import { decodeYaml, parseYaml } from "@fairlead/yaml";

/** Text, Go's message without its prefix, and where the fault is (line:column from 1). */
const FAULTS: readonly (readonly [string, string, string])[] = [
  ["a: b: c\n", "yaml: mapping values are not allowed in this context", "1:5"],
  ["x: 1\na: b: c\n", "yaml: line 2: mapping values are not allowed in this context", "2:5"],
  ["a:\n- 1\n b: 2\n", "yaml: line 3: mapping values are not allowed in this context", "3:3"],
  ["a: 1\nb\nc: 2\n", "yaml: line 3: could not find expected ':'", "3:1"],
  ["a: 1\n- b\n", "yaml: line 1: did not find expected key", "2:1"],
  ["- a\nb: 1\n", "yaml: line 1: did not find expected '-' indicator", "2:1"],
  ["a: [1, 2\nb: 3\n", "yaml: line 1: did not find expected ',' or ']'", "2:2"],
  ["a: {b: [c}\n", "yaml: did not find expected ',' or ']'", "1:10"],
  ["a: @b\n", "yaml: found character that cannot start any token", "1:4"],
  ["x: 1\n\ta: 1\n", "yaml: line 2: found a tab character that violates indentation", "2:1"],
  ['a: "b\n', "yaml: line 2: found unexpected end of stream", "2:1"],
  ['a: "\\q"\n', "yaml: found unknown escape character", "1:5"],
  ["a: |\n\tb\n", "yaml: line 2: found a tab character where an indentation space is expected", "2:1"],
  ["%FOO\n---\na\n", "yaml: found unknown directive name", "1:5"],
  ["%YAML 1.2\n---\na\n", "yaml: found incompatible YAML document", "1:1"],
  ["a: !x!y b\n", "yaml: found undefined tag handle", "1:4"],
  ["a: *b\n", "yaml: unknown anchor 'b' referenced", "1:4"],
  ["a: \u0007\n", "yaml: control characters are not allowed", "1:4"],
  ["a: !!int x\n", "yaml: cannot decode !!str `x` as a !!int", "1:4"],
  ["a: !!binary x\n", "yaml: !!binary value contains invalid base64 data", "1:4"],
  ["a: &x [*x]\n", "yaml: anchor 'x' value contains itself", "1:8"],
  ["a: {<<: 1}\n", "yaml: map merge requires map or sequence of maps as the value", "1:4"],
  [
    "a: {{ .Values.x }}\n",
    'yaml: invalid map key: map[interface {}]interface {}{".Values.x":interface {}(nil)}',
    "1:4",
  ],
  ["~: x\n", 'unsupported map key of type: %!s(<nil>), key: <nil>, value: "x"', "1:1"],
  ["a: .inf\n", "json: unsupported value: +Inf", "1:4"],
];

function problemsOfDecoding(text: string): ProblemError["problems"] {
  try {
    decodeYaml(text, { file: "f.yaml" });
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    return error.problems;
  }
  return [];
}

describe("faults are told in Go's words, with the exact place", () => {
  for (const [text, message, place] of FAULTS) {
    test(JSON.stringify(text), () => {
      const [first] = problemsOfDecoding(text);
      assert.equal(first?.message, `error converting YAML to JSON: ${message}`);
      assert.equal(`${first.line}:${first.column}`, place);
      assert.equal(first.file, "f.yaml");
    });
  }
});

test("every fault of values is reported, not only the first", () => {
  const problems = problemsOfDecoding("a: !!int x\nb: !!bool 1\nc: .nan\n");
  assert.deepEqual(
    problems.map((problem) => problem.line),
    [1, 2, 3],
  );
});

test("v3 names the line of the construct where v2 names that of the fault", () => {
  const text = "x: 1\na:\n  - [b\nc: 1\n";
  assert.equal(
    problemsOfDecoding(text)[0]?.message,
    "error converting YAML to JSON: yaml: line 3: did not find expected ',' or ']'",
  );
  assert.equal(parseYaml(text).problems[0]?.message, "yaml: line 2: did not find expected ',' or ']'");
});
