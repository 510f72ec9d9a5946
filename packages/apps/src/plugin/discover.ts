import { joinPath, type FileTree } from "@fairlead/base";
import { globMatches } from "../glob.ts";
import { LIMITS } from "../limits.ts";
import type { Plugin } from "./types.ts";

/**
 * Whether the plugin's discovery rules speak for the directory: any of them, as far as files tell. Undefined when only a command of
 * its own can say.
 */
export function discovers(plugin: Plugin, tree: FileTree, directory: string): boolean | undefined {
  const { discover } = plugin;
  if (!discover) return false;
  const { fileName, findGlob, findCommand } = discover;
  if (
    fileName !== undefined &&
    filesOf(tree, directory, false).some((file) => globMatches(bare(fileName), file, "/"))
  ) {
    return true;
  }
  if (findGlob !== undefined && filesOf(tree, directory, true).some((file) => matchesDeep(bare(findGlob), file)))
    return true;
  return findCommand === undefined ? false : undefined;
}

function bare(glob: string): string {
  return glob.replace(/^\.\//, "");
}

/** A leading double star also means no directory at all. */
function matchesDeep(glob: string, file: string): boolean {
  return globMatches(glob, file, "/") || (glob.startsWith("**/") && globMatches(glob.slice(3), file, "/"));
}

function filesOf(tree: FileTree, directory: string, isDeep: boolean): string[] {
  const found: string[] = [];
  const pending = [""];
  for (let at = pending.pop(); at !== undefined && found.length < LIMITS.pluginTreeFiles; at = pending.pop()) {
    for (const { name, kind } of tree.list(joinPath(directory, at))) {
      const path = joinPath(at, name);
      if (kind === "directory" && isDeep) pending.push(path);
      else if (kind === "file") found.push(path);
    }
  }
  return found;
}
