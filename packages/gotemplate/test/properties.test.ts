import { deepEqual as looselyEqual } from "node:assert";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  compareVersions,
  decodeJson,
  encodeJson,
  formatFloat,
  fromBytes,
  goQuote,
  int,
  parseVersion,
  sprigFunctions,
  sprintf,
  TemplateSet,
  toBytes,
} from "../src/index.ts";
import { run } from "./support/run.ts";

const spend = (): void => {};
const json = (value: unknown): string => encodeJson(value, { escapesHtml: false, spend });

/** Pieces templates are made of; every mixture of them is well formed. */
const operand = fc.constantFrom(
  ".",
  ".a",
  ".a.b",
  "$.a",
  "$",
  '"s"',
  "`raw`",
  "1",
  "1.5",
  "true",
  "nil",
  "'x'",
  "(.a)",
  '(index . "a")',
  "(len .a).b",
);
const pipeline = fc
  .tuple(
    fc.constantFrom("print", "and", "or", "eq", "not", "len", "printf `%v`"),
    fc.array(operand, { minLength: 1, maxLength: 3 }),
    fc.constantFrom("", " | print", " | printf `%v` 1"),
  )
  .map(([name, args, rest]) => `${name} ${args.join(" ")}${rest}`);
const statement = fc.letrec<{ list: string; one: string }>((tie) => ({
  list: fc.array(tie("one"), { maxLength: 4 }).map((parts) => parts.join("")),
  one: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("text", "  spaced  ", "\n", "é", "{ }"),
    pipeline.map((pipe) => `{{${pipe}}}`),
    pipeline.map((pipe) => `{{- ${pipe} -}}`),
    pipeline.map((pipe) => `{{$x := ${pipe}}}{{$x}}`),
    fc
      .tuple(fc.constantFrom("if", "with", "range"), pipeline, tie("list"), tie("list"))
      .map(([word, pipe, body, other]) => `{{${word} ${pipe}}}${body}{{else}}${other}{{end}}`),
    fc.tuple(pipeline, tie("list")).map(([pipe, body]) => `{{range $i, $e := ${pipe}}}${body}{{$i}}{{break}}{{end}}`),
    fc.tuple(pipeline, pipeline, tie("list")).map(([a, b, body]) => `{{if ${a}}}x{{else if ${b}}}${body}{{end}}`),
  ),
}));

describe("Properties", () => {
  test("a printed template parses to one that prints the same", () => {
    fc.assert(
      fc.property(statement.list, (text) => {
        const set = new TemplateSet({ functions: sprigFunctions }).parse("a", text);
        const printed = set.print("a") ?? "";
        assert.equal(set.parse("b", printed).print("b"), printed);
      }),
      { numRuns: 500 },
    );
  });

  test("a printed template gives the same output", () => {
    fc.assert(
      fc.property(statement.list, (text) => {
        const set = new TemplateSet({ functions: sprigFunctions }).parse("a", text);
        // Output stops at the first fault, whose place differs: only what succeeds is compared.
        const outcome = run(text, { a: [1, "x", { b: 2 }] });
        if (!outcome.startsWith("error: ")) assert.equal(run(set.print("a") ?? "", { a: [1, "x", { b: 2 }] }), outcome);
      }),
      { numRuns: 300 },
    );
  });

  test("no text makes the parser fail otherwise than with a problem", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            "{{",
            "}}",
            "-",
            " ",
            ".a",
            "$x",
            ":=",
            "|",
            "(",
            ")",
            '"',
            "`",
            "if ",
            "end",
            "range ",
            "else",
            "1",
            "/*",
            "*/",
            "\n",
            "é",
            "define ",
          ),
        ),
        (parts) => {
          run(parts.join(""), {});
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("bytes become text and bytes again", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.deepEqual([...toBytes(fromBytes(bytes))], [...bytes])));
  });

  test("quoted text is a constant that stands for the text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }).map(fromBytes), (text) => {
        assert.equal(run(`{{${goQuote(text)}}}`, {}), text);
      }),
    );
  });

  test("JSON that is written reads back as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2, noUnicodeString: false }), (value) => {
        const text = json(value);
        assert.equal(json(decodeJson(text)), text);
        // Go keeps the sign of zero, JSON.stringify does not.
        looselyEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("the shortest form of a float reads back as it, in every notation", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom("e", "f", "g"),
        (value, verb) => {
          assert.equal(Number(formatFloat(value, verb, -1)), value);
        },
      ),
    );
  });

  test("%.*e rounds as the exact decimal does", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 18, max: 60 }),
        (value, places) => {
          assert.equal(Number(formatFloat(value, "e", places)), value);
        },
      ),
    );
  });

  test("integers of 64 bits wrap around", () => {
    const number = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const data = { a: int(a), b: int(b) };
        const expected = [a + b, a - b, a * b].map((value) => BigInt.asIntN(64, value)).join(" ");
        assert.equal(run("{{add .a .b}} {{sub .a .b}} {{mul .a .b}}", data, sprigFunctions), expected);
        assert.equal(sprintf("%d %x", [data.a, data.b], spend), `${a} ${b.toString(16)}`);
      }),
    );
  });

  test("padding reaches the width and loses nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 10 }), fc.integer({ min: 0, max: 30 }), (text, width) => {
        const padded = sprintf(`%${width}s|%-${width}s`, [text, text], spend);
        const count = Math.max(Array.from(text).length, width);
        assert.equal(Array.from(padded).length, 2 * count + 1);
        assert.ok(padded.startsWith(" ".repeat(count - Array.from(text).length) + text));
      }),
    );
  });

  test("the order of versions is total", () => {
    const part = fc.integer({ min: 0, max: 3 });
    const pre = fc.constantFrom("", "-a", "-1", "-a.1", "-rc.2", "-rc.10");
    const version = fc.tuple(part, part, part, pre).map(([a, b, c, suffix]) => parseVersion(`${a}.${b}.${c}${suffix}`));
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0);
      }),
    );
  });

  test("encodings decode to what was encoded", () => {
    fc.assert(
      fc.property(fc.uint8Array().map(fromBytes), (text) => {
        assert.equal(run("{{.t | b64enc | b64dec}}", { t: text }, sprigFunctions), text);
        assert.equal(run("{{.t | b32enc | b32dec}}", { t: text }, sprigFunctions), text);
        assert.equal(run("{{.t | encryptAES `k` | decryptAES `k`}}", { t: text }, sprigFunctions), text);
      }),
    );
  });
});
