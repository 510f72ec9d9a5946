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

/** Stays below the limit for a look, then fills the heap, and waits to be told. */
const GROWING = `
  import v8 from "node:v8";
  import { saveMemoryBeyond } from ${JSON.stringify(MODULE)};
  const physical = () => v8.getHeapStatistics().total_physical_size;
  const limit = physical() + 16 * 1024 * 1024;
  let held;
  let told = 0;
  saveMemoryBeyond(limit, () => {
    if (held === undefined) throw new Error("too early: " + physical());
    told++;
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  held = Array.from({ length: 500_000 }, (_, index) => ({ index, text: String(index) }));
  for (let round = 0; told === 0 && round < 240; round++) await new Promise((resolve) => setTimeout(resolve, 500));
  process.exit(held.length > 0 && told === 1 ? 0 : 1);
`;

test("a server is thrifty once its heap has grown beyond a limit, and not before", () => {
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", GROWING], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
