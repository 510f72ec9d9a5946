import assert from "node:assert/strict";
import test from "node:test";
import { problemsOf, valuesSeen, type Files } from "./support.ts";

const sub = (values: string): Files => ({
  "charts/sub/Chart.yaml": "name: sub\nversion: 1.0.0\n",
  "charts/sub/values.yaml": values,
});

interface Case {
  readonly what: string;
  readonly files: Files;
  readonly values?: string;
  readonly seen: unknown;
}

const CASES: readonly Case[] = [
  {
    what: "a value given wins over the chart's",
    files: { "values.yaml": "a: 1\nb: 2\n" },
    values: '{"a":3}',
    seen: { a: 3, b: 2 },
  },
  {
    what: "maps are laid into each other",
    files: { "values.yaml": "m: {a: 1, b: 2}\n" },
    values: '{"m":{"b":3}}',
    seen: { m: { a: 1, b: 3 } },
  },
  { what: "lists are replaced whole", files: { "values.yaml": "l: [1, 2]\n" }, values: '{"l":[3]}', seen: { l: [3] } },
  {
    what: "null takes a default away",
    files: { "values.yaml": "a: 1\nm: {b: 2, c: 3}\n" },
    values: '{"a":null,"m":{"b":null}}',
    seen: { m: { c: 3 } },
  },
  {
    what: "a map cannot be replaced by a scalar of the chart",
    files: { "values.yaml": "a: text\n" },
    values: '{"a":{"b":1}}',
    seen: { a: { b: 1 } },
  },
  {
    what: "a parent's values lie over its subchart's, and globals go down",
    files: { ...sub("size: 1\nkeep: yes\n"), "values.yaml": "sub: {size: 2}\nglobal: {zone: eu}\n" },
    seen: { global: { zone: "eu" }, sub: { size: 2, keep: true, global: { zone: "eu" } } },
  },
  {
    what: "null takes a subchart's default away",
    files: sub("size: 1\nkeep: 2\n"),
    values: '{"sub":{"size":null}}',
    seen: { sub: { keep: 2, global: {} } },
  },
  {
    what: "a key named __proto__ is a value like others",
    files: { "values.yaml": "__proto__: {polluted: true}\n" },
    seen: JSON.parse('{"__proto__":{"polluted":true}}'),
  },
];

for (const { what, files, values = "{}", seen } of CASES) {
  test(what, () => {
    assert.deepEqual(valuesSeen(files, JSON.parse(values)), seen);
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });
}

test("a subchart whose values are no map is refused", () => {
  const [problem] = problemsOf(() => valuesSeen(sub("a: 1\n"), { sub: "text" }));
  assert.equal(problem?.code, "ChartValuesInvalid");
  assert.match(problem?.message ?? "", /sub/);
});

test("values that are not YAML are refused with their place", () => {
  const [problem] = problemsOf(() => valuesSeen({ "values.yaml": "a: [1\nb: 2\n" }));
  assert.equal(problem?.code, "ChartInvalid");
  assert.equal(problem?.file, "values.yaml");
});
