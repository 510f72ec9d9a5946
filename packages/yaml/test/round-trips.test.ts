import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson } from "@fairlead/base";
import {
  decodeDocuments,
  decodeNode,
  decodeYaml,
  encodeNodes,
  encodeYaml,
  encodeYamlV3,
  parseYaml,
} from "@fairlead/yaml";
import fc from "fast-check";

/** Strings that are likely to need quotes, folding, blocks or escapes. No tabs: v3 writes a block that begins with one and cannot read it. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from("ab01:#-?,[]{}&*!|>'\"%@` \n.~=<é😀\u2028\\_/")), maxLength: 12 }),
  fc.constantFrom("yes", "null", "1e3", "0x1", "2001-01-01", "1:20", "---", "...", "<<", "", " ", "word ".repeat(40)),
  fc.string({ unit: "grapheme", maxLength: 20 }).filter((value) => !/[\t\u007f-\u009f\ufffe\uffff]/.test(value)),
);
/** Go writes a key `<<` without quotes, and so reads it back as a merge. */
const key = text.filter((candidate) => candidate !== "<<");
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    tie("list"),
    tie("map"),
  ),
  list: fc.array(tie("any"), { maxLength: 4 }),
  map: fc.dictionary(key, tie("any"), { maxKeys: 4 }),
})).any;

test("what encodeYaml writes, decodeYaml reads", () => {
  fc.assert(
    fc.property(value, (before) => {
      assert.equal(canonicalJson(decodeYaml(encodeYaml(before), { numbers: "float64" })), canonicalJson(before));
    }),
    { numRuns: 200 },
  );
});

test("what encodeYamlV3 writes, v2 and v3 read alike, with sequences indented or not", () => {
  fc.assert(
    fc.property(value, fc.boolean(), (before, compactSequences) => {
      const written = encodeYamlV3(before, { indent: 2, compactSequences });
      const [document] = parseYaml(written).documents;
      assert.ok(document);
      const expected = canonicalJson(before);
      assert.equal(canonicalJson(decodeNode(document.content, { numbers: "float64" })), expected);
      assert.equal(canonicalJson(decodeYaml(written, { numbers: "float64" })), expected);
    }),
    { numRuns: 200 },
  );
});

test("writing a tree twice changes nothing the second time", () => {
  fc.assert(
    fc.property(value, (before) => {
      const once = encodeNodes(parseYaml(encodeYaml(before)).documents, { indent: 2 });
      assert.equal(encodeNodes(parseYaml(once).documents, { indent: 2 }), once);
    }),
    { numRuns: 200 },
  );
});

test("JSON is YAML: JSON text decodes to what JSON.parse gives", () => {
  fc.assert(
    fc.property(value, (before) => {
      // JSON lets this line separator stand in a string; YAML folds it.
      const json = JSON.stringify(before).replaceAll("\u2028", "\\u2028");
      assert.equal(canonicalJson(decodeYaml(json, { numbers: "float64" })), canonicalJson(before));
    }),
    { numRuns: 200 },
  );
});

test("no text, however broken, makes the readers throw or loop", () => {
  const broken = fc.string({ unit: fc.constantFrom(...Array.from("ab: \n-?[]{},&*!|>'\"%#\t\\")), maxLength: 60 });
  fc.assert(
    fc.property(broken, (source) => {
      const stream = decodeDocuments(source);
      for (const problem of stream.problems) assert.ok((problem.line ?? 0) >= 1 && (problem.column ?? 0) >= 1);
      assert.ok(Array.isArray(parseYaml(source).documents));
    }),
    { numRuns: 600 },
  );
});
