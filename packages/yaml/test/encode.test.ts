import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeYaml, encodeYamlV3, YamlInteger } from "@fairlead/yaml";

const LONG = "the quick brown fox jumps over the lazy dog and then some more words follow it until the line is folded";

/** Values, and what sigs.k8s.io/yaml writes. */
const V2: readonly (readonly [string, unknown, string])[] = [
  [
    "keys by number and letter",
    { k10: 1, k9: 1, a: 1, K1: 1, _: 1, "1": 1 },
    '_: 1\n"1": 1\nK1: 1\na: 1\nk9: 1\nk10: 1\n',
  ],
  [
    "sequences at the column of their key",
    { a: [1, [2, [3]], { b: [] }], c: {} },
    "a:\n- 1\n- - 2\n  - - 3\n- b: []\nc: {}\n",
  ],
  [
    "words that would be read as something else",
    ["y", "no", "~", "", "null", "1", "0x1", "1e3", "1:20", "2001-01-01", ".5"],
    ["y", "no", "~", "", "null", "1", "0x1", "1e3", "1:20", "2001-01-01", ".5"].map((word) => `- "${word}"\n`).join(""),
  ],
  [
    "what plain style cannot hold",
    ["- a", "a: b", "a #b", "#a", "[a", "'a", "a ", " a", "*a", "%a", "@a"],
    "- '- a'\n- 'a: b'\n- 'a #b'\n- '#a'\n- '[a'\n- '''a'\n- 'a '\n- ' a'\n- '*a'\n- '%a'\n- '@a'\n",
  ],
  [
    "what it can",
    ["a:b", "a#b", "-a", "<<", "=", "a'b", 'a"b', "é", "nil"],
    "- a:b\n- a#b\n- -a\n- <<\n- =\n- a'b\n- a\"b\n- é\n- nil\n",
  ],
  [
    "escapes",
    ["\t", "a\rb", "\u001b", "😀", "\u00a0", "\u2028", "\ufeff"],
    '- "\\t"\n- "a\\rb"\n- "\\e"\n- "\\U0001F600"\n- \u00a0\n- \'\u2028\'\n- "\\uFEFF"\n',
  ],
  [
    "literal blocks",
    { a: "x\n", b: "x\ny", c: "x\n\n", d: " x\n", e: "x \ny" },
    'a: |\n  x\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2\n   x\ne: "x \\ny"\n',
  ],
  ["folding beyond column 80", { a: LONG }, `a: ${LONG.slice(0, 78)}\n  ${LONG.slice(79)}\n`],
  ["folding in quotes", { a: `${LONG}: x` }, `a: '${LONG.slice(0, 78)}\n  ${LONG.slice(79)}: x'\n`],
  ["no folding of keys", { [`${LONG} ${"x"}`]: 1 }, `${LONG} x: 1\n`],
  ["keys beyond 128 bytes", { ["k".repeat(129)]: [1], b: 2 }, `b: 2\n? ${"k".repeat(129)}\n: - 1\n`],
  [
    "numbers as they come out of JSON",
    [1, 1e6, 1e20, 1e21, 1.5, 123456789.5, 1e-7, -0, 2 ** 63, 0.1],
    "- 1\n- 1000000\n- 1e+20\n- 1e+21\n- 1.5\n- 1.234567895e+08\n- 1e-07\n- 0\n- 9223372036854775808\n- 0.1\n".replace(
      "9223372036854775808",
      "9223372036854776000",
    ),
  ],
  [
    "integers of other kinds",
    [12345678901234567890n, new YamlInteger(7), new YamlInteger(2n ** 64n - 1n, "uint64")],
    "- 12345678901234567890\n- 7\n- 18446744073709551615\n",
  ],
  ["null and absence", { a: null, b: undefined, c: [undefined] }, "a: null\nc:\n- null\n"],
  ["a scalar alone", "a", "a\n"],
  ["an empty map", {}, "{}\n"],
];

describe("encodeYaml writes as sigs.k8s.io/yaml does", () => {
  for (const [name, value, expected] of V2) test(name, () => assert.equal(encodeYaml(value), expected));
});

describe("encodeYaml refuses what Go refuses", () => {
  for (const [value, message] of [
    [Number.NaN, /json: unsupported value: NaN/],
    [{ a: [Number.NEGATIVE_INFINITY] }, /json: unsupported value: -Inf/],
    ["\u007f", /control characters are not allowed/],
    [{ a: () => 1 }, /json: unsupported type/],
  ] as const) {
    test(String(message), () => assert.throws(() => encodeYaml(value), message));
  }
});

/** Values, and what go.yaml.in/yaml/v3 writes with an indent of 2. */
const V3: readonly (readonly [string, unknown, string])[] = [
  ["sequences are indented", { a: [1, { b: [2] }] }, "a:\n  - 1\n  - b:\n      - 2\n"],
  ["numbers are float64", [1, 1e6, 1234567.5, 0.1], "- 1\n- 1e+06\n- 1.2345675e+06\n- 0.1\n"],
  ["integers stay integers", [1000000n, new YamlInteger(1000000)], "- 1000000\n- 1000000\n"],
  ["nothing is folded", { a: LONG }, `a: ${LONG}\n`],
  ["old booleans are quoted", ["yes", "n", "true", "off"], '- "yes"\n- "n"\n- "true"\n- "off"\n'],
  ["a letter comes before other signs behind a digit", { "1-": 1, "1a": 1, "12": 1 }, '1a: 1\n1-: 1\n"12": 1\n'],
];

describe("encodeYamlV3 writes as go.yaml.in/yaml/v3 does", () => {
  for (const [name, value, expected] of V3)
    test(name, () => assert.equal(encodeYamlV3(value, { indent: 2 }), expected));
});
