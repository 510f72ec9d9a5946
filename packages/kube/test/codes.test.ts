import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { codeMeaning } from "@fairlead/base";
import { KUBE_CODES } from "@fairlead/kube";

const SOURCE = join(import.meta.dirname, "../src");

test("every code that is thrown is registered, and every registered code is thrown", () => {
  const used = new Set<string>();
  for (const file of globSync("**/*.ts", { cwd: SOURCE })) {
    if (file === "codes.ts") continue;
    const text = readFileSync(join(SOURCE, file), "utf8");
    for (const match of text.matchAll(/problemError\(\s*"(\w+)"|code: "(\w+)"/g)) used.add(match[1] ?? match[2] ?? "");
  }
  for (const code of used) assert.ok(codeMeaning(code), `${code} is not registered`);
  for (const code of Object.keys(KUBE_CODES)) assert.ok(used.has(code), `${code} is never used`);
});
