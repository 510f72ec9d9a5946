import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const MODULE = join(import.meta.dirname, "../src/quiet-memory.ts");

/** Fills the heap, drops it all, and rests until it is given back, or for as long as a slow machine may need. */
const SCRIPT = `
  import v8 from "node:v8";
  import { giveMemoryBack } from ${JSON.stringify(MODULE)};
  giveMemoryBack();
  let held = Array.from({ length: 400_000 }, (_, index) => ({ index, text: String(index) }));
  const full = v8.getHeapStatistics().total_physical_size;
  held = undefined;
  for (let round = 0; round < 120; round++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (v8.getHeapStatistics().total_physical_size < full / 2) process.exit(0);
  }
  process.exit(1);
`;

test("a server that has gone quiet gives memory back", () => {
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", SCRIPT], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
