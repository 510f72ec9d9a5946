import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { memoryTree } from "@fairlead/base";
import { collectValues, loadChart, renderChart } from "@fairlead/helm";

test("the README's example does what it says", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail("the README has no example");
  const source = example.replace(/^(\S.*?); \/\/ (.+)$/gm, "check($1, $2);");
  let checks = 0;
  const check = (actual: unknown, expected: unknown): void => {
    assert.deepEqual(actual, expected);
    checks++;
  };
  // The example is the package's own text, and is run so that it cannot rot.
  const Source = (() => {}).constructor as new (...args: string[]) => (...values: unknown[]) => void;
  const names = { memoryTree, collectValues, loadChart, renderChart, check };
  new Source(...Object.keys(names), source)(...Object.values(names));
  assert.equal(checks, 2);
});
