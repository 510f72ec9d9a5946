/**
 * Runs every test. Pure packages share one process, since a process a file costs more than the tests in it; packages that listen,
 * spawn or write run isolated. Both runs happen even if the first fails, and node's own summary comes last.
 *
 *   npm test                     everything
 *   npm test -- yaml kustomize   these packages only
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Their tests neither listen, spawn nor write outside memory. */
const PURE_PACKAGES = ["base", "yaml", "gotemplate", "jsonnet", "apimachinery", "helm", "kustomize", "apps", "render"];
/** Only for what hangs: on a machine as busy as CI ever is, an honest test may take a minute. */
const TEST_TIMEOUT_MS = 180_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const asked = process.argv.slice(2);

function packageOf(file: string): string {
  return file.replace(/^packages\//, "").split("/")[0] ?? "";
}

function run(files: readonly string[], extra: readonly string[]): number {
  if (files.length === 0) return 0;
  const args = ["--test", `--test-timeout=${TEST_TIMEOUT_MS}`, ...extra, ...files];
  // Most of a small test's time is taking the types out of what it imports; the cache makes that happen once, not once a file.
  const env = { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/compile"), ...process.env };
  return spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", env }).status ?? 1;
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
process.exit(pure || isolated);
