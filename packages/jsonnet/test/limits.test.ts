import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { JsonnetError, printSnippet, type EvaluateOptions } from "../src/index.ts";

function codeOf(text: string, options: Partial<EvaluateOptions> = {}): string {
  try {
    printSnippet({ name: "m", importName: "m", text }, { read: () => undefined, ...options });
  } catch (error) {
    assert.ok(error instanceof JsonnetError, String(error));
    return `${error.code} ${error.problems[0]?.message}`;
  }
  return "no error";
}

describe("a program without end or measure", () => {
  const CASES: readonly (readonly [text: string, expected: RegExp, options?: Partial<EvaluateOptions>])[] = [
    ["local f(n) = f(n + 1) + 1; f(0)", /^JsonnetLimit max stack frames exceeded\.$/],
    ["local x = x; x", /^JsonnetLimit max stack frames exceeded\.$/],
    ["{ a: self.b, b: self.a }", /^JsonnetLimit max stack frames exceeded\.$/],
    ["local a = [a]; a", /^JsonnetLimit max stack frames exceeded\.$/],
    ["local a = { b: a }; std.manifestYamlDoc(a)", /max manifest depth exceeded/],
    ["local a = { b: a }; std.prune(a)", /^JsonnetLimit max stack frames exceeded\.$/],
    [
      "local f(n) = f(n + 1) tailstrict; f(0)",
      /^JsonnetLimit evaluation takes more than 5000 steps$/,
      { limits: { stepsMax: 5000 } },
    ],
    ["[x for x in std.range(1, 100000)]", /more than 5000 steps/, { limits: { stepsMax: 5000 } }],
    ["std.repeat('x', 2000000000)", /^JsonnetLimit a text has more than \d+ characters$/],
    ["std.makeArray(2000000000, function(i) i)", /^JsonnetLimit an array has more than \d+ elements$/],
    ["std.foldl(function(a, i) a + a, std.range(1, 60), 'x')", /^JsonnetLimit a text has more than \d+ characters$/],
    ["std.foldl(function(a, i) a + a, std.range(1, 60), [1])", /^JsonnetLimit an array has more than \d+ elements$/],
    ["std.strReplace(std.repeat('x', 100000), 'x', std.repeat('y', 100000))", /^JsonnetLimit a text has more/],
    ["'%2000000000d' % 1", /^JsonnetLimit a text has more/],
    ["std.join(std.repeat('x', 1000000), std.makeArray(1000, function(i) 'y'))", /^JsonnetLimit a text has more/],
    ["local a = std.makeArray(1000, function(i) std.repeat('z', 100000)); a", /^JsonnetLimit a text has more/],
    [`${"[".repeat(20_000)}${"]".repeat(20_000)}`, /^JsonnetSyntax expressions are nested/],
    [`${"-".repeat(100_000)}1`, /^JsonnetSyntax expressions are nested/],
    [Array(50_000).fill("1").join(" + "), /^(JsonnetSyntax expressions are nested|no error)/],
  ];
  for (const [text, expected, options] of CASES) {
    test(`ends in a problem: ${text.slice(0, 70)}`, () => assert.match(codeOf(text, options), expected));
  }

  test("ends when its time is over", () => {
    let looks = 0;
    const moving = { now: () => ++looks * 400, after: () => () => {} };
    const text = "local f(n) = f(n + 1) tailstrict; f(0)";
    assert.match(
      codeOf(text, { clock: moving, limits: { timeMsMax: 1000 } }),
      /^JsonnetLimit evaluation takes longer than 1000 ms$/,
    );
  });

  test("may nest calls as deep as go-jsonnet lets it", () => {
    assert.equal(codeOf("local f(n) = if n == 0 then 0 else 1 + f(n - 1); f(240)"), "no error");
    assert.equal(codeOf("std.foldl(function(a, b) a + { ['k' + b]: b }, std.range(1, 2000), {})"), "no error");
  });
});
