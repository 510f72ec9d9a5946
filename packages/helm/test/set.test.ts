import assert from "node:assert/strict";
import test from "node:test";
import { toPlain } from "@fairlead/gotemplate";
import { collectValues, type ValueSources } from "@fairlead/helm";
import { problemsOf } from "./support.ts";

const READ: ReadonlyArray<[flag: keyof ValueSources, text: string, values: unknown]> = [
  ["set", "a=1,b=two,c=true,d=null,e=", { a: 1, b: "two", c: true, d: null, e: "" }],
  ["set", "a=0123,b=1.5,c=-3,d=0", { a: "0123", b: "1.5", c: -3, d: 0 }],
  ["set", "a.b.c=x", { a: { b: { c: "x" } } }],
  ["set", "a\\.b=x\\,y", { "a.b": "x,y" }],
  ["set", "list={a,1,true}", { list: ["a", 1, true] }],
  ["set", "list={}", { list: [""] }],
  ["set", "list[1].x=1", { list: [null, { x: 1 }] }],
  ["set", "list[0][1]=x", { list: [[null, "x"]] }],
  ["set", "a=x=y", { a: "x=y" }],
  ["set", "__proto__.x=1", JSON.parse('{"__proto__":{"x":1}}')],
  ["setString", "a=1,b=true,c=null", { a: "1", b: "true", c: "null" }],
  ["setString", "list={1,2}", { list: ["1", "2"] }],
  ["setLiteral", "a.b={x,y}=z", { a: { b: "{x,y}=z" } }],
  ["setFile", "cert=tls.crt", { cert: "content of tls.crt" }],
  ["setJson", 'a={"b":[1,2]},c="x"', { a: { b: [1, 2] }, c: "x" }],
  ["setJson", '{"a":{"b":null}}', { a: { b: null } }],
];

for (const [flag, text, expected] of READ) {
  test(`${flag} ${text} gives ${JSON.stringify(expected)}`, () => {
    const values = collectValues({ [flag]: [text], readFile: (path) => `content of ${path}` });
    assert.deepEqual(toPlain(values), expected);
  });
}

const REFUSED: ReadonlyArray<[flag: keyof ValueSources, text: string, message: RegExp]> = [
  ["set", "a", /failed parsing --set data: key "a" has no value/],
  ["set", "a[-1]=x", /failed parsing --set data: negative -1 index not allowed/],
  ["set", "a[99999999]=x", /greater than maximum supported index/],
  ["set", `${"a.".repeat(40)}a=x`, /nested/],
  ["setLiteral", "a", /failed parsing --set-literal data/],
  ["setJson", "a={", /failed parsing --set-json data/],
];

for (const [flag, text, message] of REFUSED) {
  test(`${flag} ${text.slice(0, 20)} is refused`, () => {
    const [problem] = problemsOf(() => collectValues({ [flag]: [text] }));
    assert.equal(problem?.code, "ChartValuesInvalid");
    assert.match(problem?.message ?? "", message);
  });
}

test("sources lie over each other in Helm's order: files, JSON, set, strings, files named, literal", () => {
  const values = collectValues({
    files: [
      { name: "a.yaml", text: "a: {x: 1, z: 1}\nb: file\n" },
      { name: "b.yaml", text: "a: {z: 2}\n" },
    ],
    setJson: ['b="json"'],
    set: ["b=set", "c=set"],
    setString: ["c=string", "d=string"],
    setFile: ["d=f", "e=f"],
    setLiteral: ["e=literal"],
    readFile: () => "file",
  });
  assert.deepEqual(toPlain(values), { a: { x: 1, z: 2 }, b: "set", c: "string", d: "file", e: "literal" });
});
