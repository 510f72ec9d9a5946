import assert from "node:assert/strict";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";

interface Freshness {
  isBuildFresh(command?: string, folder?: string): boolean;
  sourcesFile(command: string): string;
}

const freshness = "../build/freshness.mjs";
const { isBuildFresh, sourcesFile } = (await import(freshness)) as Freshness;

const BUILT_MS = Date.UTC(2026, 0, 1);
const root = mkdtempSync(join(tmpdir(), "fairlead-build-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** A checkout with two sources, built at BUILT_MS; gives its packages/. */
function checkout(name: string): string {
  const folder = join(root, name, "packages");
  const write = (path: string, text = ""): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    utimesSync(join(folder, path), new Date(BUILT_MS - 1000), new Date(BUILT_MS - 1000));
  };
  write("../package-lock.json");
  write("cli/src/main.ts");
  write("apps/src/index.ts");
  const list = (sources: readonly string[]): string => JSON.stringify({ startedMs: BUILT_MS, sources });
  write(`cli/dist/${sourcesFile("all")}`, list(["cli/src/main.ts", "apps/src/index.ts"]));
  write(`cli/dist/${sourcesFile("helm")}`, list(["cli/src/main.ts"]));
  return folder;
}

const touch = (path: string): void => utimesSync(path, new Date(BUILT_MS + 1000), new Date(BUILT_MS + 1000));

const CASES: readonly { what: string; change: (folder: string) => void; helm: boolean; app: boolean }[] = [
  { what: "nothing", change: () => undefined, helm: true, app: true },
  { what: "a source of both", change: (folder) => touch(join(folder, "cli/src/main.ts")), helm: false, app: false },
  { what: "a source of one", change: (folder) => touch(join(folder, "apps/src/index.ts")), helm: true, app: false },
  { what: "the lock file", change: (folder) => touch(join(folder, "../package-lock.json")), helm: false, app: false },
  { what: "a source away", change: (folder) => rmSync(join(folder, "apps/src/index.ts")), helm: true, app: false },
  {
    what: "the build away",
    change: (folder) => rmSync(join(folder, "cli/dist"), { recursive: true }),
    helm: false,
    app: false,
  },
  {
    what: "all sources away",
    change: (folder) => rmSync(join(folder, "cli/src"), { recursive: true }),
    helm: true,
    app: true,
  },
];
for (const [index, { what, change, helm, app }] of CASES.entries()) {
  test(`with ${what} changed, the build of helm is ${helm ? "used" : "not used"}, that of app is ${app ? "used" : "not used"}`, () => {
    const folder = checkout(String(index));
    change(folder);
    assert.equal(isBuildFresh("helm", folder), helm);
    assert.equal(isBuildFresh("app", folder), app);
  });
}

test("a command's name cannot lead out of the build", () => {
  assert.equal(isBuildFresh("../../x", checkout("names")), true);
});

test("sources find files of their own only as workers and as modules loaded late, which the build knows how to move", () => {
  const known =
    /new URL\("\.\/[\w-]+\.(?:worker|lazy)\.ts", import\.meta\.url\)|createRequire\(import\.meta\.url\)|let folder = import\.meta\.dirname;/g;
  const packages = join(import.meta.dirname, "../..");
  const others = globSync("*/src/**/*.ts", { cwd: packages }).filter((path) =>
    readFileSync(join(packages, path), "utf8").replace(known, "").includes("import.meta."),
  );
  assert.deepEqual(others, []);
});
