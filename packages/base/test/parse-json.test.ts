import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseJson } from "@fairlead/base";

/** A key as JSON may write it, and what it says. */
const PARTS = [
  ["\\n", "\n"],
  ['\\"', '"'],
  ["\\\\", "\\"],
  ["\\u0041", "A"],
  ["\\u005c", "\\"],
  ["\\/", "/"],
  ["a", "a"],
  ["k:{", "k:{"],
  [".", "."],
] as const;
const key = fc.array(fc.constantFrom(...PARTS), { maxLength: 3 }).map((parts) => ({
  written: `"${parts.map(([written]) => written).join("")}"`,
  said: parts.map(([, said]) => said).join(""),
}));

describe("JSON is read as it is written, whatever was read before", () => {
  test("keys with escapes say what they say", () => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), (keys) => {
        const read = parseJson(`{${keys.map(({ written }) => `${written}:1`).join(",")}}`);
        assert.deepEqual(Object.keys(read as object).sort(), [...new Set(keys.map(({ said }) => said))].sort());
      }),
      { numRuns: 20_000 },
    );
  });

  test("one object's keys do not become another's", () => {
    JSON.parse(String.raw`{"k:{\\\"name\\\":\\\"w":1}`);
    assert.deepEqual(Object.keys(parseJson(String.raw`{"k:{\"name\":\"web\"}":1}`) as object), ['k:{"name":"web"}']);
  });

  test("values come out as they went in, with keys of every kind", () => {
    const value = fc.jsonValue().map((inner) => ({ 'with "escape"\n': inner, ["__proto__"]: [inner, "\\"] }));
    for (const indent of [0, 2]) {
      fc.assert(
        fc.property(value, (given) => {
          const text = JSON.stringify(given, undefined, indent);
          assert.equal(JSON.stringify(parseJson(text), undefined, indent), text);
        }),
      );
    }
  });

  test("of a key that is written twice the last value counts, at the place of the first", () => {
    assert.equal(JSON.stringify(parseJson(String.raw`{"\"":1,"b":2,"\u0022":3}`)), String.raw`{"\"":3,"b":2}`);
  });

  test("nesting costs no stack", () => {
    const depth = 200_000;
    const text = `${String.raw`{"\"":`.repeat(depth)}1${"}".repeat(depth)}`;
    let at: unknown = parseJson(text);
    for (let level = 0; level < depth; level++) at = (at as Record<string, unknown>)['"'];
    assert.equal(at, 1);
  });

  test("what is no JSON is a SyntaxError", () => {
    for (const text of ["", "{", String.raw`{"\"":}`, String.raw`{"\"":1,}`, "nul"])
      assert.throws(() => parseJson(text), SyntaxError, text);
  });
});
