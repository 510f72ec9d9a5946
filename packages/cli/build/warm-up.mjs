// Lets V8 keep the compiled code of the build. It keeps what the first process compiled and never adds to it, so the first
// process is this one, which does a bit of everything, rather than a `--help` that would leave all else to be compiled for ever.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import module from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compiledCode, dist, packages } from "./freshness.mjs";

const self = fileURLToPath(import.meta.url);
const example = join(dirname(packages), "examples/fleet");
const TIMEOUT_MS = 60_000;

/** Needs the Node that will run the command; another one keeps its code elsewhere, later. */
export function warmUp() {
  const pinned = join(dirname(packages), "node_modules/node/bin/node");
  const node = existsSync(pinned) ? pinned : process.execPath;
  spawnSync(node, [self], { stdio: "ignore", timeout: TIMEOUT_MS });
}

function* foldersWith(name, folder = example) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) yield* foldersWith(name, join(folder, entry.name));
    else if (entry.name === name) yield folder;
  }
}

/** Starts the API server and ends it as soon as it is ready. */
async function startServer(main) {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-warm-up-"));
  const { write } = process.stdout;
  process.stdout.write = (text) => {
    if (String(text).startsWith("ready")) setImmediate(() => process.emit("SIGTERM", "SIGTERM"));
    return true;
  };
  try {
    await main(["apiserver", "--data", join(folder, "data")]);
  } finally {
    process.stdout.write = write;
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === self) {
  module.enableCompileCache(compiledCode);
  const { main } = await import(pathToFileURL(join(dist, "main.js")).href);
  await startServer(main);
  // What servers load at the first use only (a line of the log, a rule in CEL): these are compiled here too.
  for (const name of readdirSync(dist).filter((name) => name.endsWith(".lazy.js"))) {
    await import(pathToFileURL(join(dist, name)).href);
  }
  for (const chart of foldersWith("Chart.yaml")) {
    await main(["helm", "template", "warm", chart]);
    await main(["helm", "lint", chart]);
  }
  for (const overlay of foldersWith("kustomization.yaml")) await main(["kustomize", "build", overlay]);
}
