import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  encodeNodes,
  mappingNode,
  parseYaml,
  scalarNode,
  sequenceNode,
  valueAt,
  type Mapping,
  type Node,
} from "@fairlead/yaml";

function root(text: string): Mapping {
  const { documents, problems } = parseYaml(text);
  assert.deepEqual(problems, []);
  const content = documents[0]?.content;
  assert.equal(content?.kind, "mapping");
  return content;
}

function at(text: string, ...path: string[]): Node {
  let node: Node | undefined = root(text);
  for (const key of path) node = node?.kind === "mapping" ? valueAt(node, key) : undefined;
  assert.ok(node);
  return node;
}

test("every node knows where it stands", () => {
  const text = "a:\n  b: [x, 😀, y]\n  c: &d !!str 1\n";
  const list = at(text, "a", "b");
  assert.deepEqual([list.line, list.column, text.slice(list.start, list.end)], [2, 6, "[x, 😀, y]"]);
  assert.equal(list.kind, "sequence");
  assert.deepEqual(
    list.items.map((item) => item.column),
    [7, 10, 13],
  );
  const scalar = at(text, "a", "c");
  assert.equal(scalar.kind, "scalar");
  assert.deepEqual([scalar.column, scalar.anchor, scalar.tag, scalar.isTagged], [6, "d", "!!str", true]);
  assert.equal(text.slice(scalar.contentStart, scalar.end), "1");
});

test("styles and resolved tags are kept", () => {
  const node = root(
    "a: x\nb: 'x'\nc: \"x\"\nd: |\n  x\ne: >\n  x\nf: 1\ng: yes\nh: ~\ni: 1.5\nj: [*k]\nk: {}\n".replace("[*k]", "[]"),
  );
  const seen = node.pairs.map(({ value }) =>
    value.kind === "scalar" ? `${value.style} ${value.tag}` : `${value.kind} ${value.tag}`,
  );
  assert.deepEqual(seen, [
    "plain !!str",
    "single !!str",
    "double !!str",
    "literal !!str",
    "folded !!str",
    "plain !!int",
    "plain !!str",
    "plain !!null",
    "plain !!float",
    "sequence !!seq",
    "mapping !!map",
  ]);
});

test("an alias leads to its anchor's node", () => {
  const node = root("a: &x {b: 1}\nc: *x\n");
  const alias = valueAt(node, "c");
  assert.equal(alias?.kind, "alias");
  assert.equal(alias.target, valueAt(node, "a"));
});

/** Comments: where go-yaml v3 keeps each. Text, path to the node, head, line, foot. */
const COMMENTS: readonly (readonly [string, "key" | "value", string, readonly [string, string, string]])[] = [
  ["# h\na: 1\n", "key", "a", ["# h", "", ""]],
  ["a: 1 # l\n", "value", "a", ["", "# l", ""]],
  ["a: 1\n# f\n\nb: 2\n", "key", "a", ["", "", "# f"]],
  ["a: 1\n# h\nb: 2\n", "key", "b", ["# h", "", ""]],
  ["a: # l\n  b: 1\n", "key", "a", ["", "# l", ""]],
  ["a: [b] # l\n", "value", "a", ["", "# l", ""]],
  ["a: | # l\n  b\n", "value", "a", ["", "# l", ""]],
];

describe("comments are given to the node they belong to", () => {
  for (const [text, part, key, expected] of COMMENTS) {
    test(JSON.stringify(text), () => {
      const pair = root(text).pairs.find((candidate) => candidate.key.kind === "scalar" && candidate.key.value === key);
      const node = part === "key" ? pair?.key : pair?.value;
      assert.deepEqual([node?.headComment, node?.lineComment, node?.footComment], expected);
    });
  }
});

test("a comment apart from the first key belongs to the document", () => {
  const { documents } = parseYaml("# licence\n\n# head\na: 1\n\n# end\n");
  assert.deepEqual([documents[0]?.headComment, documents[0]?.footComment], ["# licence", "# end"]);
});

/** Texts that come back byte for byte with an indent of 2 and compact sequences. */
const UNCHANGED: readonly string[] = [
  "# licence\n\n# head\na: 1 # one\nb:\n# before c\n- c # see\n- d\n# after d\n\ne: {f: 'g', h: [i, \"j\"]} # flow\n",
  "a: &x\n  b: |\n    text\n  c: >-\n    folded text\nd: *x\n",
  "a: !custom 1\nb: !!str 1\nc: \"yes\"\nd: 'x: y'\n",
  "- a\n- - b\n  - c\n- d: e\n  f: g\n",
  "a:\nb: null\nc: ~\n",
  "a: 1\n---\nb: 2\n",
  "? - complex\n: value\n",
  "a: 'two\n\n  lines'\n",
];

describe("a tree that was not changed is written as it was read", () => {
  for (const text of UNCHANGED) {
    test(JSON.stringify(text.slice(0, 50)), () => {
      assert.equal(encodeNodes(parseYaml(text).documents, { indent: 2, compactSequences: true }), text);
    });
  }
});

test("trees can be made and changed", () => {
  const map = mappingNode([
    { key: scalarNode("a"), value: sequenceNode([scalarNode("1"), scalarNode("1", "!!int"), scalarNode("x\ny")]) },
    { key: scalarNode("b"), value: { ...scalarNode("z", "!!str", "single"), lineComment: "note" } },
  ]);
  assert.equal(encodeNodes([map], { indent: 2 }), "a:\n  - \"1\"\n  - 1\n  - |-\n    x\n    y\nb: 'z' # note\n");
});

test("a name that cannot be an anchor is refused", () => {
  const node = { ...scalarNode("x"), anchor: "a b" };
  assert.throws(() => encodeNodes([node]), /anchor value must contain alphanumerical characters only/);
});
