import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeJson, parseJson } from "../src/http/json.ts";
import { LineSplitter } from "../src/http/lines.ts";

function linesOf(chunks: readonly Buffer[], splitter = new LineSplitter(1_000_000)): string[] {
  const lines: string[] = [];
  for (const chunk of chunks) {
    splitter.push(chunk);
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) lines.push(line.toString("utf8"));
  }
  return lines;
}

test("lines are the same however their bytes come, also within a character", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", ""))),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const splitter = new LineSplitter(1_000_000);
        assert.deepEqual(
          linesOf(chunks, splitter),
          lines.map((line) => Buffer.from(line).toString("utf8")),
        );
        assert.equal(splitter.rest, 0);
      },
    ),
  );
});

test("a line that has not ended is told, and one beyond the limit is refused", () => {
  const splitter = new LineSplitter(10);
  assert.deepEqual(linesOf([Buffer.from("ab\ncd"), Buffer.from("ef")], splitter), ["ab"]);
  assert.equal(splitter.rest, 4);
  assert.throws(() => linesOf([Buffer.from("0123456789")], splitter), RangeError);
});

test("JSON goes and comes unchanged, whatever the size of its integers", () => {
  const big = fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 64n })
    .filter((value) => value > 2n ** 53n || value < -(2n ** 53n));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), big, tie("list"), tie("map")),
    list: fc.array(tie("value"), { maxLength: 4 }),
    map: fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  }));
  fc.assert(
    fc.property(value, (each) => {
      const text = encodeJson({ each });
      assert.deepEqual(parseJson(Buffer.from(text)), { each });
      assert.equal(encodeJson(parseJson(Buffer.from(text))), text);
    }),
  );
});

test("long digits in strings and fractions are no integers", () => {
  const text = '{"a":"x:1234567890123456789","b":[1234567890123456.5],"c":1e300}';
  assert.deepEqual(parseJson(Buffer.from(text)), { a: "x:1234567890123456789", b: [1234567890123456.5], c: 1e300 });
});
