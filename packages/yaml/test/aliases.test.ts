import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ProblemError } from "@fairlead/base";
import { decodeNode, decodeYaml, parseYaml, type Node } from "@fairlead/yaml";

function tree(text: string): Node {
  const { documents, problems } = parseYaml(text);
  assert.deepEqual(problems, []);
  return (documents[0] as { content: Node }).content;
}

/** Merges: text, what v2 makes of it, what v3 makes of it. */
const MERGES: readonly (readonly [string, string, unknown, unknown])[] = [
  ["a key behind the merge wins", "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n", { b: 1, c: 3 }, { b: 1, c: 3 }],
  ["a key before the merge wins in v3 only", "a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x}\n", { b: 1, c: 2 }, { b: 1, c: 3 }],
  [
    "earlier maps of a list win",
    "a: [&x {b: 1}, &y {b: 2, e: 3}]\nd: {<<: [*x, *y]}\n",
    { b: 1, e: 3 },
    { b: 1, e: 3 },
  ],
  ["merges of merges", "a: [&x {b: 1}, &y {<<: *x, c: 2}]\nd: {<<: *y}\n", { b: 1, c: 2 }, { b: 1, c: 2 }],
  ["quotes make it a key", 'd: {"<<": {b: 1}}\n', { "<<": { b: 1 } }, { "<<": { b: 1 } }],
];

describe("merges", () => {
  for (const [name, text, v2, v3] of MERGES) {
    test(name, () => {
      assert.deepEqual((decodeYaml(text) as Record<string, unknown>)["d"], v2);
      assert.deepEqual((decodeNode(tree(text)) as Record<string, unknown>)["d"], v3);
    });
  }
});

test("what an alias gives is a copy: changing one place changes no other", () => {
  const value = decodeYaml("a: &x {b: 1}\nc: *x\n") as Record<string, Record<string, number>>;
  (value["a"] as Record<string, number>)["b"] = 2;
  assert.deepEqual(value["c"], { b: 1 });
});

test("a bomb of aliases is refused before it goes off, by go-yaml's own rule", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  const lines = names.map((name, index) => {
    const item = index === 0 ? "lol" : `*${names[index - 1]}`;
    return `${name}: &${name} [${Array.from({ length: 10 }, () => item).join(", ")}]`;
  });
  const bomb = lines.join("\n");
  assert.throws(() => decodeYaml(bomb), /yaml: document contains excessive aliasing/);
  assert.throws(() => decodeNode(tree(bomb)), /yaml: document contains excessive aliasing/);
});

test("honest use of aliases passes", () => {
  const text = `base: &b {a: 1, b: 2, c: 3}\nall:\n${"- *b\n".repeat(300)}`;
  assert.equal((decodeYaml(text) as { all: unknown[] }).all.length, 300);
});

test("v3 refuses a key that comes twice and names both lines", () => {
  const root = tree("a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n");
  try {
    decodeNode(root);
    assert.fail("it was accepted");
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    assert.deepEqual(
      error.problems.map(({ message, line }) => [message, line]),
      [
        ['yaml: unmarshal errors:\n  line 3: mapping key "a" already defined at line 1', 3],
        ['yaml: unmarshal errors:\n  line 4: mapping key "a" already defined at line 1', 4],
        ['yaml: unmarshal errors:\n  line 4: mapping key "a" already defined at line 3', 4],
      ],
    );
  }
});

test("v3 keeps yes and no as strings, keys as written, and gives times as RFC 3339", () => {
  const value = decodeNode(tree("a: yes\n1: 0o17\nd: 2001-1-2\nt: 2001-12-14t21:59:43.10-05:00\n"));
  assert.deepEqual(value, { a: "yes", 1: 15, d: "2001-01-02T00:00:00Z", t: "2001-12-14T21:59:43.1-05:00" });
});

test("aliases cannot nest values deeper than a text may", () => {
  const nested = (inner: string): string => `${"[".repeat(600)}${inner}${"]".repeat(600)}`;
  const text = `a: &a ${nested("x")}\nb: &b ${nested("*a")}\nc: &c ${nested("*b")}\nd: ${nested("*c")}\n`;
  assert.throws(() => decodeYaml(text), /collections are nested more than 1000 deep/);
  assert.throws(() => decodeNode(tree(text)), /collections are nested more than 1000 deep/);
});
