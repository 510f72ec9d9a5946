import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applicationSetFunctions } from "../src/index.ts";
import { plainHooks } from "./support/hooks.ts";
import { run, type Table } from "./support/run.ts";

const functions = applicationSetFunctions(plainHooks);

const CASES: Table = [
  ['{{normalize "My App_1.x-"}} {{normalize "-.a.-"}} {{repeat 300 "a" | normalize | len}}', "my-app-1.x a 253"],
  [
    '{{slugify 23 true "Very long Name of a Branch"}} {{slugify 10 false "feature/abc-def-ghi"}} {{slugify "A.b_c"}} {{slugify}}|',
    "very-long-name-of-a feature-ab a-b-c |",
  ],
  ['{{toYaml .l}} {{(fromYaml "{\\"a\\":1}").a}} {{fromYamlArray "[2]"}} {{tpl "{{.l}}" .}}', "[1] 1 [2] [1]"],
  [
    '{{fromYaml "["}}',
    'error: template: main:1:2: executing "main" at <fromYaml "[">: error calling fromYaml: error converting YAML to JSON: yaml: bad',
  ],
  [
    '{{slugify "a" "b"}}',
    'error: template: main:1:2: executing "main" at <slugify "a" "b">: error calling slugify: interface conversion: interface {} is string, not int',
  ],
  ['{{env "HOME"}}', 'error: template: main:1: function "env" not defined'],
  ['{{getHostByName "x"}}', 'error: template: main:1: function "getHostByName" not defined'],
  ["{{.path.basename}}", "<no value>"],
];

describe("The functions of ApplicationSet templates", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, { l: [1] }, functions), expected));
  }

  test("goTemplateOptions missingkey=error ends the template", () => {
    assert.match(run("{{.path}}", {}, functions, { missingKey: "error" }), /map has no entry for key "path"/);
  });
});
