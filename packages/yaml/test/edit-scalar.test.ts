import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeNode, editScalar, parseYaml, scalarNode, valueAt } from "@fairlead/yaml";
import fc from "fast-check";

type Path = readonly (string | number)[];

/** What is asked, the text, the path, the new value, and the text that comes out. */
const EDITS: readonly (readonly [string, string, Path, string, string])[] = [
  ["a plain scalar stays plain", "image: app:v1 # c\nb: 2\n", ["image"], "app:v2", "image: app:v2 # c\nb: 2\n"],
  ["a string stays a string", "tag: v1\n", ["tag"], "1.10", 'tag: "1.10"\n'],
  ["a number may stay plain", "tag: 1.10\n", ["tag"], "1.11", "tag: 1.11\n"],
  ["single quotes stay", "tag: 'v1' # x\n", ["tag"], "it's", "tag: 'it''s' # x\n"],
  ["double quotes stay", 'tag: "v1"\n', ["tag"], "v2", 'tag: "v2"\n'],
  ["single quotes that cannot hold it", "tag: 'v1'\n", ["tag"], "a\tb", 'tag: "a\\tb"\n'],
  ["plain that cannot hold it", "a: b\n", ["a"], "x: y", "a: 'x: y'\n"],
  ["nothing there yet", "a:\nb: 1\n", ["a"], "x", "a: x\nb: 1\n"],
  ["an empty item", "l:\n- a\n-\n", ["l", 1], "x", "l:\n- a\n- x\n"],
  ["an empty string", "a: b\n", ["a"], "", 'a: ""\n'],
  ["inside flow", "a: {b: 1, c: [x, 'y']}\n", ["a", "c", 1], "p, q", "a: {b: 1, c: [x, 'p, q']}\n"],
  ["a key alone inside flow", "{a, b: 1}\n", ["a"], "x", "{a: x, b: 1}\n"],
  [
    "a literal block",
    "a:\n  b: |\n    one\n    two\n\n  c: 1\n",
    ["a", "b"],
    "x\ny\n",
    "a:\n  b: |\n    x\n    y\n\n  c: 1\n",
  ],
  [
    "a block's comment and chomping",
    "k: |- # note\n  one\nz: 1\n",
    ["k"],
    "two\n  three\n",
    "k: | # note\n  two\n    three\nz: 1\n",
  ],
  ["a block that begins with spaces", "k: |\n  one\nz: 1\n", ["k"], "  lead\n", "k: |2\n    lead\nz: 1\n"],
  ["a folded block", "k: >\n  one\n  two\nz: 1\n", ["k"], "a\nb\n", "k: >\n  a\n\n  b\nz: 1\n"],
  ["a block that cannot hold it", "k: |\n  one\nz: 1\n", ["k"], "bad \nend ", 'k: "bad \\nend "\nz: 1\n'],
  ["CR LF", "b: |\r\n  x\r\nc: 1\r\n", ["b"], "p\nq\n", "b: |\r\n  p\r\n  q\r\nc: 1\r\n"],
  ["an anchor stays", "a: &x v1\nb: *x\n", ["a"], "v2", "a: &x v2\nb: *x\n"],
  ["an alias is replaced", "a: &x v1\nb: *x\n", ["b"], "v2", "a: &x v1\nb: v2\n"],
  ["a tag stays", "a: !!str 1 # c\n", ["a"], "2", "a: !!str 2 # c\n"],
  ["a plain scalar over lines", "a: long\n  plain\nb: 1\n", ["a"], "x", "a: x\nb: 1\n"],
  ["the end of a file without a line break", "a: b", ["a"], "c", "a: c"],
  ["a document that is a scalar", "v1\n", [], "v2", "v2\n"],
  ["comments and odd spacing everywhere", "# h\n\na :   b   # l\n\n# f\n", ["a"], "c", "# h\n\na :   c   # l\n\n# f\n"],
  ["the value that is there", "a: 'b'\n", ["a"], "b", "a: 'b'\n"],
];

describe("editScalar changes one scalar and no other byte", () => {
  for (const [name, text, path, value, expected] of EDITS) {
    test(name, () => assert.equal(editScalar(text, path, value), expected));
  }
});

test("a document of a stream is chosen by its number", () => {
  assert.equal(editScalar("a: 1\n---\na: 2\n", ["a"], "3", { document: 1 }), "a: 1\n---\na: 3\n");
});

describe("editScalar refuses", () => {
  for (const [text, path, message] of [
    ["a: {b: 1}\n", ["a"], /there is a mapping, not a scalar/],
    ["a: 1\n", ["b"], /cannot edit b: there is no such key/],
    ["a: [1]\n", ["a", 3], /there is no such item among 1/],
    ["a: &x {b: 1}\nc: *x\n", ["c", "b"], /leads through the alias \*x/],
    ["a: [\n", ["a"], /did not find expected/],
  ] as const) {
    test(`${JSON.stringify(text)} ${path.join(".")}`, () => assert.throws(() => editScalar(text, path, "x"), message));
  }
  test("a document that is not there", () =>
    assert.throws(() => editScalar("a: 1\n", ["a"], "x", { document: 2 }), /no document 2/));
});

/** Every style, at the end of a mapping, in a sequence and in flow. */
const HOSTS: readonly (readonly [string, Path])[] = [
  ["x: 1\na: plain\nb: 2\n", ["a"]],
  ["x: 1\na: 'single'\nb: 2\n", ["a"]],
  ['x: 1\na: "double"\nb: 2\n', ["a"]],
  ["x:\n  a: |\n    literal\n    text\n  # comment\n  b: 2\n", ["x", "a"]],
  ["x:\n  a: >-\n    folded\n    text\n\nb: 2\n", ["x", "a"]],
  ["- k: v\n  l: |2+\n      kept\n\n- z\n", [0, "l"]],
  ["a: [one, 'two', \"three\"] # c\n", ["a", 0]],
  ["a: {b: one, c: two}\n", ["a", "b"]],
  ["a:\n- one # c\n- two\n", ["a", 0]],
];

test("whatever the value and the style, it reads back and the rest is as it was", () => {
  const value = fc.oneof(
    fc.string({ unit: fc.constantFrom(...Array.from("ab1:#-,[]{}&*'\" \n\t.~é😀")), maxLength: 14 }),
    fc.constantFrom("yes", "1.10", "null", "", " ", "\n", "a\n\n", "  a\n b", "---", "x: y"),
  );
  fc.assert(
    fc.property(fc.constantFrom(...HOSTS), value, ([text, path], wanted) => {
      const edited = editScalar(text, path, wanted);
      const strip = (source: string): unknown => {
        const [document] = parseYaml(source).documents;
        assert.ok(document);
        let node = document.content;
        for (const step of path) {
          const next =
            node.kind === "mapping"
              ? valueAt(node, String(step))
              : node.kind === "sequence"
                ? node.items[Number(step)]
                : undefined;
          assert.ok(next);
          node = next;
        }
        assert.equal(node.kind, "scalar");
        if (source === edited) assert.equal(node.value, wanted);
        Object.assign(node, scalarNode("gone"));
        return decodeNode(document.content);
      };
      assert.deepEqual(strip(edited), strip(text));
    }),
    { numRuns: 400 },
  );
});
