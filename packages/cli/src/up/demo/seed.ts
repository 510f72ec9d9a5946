import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { runGit } from "@fairlead/sources";

/** The addresses that examples/fleet is written with; the demo's own take their place. */
const FLEET_URL = "https://github.com/youruser/config";
const clusterUrl = (name: string): string => `https://${name}.api.example.com`;

const IDENTITY = ["-c", "user.name=Fairlead demo", "-c", "user.email=demo@fairlead.dev"];

export interface NamedServer {
  readonly name: string;
  readonly url: string;
}

/**
 * Makes a Git repository of the example fleet, unless it is there already: what a person committed since is kept.
 * @throws ProblemError GitMissing, GitFailed
 */
export async function seedFleet(target: string, servers: readonly NamedServer[]): Promise<void> {
  if (existsSync(join(target, ".git"))) return;
  // Built aside and renamed, so that a start cut short leaves no half repository.
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  cpSync(exampleFleet(), partial, { recursive: true });
  const replacements = new Map([
    [FLEET_URL, pathToFileURL(target).href],
    ...servers.map(({ name, url }) => [clusterUrl(name), url] as const),
  ]);
  for (const file of globSync("**/*.yaml", { cwd: partial })) rewrite(join(partial, file), replacements);
  const git = (...args: string[]): Promise<string> => runGit([...IDENTITY, ...args], { directory: partial });
  await git("init", "--quiet", "--initial-branch=main");
  // Commits made by hand in this repository need an author even where the person has none configured.
  await git("config", "user.name", "Fairlead demo");
  await git("config", "user.email", "demo@fairlead.dev");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "Bootstrap the fleet");
  renameSync(partial, target);
}

function rewrite(path: string, replacements: ReadonlyMap<string, string>): void {
  const before = readFileSync(path, "utf8");
  let after = before;
  for (const [from, to] of replacements) after = after.replaceAll(from, to);
  if (after !== before) writeFileSync(path, after);
}

/** Looked for above this file, because a build of the command lies elsewhere than its sources. */
function exampleFleet(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, "examples/fleet");
    if (existsSync(candidate)) return candidate;
  }
  throw new Error("examples/fleet is not there: this installation is not complete");
}
