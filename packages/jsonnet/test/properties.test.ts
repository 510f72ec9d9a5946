import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { evaluateSnippet, JsonnetError } from "../src/index.ts";

function evaluate(text: string): unknown {
  return evaluateSnippet({ name: "m", importName: "m", text }, { read: () => undefined });
}

/** JSON without what JSON.parse and objects of JavaScript do to keys and to -0. */
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

test("JSON is Jsonnet, and means itself", () => {
  fc.assert(
    fc.property(json, (value) => {
      assert.deepEqual(evaluate(JSON.stringify(value)), value);
    }),
  );
});

test("what std.manifestJsonEx writes, std.parseJson reads", () => {
  fc.assert(
    fc.property(json, (value) => {
      assert.deepEqual(evaluate(`std.parseJson(std.manifestJsonEx(${JSON.stringify(value)}, '  '))`), value);
    }),
  );
});

test("sorting agrees with the order of code points", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
      const points = (text: string): number[] => Array.from(text, (char) => char.codePointAt(0) as number);
      const expected = [...texts].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      const sorted = evaluate(`std.sort(${JSON.stringify(texts)})`) as string[];
      assert.deepEqual(sorted.map(points), expected.map(points));
    }),
  );
});

test("any text ends in a value or in a problem, never in a fault of ours", () => {
  const words = fc.constantFrom(
    ..."{ } [ ] ( ) , ; : :: ::: + - * / % == < && || ! ~ = . $ self super local function if then else for in error assert import importstr".split(
      " ",
    ),
    ..."x y std std.length 1 2.5 'a' \"b\" null true tailstrict +: ||| @'v' // /*".split(" "),
    "\n",
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 14 }), (parts) => {
      try {
        evaluate(parts.join(" "));
      } catch (error) {
        assert.ok(error instanceof JsonnetError, String(error));
      }
    }),
    { numRuns: 1500 },
  );
});
