import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "@fairlead/base";
import { storeOf } from "../src/sops/stores/index.ts";
import { Branch, Comment } from "../src/sops/tree.ts";

const ini = storeOf("ini");

/** What sops 3.13.3 makes of a file it encrypts and decrypts again; found by running it. */
const WRITTEN: readonly (readonly [what: string, text: string, written: string])[] = [
  [
    "a header says the default section again, and it is one of its own",
    "a=1\n[DEFAULT]\nb=2\n[s]\n[DEFAULT]\nc=3\n",
    "a = 1\n\n[DEFAULT]\nb = 2\n\n[s]\n\n[DEFAULT]\nc = 3\n",
  ],
  [
    "sections of one name stay apart, keys of one name become one",
    "[a]\n; c1\nx=1\n[b]\n[a]\n; c2\ny=1\n; c3\ny=2\n",
    "[a]\n; c1\nx = 1\n\n[b]\n\n[a]\n; c3\ny = 2\n",
  ],
  [
    "a comment behind a value, and of several lines",
    "; top  \n; second\n[s] # head\n#  one\n## two\nx=1 ; behind\ny=2\n; lost\n",
    "; top  \n; second\n# head\n[s]\n; one\n# # two\n; behind\nx = 1\ny = 2\n",
  ],
  [
    "quotes of each kind, in values and keys",
    '[a]\nx=`a` ; `b`\ny="""m\n l""" # c\nz=\'q\'\nw="a""b"\n"k=1"=2\n`k"2`=3\n',
    '[a]\nx     = """a` ; `b"""\n; c\ny     = """m\n l"""\nz     = q\nw     = "a""b"\n`k=1` = 2\n`k"2` = 3\n',
  ],
  [
    "a continued value takes what looks like a comment",
    "[a]\nx=1 \\\n 2 ; no comment\ny=z \\\n\nv=w\n",
    '[a]\nx = `1 2 ; no comment`\ny = "z "\nv = w\n',
  ],
  [
    "spaces, tabs, colons and Windows' line ends",
    "[ a b ]\r\n\tx\t:\ty z \r\nlong.key = v=1\r\n",
    "[ a b ]\nx        = y z\nlong.key = v=1\n",
  ],
];

for (const [what, text, written] of WRITTEN) {
  test(`INI: ${what}`, () => {
    assert.equal(ini.write(ini.read(text)), written);
    assert.equal(ini.write(ini.read(written)), written, "and again");
  });
}

test("INI that cannot be read, or would lose a key, is refused with the line", () => {
  for (const [text, line, why] of [
    ["[a]\nx\n", 2, /delimiter not found/],
    ["a=1\n[b\n", 2, /not closed/],
    ["[]\n", 1, /empty section name/],
    ["[a]\n=1\n", 2, /empty key name/],
    ["[a]\nx=`1\n2\n", 4, /closing quote/],
    ['[a]\n"x=1\n', 2, /closing quote/],
    ["[a]\n-=1\n", 2, /numbered/],
  ] as const) {
    assert.throws(
      () => ini.read(text, "f.ini"),
      (error) => {
        const [problem] = error instanceof ProblemError ? error.problems : [];
        return problem?.line === line && problem.file === "f.ini" && why.test(problem.message);
      },
      text,
    );
  }
});

test("all documents' sections are written, and of several comments the one that stands next", () => {
  const section = new Branch([
    new Comment(" head"),
    { key: "a", value: 1n },
    new Comment(" first"),
    new Comment(" second"),
    { key: "b", value: null },
  ]);
  const documents = [new Branch([{ key: "s", value: section }]), new Branch([{ key: "t", value: new Branch([]) }])];
  assert.equal(ini.write(documents), ";  head\n[s]\n; second\na = 1\nb = <nil>\n\n[t]\n");
  assert.throws(() => ini.write([new Branch([{ key: "a", value: 1n }])]), /no section/);
});
