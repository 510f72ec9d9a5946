import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

test("the README's example runs", async () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const lines: unknown[][] = [];
  Object.assign(globalThis, { readmeLog: (...line: unknown[]) => lines.push(line) });
  const runnable = code
    .replace(/from "([^"]+)"/g, (_all, name: string) => `from ${JSON.stringify(import.meta.resolve(name))}`)
    .replaceAll("console.log(", "globalThis.readmeLog(");
  await import(`data:text/javascript,${encodeURIComponent(runnable)}`);
  assert.match(String(lines[0]?.[0]), /^https:\/\/127\.0\.0\.1:\d+$/);
});
