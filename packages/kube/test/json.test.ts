import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "../src/http/json.ts";

const parse = (text: string): unknown => parseJson(Buffer.from(text));

/** Node 26's own JSON.parse fails these once an object with the key `\` was made where they are made. */
test("a key that is one escape keeps its name beside an object with a backslash as key", () => {
  assert.deepEqual(parse(String.raw`{"a":1,"\\":2}`), { a: 1, "\\": 2 });
  assert.deepEqual(parse(String.raw`{"a":1,"\n":2}`), { a: 1, "\n": 2 });
  assert.deepEqual(parse(String.raw`{"a":1,"\u0041" : 2}`), { a: 1, A: 2 });
  assert.deepEqual(parse(String.raw`{"a":1,"\"":2}`), { a: 1, '"': 2 });
  assert.deepEqual(parse(String.raw`{"a":1,"k:{\"name\":\"x\"}":2}`), { a: 1, 'k:{"name":"x"}': 2 });
});

test("a key of several escapes keeps its name beside one that is the beginning of how it is written", () => {
  assert.deepEqual(parse(String.raw`{"z":1,"x\\\"":2}`), { z: 1, 'x\\"': 2 });
  assert.deepEqual(parse(String.raw`{"z":1,"x\"\"":2}`), { z: 1, 'x""': 2 });
});

test("integers beyond 2^53 stay what they are", () => {
  assert.deepEqual(parse('{"a":9223372036854775807,"b":[1,2.5]}'), { a: 9223372036854775807n, b: [1, 2.5] });
  assert.deepEqual(parse(String.raw`{"a\n":-9223372036854775807,"b":[1,2.5]}`), {
    "a\n": -9223372036854775807n,
    b: [1, 2.5],
  });
});
