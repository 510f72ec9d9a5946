import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { int, parseTemplate, sprigFunctions, TemplateError } from "../src/index.ts";

test("the README's example does what it says", () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const text = "{{range .names}}Hello, {{. | title | quote}}! {{end}}{{.count.x}}";
  const data = { names: ["ann", "bob"], count: int(2) };
  const set = parseTemplate("greeting.tpl", text, { functions: sprigFunctions });
  assert.throws(
    () => set.execute("greeting.tpl", data),
    (error) => {
      assert.ok(error instanceof TemplateError);
      const [problem] = error.problems;
      const { code, file, line, column } = problem ?? {};
      assert.ok(readme.includes(`'${error.goText.replace("can't", "can\\'t")}'`), error.goText);
      assert.ok(readme.includes(`code: "${code}", file: "${file}", line: ${line}, column: ${column}`), String(column));
      return true;
    },
  );
  assert.ok(readme.includes(text));
  assert.ok(readme.includes('{ names: ["ann", "bob"], count: int(2) }'));
});
