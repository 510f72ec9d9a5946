import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeDocuments, parseYaml } from "@fairlead/yaml";

test("documents come with the line of their content; empty ones are left out", () => {
  const { documents, problems } = decodeDocuments("# c\na: 1\n---\n# nothing\n---\n\nb: 2\n---\nnull\n...\n---\n- x\n");
  assert.deepEqual(problems, []);
  assert.deepEqual(
    documents.map(({ line, value }) => [line, value]),
    [
      [2, { a: 1 }],
      [7, { b: 2 }],
      [12, ["x"]],
    ],
  );
});

test("a fault costs its own document; all faults of a stream come together", () => {
  const text = 'a: 1\n---\nb: c: d\n---\ne: "open\n---\nf: 2\n---\ng: !!int x\n---\nh: 3\n';
  const { documents, problems } = decodeDocuments(text, { file: "all.yaml" });
  assert.deepEqual(
    documents.map(({ value }) => value),
    [{ a: 1 }, { f: 2 }, { g: null }, { h: 3 }],
  );
  assert.deepEqual(
    problems.map(({ file, line, code }) => [file, line, code]),
    [
      ["all.yaml", 3, "YamlSyntax"],
      ["all.yaml", 6, "YamlSyntax"],
      ["all.yaml", 9, "YamlValue"],
    ],
  );
});

test("the tree of a document is there when asked for, with lines of the whole text", () => {
  const { documents } = decodeDocuments("a: 1\n---\nb: 2 # c\n");
  const node = documents[1]?.node;
  assert.equal(node?.kind, "mapping");
  const value = node.pairs[0]?.value;
  assert.deepEqual([value?.line, value?.column, value?.lineComment], [3, 4, "# c"]);
});

test("anchors hold for one document", () => {
  const { documents, problems } = decodeDocuments("a: &x 1\nb: *x\n---\nc: *x\n");
  assert.deepEqual(
    documents.map(({ value }) => value),
    [{ a: 1, b: 1 }],
  );
  assert.deepEqual(
    problems.map(({ message, line }) => [message, line]),
    [["yaml: unknown anchor 'x' referenced", 4]],
  );
});

test("limits end in a problem, never in a crash", () => {
  const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
  assert.equal(decodeDocuments(deep).problems[0]?.code, "YamlLimit");
  assert.equal(parseYaml(deep).problems[0]?.code, "YamlLimit");
  const blocks = Array.from({ length: 1200 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("");
  assert.equal(decodeDocuments(blocks).problems[0]?.code, "YamlLimit");
  assert.equal(
    decodeDocuments("a: 1\n---\n".repeat(5), { limits: { documentsMax: 3 } }).problems[0]?.code,
    "YamlLimit",
  );
  assert.equal(decodeDocuments("a: 123\n", { limits: { textCharsMax: 3 } }).problems[0]?.code, "YamlLimit");
});

test("a stream with nothing but faults ends at a limit", () => {
  const text = "a: b: c\n---\n".repeat(200_000);
  const { problems } = decodeDocuments(text);
  assert.equal(problems.length, 1001);
  assert.equal(problems.at(-1)?.code, "YamlLimit");
});
