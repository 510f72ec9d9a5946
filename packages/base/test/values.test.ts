import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  allCodes,
  canonicalJson,
  cloneJson,
  defineCodes,
  explainProblem,
  formatGoDuration,
  jsonEqual,
  parseGoDuration,
  ProblemError,
  problemError,
  setOwn,
  sleep,
  VirtualClock,
} from "../src/index.ts";

describe("Go durations", () => {
  const CASES: ReadonlyArray<readonly [text: string, ms: number]> = [
    ["0", 0],
    ["1h30m", 5_400_000],
    ["1.5s", 1500],
    ["-2m", -120_000],
    [".5s", 500],
    ["100us", 0.1],
    ["1h0m0.25s", 3_600_250],
  ];
  for (const [text, ms] of CASES) test(`${text} is ${ms} ms`, () => assert.equal(parseGoDuration(text), ms));
  for (const text of ["", "5", "1d", "h", "1 s", "1s2"]) {
    test(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parseGoDuration(text), /invalid duration/));
  }
  test("are printed as Go prints them", () => {
    assert.deepEqual([0, 1500, 5_400_000, 120_000, 250, -1000].map(formatGoDuration), [
      "0s",
      "1.5s",
      "1h30m0s",
      "2m0s",
      "250ms",
      "-1s",
    ]);
  });
  test("survive printing and reading", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (ms) => assert.equal(parseGoDuration(formatGoDuration(ms)), ms)),
    );
  });
});

describe("JSON values", () => {
  test("a copy equals its original, and equality ignores the order of keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.ok(jsonEqual(value, cloneJson(value)));
        assert.equal(canonicalJson(value), canonicalJson(cloneJson(value)));
      }),
    );
    assert.ok(jsonEqual({ a: 1, b: undefined }, { a: 1 }));
    assert.ok(!jsonEqual({ a: 1 }, { a: 1, b: null }));
    assert.ok(!jsonEqual([], {}));
    assert.equal(canonicalJson({ b: 1, a: [{ d: 1n, c: null }] }), '{"a":[{"c":null,"d":1}],"b":1}');
  });
  test("a copy of what is nested too deeply is refused by name, however deep it is", () => {
    const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
    assert.ok(jsonEqual(cloneJson(nested(2_000)), nested(2_000)));
    for (const depth of [2_001, 100_000]) {
      assert.throws(() => cloneJson(nested(depth)), {
        code: "InvalidInput",
        message: "a value is nested more than 2000 levels deep",
      });
    }
  });
  test("a key named __proto__ changes no prototype", () => {
    const object: Record<string, unknown> = {};
    setOwn(object, "__proto__", { polluted: true });
    assert.equal(Object.getPrototypeOf(object), Object.prototype);
    assert.equal(Object.getPrototypeOf(cloneJson(object)), Object.prototype);
    assert.deepEqual(Object.keys(cloneJson(object)), ["__proto__"]);
  });
});

describe("problems", () => {
  test("are shown with position, source line, caret and hint", () => {
    const problem = {
      code: "InvalidInput",
      message: "no such field",
      file: "a.yaml",
      line: 2,
      column: 3,
      hint: "drop it",
    };
    assert.equal(
      explainProblem(problem, "a:\n  b: 1\n"),
      "a.yaml:2:3: no such field\n      b: 1\n      ^\n  hint: drop it",
    );
  });
  test("know whether trying again can help", () => {
    assert.equal(problemError("Cancelled", "x").isRetryable, true);
    assert.equal(
      new ProblemError([
        { code: "Cancelled", message: "x" },
        { code: "InvalidInput", message: "y" },
      ]).isRetryable,
      false,
    );
  });
  test("a code has one meaning", () => {
    assert.throws(
      () => defineCodes({ Internal: { meaning: "Other.", httpStatus: 500, retry: "never" } }),
      /registered twice/,
    );
    for (const [code, { meaning, httpStatus }] of allCodes()) {
      assert.match(code, /^[A-Z][A-Za-z0-9]+$/);
      assert.match(meaning, /\.$/);
      assert.ok(httpStatus >= 400 && httpStatus < 600);
    }
  });
});

describe("a virtual clock", () => {
  test("calls back in order of time while it moves, and not before", async () => {
    const clock = new VirtualClock(1000);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b@${clock.now()}`));
    clock.after(10, () => clock.after(5, () => seen.push(`a@${clock.now()}`)));
    const cancel = clock.after(12, () => seen.push("never"));
    cancel();
    await clock.advance(14);
    assert.deepEqual(seen, []);
    await clock.advance(6);
    assert.deepEqual(seen, ["a@1015", "b@1020"]);
    assert.equal(clock.nextAt, undefined);
  });
  test("wakes a sleeper in time, or at once when it is told to stop", async () => {
    const clock = new VirtualClock();
    let woke = 0;
    void sleep(clock, 50).then(() => woke++);
    const stop = new AbortController();
    void sleep(clock, 1e9, stop.signal).then(() => woke++);
    await clock.advance(50);
    assert.equal(woke, 1);
    stop.abort();
    await clock.advance(0);
    assert.equal(woke, 2);
  });
});
