// Runs before every npm script, on whatever Node the machine has (20.19 and later), so it is plain JavaScript
// with no dependency. It installs what is missing and makes sure that the pinned Node is the one in use.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MIN = [20, 19];
const root = dirname(dirname(fileURLToPath(import.meta.url)));

function fail(message, hint) {
  process.stderr.write(`fairlead: ${message}\n  hint: ${hint}\n`);
  process.exit(1);
}

function isOlder(version, min) {
  const [major, minor] = version.split(".").map(Number);
  return major < min[0] || (major === min[0] && minor < min[1]);
}

/** npm writes this file at the end of an install; absent or older than the lock file means: install again. */
function isInstalled() {
  const stamp = join(root, "node_modules", ".package-lock.json");
  const lock = join(root, "package-lock.json");
  if (!existsSync(stamp)) return false;
  return statSync(stamp).mtimeMs >= statSync(lock).mtimeMs;
}

function install() {
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  process.stderr.write("fairlead: installing dependencies (npm ci), once\n");
  const npmCli = process.env.npm_execpath;
  const run = npmCli
    ? spawnSync(process.execPath, [npmCli, ...args], { cwd: root, stdio: ["ignore", "ignore", "inherit"] })
    : spawnSync("npm", args, {
        cwd: root,
        stdio: ["ignore", "ignore", "inherit"],
        shell: process.platform === "win32",
      });
  if (run.error || run.status !== 0) {
    fail("npm ci failed", "read npm's message above; a proxy or a registry that cannot be reached is the usual cause");
  }
}

/** `--ignore-scripts` leaves the runtime out and npm scripts would fall back, silently, to the system's Node. */
function assertPinnedRuntime() {
  const binary = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.node;
  const found = spawnSync(binary, ["--version"], { encoding: "utf8", shell: process.platform === "win32" });
  if (found.status !== 0 || found.stdout.trim() !== `v${wanted}`) {
    fail(
      `the pinned Node ${wanted} is not in node_modules (found: ${found.stdout?.trim() || "nothing"})`,
      "run `npm ci --foreground-scripts` without --ignore-scripts",
    );
  }
}

if (isOlder(process.versions.node, NODE_MIN)) {
  fail(
    `Node ${process.versions.node} is too old to install with`,
    "use any Node from 20.19 on; Fairlead brings its own Node 26",
  );
}
if (!isInstalled()) {
  install();
  assertPinnedRuntime();
}
