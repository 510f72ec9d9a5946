import assert from "node:assert/strict";
import { test } from "node:test";
import { ownText, RecentMap } from "@fairlead/base";

test("what is used again stays, what is not goes", () => {
  const kept = new RecentMap<string, number>(10);
  kept.set("used", 1, 2);
  for (let index = 0; index < 50; index += 1) {
    kept.set(`once-${index}`, index, 2);
    assert.equal(kept.get("used"), 1, `after ${index}`);
  }
  assert.equal(kept.get("once-0"), undefined);
  assert.equal(kept.get("once-49"), 49);
});

test("at most two generations are kept", () => {
  const kept = new RecentMap<number, number>(10);
  for (let index = 0; index < 100; index += 1) kept.set(index, index, 1);
  const left = Array.from({ length: 100 }, (_, index) => kept.get(index)).filter((value) => value !== undefined);
  assert.ok(left.length <= 20, `${left.length} are left`);
});

test("what costs more than a quarter of all is not kept", () => {
  const kept = new RecentMap<string, number>(10);
  kept.set("big", 1, 3);
  assert.equal(kept.get("big"), undefined);
});

test("a text of its own is the same text", () => {
  for (const text of ["", "plain", 'quotes "and" \\', "ü€😀", "\ud800 alone", "\0\n"])
    assert.equal(ownText(text), text);
});
