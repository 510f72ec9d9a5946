import assert from "node:assert/strict";
import test from "node:test";
import type { JsonObject } from "@fairlead/base";
import { problemsOf, render } from "./support.ts";

const HEAD = "values don't meet the specifications of the schema(s) in the following chart(s):\nweb:\n";
const DRAFT_7 = "http://json-schema.org/draft-07/schema#";

const CASES: ReadonlyArray<[what: string, schema: JsonObject, values: JsonObject, lines: string]> = [
  [
    "a type",
    { properties: { a: { type: ["string", "null"] } } },
    { a: 1 },
    "- at '/a': got number, want null or string",
  ],
  ["an integer", { properties: { a: { type: "integer" } } }, { a: 1.5 }, "- at '/a': got number, want integer"],
  ["a property that is missing", { required: ["a"] }, {}, "- at '': missing property 'a'"],
  [
    "a property too many",
    { additionalProperties: false },
    { a: 1, b: 2 },
    "- at '': additional properties 'a', 'b' not allowed",
  ],
  [
    "a number with commas",
    { properties: { a: { maximum: 1000 } } },
    { a: 70_000 },
    "- at '/a': maximum: got 70,000, want 1,000",
  ],
  [
    "one reference, which is no level",
    { $defs: { t: { type: "string" } }, properties: { a: { $ref: "#/$defs/t" } } },
    { a: 1 },
    "- at '/a': got number, want string",
  ],
  [
    "alternatives, which are a level",
    { properties: { a: { anyOf: [{ type: "string" }, { type: "array" }] } } },
    { a: 1 },
    "- at '/a': 'anyOf' failed\n  - at '/a': got number, want string\n  - at '/a': got number, want array",
  ],
  [
    "items of an old draft",
    { $schema: DRAFT_7, properties: { a: { items: [{}], additionalItems: false } } },
    { a: [1, 2, 3] },
    "- at '/a': last 2 additionalItem(s) not allowed",
  ],
  [
    "a key with a slash",
    { additionalProperties: { type: "string" } },
    { "a/b": 1 },
    "- at '/a~1b': got number, want string",
  ],
];

for (const [what, schema, values, lines] of CASES) {
  test(`a schema tells of ${what} in Helm's words`, () => {
    const [problem] = problemsOf(() => render({ "values.schema.json": JSON.stringify(schema) }, values));
    assert.equal(problem?.code, "ChartSchemaViolated");
    assert.equal(problem?.message, HEAD + lines);
  });
}

test("a schema is not asked when told so, and one that holds lets values through", () => {
  const files = { "values.schema.json": '{"required":["a"]}', "templates/a.yaml": "a: 1" };
  assert.equal(render(files, {}, { skipSchemaValidation: true }).manifests.length, 1);
  assert.equal(render(files, { a: 1 }).manifests.length, 1);
});

const STANDARD = [
  "http://json-schema.org/schema#",
  "https://json-schema.org/schema",
  "https://json-schema.org/draft-07/schema#",
  "http://json-schema.org/draft/2020-12/schema",
];

for (const address of STANDARD) {
  test(`the standard's schema is known as ${address}`, () => {
    const schema = { $schema: address, properties: { a: { $ref: address } }, required: ["a"] };
    const files = { "values.schema.json": JSON.stringify(schema), "templates/a.yaml": "a: 1" };
    assert.equal(render(files, { a: { type: "string" } }).manifests.length, 1);
    assert.equal(problemsOf(() => render(files, { a: { type: 1 } }))[0]?.code, "ChartSchemaViolated");
  });
}

test("a schema that is elsewhere is not fetched", () => {
  const files = { "values.schema.json": '{"$ref":"https://127.0.0.1/schema.json"}' };
  assert.match(
    problemsOf(() => render(files))[0]?.message ?? "",
    /failing loading "https:\/\/127.0.0.1\/schema.json": nothing is fetched/,
  );
});

test("a schema that refers to itself ends", () => {
  const files = { "values.schema.json": '{"$ref":"#","required":["a"]}' };
  assert.equal(problemsOf(() => render(files))[0]?.code, "ChartSchemaViolated");
});
