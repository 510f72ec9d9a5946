import type { Case } from "../judge.ts";

const text = (name: string, value: string) => ({ name, value, isCode: false });
const code = (name: string, value: string) => ({ name, value, isCode: true });

/** Programs with files, libraries, variables and arguments. */
export const FILES: readonly Case[] = [
  {
    name: "imports beside, below and above",
    text: "[import 'a.libsonnet', import 'lib/b.libsonnet', importstr 'c.txt', importbin 'c.txt', (import 'a.libsonnet').x]",
    files: {
      "a.libsonnet": "{ x: 1, f: std.thisFile }",
      "lib/b.libsonnet": "{ up: (import '../a.libsonnet').x, f: std.thisFile, t: importstr 'd.txt' }",
      "lib/d.txt": "below",
      "c.txt": "text é\n",
    },
  },
  { name: "an import that is not there", text: "{ a: import 'none.libsonnet' }" },
  { name: "an import of a directory", text: "import 'lib'", files: { "lib/a": "" } },
  { name: "a text that is not there", text: "importstr 'none'" },
  { name: "bytes that are not there", text: "importbin 'none'" },
  {
    name: "bytes that are no text",
    text: "[importstr 'b', importbin 'b']",
    files: { b: Uint8Array.of(65, 255, 195, 169, 240, 159, 66) },
  },
  { name: "a syntax error in an import", text: "import 'a.libsonnet'", files: { "a.libsonnet": "{ a: }" } },
  {
    name: "an unknown variable in an import",
    text: "{ x: import 'a.libsonnet' }",
    files: { "a.libsonnet": "\n  nope" },
  },
  {
    name: "an error in an import",
    text: "local a = import 'a.libsonnet'; a.f(1)",
    files: { "a.libsonnet": "{ f(x):: error 'no ' + x }" },
  },
  { name: "imports in a circle", text: "import 'a.libsonnet'", files: { "a.libsonnet": "import 'main.jsonnet'" } },
  {
    name: "a lazy circle",
    text: "{ a: 1, b: (import 'a.libsonnet').c }",
    files: { "a.libsonnet": "{ c: (import 'main.jsonnet').a + 1 }" },
  },
  {
    name: "libraries, the last one first",
    text: "[import 'k.libsonnet', import 'only.libsonnet', import 'sub/m.libsonnet']",
    libraries: ["one", "two"],
    files: {
      "one/k.libsonnet": "'one'",
      "two/k.libsonnet": "'two'",
      "one/only.libsonnet": "'only ' + import 'k.libsonnet'",
      "two/sub/m.libsonnet": "import 'k.libsonnet'",
    },
  },
  {
    name: "external variables",
    text: "[std.extVar('s'), std.extVar('c'), std.extVar('c').f(2), std.extVar('f')]",
    extVars: [text("s", "1 + 1"), code("c", "{ f(x):: x * 2, a: std.thisFile }"), code("f", "std.extVar('s')")],
  },
  { name: "an external variable with an error", text: "std.extVar('e')", extVars: [code("e", "error 'from outside'")] },
  { name: "an external variable that is not well formed", text: "std.extVar('e')", extVars: [code("e", "{ a: }")] },
  { name: "an external variable nobody asks for", text: "1", extVars: [code("e", "{ a: }")] },
  {
    name: "an external variable that imports",
    text: "std.extVar('i')",
    extVars: [code("i", "import 'a.libsonnet'")],
    files: { "a.libsonnet": "5" },
  },
  {
    name: "top-level arguments",
    text: "function(a, b, c=3) [a, b, c]",
    tlas: [text("a", "x"), code("b", "[1] + [2]")],
  },
  { name: "a top-level argument too many", text: "function(a) a", tlas: [text("a", "x"), text("z", "y")] },
  { name: "a top-level argument too few", text: "function(a, b) a", tlas: [text("a", "x")] },
  { name: "arguments of what is no function", text: "{ a: 1 }", tlas: [text("a", "x")] },
  { name: "a top-level argument with an error", text: "function(a) { x: a }", tlas: [code("a", "error 'tla'")] },
  { name: "a top-level argument that is not well formed", text: "function(a) { x: a }", tlas: [code("a", "1 +")] },
  { name: "a trace", text: "local f(x) = std.trace('x is ' + x, x);\n[f(1), f(2)]" },
  { name: "carriage returns", text: "{\r\n  a: 1, // one\r\n  b: |||\r\n    x\r\n  |||,\r\n}\r\n" },
  { name: "a tab in the way of a place", text: "{\n\ta: 1,\n\tb: error 'é' + 1,\n}" },
  { name: "a place after letters of many bytes", text: "local é = 1; é" },
  { name: "places over several lines", text: "local f(x) =\n  {\n    a: error\n      'multi\\nline',\n  };\nf(1).a" },
];
