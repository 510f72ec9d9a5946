import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sprigFunctions } from "../src/index.ts";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{trunc 3 "hello"}} {{trunc -2 "hello"}} {{trunc 2 .text | printf "%q"}} {{substr 1 3 "hello"}} {{abbrev 5 "hello world"}} {{abbrevboth 5 10 "1234 5678 9123"}}',
    'hel lo "Ü" el he... ...5678...',
  ],
  [
    '{{upper "straße é"}} {{lower "İÉΣ"}} {{title "hello o\'neil foo-bar"}} {{untitle "Hello World"}} {{swapcase "This Is A.Test"}}',
    "STRAßE É iéσ Hello O'Neil Foo-Bar hello world tHIS iS a.tEST",
  ],
  [
    '{{snakecase "HTTPServer2Go"}} {{camelcase "foo_bar-baz"}} {{kebabcase "FirstName"}} {{initials "First Try"}} {{nospace " a b "}}',
    "http_server2_go FooBarBaz first-name FT ab",
  ],
  [
    '{{wrap 5 "Hello World foo"}} {{wrapWith 3 "|" "Hello World"}} {{plural "one" "many" 2}} {{repeat 3 "ab"}}',
    "Hello\nWorld\nfoo Hel|lo|Wor|ld many ababab",
  ],
  [
    '{{indent 2 "a\\nb"}}|{{nindent 2 "a"}}|{{trim "  a "}}|{{trimAll "$" "$5$"}} {{trimSuffix "-" "a-"}} {{trimPrefix "-" "-a"}}',
    "  a\n  b|\n  a|a|5 a a",
  ],
  [
    '{{quote "a" "b\\"c" 1 nil .list}} {{squote "a" 1}} {{cat "a" 1 nil "b"}} {{replace "a" "b" "banana"}}',
    '"a" "b\\"c" "1" "[a b c]" \'a\' \'1\' a 1 b bbnbnb',
  ],
  [
    '{{join "-" .mixed}} {{splitList "," "a,b"}} {{(split "," "a,b")._1}} {{splitn "," 2 "a,b,c"}} {{sortAlpha (list "c" "a" "B")}}',
    "1-2.5-three-true [a b] b map[_0:a _1:b,c] [B a c]",
  ],
  [
    '{{contains "a" "cat"}} {{hasPrefix "c" "cat"}} {{hasSuffix "c" "cat"}} {{toString .float}} {{toStrings .mixed}}',
    "true true false 1.5 [1 2.5 three true]",
  ],
  [
    '{{substr 9 10 "hello"}}',
    'error: template: main:1:2: executing "main" at <substr 9 10 "hello">: error calling substr: runtime error: slice bounds out of range [9:5]',
  ],
  [
    '{{repeat -1 "a"}}',
    'error: template: main:1:2: executing "main" at <repeat -1 "a">: error calling repeat: strings: negative Repeat count',
  ],
];

describe("Text functions count bytes and runes where Go does", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA, sprigFunctions), expected));
  }
});
