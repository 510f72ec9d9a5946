#!/usr/bin/env node
// Runs on whatever Node called it, so it is plain JavaScript: it finds the pinned Node of the checkout and hands over to it.
import { existsSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compiledCode, dist, isBuildFresh } from "../build/freshness.mjs";

const NODE_MAJOR_MIN = 24;
const here = dirname(fileURLToPath(import.meta.url));

/** node_modules/node/bin/node of the nearest folder above that has one. */
function findPinnedNode() {
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
    if (existsSync(candidate)) return candidate;
  }
  return undefined;
}

if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN) {
  // The build starts several times faster than the sources; whoever edits these runs them (docs/decisions/0013).
  const isBuilt = isBuildFresh(process.argv[2]);
  // A whole control plane on a laptop: a heap that is sized for memory rather than for speed (docs/decisions/0012).
  if (process.argv[2] === "up") {
    process.getBuiltinModule("node:v8").setFlagsFromString("--optimize-for-size");
  }
  // Compiled code is kept between runs: a short command spends most of its time compiling. After the flags, which it depends on.
  module.enableCompileCache?.(isBuilt ? compiledCode : undefined);
  const { main } = await import(isBuilt ? pathToFileURL(join(dist, "main.js")).href : "../src/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  const node = findPinnedNode();
  if (node === undefined) {
    process.stderr.write(
      `fairlead: Node ${process.versions.node} is too old, ${NODE_MAJOR_MIN} or later is needed\n` +
        "  hint: run `npm ci` in the checkout: it brings its own Node 26\n",
    );
    process.exit(1);
  }
  const { spawn } = await import("node:child_process");
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}
