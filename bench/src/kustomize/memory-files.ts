import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type FileTree, memoryTree } from "@fairlead/base";

/** A directory in memory with content ids, as a Git tree is: reading is no part of what is measured. */
export function memoryFiles(folder: string): FileTree {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(folder.length + 1)] = readFileSync(path, "utf8");
  }
  return memoryTree(files);
}
