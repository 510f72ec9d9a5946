import assert from "node:assert/strict";
import { test } from "node:test";
import { sortLooks, SUITE_ITSELF } from "../src/looks.ts";

const difference = (name: string, detail = ""): { name: string; detail: string } => ({ name, detail });
const names = (all: readonly { name: string }[]): string[] => all.map(({ name }) => name);

test("what is different at both looks is steady, with what the second one saw", () => {
  const { steady, unsteady } = sortLooks([difference("a", "first")], [difference("a", "second")]);
  assert.deepEqual(steady, [difference("a", "second")]);
  assert.deepEqual(unsteady, []);
});

test("what is different at one look only is unsteady, whichever it was", () => {
  const { steady, unsteady } = sortLooks([difference("a"), difference("b")], [difference("b"), difference("c")]);
  assert.deepEqual(names(steady), ["b"]);
  assert.deepEqual(names(unsteady), ["a", "c"]);
});

test("a suite that cannot run at the second look takes nothing back", () => {
  const { steady, unsteady } = sortLooks([difference("a")], [difference(SUITE_ITSELF)]);
  assert.deepEqual(names(steady), ["a", SUITE_ITSELF]);
  assert.deepEqual(unsteady, []);
});
