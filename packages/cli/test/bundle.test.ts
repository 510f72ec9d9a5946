import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const builder = "../build/build.mjs";
const { bundle } = (await import(builder)) as { bundle(folder: string): Promise<readonly { fileName: string }[]> };

// Beside dist/: packages that are not bundled are found from there as from dist/.
const folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), "../dist.test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("every chunk of the build loads: no library was bundled in a form that fails at the first import", async () => {
  const chunks = await bundle(folder);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  // A worker's entry runs at import and wants its thread; what it consists of are chunks too.
  const loaded = chunks.map(({ fileName }) => fileName).filter((name) => !name.endsWith(".worker.js"));
  assert.ok(loaded.length > 20, `${loaded.length} chunks`);
  const addresses = loaded.map((name) => pathToFileURL(join(folder, name)).href);
  const load = `const faults = [];
    for (const one of ${JSON.stringify(addresses)})
      await import(one).catch((error) => faults.push(one.split("/").at(-1) + ": " + error.message));
    console.log(JSON.stringify(faults)); process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", load]);
  assert.deepEqual(JSON.parse(stdout), []);
});
