import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeYaml, YamlInteger } from "@fairlead/yaml";

/** Plain scalars and what YAML 1.1 as go-yaml v2 reads it makes of them. */
const SCALARS: readonly (readonly [string, unknown])[] = [
  ["yes", true],
  ["On", true],
  ["n", false],
  ["yEs", "yEs"],
  ["~", null],
  ["Null", null],
  ["nil", "nil"],
  ["0", 0],
  ["-0", 0],
  ["0777", 511],
  ["08", 8],
  ["0o17", 15],
  ["0x1F", 31],
  ["0b101", 5],
  ["-0b11", -3],
  ["1_000", 1000],
  ["+12", 12],
  ["9007199254740993", 9007199254740993n],
  ["18446744073709551615", 18446744073709551615n],
  ["18446744073709551616", 18446744073709552000],
  ["1.5", 1.5],
  ["1.", 1],
  [".5", 0.5],
  ["1e3", 1000],
  ["1e400", "1e400"],
  ["1.2.3", "1.2.3"],
  ["1:20", "1:20"],
  ["2001-01-01", "2001-01-01"],
  ["<<", "<<"],
  ["=", "="],
  ["a: b", { a: "b" }],
  ["a b # c", "a b"],
  ["a#b", "a#b"],
  ["'it''s'", "it's"],
  ['"\\x41\\u00e9\\U0001F600\\n"', "Aé😀\n"],
  ["!!str 1", "1"],
  ["!!int '1'", 1],
  ["!!float 1", 1],
  ["!!binary aGk=", "hi"],
  ["!custom 1", "1"],
  ["! 1", "1"],
];

/** Whole texts: collections, block scalars, folding, flow. */
const TEXTS: readonly (readonly [string, string, unknown])[] = [
  ["a sequence at the column of its key", "a:\n- 1\n- 2\nb: 3\n", { a: [1, 2], b: 3 }],
  ["mappings inside sequences", "- a: 1\n  b: 2\n- - x\n", [{ a: 1, b: 2 }, ["x"]]],
  [
    "keys that are no strings",
    "1: a\n1.5: b\ntrue: c\n0x10: d\n1e6: e\n",
    { 1: "a", 1.5: "b", true: "c", 16: "d", "1e+06": "e" },
  ],
  ["explicit keys", "? a\n: b\n? c\n", { a: "b", c: null }],
  [
    "a literal with each way to end",
    "a: |\n  x\n\nb: |-\n  x\n\nc: |+\n  x\n\nd: 1\n",
    { a: "x\n", b: "x", c: "x\n\n", d: 1 },
  ],
  ["folding", "a: >\n  b\n  c\n\n  d\n   e\n  f\n", { a: "b c\nd\n e\nf\n" }],
  ["an indentation indicator", "a: |2\n    b\n", { a: "  b\n" }],
  ["plain scalars over lines", "a: one\n  two\n\n  three\n", { a: "one two\nthree" }],
  ["double quotes over lines", 'a: "one\n  two\\\n  three"\n', { a: "one twothree" }],
  ["flow with single pairs", "[a: 1, {b: , c}, [], d]", [{ a: 1 }, { b: null, c: null }, [], "d"]],
  ["JSON", '{"a":[1,true,null,"x"]}', { a: [1, true, null, "x"] }],
  ["CR LF", "a: 1\r\nb: |\r\n  x\r\n", { a: 1, b: "x\n" }],
  ["a byte order mark", "\ufeffa: 1\n", { a: 1 }],
  ["the first document only", "a: 1\n---\nb: [\n", { a: 1 }],
  ["nothing", "# c\n", null],
  ["a tag handle", "%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1\n", { a: "1" }],
];

describe("decodeYaml reads as sigs.k8s.io/yaml does", () => {
  for (const [text, expected] of SCALARS) {
    test(`${text} is ${String(JSON.stringify(expected, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)))}`, () => {
      assert.deepEqual(decodeYaml(text), expected);
    });
  }
  for (const [name, text, expected] of TEXTS) {
    test(name, () => assert.deepEqual(decodeYaml(text), expected));
  }
});

test("a later key replaces an earlier one, unless keys must be unique", () => {
  assert.deepEqual(decodeYaml("a: 1\na: 2\n"), { a: 2 });
  assert.throws(() => decodeYaml("a: 1\na: 2\n", { uniqueKeys: true }), /line 2: key "a" already set in map/);
});

test("numbers come as JSON has them, as float64, or tagged with Go's type", () => {
  const text = "[1, 9007199254740993, 1.5, 18446744073709551615]";
  assert.deepEqual(decodeYaml(text), [1, 9007199254740993n, 1.5, 18446744073709551615n]);
  assert.deepEqual(decodeYaml(text, { numbers: "float64" }), [1, 9007199254740992, 1.5, 18446744073709552000]);
  assert.deepEqual(decodeYaml(text, { numbers: "go" }), [
    new YamlInteger(1),
    new YamlInteger(9007199254740993n),
    1.5,
    new YamlInteger(18446744073709551615n, "uint64"),
  ]);
});

test("a key named __proto__ is a key and nothing more", () => {
  const value = decodeYaml("__proto__: {polluted: true}\na: {<<: {__proto__: 1}}\n") as Record<string, unknown>;
  assert.deepEqual(Object.keys(value), ["__proto__", "a"]);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});
