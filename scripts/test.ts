/**
 * Runs every test. Pure packages share one process, since a process a file costs more than the tests in it; packages that listen,
 * spawn or write run isolated. Both runs happen even if the first fails, and node's own summary comes last.
 *
 * Where everything is asked for and few files failed, these run a second time alone: many tests talk to servers and processes, and
 * what failed because the machine had no time for it is told from what is broken. What was seen failing stays on the screen.
 *
 *   npm test                     everything
 *   npm test -- yaml kustomize   these packages only
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Their tests neither listen, spawn nor write outside memory. */
const PURE_PACKAGES = ["base", "yaml", "gotemplate", "jsonnet", "apimachinery", "helm", "kustomize", "apps", "render"];
/** Only for what hangs: on a machine as busy as CI ever is, an honest test may take a minute. */
const TEST_TIMEOUT_MS = 180_000;

/** More failing files than this are no accident of the machine. */
const SECOND_LOOK_FILES_MAX = 5;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const asked = process.argv.slice(2);

function packageOf(file: string): string {
  return file.replace(/^packages\//, "").split("/")[0] ?? "";
}

interface Run {
  readonly code: number;
  /** The files in which a test failed. */
  readonly failed: readonly string[];
}

function run(files: readonly string[], extra: readonly string[]): Run {
  if (files.length === 0) return { code: 0, failed: [] };
  const folder = mkdtempSync(join(tmpdir(), "fairlead-test-"));
  const list = join(folder, "failed");
  const reporters = [
    ["spec", "stdout"],
    [join(root, "scripts/failed-files.ts"), list],
  ].flatMap(([reporter, to]) => [`--test-reporter=${reporter}`, `--test-reporter-destination=${to}`]);
  const args = ["--test", `--test-timeout=${TEST_TIMEOUT_MS}`, ...reporters, ...extra, ...files];
  // Most of a small test's time is taking the types out of what it imports; the cache makes that happen once, not once a file.
  const env = { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/compile"), ...process.env };
  const code = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", env }).status ?? 1;
  const failed = existsSync(list) ? readFileSync(list, "utf8").split("\n").filter(Boolean) : [];
  rmSync(folder, { recursive: true, force: true });
  return { code, failed };
}

const all = globSync("{packages/*,conformance,bench,scripts}/test/**/*.test.ts", { cwd: root }).sort();
const files = asked.length === 0 ? all : all.filter((file) => asked.includes(packageOf(file)));
if (files.length === 0) {
  console.error(`no test file in ${asked.join(", ")}`);
  process.exit(2);
}
const isPure = (file: string): boolean => PURE_PACKAGES.includes(packageOf(file));
const pure = run(files.filter(isPure), ["--test-isolation=none"]);
const isolated = run(
  files.filter((file) => !isPure(file)),
  [`--test-concurrency=${availableParallelism()}`],
);
const failed = [...pure.failed, ...isolated.failed];
// A run that failed without naming a file, or a file that is none of ours, is not looked at again.
const isNamed =
  [pure, isolated].every((one) => one.code === 0 || one.failed.length > 0) &&
  failed.every((file) => files.includes(file));
if (asked.length > 0 || failed.length === 0 || failed.length > SECOND_LOOK_FILES_MAX || !isNamed) {
  process.exit(pure.code || isolated.code);
}
console.log(`\na second look, alone, at what failed: ${failed.join(", ")}\n`);
process.exit(run(failed, ["--test-concurrency=1"]).code);
