import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCel } from "../src/crd/cel/expression.ts";

/** What kube-apiserver 1.35 says of them: `npm run conformance -- objects --only rules` asks it again. */
const VALUE =
  "expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** An expression, and its faults: the place, and what is said after `Syntax error:`; `VALUE` stands for what begins a value. */
const CASES: readonly (readonly [text: string, ...faults: string[]])[] = [
  ["'a b = c", "0 token recognition error at: ''a b = c'", "8 mismatched input '<EOF>' VALUE"],
  ["self.n >", "8 mismatched input '<EOF>' VALUE"],
  ["self.n > 1 &&", "13 mismatched input '<EOF>' VALUE"],
  ["(self.n > 1", "11 missing ')' at '<EOF>'"],
  ["self.n > 1)", "10 extraneous input ')' expecting <EOF>"],
  ["self.n = 1", "7 token recognition error at: '= '", "9 extraneous input '1' expecting <EOF>"],
  ["self.n > 1 ; self.n", "11 token recognition error at: ';'", "13 mismatched input 'self' expecting <EOF>"],
  ["*", "0 mismatched input '*' VALUE", "1 mismatched input '<EOF>' VALUE"],
  ["1 + * * 2", "4 mismatched input '*' VALUE", "6 extraneous input '*' VALUE"],
  ["../x", "1 no viable alternative at input '..'"],
  ["self..n", "5 no viable alternative at input '..'"],
  ["1 +* 2", "3 extraneous input '*' VALUE"],
  ["[1,2", "4 mismatched input '<EOF>' expecting {']', ','}"],
  ["{'a':", "5 mismatched input '<EOF>' VALUE"],
  ["self.n > 1 ||| 2", "13 token recognition error at: '| '"],
  ["self.s == 'abc", "10 token recognition error at: ''abc'", "14 mismatched input '<EOF>' VALUE"],
  ['self.s == "abc', "10 token recognition error at: '\"abc'", "14 mismatched input '<EOF>' VALUE"],
  ["self.n ? 1", "10 mismatched input '<EOF>' expecting ':'"],
  ["self.n @ 1", "7 token recognition error at: '@'", "9 extraneous input '1' expecting <EOF>"],
  ["self.n # 1", "7 token recognition error at: '#'", "9 extraneous input '1' expecting <EOF>"],
  ["self n", "5 extraneous input 'n' expecting <EOF>"],
  ["self.n n 1", "7 mismatched input 'n' expecting <EOF>"],
  ["1 1", "2 extraneous input '1' expecting <EOF>"],
  ["1 2 3", "2 mismatched input '2' expecting <EOF>"],
  ["self.n > > 1", "9 extraneous input '>' VALUE"],
  ["self.n + ", "9 mismatched input '<EOF>' VALUE"],
  ["self.n.", "7 no viable alternative at input '.'"],
  ["self.n.1", "6 extraneous input '.1' expecting <EOF>"],
  ["self.n.'a'", "7 no viable alternative at input '.'a''"],
  ["self.n.(", "7 no viable alternative at input '.('"],
  [
    "self.n[",
    "7 mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
  ],
  ["self.n[1", "8 missing ']' at '<EOF>'"],
  ["self.n[1 2]", "9 extraneous input '2' expecting ']'"],
  ["self.n[1, 2]", "8 mismatched input ',' expecting ']'"],
  ["f(1 2)", "4 extraneous input '2' expecting ')'"],
  ["f(1,,2)", "4 extraneous input ',' VALUE"],
  ["[1 2]", "3 extraneous input '2' expecting {']', ','}"],
  ["[1,,2]", "3 mismatched input ',' expecting ']'"],
  ["{'a' 1}", "5 missing ':' at '1'"],
  ["{'a':1 'b':2}", "7 mismatched input ''b'' expecting {'}', ','}"],
  ["(1 2)", "3 extraneous input '2' expecting ')'"],
  [")", "0 mismatched input ')' VALUE"],
  ["]", "0 mismatched input ']' VALUE"],
  ["}", "0 mismatched input '}' VALUE"],
  [",", "0 mismatched input ',' VALUE"],
  ["&& self.n", "0 extraneous input '&&' VALUE"],
  ["self.n && && self.n", "10 extraneous input '&&' VALUE"],
  ["self.n | self.n", "7 token recognition error at: '| '", "9 mismatched input 'self' expecting <EOF>"],
  ["self.n & self.n", "7 token recognition error at: '& '", "9 mismatched input 'self' expecting <EOF>"],
  ["`a`", "0 mismatched input '`a`' VALUE"],
  [
    "self.n $ 1 $ 2",
    "7 token recognition error at: '$'",
    "9 mismatched input '1' expecting <EOF>",
    "11 token recognition error at: '$'",
  ],
  [
    "self.n = = 1",
    "7 token recognition error at: '= '",
    "9 token recognition error at: '= '",
    "11 extraneous input '1' expecting <EOF>",
  ],
  [
    "self.n = 1 = 2",
    "7 token recognition error at: '= '",
    "9 mismatched input '1' expecting <EOF>",
    "11 token recognition error at: '= '",
  ],
  ["'abc", "0 token recognition error at: ''abc'", "4 mismatched input '<EOF>' VALUE"],
  ['"abc', "0 token recognition error at: '\"abc'", "4 mismatched input '<EOF>' VALUE"],
  ["r'abc", "1 token recognition error at: ''abc'"],
  [
    "self.s == 'abc\\q'",
    "10 token recognition error at: ''abc\\q'",
    "16 token recognition error at: '''",
    "17 mismatched input '<EOF>' VALUE",
  ],
  ["self.s == '\\u12'", "10 token recognition error at: ''\\u12''", "16 mismatched input '<EOF>' VALUE"],
  ["1.", "2 no viable alternative at input '.'"],
  ["1e", "1 extraneous input 'e' expecting <EOF>"],
  ["1u2", "2 extraneous input '2' expecting <EOF>"],
  ["1a", "1 extraneous input 'a' expecting <EOF>"],
  ["self.a b c d", "7 mismatched input 'b' expecting <EOF>"],
  ["self?.n", "7 mismatched input '<EOF>' expecting ':'"],
  ["a ? b : ", "8 mismatched input '<EOF>' VALUE"],
  ["? 1 : 2", "0 extraneous input '?' VALUE", "4 mismatched input ':' expecting <EOF>"],
  ["a ? : 2", "4 extraneous input ':' VALUE", "7 mismatched input '<EOF>' expecting ':'"],
  ["a ?? b", "3 extraneous input '?' VALUE", "6 mismatched input '<EOF>' expecting ':'"],
  ["self.s matches 'a'", "7 mismatched input 'matches' expecting <EOF>"],
  ["self.n <> 1", "8 extraneous input '>' VALUE"],
  ["self.n === 1", "9 token recognition error at: '= '"],
  ["self.n !== 1", "9 token recognition error at: '= '"],
  ["!", "1 extraneous input '<EOF>' VALUE"],
  ["-", "1 no viable alternative at input '-'", "1 mismatched input '<EOF>' VALUE"],
  ["not self.n", "4 mismatched input 'self' expecting <EOF>"],
  ["self.n and self.n", "7 mismatched input 'and' expecting <EOF>"],
  ["self.n == 1 or self.n == 2", "12 mismatched input 'or' expecting <EOF>"],
  ["if self.n then 1", "0 reserved identifier: if", "3 mismatched input 'self' expecting <EOF>"],
  ["self.n == 1; ", "11 token recognition error at: ';'"],
  ["self.s == 'a' && self.s = 'b'", "24 token recognition error at: '= '", "26 extraneous input ''b'' expecting <EOF>"],
  ["self.list.all(x, x == 'a'", "25 missing ')' at '<EOF>'"],
  ["self.list.all(x, x == 'a'))", "26 extraneous input ')' expecting <EOF>"],
  ["has(self.n", "10 missing ')' at '<EOF>'"],
  ["has(self.n))", "11 extraneous input ')' expecting <EOF>"],
];

for (const [text, ...faults] of CASES) {
  test(`what is wrong with ${JSON.stringify(text)} is told in the server's words`, () => {
    const found = parseCel(text);
    assert.ok(!("op" in found), "it is no expression");
    const told = found.map(
      ({ at, message }) => `${at} ${message.replace("Syntax error: ", "").replace(VALUE, "VALUE")}`,
    );
    assert.deepEqual(told, faults);
  });
}

test("an expression with a hundred wrong signs is told thirty, in a moment", () => {
  const found = parseCel("$ ".repeat(100));
  assert.equal(Array.isArray(found) && found.length, 30);
});
