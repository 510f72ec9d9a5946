import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One directory to build, and the flags to build it with. */
export interface BuildCase {
  readonly name: string;
  readonly directory: string;
  readonly flags: readonly string[];
  /** Whether messages of errors are compared too; they hold temporary paths where remotes are involved. */
  readonly compareMessages: boolean;
}

const NAMES = "**/{kustomization.yaml,kustomization.yml,Kustomization}";

/** Every directory below a folder that holds a kustomization file. */
export function kustomizationsBelow(folder: string, compareMessages: boolean): BuildCase[] {
  const directories = new Set(globSync(NAMES, { cwd: folder }).map(dirname));
  return [...directories]
    .sort()
    .map((name) => ({ name, directory: join(folder, name), flags: flagsOf(folder, name), compareMessages }));
}

/** Flags that a fixture asks for in a file of that name beside its kustomization. */
function flagsOf(folder: string, name: string): readonly string[] {
  try {
    return readFileSync(join(folder, name, "flags"), "utf8")
      .split(/\s+/)
      .filter(Boolean);
  } catch {
    return [];
  }
}
