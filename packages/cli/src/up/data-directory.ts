import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { problemError } from "@fairlead/base";

/** What is remembered between starts. */
export interface State {
  readonly version: 1;
  /** Server name → port, so that kubeconfigs and the addresses in Git stay true. */
  readonly ports: Readonly<Record<string, number>>;
}

const EMPTY_STATE: State = { version: 1, ports: {} };
/** The directory one `fairlead up` works in; at most one process at a time. */
export class DataDirectory {
  readonly path: string;
  #state: State;

  /** @throws ProblemError DataDirectoryUnusable, DataDirectoryInUse, BrokenState */
  static open(path: string, options: { readonly reset: boolean }): DataDirectory {
    make(path);
    lock(path);
    if (options.reset) empty(path);
    return new DataDirectory(path, readState(path));
  }

  private constructor(path: string, state: State) {
    this.path = path;
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  join(...parts: readonly string[]): string {
    return join(this.path, ...parts);
  }

  /** Written aside and renamed: a kill leaves the old state or the new one, never half of it. */
  save(state: State): void {
    this.#state = state;
    const partial = this.join(`state.json.${process.pid}`);
    writeFileSync(partial, `${JSON.stringify(state, undefined, 2)}\n`);
    renameSync(partial, this.join("state.json"));
  }

  /** A random secret that stays the same at every start of this directory. */
  secret(name: string): string {
    const file = this.join(name);
    if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600 });
    return readFileSync(file, "utf8");
  }

  release(): void {
    rmSync(this.join("lock"), { force: true });
  }
}

function make(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const probe = join(path, `.probe-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw problemError(
      "DataDirectoryUnusable",
      `cannot write to the data directory ${path}: ${code ?? String(error)}`,
      {
        hint: "give one you may write to with --data DIR",
      },
    );
  }
}

/** The lock holds the owner's process id; one whose process is gone was left by a kill and is taken over. */
function lock(path: string): void {
  const file = join(path, "lock");
  const owner = existsSync(file) ? Number.parseInt(readFileSync(file, "utf8"), 10) : Number.NaN;
  if (owner !== process.pid && isRunning(owner)) {
    throw problemError("DataDirectoryInUse", `process ${owner} uses the data directory ${path}`, {
      hint: `stop it (kill ${owner}), or give another directory with --data DIR`,
    });
  }
  writeFileSync(file, `${process.pid}\n`);
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  // Process ids are used again: where the system tells what runs there, only a Node process can be ours.
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || /node|fairlead/.test(readFileSync(commandLine, "utf8"));
}

/** Removes what Fairlead wrote, by name, and nothing else that may be in the directory. */
function empty(path: string): void {
  for (const name of [
    "state.json",
    "hub",
    "clusters",
    "fleet",
    "mirrors",
    "kubeconfig",
    "render.key",
    "fairlead.log",
  ]) {
    rmSync(join(path, name), { recursive: true, force: true });
  }
}

function readState(path: string): State {
  const file = join(path, "state.json");
  if (!existsSync(file)) return EMPTY_STATE;
  try {
    const state = JSON.parse(readFileSync(file, "utf8")) as State;
    if (state.version === 1 && typeof state.ports === "object") return state;
  } catch {
    // Told below, the same as a file of another form.
  }
  throw problemError("BrokenState", `${file} is damaged or from another version`, {
    file,
    hint: "start anew with --reset, which throws away what this directory holds",
  });
}
