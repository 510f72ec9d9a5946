import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { helmFunctions, TemplateError, TemplateSet } from "../src/index.ts";
import { plainHooks } from "./support/hooks.ts";
import { run, type Table } from "./support/run.ts";

const v3 = helmFunctions("v3", plainHooks);
const v4 = helmFunctions("v4", plainHooks);
const DATA = { a: 1, b: "{{.a}}", list: [1, 2], text: "x" };

const BOTH: Table = [
  ["{{toYaml .list}}|{{toYaml (dict)}}", "[1,2]|{}"],
  [
    '{{(fromYaml "{\\"a\\":1}").a}} {{fromYaml "[1]"}}',
    "1 map[Error:error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}]",
  ],
  ['{{fromYaml "{"}} {{fromYaml ""}}', "map[Error:error converting YAML to JSON: yaml: bad] map[]"],
  [
    '{{fromYamlArray "[1]"}} {{fromYamlArray "{}"}} {{fromYamlArray "{"}}',
    "[1] [error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go value of type []interface {}] [error converting YAML to JSON: yaml: bad]",
  ],
  [
    '{{fromJson "[1]"}} {{fromJson "{"}} {{fromJsonArray "5"}} {{fromJsonArray "[1]"}}',
    "map[Error:json: cannot unmarshal array into Go value of type map[string]interface {}] map[Error:unexpected end of JSON input] [json: cannot unmarshal number into Go value of type []interface {}] [1]",
  ],
  [
    '{{toJson "<a&b>"}} {{toToml .list}} {{fromToml "x"}} {{fromToml "bad"}}',
    '"\\u003ca\\u0026b\\u003e" toml [1,2] map[text:x] map[Error:toml: bad]',
  ],
  ['{{define "t"}}[{{.}}]{{end}}{{include "t" "x" | upper}}', "[X]"],
  ['{{tpl .b .}} {{tpl `{{define "z"}}z{{end}}{{include "z" .}}` .}} {{tpl "plain" .}}', "1 z plain"],
  ["{{tpl `{{.nope}}|` .}}", "|"],
  ['{{required "why" .a}} {{lookup "v1" "Pod" "" ""}} {{getHostByName "x"}}|', "1 map[] |"],
  [
    '{{required "why" .nope}}',
    'error: template: main:1:2: executing "main" at <required "why" .nope>: error calling required: HELM_ERR_STARTwhyHELM_ERR_END',
  ],
  [
    '{{fail "no"}}',
    'error: template: main:1:2: executing "main" at <fail "no">: error calling fail: HELM_ERR_STARTnoHELM_ERR_END',
  ],
  [
    '{{include "nope" .}}',
    'error: template: main:1:2: executing "main" at <include "nope" .>: error calling include: template: no template "nope" associated with template "main"',
  ],
  [
    '{{tpl "{{.a" .}}',
    'error: template: main:1:2: executing "main" at <tpl "{{.a" .>: error calling tpl: cannot parse template "{{.a": template: main:1: unclosed action',
  ],
  [
    '{{tpl "{{.a.b.c}}" .}}',
    'error: template: main:1:2: executing "main" at <tpl "{{.a.b.c}}" .>: error calling tpl: error during tpl function execution for "{{.a.b.c}}": template: main:1:4: executing "main" at <.a.b.c>: can\'t evaluate field b in type interface {}',
  ],
];

const V4_ONLY: Table = [
  [
    '{{mustToDuration "90"}} {{durationSeconds "1m30s"}} {{durationMinutes 90}} {{durationMilliseconds "1.5s"}} {{durationDays "36h"}}',
    "1m30s 90 1.5 1500 1.5",
  ],
  [
    '{{durationRoundTo "2h13m" "30m"}} {{durationTruncateTo "2h13m" "30m"}} {{durationSeconds "x"}} {{durationHours nil}}',
    "2h0m0s 2h0m0s 0 0",
  ],
  ["{{mustToJson .list}} {{mustToYaml .list}} {{mustToToml .list}}", "[1,2] [1,2] toml [1,2]"],
  [
    '{{mustToDuration "x"}}',
    'error: template: main:1:2: executing "main" at <mustToDuration "x">: error calling mustToDuration: could not parse duration "x"',
  ],
  [
    '{{semverCompare "bad" "1"}}',
    'error: template: main:1:2: executing "main" at <semverCompare "bad" "1">: error calling semverCompare: improper constraint: "bad"',
  ],
];

describe("Helm's functions of both versions", () => {
  for (const [template, expected] of BOTH) {
    test(template, () => {
      assert.equal(run(template, DATA, v3, { missingKey: "zero" }), expected);
      assert.equal(run(template, DATA, v4, { missingKey: "zero" }), expected);
    });
  }
});

describe("Functions only Helm 4 has", () => {
  for (const [template, expected] of V4_ONLY) {
    test(template, () => assert.equal(run(template, DATA, v4), expected));
  }
  test("Helm 3 does not know them", () => {
    assert.equal(
      run("{{durationSeconds 1}}", DATA, v3),
      'error: template: main:1: function "durationSeconds" not defined',
    );
  });
});

describe("Helm's engine functions", () => {
  test("a problem of an included template is placed where it happened", () => {
    const set = new TemplateSet({ functions: v3, name: "gotpl" });
    set.parse("c/_helpers.tpl", '{{define "h"}}\n  {{.x.y.z}}{{end}}').parse("c/a.yaml", '\n{{include "h" .}}');
    assert.throws(
      () => set.execute("c/a.yaml", { x: null }),
      (error) => {
        assert.ok(error instanceof TemplateError);
        const [problem] = error.problems;
        assert.deepEqual([problem?.file, problem?.line, problem?.column], ["c/_helpers.tpl", 2, 7]);
        assert.match(
          error.goText,
          /^template: c\/a\.yaml:2:2: executing "c\/a\.yaml" at <include "h" \.>: error calling include: template: c\/_helpers\.tpl:2:6: /,
        );
        return true;
      },
    );
  });

  test("what tpl defines ends with it", () => {
    assert.match(run('{{tpl `{{define "z"}}z{{end}}` .}}{{include "z" .}}', DATA, v3), /no template "z"/);
  });

  test("linting collects what required and fail would have said", () => {
    const said: string[] = [];
    const functions = helmFunctions("v3", { ...plainHooks, onLint: (message) => said.push(message) });
    assert.equal(run('a{{required "why" .nope}}{{fail "no"}}b', DATA, functions), "ab");
    assert.deepEqual(said, ["why", "no"]);
  });

  test("lookup asks the cluster that was handed in", () => {
    const functions = helmFunctions("v3", {
      ...plainHooks,
      lookup: (...asked) => ({ metadata: { name: asked.join("/") } }),
    });
    const text = '{{(lookup "v1" "Secret" "ns" "n").metadata.name}}';
    assert.equal(run(text, DATA, functions, { environment: "cluster" }), "v1/Secret/ns/n/cluster");
  });
});
