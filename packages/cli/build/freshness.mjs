// Where the build of the command lies, and whether it may be used. Read at every start, so it looks at as little as it can.
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cli = dirname(dirname(fileURLToPath(import.meta.url)));
export const packages = dirname(cli);
export const dist = join(cli, "dist");
/** V8's compiled code of the build, filled by the build itself. */
export const compiledCode = join(dist, "compiled");
export const ALL_SOURCES = "all";

/** Name in dist/ of the list of what a command is built from. */
export function sourcesFile(command) {
  return `sources-${command}.json`;
}

/**
 * Whether there is a build and nothing that this command is built from changed since. A file that is new cannot matter unless one
 * of these names it. A published package has no sources, so nothing can be newer.
 * @param folder where the packages lie, packages/ of the checkout
 */
export function isBuildFresh(command = ALL_SOURCES, folder = packages) {
  const list = readList(folder, command) ?? readList(folder, ALL_SOURCES);
  if (!list) return false;
  if (!statSync(join(folder, "cli/src"), { throwIfNoEntry: false })) return true;
  const isUnchanged = (path) =>
    (statSync(join(folder, path), { throwIfNoEntry: false })?.mtimeMs ?? Infinity) <= list.startedMs;
  return isUnchanged("../package-lock.json") && list.sources.every(isUnchanged);
}

function readList(folder, command) {
  if (!/^[a-z-]+$/.test(command)) return undefined;
  try {
    return JSON.parse(readFileSync(join(folder, "cli/dist", sourcesFile(command)), "utf8"));
  } catch {
    return undefined;
  }
}
