import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import test from "node:test";
import { stableSources, type StableOptions } from "@fairlead/helm";
import { renderChance } from "./chance.ts";
import { render } from "./support.ts";

const CHANCE = [
  "a: {{ randAlphaNum 16 }}",
  "b: {{ uuidv4 }}",
  'c: {{ now | date "2006-01-02T15:04:05" }}',
  'e: {{ genPrivateKey "ed25519" | sha256sum }}',
  "f: {{ randAscii 9 | quote }}",
  'g: {{ shuffle "abcdefghijkl" }}',
  "h: {{ randBytes 12 }}",
].join("\n");
const OPTIONS: StableOptions = {
  key: "k",
  chartName: "web",
  releaseName: "rel",
  namespace: "shop",
  nowMs: Date.UTC(2026, 10, 24, 8),
};

function made(more: Partial<StableOptions> = {}): string | undefined {
  const sources = stableSources({ ...OPTIONS, ...more });
  return render({ "templates/a.yaml": CHANCE }, {}, sources).manifests[0]?.text;
}

test("functions of chance and time give the same answer every time within a month", () => {
  assert.equal(made(), made());
  assert.equal(made({ nowMs: Date.UTC(2026, 10, 1) }), made());
});

test("time goes on with the month", () => {
  assert.match(made() ?? "", /c: 2026-11-01T00:00:00/);
  assert.match(made({ nowMs: Date.UTC(2026, 11, 2) }) ?? "", /c: 2026-12-01T00:00:00/);
});

for (const more of [{ key: "other" }, { releaseName: "other" }, { namespace: "other" }, { chartName: "other" }]) {
  test(`another ${Object.keys(more).join()} gives another answer`, () => {
    assert.notEqual(made(more), made());
  });
}

test("without it chance is chance", () => {
  const one = (): string | undefined => render({ "templates/a.yaml": "a: {{ randAlphaNum 32 }}" }).manifests[0]?.text;
  assert.notEqual(one(), one());
});

test("another process makes the same certificates, passwords, hashes and times, to the byte", async () => {
  const module = new URL("./chance.ts", import.meta.url).href;
  const script = `import { renderChance } from ${JSON.stringify(module)}; process.stdout.write(renderChance());`;
  const other = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  const own = renderChance();
  assert.match(own, /^signedKey: \S{1000}/m);
  assert.equal((await other).stdout, own);
});
