import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "@fairlead/base";
import fc from "fast-check";
import {
  addQuantity,
  compareQuantity,
  formatQuantity,
  multiplyQuantity,
  negateQuantity,
  parseQuantity,
  quantityFault,
  quantityMilliValue,
  quantityOf,
  quantityToNumber,
  quantityValue,
  roundUpQuantity,
  subtractQuantity,
} from "@fairlead/apimachinery";

/** Texts and what resource.Quantity of apimachinery 0.35 prints for them. */
const CANONICAL: ReadonlyArray<readonly [text: string, canonical: string]> = [
  ["0", "0"],
  ["0.0m", "0"],
  ["1.5", "1500m"],
  ["0.5", "500m"],
  ["1.5Gi", "1536Mi"],
  ["1024Mi", "1Gi"],
  ["1000m", "1"],
  ["1000k", "1M"],
  ["100M", "100M"],
  ["1e3", "1e3"],
  ["1200e3", "1200e3"],
  ["12000e3", "12e6"],
  ["-500m", "-500m"],
  ["0.1m", "100u"],
  ["0.0000000001", "1n"],
  ["1.1Ki", "1126400m"],
  ["0.5Ki", "512"],
  ["512Ki", "512Ki"],
  ["9223372036854775807", "9223372036854775807"],
  ["10Ei", "9223372036854775807"],
  // The server's own oddities: what it finds canonical keeps its text, suffixes end at E, and bare signs are zeros.
  ["1.500", "1.500"],
  ["+5k", "+5k"],
  ["007", "007"],
  ["1000E", "1"],
  ["-", "0"],
  [".", "0"],
  ["k", "0"],
];

const REFUSED: ReadonlyArray<readonly [text: string, fault: RegExp]> = [
  ["", /^quantities must match the regular expression/],
  ["1 Gi", /^quantities must match the regular expression/],
  ["1.2.3", /^quantities must match the regular expression/],
  ["abc", /^quantities must match the regular expression/],
  ["1mi", /^unable to parse quantity's suffix$/],
  ["5K", /^unable to parse quantity's suffix$/],
  ["1e", /^unable to parse quantity's suffix$/],
  ["1e99999999999", /^unable to parse quantity's suffix$/],
  ["9".repeat(5_000), /^quantities must match/],
];

test("a quantity is printed as the server prints it", () => {
  for (const [text, canonical] of CANONICAL) assert.equal(formatQuantity(parseQuantity(text)), canonical, text);
});

test("a text that is no quantity is refused in the server's words", () => {
  for (const [text, fault] of REFUSED) {
    assert.match(quantityFault(text) ?? "accepted", fault, text);
    assert.throws(
      () => parseQuantity(text),
      (error) => error instanceof ProblemError && error.code === "InvalidQuantity",
    );
  }
});

test("JSON numbers are quantities, and blanks around a text do not count", () => {
  assert.equal(formatQuantity(parseQuantity(0.5)), "500m");
  assert.equal(formatQuantity(parseQuantity(2n ** 60n)), "1152921504606846976");
  assert.equal(formatQuantity(parseQuantity(" 1Gi ")), "1Gi");
});

test("comparing looks at the number, not at how it is written", () => {
  assert.equal(compareQuantity(parseQuantity("1"), parseQuantity("1000m")), 0);
  assert.equal(compareQuantity(parseQuantity("1Gi"), parseQuantity("1G")), 1);
  assert.equal(compareQuantity(parseQuantity("-1"), parseQuantity("1n")), -1);
});

test("arithmetic is exact and keeps the way of writing of the first, unless that is zero", () => {
  const add = (a: string, b: string): string => formatQuantity(addQuantity(parseQuantity(a), parseQuantity(b)));
  assert.equal(add("0.1", "0.2"), "300m");
  assert.equal(add("1Gi", "1G"), "2073741824");
  assert.equal(add("0", "1Gi"), "1Gi");
  assert.equal(formatQuantity(subtractQuantity(parseQuantity("1"), parseQuantity("1m"))), "999m");
  assert.equal(formatQuantity(multiplyQuantity(parseQuantity("250m"), 3)), "750m");
  assert.equal(formatQuantity(quantityOf(1536, "BinarySI")), "1536");
  assert.equal(formatQuantity(quantityOf(2048, "BinarySI")), "2Ki");
});

test("whole and milli values are rounded away from zero", () => {
  assert.equal(quantityValue(parseQuantity("1100m")), 2n);
  assert.equal(quantityValue(parseQuantity("-1100m")), -2n);
  assert.equal(quantityMilliValue(parseQuantity("0.0001")), 1n);
  assert.equal(quantityMilliValue(parseQuantity("2")), 2000n);
  assert.equal(formatQuantity(roundUpQuantity(parseQuantity("100u"), -3)), "1m");
  assert.equal(formatQuantity(roundUpQuantity(parseQuantity("1.5Gi"), -3)), "1536Mi");
  assert.equal(quantityToNumber(parseQuantity("1500m")), 1.5);
});

/** Within what suffixes can say: beyond E the server writes none, and such a text does not read back. */
const quantities = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.constantFrom("", "m", "k", "M", "Ki", "Mi", "e3", "n"))
  .map(([number, suffix]) => parseQuantity(`${number}${suffix}`));

test("what is printed reads back as the same number", () => {
  fc.assert(
    fc.property(quantities, (quantity) => compareQuantity(parseQuantity(formatQuantity(quantity)), quantity) === 0),
  );
});

test("adding and subtracting the same leaves the number, and the order is total", () => {
  fc.assert(
    fc.property(quantities, quantities, (a, b) => {
      assert.equal(compareQuantity(subtractQuantity(addQuantity(a, b), b), a), 0);
      assert.equal(compareQuantity(a, b) + compareQuantity(b, a), 0);
      assert.equal(compareQuantity(negateQuantity(a), negateQuantity(b)) + compareQuantity(a, b), 0);
    }),
  );
});
