import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  fn,
  mergeFunctions,
  P,
  parseTemplate,
  sprigFunctions,
  STRING,
  TemplateError,
  TemplateSet,
} from "../src/index.ts";

const functions = sprigFunctions;

describe("A template set", () => {
  test("knows templates of several texts by name, the last define winning", () => {
    const set = new TemplateSet({ functions, name: "root" });
    set
      .parse("a", '{{define "x"}}1{{end}}{{template "x"}}')
      .parse("b", '{{define "x"}}2{{end}}')
      .parse("c", '{{define "x"}} {{end}}');
    assert.equal(set.execute("a", null), "2");
    assert.deepEqual(set.names(), ["a", "b", "c", "x"]);
  });

  test("is cloned without one changing the other", () => {
    const set = parseTemplate("a", '{{template "x"}}{{define "x"}}1{{end}}', { functions });
    const copy = set.clone().parse("b", '{{define "x"}}2{{end}}');
    assert.deepEqual([set.execute("a", null), copy.execute("a", null), set.has("b")], ["1", "2", false]);
  });

  test("names its root in the error about a template that is not there", () => {
    const set = new TemplateSet({ functions, name: "gotpl" });
    assert.throws(() => set.execute("x", null), { message: 'no template "x" associated with template "gotpl"' });
  });

  test("takes other delimiters", () => {
    const set = parseTemplate("a", "<< .x >> {{ .y }}", { functions, leftDelim: "<<", rightDelim: ">>" });
    assert.equal(set.execute("a", { x: 1 }), "1 {{ .y }}");
  });

  test("prints a template as text that parses to the same", () => {
    const set = parseTemplate("a", "{{- if and .a (not .b) -}} x {{- else if $.c }}y{{ end -}}", { functions });
    assert.equal(set.print("a"), "{{if and .a (not .b)}}x{{else}}{{if $.c}}y{{end}}{{end}}");
    assert.equal(set.print("nope"), undefined);
  });

  test("calls functions of its owner, with what execute was given", () => {
    const own = { where: fn([P.string], STRING, (context, name) => `${name}@${String(context.environment)}`) };
    const set = parseTemplate("a", '{{where "x" | upper}}', { functions: mergeFunctions(functions, own) });
    assert.equal(set.execute("a", null, { environment: "here" }), "X@HERE");
  });

  test("gives nothing for a missing key as it is told to", () => {
    const set = parseTemplate("a", "{{.x}}|{{.m.x}}", { functions });
    const data = { m: {} };
    assert.equal(set.execute("a", data), "<no value>|<no value>");
    assert.equal(set.execute("a", data, { missingKey: "zero" }), "<no value>|<no value>");
    assert.throws(() => set.execute("a", data, { missingKey: "error" }), TemplateError);
  });

  test("tells a fault with its place, counting characters, beside Go's text, counting bytes", () => {
    const set = parseTemplate("dir/é.tpl", "line\né é {{ .x.y }}", { functions });
    assert.throws(
      () => set.execute("dir/é.tpl", { x: 1 }),
      (error) => {
        assert.ok(error instanceof TemplateError);
        assert.match(error.goText, /^template: dir\/é\.tpl:2:11: /);
        assert.deepEqual(error.problems, [
          {
            code: "TemplateFailed",
            message: 'executing "dir/é.tpl" at <.x.y>: can\'t evaluate field y in type interface {}',
            file: "dir/é.tpl",
            line: 2,
            column: 10,
          },
        ]);
        return true;
      },
    );
  });

  test("tells what does not parse with its line", () => {
    assert.throws(
      () => parseTemplate("a", "x\n{{ nope }}", { functions }),
      (error) => error instanceof TemplateError && error.code === "TemplateSyntax" && error.problems[0]?.line === 2,
    );
  });
});
