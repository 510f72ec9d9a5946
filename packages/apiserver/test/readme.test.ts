import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

test("the README's example runs", async () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const lines: unknown[][] = [];
  const imports = code.replace(/import \{ (\w+) \} from "([^"]+)";/g, 'const { $1 } = await import("$2");');
  const main = new Function(
    "console",
    "load",
    `return (async () => {${imports.replaceAll("await import(", "await load(")}})()`,
  ) as (console: { log(...line: unknown[]): void }, load: (name: string) => Promise<unknown>) => Promise<void>;
  await main({ log: (...line) => lines.push(line) }, (name) => import(name));
  assert.match(String(lines[0]?.[0]), /^https:\/\/127\.0\.0\.1:\d+$/);
});
