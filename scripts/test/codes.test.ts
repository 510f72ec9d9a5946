import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allCodes } from "@fairlead/base";

const root = join(import.meta.dirname, "../..");

test("every code that is thrown is registered with its meaning", async () => {
  for (const file of globSync("packages/*/src/**/codes.ts", { cwd: root })) await import(join(root, file));
  for (const file of globSync("packages/*/src/**/*-codes.ts", { cwd: root })) await import(join(root, file));
  const unknown: string[] = [];
  for (const file of globSync("packages/*/src/**/*.ts", { cwd: root })) {
    for (const match of readFileSync(join(root, file), "utf8").matchAll(/problemError\(\s*"([A-Za-z0-9]+)"/g)) {
      if (!allCodes().has(match[1] ?? "")) unknown.push(`${file}: ${match[1]}`);
    }
  }
  assert.deepEqual(unknown, []);
});
