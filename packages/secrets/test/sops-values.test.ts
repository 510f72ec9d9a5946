import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { combineShares, Comment, splitSecret, Timestamp, ValueCipher } from "@fairlead/secrets";
import { decimalOf } from "../src/sops/value.ts";

const KEY = randomBytes(32);

test("every kind of value comes back as it was, from another cipher too", () => {
  const leaves = fc.oneof(
    fc.string(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(new Timestamp("2020-01-02T03:04:05Z")),
    fc.string({ minLength: 1 }).map((text) => new Comment(text)),
  );
  fc.assert(
    fc.property(leaves, fc.string(), (leaf, path) => {
      const text = new ValueCipher(KEY).encrypt(leaf, path);
      assert.deepEqual(new ValueCipher(KEY).decrypt(text, path), leaf);
    }),
  );
});

test("a value that was changed or moved to another key is refused", () => {
  const cipher = new ValueCipher(KEY);
  const text = cipher.encrypt("planted", "a:b:");
  assert.throws(() => cipher.decrypt(text, "a:c:"), /moved/);
  assert.throws(() => cipher.decrypt(text.replace("data:", "data:AAAA"), "a:b:"), /changed/);
  assert.throws(() => cipher.decrypt("planted", "a:b:"), /not in sops' form/);
  assert.throws(() => cipher.decrypt(text.replace(/tag:.*?,/, "tag:AAAA,"), "a:b:"), /wrong length/);
  assert.throws(() => new ValueCipher(randomBytes(32)).decrypt(text, "a:b:"), /another key/);
});

test("what is encrypted again unchanged keeps its text; another value never shares a vector", () => {
  const [old, cipher] = [new ValueCipher(KEY), new ValueCipher(KEY)];
  const text = old.encrypt("same", "a:");
  cipher.decrypt(text, "a:");
  assert.equal(cipher.encrypt("same", "a:"), text);
  assert.notEqual(/iv:(.*?),/.exec(cipher.encrypt("other", "a:"))?.[1], /iv:(.*?),/.exec(text)?.[1]);
});

const DECIMALS: readonly (readonly [number, string])[] = [
  [1.5, "1.5"],
  [1e21, "1000000000000000000000"],
  [1.25e-7, "0.000000125"],
  [-0, "-0"],
  [-12.5, "-12.5"],
  [0, "0"],
  [123456789, "123456789"],
  [Number.POSITIVE_INFINITY, "+Inf"],
];

test("floats are written without an exponent, as the MAC wants them", () => {
  for (const [value, text] of DECIMALS) assert.equal(decimalOf(value), text);
});

test("any sufficient set of shares gives the secret, and one share fewer does not", () => {
  const cases = fc.tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 0, max: 4 }), fc.nat());
  fc.assert(
    fc.property(cases, ([threshold, more, rotation]) => {
      const shares = splitSecret(KEY, threshold + more, threshold);
      const turned = shares.map((_, index) => shares[(index + rotation) % shares.length] ?? KEY);
      assert.deepEqual(combineShares(turned.slice(0, threshold)), KEY);
      if (threshold > 2) assert.notDeepEqual(combineShares(turned.slice(0, threshold - 1)), KEY);
    }),
    { numRuns: 30 },
  );
});
